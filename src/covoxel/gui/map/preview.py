"""The map of one plane, with the digits that the map of the whole stack has there; no Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from covoxel.analysis.map_options import WINDOWED, MapOptions
from covoxel.core.types import AnyArray, Progress
from covoxel.gui.choice import Inputs
from covoxel.image.channel import Channel
from covoxel.image.regions import Regions
from covoxel.intensity.reading import MIN_PIXELS
from covoxel.local.intensity import intensity_maps
from covoxel.local.pair import Pair, pair_of
from covoxel.local.readings import CORRELATION, SHARE
from covoxel.local.scan import scan_of
from covoxel.registration.estimate import register
from covoxel.thresholds.choose import threshold


@dataclass(frozen=True, eq=False)
class Preview:
    """The map of a plane, (Y, X), of time point `t`."""

    inputs: Inputs
    options: MapOptions
    image: AnyArray
    t: int
    z: int


class Planes:
    """Maps planes, and keeps what those of one frame share. For one thread at a time."""

    def __init__(self) -> None:
        self._asked: tuple[Any, ...] | None = None
        self._pair: Pair | None = None
        self._limits: dict[tuple[int, str | float], float] = {}
        self._whole: tuple[MapOptions, AnyArray] | None = None

    def preview(
        self,
        inputs: Inputs,
        options: MapOptions,
        t: int,
        z: int,
        progress: Progress | None = None,
    ) -> Preview:
        """Return the map of one plane; `progress` may raise `Cancelled`.

        Raises
        ------
        ValueError
            If the radius does not fit the image, or nothing can be registered.
        """
        options.check_radius()
        pair = self._frame(inputs, options, t)
        if options.kind in WINDOWED:
            image = self._windowed(pair, options, z, progress)
        else:
            whole = self._mapped(pair, options)
            image = whole if whole.ndim == 2 else whole[z]
        return Preview(inputs, options, image, t, z)

    def _frame(self, inputs: Inputs, options: MapOptions, t: int) -> Pair:
        """Return a frame of both channels, laid on each other if that is asked for."""
        asked = inputs, t, options.register, options.max_shift
        if self._pair is None or self._asked != asked:
            self._limits, self._whole = {}, None
            first, second = (_frame_of(channel, t) for channel in inputs.channels)
            mask = Regions(**inputs.regions).pooled(inputs.channels[0], t)
            moved = None
            if options.register:
                moved = register(first, second, mask=mask, max_shift=options.max_shift)
            self._pair, self._asked = pair_of(first, second, mask, moved, None), asked
        return self._pair

    def _windowed(
        self, pair: Pair, options: MapOptions, z: int, progress: Progress | None
    ) -> AnyArray:
        assert options.radius is not None
        reading = CORRELATION
        if options.kind == "manders_1":
            pair, reading = replace(pair, above=(None, self._limit(pair, 2, options))), SHARE
        elif options.kind == "manders_2":
            limit = self._limit(pair, 1, options)
            swapped = replace(pair, channel1=pair.channel2, channel2=pair.channel1)
            pair, reading = replace(swapped, above=(None, limit)), SHARE
        scan = scan_of(pair, options.radius, options.unit, options.window, None, progress)
        return scan.read_plane(reading, z, options.min_pixels or MIN_PIXELS)

    def _mapped(self, pair: Pair, options: MapOptions) -> AnyArray:
        """Return the map of the whole frame, whose mean and maximum a plane is held against."""
        if self._whole is None or self._whole[0] != options:
            limit1, limit2 = (
                self._limit(pair, i, options) if options.kind == "colocalized" else None
                for i in (1, 2)
            )
            found = intensity_maps(
                pair.channel1,
                pair.channel2,
                kind=options.kind,  # type: ignore[arg-type]  # MapOptions has checked it
                mask=_counted(pair),
                threshold1=limit1,
                threshold2=limit2,
            )
            self._whole = options, found
        return self._whole[1]

    def _limit(self, pair: Pair, number: int, options: MapOptions) -> float:
        method = getattr(options, f"threshold_{number}")
        if (number, method) not in self._limits:
            channel = (pair.channel1, pair.channel2)[number - 1]
            found = threshold(channel, method, mask=_counted(pair))
            if np.isnan(found):
                msg = f"threshold {number} is {method!r}, which finds none in the channel"
                raise ValueError(msg)
            self._limits[number, method] = found
        return self._limits[number, method]


def _frame_of(channel: Channel, t: int) -> Channel:
    if "T" not in channel.axes:
        return channel
    return Channel(channel.read(t), channel.spatial_axes, channel.spacing, name=channel.name)


def _counted(pair: Pair) -> AnyArray:
    """Return which pixels of the frame count."""
    return pair.read(tuple(slice(0, n) for n in pair.solid)).inside.reshape(pair.shape)
