"""Bleed-through of two channels into each other, subtracted where they are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from covoxel.analysis.measure.control import control_bleed
from covoxel.analysis.measure.schema import BLEED_COLUMNS
from covoxel.core.lazy import Computed
from covoxel.core.types import AnyArray
from covoxel.image.channel import Channel

if TYPE_CHECKING:
    from covoxel.analysis.measure.options import Settings

Pair = tuple[Channel, Channel]


@dataclass(frozen=True, slots=True)
class Bleed:
    """What share of channel 1 channel 2 sees as well, and of channel 2 channel 1.

    Attributes
    ----------
    to2, to1 : float
        At least 0, and below 1.
    """

    to2: float = 0.0
    to1: float = 0.0

    def columns(self) -> dict[str, float]:
        """Return the shares by column."""
        shares = (self.to2, self.to1)
        return {one.name: share for one, share in zip(BLEED_COLUMNS, shares, strict=True)}

    def subtracted(self, pair: Pair) -> Pair:
        """Return both channels without what they see of each other; read plane by plane.

        The intensities a and b that were recorded are x + β₂₁ y and y + β₁₂ x; what is
        left, x and y, is real and may be negative. A constant background stays constant.
        """
        first, second = pair
        return (
            replace(first, data=_Unmixed(first, second, self.to1, self.to1 * self.to2)),
            replace(second, data=_Unmixed(second, first, self.to2, self.to1 * self.to2)),
        )


def with_bleed(settings: Settings, channels: Sequence[Channel]) -> Settings:
    """Return settings with the shares of the bleed-through that they ask for.

    Raises
    ------
    ValueError
        If there are more than two channels, or a control image cannot be used.
    """
    asked = [spec.kind != "none" for spec in settings.bleed]
    if not any(asked):
        return settings
    if len(channels) > 2:
        name = BLEED_COLUMNS[asked.index(True)].name
        msg = f"{name} is an option for two channels, but {len(channels)} are given"
        raise ValueError(msg)
    first, second = channels
    shares = (
        control_bleed(Path(spec.path), (first, second), stained)
        if spec.kind == "control"
        else float(np.nan_to_num(spec.number))
        for stained, spec in enumerate(settings.bleed, start=1)
    )
    return replace(settings, shares=Bleed(*shares))


class _Unmixed(Computed):
    """Data of a channel less a share of another, over 1 less the product of both shares."""

    def __init__(self, own: Channel, other: Channel, share: float, product: float) -> None:
        kinds = [channel.dtype for channel in (own, other)]
        small = all(kind.itemsize < (4 if kind.kind in "ui" else 8) for kind in kinds)
        super().__init__(own.shape, np.dtype(np.float32 if small else np.float64), 2)
        self._own, self._other, self._share, self._scale = own, other, share, 1 - product

    def _compute(self, index: tuple[int, ...]) -> AnyArray:
        own, other = (
            np.asarray(channel.data[index], np.float64) for channel in (self._own, self._other)
        )
        return (own - self._share * other) / self._scale
