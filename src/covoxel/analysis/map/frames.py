"""Frames of two channels, mapped one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.analysis.channels import FramePair
from covoxel.analysis.inputs import AnalysisInputs
from covoxel.analysis.map.options import MapOptions
from covoxel.core.types import AnyArray, BoolArray, Progress
from covoxel.image.channel import Channel
from covoxel.image.regions import Region
from covoxel.registration.record import Registration

if TYPE_CHECKING:
    from covoxel.local.pair import MaskedPair


@dataclass(frozen=True, slots=True, eq=False)
class MappedFrame:
    """A frame of two channels, without time, that is mapped.

    ``movement`` is the registration of channel 2 that is applied where the map is made, None where
    there is none; ``progress`` takes the steps of the frame.
    """

    frame_pair: FramePair
    inputs: AnalysisInputs
    movement: Registration | None
    progress: Progress | None = None

    @property
    def mask(self) -> BoolArray | None:
        """The pixels of all regions, None for the whole frame."""
        return self.inputs.regions.pooled(self.frame_pair.channel1, self.frame_pair.t)

    @property
    def regions(self) -> list[Region]:
        """The regions that have a row each."""
        return self.inputs.regions.passes(self.frame_pair.channel1, (self.frame_pair.t,))

    def identity(self) -> dict[str, Any]:
        """Return the columns that identify the frame, and the shift that it was given."""
        frame_pair = self.frame_pair
        return frame_pair.identity() | self.inputs.shift((frame_pair.t,), frame_pair.z)

    def nowhere(self) -> AnyArray:
        """Return a map that is defined nowhere."""
        return np.broadcast_to(np.float32(np.nan), self.frame_pair.shape)

    def channels(self) -> tuple[Channel, Channel]:
        """Return both channels; without a time axis they stay where they are."""
        return _frame(self.frame_pair.channel1, self.frame_pair.t), _frame(
            self.frame_pair.channel2, self.frame_pair.t
        )


@dataclass(frozen=True, slots=True, eq=False)
class MappedValues:
    """The map of a frame, NaN where it is undefined.

    ``threshold`` is the correlation that displaced copies reach, where it was computed;
    ``movement`` is how channel 2 was registered.
    """

    values: AnyArray
    threshold: float | None
    movement: Registration | None


def mapped(unit: MappedFrame, options: MapOptions) -> MappedValues:
    """Map a frame."""
    if options.kind != "beyond":
        pair, movement = registered_pair(unit, options)
        return MappedValues(map_of(pair, options, unit.progress), None, movement)
    from covoxel.local.chance import local_significance

    first, second = unit.channels()
    movement = _movement(unit, options)
    found = local_significance(
        first, second, mask=unit.mask, registration=movement, **_window(options, unit.progress)
    )
    values = np.where(np.isfinite(found.correlation), found.beyond, np.float32(np.nan))
    return MappedValues(values, float(found.threshold), movement)


def registered_pair(
    unit: MappedFrame, options: MapOptions
) -> tuple[MaskedPair, Registration | None]:
    """Return the channels of a frame as they are mapped, and how channel 2 was registered."""
    from covoxel.local.pair import pair_of

    movement = _movement(unit, options)
    return pair_of(*unit.channels(), unit.mask, movement, None), movement


def map_of(
    pair: MaskedPair,
    options: MapOptions,
    progress: Progress | None = None,
    plane: int | None = None,
) -> AnyArray:
    """Return a map of a pair, but for what is beyond chance; in a window of one `plane`."""
    from covoxel.local.intensity import intensity_map_of
    from covoxel.local.moments import correlation_of

    window = _window(options, progress) | {"plane": plane}
    if options.kind == "correlation":
        return np.asarray(correlation_of(pair, **window))
    window |= {"threshold1": options.threshold1, "threshold2": options.threshold2}
    return intensity_map_of(pair, kind=options.kind, **window)


def _movement(unit: MappedFrame, options: MapOptions) -> Registration | None:
    """Return how channel 2 is registered to channel 1."""
    if not options.register:
        return unit.movement
    from covoxel.registration.estimate import register

    return register(*unit.channels(), mask=unit.mask, max_shift=options.max_shift)


def _window(options: MapOptions, progress: Progress | None) -> dict[str, Any]:
    fewest = {} if options.min_pixels is None else {"min_pixels": options.min_pixels}
    names = ("radius", "unit", "weights")
    return {name: getattr(options, name) for name in names} | fewest | {"progress": progress}


def _frame(channel: Channel, t: int) -> Channel:
    """Return one frame of a channel; without time axis it stays where it is."""
    if "T" not in channel.axes:
        return channel
    return Channel(channel.read(t), channel.spatial_axes, channel.spacing, name=channel.name)
