"""PixelPair: the finite pixels of two channels inside a mask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from scipy import stats

from covoxel.core.text import counted
from covoxel.core.types import AnyArray, FloatArray
from covoxel.image.channel import Slices, as_channel
from covoxel.image.regions import as_region
from covoxel.intensity.blocks import checked_pair
from covoxel.significance.area import Area


@dataclass(frozen=True, eq=False)
class PixelPair:
    """Two channels in an area."""

    #: Intensities, or ranks, of the bounding box, (Z, Y, X).
    values1: AnyArray
    values2: AnyArray
    #: The pixels, inside the bounding box.
    area: Area
    #: Length of the area's unit, the shortest pixel step, in µm; 1 without a spacing.
    unit: float

    def eroded(self, depth: float) -> PixelPair | None:
        """Return the pair deeper than `depth` below the edge of the mask, None if that is empty."""
        return self.within(self.area.eroded(depth))

    def within(self, found: tuple[Area, Slices] | None) -> PixelPair | None:
        """Return the pair in a part of its area and of the box, None if it is None."""
        if found is None:
            return None
        area, box = found
        return replace(self, values1=self.values1[box], values2=self.values2[box], area=area)

    def ranked(self) -> PixelPair:
        """Return the pair with each channel's mid-ranks as its values."""
        ranks = (
            self.area.spread(stats.rankdata(self.area.inside(values)))
            for values in (self.values1, self.values2)
        )
        return replace(self, values1=next(ranks), values2=next(ranks))

    def undefined(self, least: int) -> str:
        """Return why nothing can be said of so few or so equal pixels; empty if it can."""
        if self.area.n < least:
            return f"{counted(self.area.n, 'pixel')}; at least {least} are needed"
        for index, (low, high) in enumerate(self._extremes, 1):
            if low == high:
                return f"channel {index} is constant"
        return ""

    @cached_property
    def _extremes(self) -> list[tuple[float, float]]:
        return [self.area.extremes(values) for values in (self.values1, self.values2)]

    def standardised(self) -> FloatArray:
        """Return the channels with mean 0 and variance 1 in the area, 0 outside it, stacked."""
        largest = [max(-low, high) for low, high in self._extremes]
        return self.area.standardised(self.values1, self.values2, largest=largest)


def pixel_pair(
    image1: Any, image2: Any, mask: Any, spacing: Sequence[float] | None, *, cut: bool = True
) -> PixelPair | None:
    """Return the finite pixels of two channels inside a mask, None if there are none.

    They are cut to their bounding box unless `cut` is False.

    Raises
    ------
    ValueError
        If the grids differ, or an image has several time points.
    """
    channel1, channel2 = checked_pair(image1, image2)
    if spacing is not None:
        channel1 = as_channel(channel1, spacing=spacing)
    shape = channel1.spatial_shape
    values1, values2 = (channel.read() for channel in (channel1, channel2))
    inside = None if mask is None else as_region(mask, None, shape).inside(shape)
    kept = np.ones(shape, bool) if inside is None else inside.copy()
    for values in (values1, values2):
        if values.dtype.kind == "f":
            kept &= np.isfinite(values)
    lengths = channel1.spacing or (1.0,) * len(shape)
    unit = min(lengths)
    area = Area(kept, tuple(length / unit for length in lengths))
    whole = PixelPair(values1, values2, area, unit)
    return whole.within(area.cut(kept)) if cut or not kept.any() else whole
