"""map_channels: two channels in, a map of where they are together out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from covoxel.analysis.inputs import checked_channels, frames_of
from covoxel.analysis.map_options import MapOptions
from covoxel.analysis.moved import laid
from covoxel.analysis.needs import refuse_map, refuse_registration
from covoxel.analysis.options import changed
from covoxel.analysis.registrations import Registrations, as_registrations
from covoxel.core.lazy import Computed
from covoxel.core.types import AnyArray, Progress
from covoxel.image.channel import Channel
from covoxel.image.regions import Regions
from covoxel.local.chance import local_significance
from covoxel.local.correlation import local_correlation
from covoxel.local.intensity import intensity_maps
from covoxel.registration.record import Registration
from covoxel.registration.register import register


def map_channels(
    image1: Any,
    image2: Any,
    *,
    mask: Any = None,
    axes: str | None = None,
    spacing: Sequence[float] | None = None,
    t: int | None = None,
    registration: Registration | Registrations | str | Path | None = None,
    options: MapOptions | None = None,
    progress: Progress | None = None,
    **changes: Any,
) -> Channel:
    """Map where two channels are together, time point by time point.

    Parameters
    ----------
    image1, image2 : array-like, Channel or napari layer
        Two channels on one grid. Arrays are (Z)YX unless `axes` says otherwise.
    mask : bool array-like, optional
        Which pixels count: of the shape of a frame, of its planes, or of the series.
    axes : str, optional
        Letters out of ``"TZYX"``; needed for 4-D arrays.
    spacing : sequence of float, optional
        Voxel size in µm for each spatial axis; wins over what the images say.
    t : int, optional
        One time point, from 0.
    registration : Registration, Registrations or path, optional
        What `covoxel.register` found or the file of a saved one: channel 2 is laid on channel 1
        first.
    options : MapOptions, optional
        What to map and how.
    progress : callable, optional
        Called with (done, total) for each frame as it is computed; it may raise `Cancelled`.
    **changes
        Single options by name: ``radius=7``, ``kind="nmdp"``, …

    Returns
    -------
    Channel
        float32, on the grid of the images; NaN where the value is undefined. It is computed frame
        by frame as it is read; ``data.records`` then tells of each frame.

    Raises
    ------
    ValueError, TypeError
        If an option or an input is not as above; the message names it.

    Examples
    --------
    >>> from covoxel import simulate_pair
    >>> pair = simulate_pair(shape=(64, 64), seed=1)
    >>> found = map_channels(pair.channel_1, pair.channel_2, radius=5)
    >>> found.shape, str(found.dtype), found.name
    ((64, 64), 'float32', 'Correlation of Channel 1 and Channel 2')
    """
    options = changed(options or MapOptions(), changes, "map_channels")
    options.check_radius()
    channels = checked_channels([image1, image2], axes, spacing)
    regions = Regions(mask)
    regions.place_on(image1)
    held = None if registration is None else as_registrations(registration)
    if held is not None and (held.drift or options.register):
        what = "the drift of one channel" if held.drift else "given, and register is on"
        msg = f"registration is {what}; one of channel 2 on channel 1 is needed, or register alone"
        raise ValueError(msg)
    if held is not None and held.ndim < len(channels[0].spatial_axes):
        channels[1], held = laid(channels[1], held, dropped=True), None
    shape = channels[0].spatial_shape
    refuse_map(options.kind, shape)
    if options.register and mask is None:
        refuse_registration("translation", shape, options.max_shift)
    frames = [group[0] for group in frames_of(channels[0], t, pool_time=False)]
    timed = "T" in channels[0].axes and t is None
    data = Maps(channels, regions, options, held, frames, progress, timed=timed)
    grid, other = channels
    return Channel(
        data,
        grid.axes if timed else grid.spatial_axes,
        grid.spacing,
        grid.time_step if timed else None,
        f"{options.kind.replace('_', ' ').capitalize()} of {grid.name} and {other.name}",
    )


class Maps(Computed):
    """Data of a map, computed frame by frame as it is read.

    Attributes
    ----------
    options : MapOptions
    records : dict
        For each time point that was computed, what there is to say of it, JSON-able.
    """

    def __init__(
        self,
        channels: Sequence[Channel],
        regions: Regions,
        options: MapOptions,
        held: Registrations | None,
        frames: Sequence[int],
        progress: Progress | None,
        *,
        timed: bool,
    ) -> None:
        shape = channels[0].spatial_shape
        whole = (len(frames), *shape) if timed else shape
        super().__init__(whole, np.dtype(np.float32), len(shape))
        self._channels, self._regions, self._held = channels, regions, held
        self._frames, self._progress = frames, progress
        self.options = options
        self.records: dict[int, dict[str, Any]] = {}

    def _compute(self, index: tuple[int, ...]) -> AnyArray:
        t = self._frames[index[0] if index else 0]
        first, second = (_frame(channel, t) for channel in self._channels)
        mask = self._regions.pooled(self._channels[0], t)
        movement = self._held.at(t) if self._held is not None else None
        if self.options.register:
            movement = register(first, second, mask=mask, max_shift=self.options.max_shift)
        self.records[t] = {"t": t}
        found = self._map(first, second, mask, movement, self.records[t])
        self.records[t] |= _numbers(found)
        if movement is not None:
            self.records[t] |= {"shift": list(movement.shift), "notes": "; ".join(movement.notes)}
        return found

    def _map(
        self,
        first: Channel,
        second: Channel,
        mask: Any,
        movement: Registration | None,
        record: dict[str, Any],
    ) -> AnyArray:
        o = self.options
        common: dict[str, Any] = {
            "radius": o.radius,
            "unit": o.unit,
            "window": o.window,
            "mask": mask,
            "registration": movement,
            "progress": self._progress,
        }
        if o.min_pixels is not None:
            common["min_pixels"] = o.min_pixels
        if o.kind == "correlation":
            return np.asarray(local_correlation(first, second, **common))
        if o.kind == "beyond":
            found = local_significance(first, second, **common)
            record["threshold"] = found.threshold
            return np.where(np.isfinite(found.correlation), found.beyond, np.float32(np.nan))
        common |= {"kind": o.kind, "threshold1": o.threshold_1, "threshold2": o.threshold_2}
        return intensity_maps(first, second, **common)


def _frame(channel: Channel, t: int) -> Channel:
    """Return one frame of a channel; without time axis it stays on disk."""
    if "T" not in channel.axes:
        return channel
    return Channel(channel.read(t), channel.spatial_axes, channel.spacing, name=channel.name)


def _numbers(found: AnyArray) -> dict[str, Any]:
    """Return how many pixels of a map are defined, and what they are like."""
    values = found[np.isfinite(found)]
    if not values.size:
        return {"pixels": 0, "mean": None, "minimum": None, "maximum": None}
    return {
        "pixels": values.size,
        "mean": float(values.mean(dtype=np.float64)),
        "minimum": float(values.min()),
        "maximum": float(values.max()),
    }
