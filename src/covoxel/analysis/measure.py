"""measure: regions × channel pairs × time in, rows out."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Any

from covoxel._types import Progress
from covoxel.analysis.control import control_threshold
from covoxel.analysis.inputs import (
    Regions,
    checked_channels,
    frames_of,
    planes_of,
    without_background_filter,
)
from covoxel.analysis.options import MeasureOptions, Settings, resolve
from covoxel.analysis.rows import frame_rows, table_of
from covoxel.analysis.source import Source, View
from covoxel.channel import Channel
from covoxel.intensity.blocks import as_region
from covoxel.thresholds.spec import Spec

if TYPE_CHECKING:
    import pandas as pd


def measure(
    image1: Any,
    image2: Any = None,
    *,
    mask: Any = None,
    labels: Any = None,
    shapes: Sequence[Any] | None = None,
    axes: str | None = None,
    spacing: Sequence[float] | None = None,
    t: int | None = None,
    z: int | None = None,
    options: MeasureOptions | None = None,
    progress: Progress | None = None,
    **changes: Any,
) -> pd.DataFrame:
    """Measure how two channels, or all pairs of several, are together.

    Parameters
    ----------
    image1, image2 : array-like, Channel or napari layer
        Two channels on one grid; or a sequence of channels as `image1` alone, of which every
        pair is measured. Arrays are (Z)YX unless `axes` says otherwise.
    mask : bool array-like, optional
        Where to measure: of the shape of a frame, of its planes, or of the time series.
    labels : int array-like, optional
        Regions, a row each; 0 is outside.
    shapes : sequence of (N, 2) array-like, optional
        Polygons, a row each: vertices (y, x) in pixels. They may overlap.
    axes : str, optional
        Letters out of ``"TZYX"``; needed for 4-D arrays.
    spacing : sequence of float, optional
        Voxel size in µm for each spatial axis; wins over what the images say.
    t, z : int, optional
        One time point or plane, from 0. Time points are measured one by one, planes together.
    options : MeasureOptions, optional
        What to measure and how.
    progress : callable, optional
        Called with (done, total); it may raise `Cancelled`.
    **changes
        Single options by name: ``threshold_1="otsu"``, ``like="coloc2"``, …

    Returns
    -------
    pandas.DataFrame
        One row a region, pair of channels and time point; the columns are those of
        `covoxel.analysis.schema`. ``attrs["covoxel"]`` holds the settings. A value that is
        undefined is NaN, with its reason in ``notes``.

    Raises
    ------
    ValueError, TypeError
        If an option or an input is not as above; the message names it.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> a = rng.poisson(100, (64, 64))
    >>> table = measure(a, a + rng.poisson(100, (64, 64)), measures="pearson,icq")
    >>> [f"{value:.2f}" for value in table[["pearson", "icq"]].iloc[0]]
    ['0.72', '0.26']
    """
    settings = resolve(_options(options, changes))
    if sum(given is not None for given in (mask, labels, shapes)) > 1:
        msg = "of mask, labels and shapes only one can be given"
        raise ValueError(msg)
    images = [image1, image2] if image2 is not None else list(image1)
    if len(images) < 2:
        msg = "image2 is missing, and image1 holds a single channel"
        raise ValueError(msg)
    channels = checked_channels(images, axes, spacing)
    run = _Run(channels, Regions(mask, labels, shapes), settings, t, z, progress)
    return table_of(run.rows(), channels, settings)


def _options(options: MeasureOptions | None, changes: dict[str, Any]) -> MeasureOptions:
    known = [field.name for field in dataclasses.fields(MeasureOptions)]
    unknown = [name for name in changes if name not in known]
    if unknown:
        msg = f"{unknown[0]!r} is no option of measure; allowed are {', '.join(known)}"
        raise ValueError(msg)
    return dataclasses.replace(options or MeasureOptions(), **changes)


@dataclass(frozen=True, eq=False)
class _Run:
    """One call of `measure`."""

    channels: list[Channel]
    regions: Regions
    settings: Settings
    t: int | None
    z: int | None
    progress: Progress | None

    def rows(self) -> Iterator[Any]:
        """Yield a table for each pair, group of frames, plane and pass over regions."""
        options, grid = self.settings.options, self.channels[0]
        pairs = list(combinations(range(len(self.channels)), 2))
        frames = frames_of(grid, self.t, pool_time=options.pool_time)
        planes = planes_of(grid, self.z, per_z=options.per_z)
        passes = [self.regions.passes(grid, group) for group in frames]
        steps = [
            (pair, group, plane, region)
            for pair in pairs
            for group, regions in zip(frames, passes, strict=True)
            for plane in planes
            for region in regions
        ]
        whole: _Whole | None = None
        for at, (pair, group, plane, region) in enumerate(steps):
            first, second = (
                without_background_filter(self.channels[i], self.settings, number)
                for number, i in enumerate(pair, start=1)
            )
            key = (pair, group)
            if whole is None or whole.key != key:
                whole = _Whole(key, first, second, self.settings)
            view = View(first, second, region, group, plane)
            source = self._source(view, at, len(steps))
            if region.image is None and plane is None:
                whole.source = source
            control = _Control(self.channels[pair[0]], self.channels[pair[1]])
            raw = (self.channels[pair[0]], self.channels[pair[1]])
            yield frame_rows(source, whole, control, raw, self.settings)

    def _source(self, view: View, at: int, steps: int) -> Source:
        progress = self.progress

        def report(done: int, total: int) -> None:
            if progress is not None:
                progress(at * 100 + done * 100 // max(1, total), steps * 100)

        return Source(
            view,
            cells=self.settings.needs_cells(),
            memory_budget=self.settings.options.memory_budget,
            progress=None if progress is None else report,
        )


class _Whole:
    """The source of whole frames, made when a threshold of the image asks for it."""

    def __init__(self, key: Any, channel1: Channel, channel2: Channel, settings: Settings) -> None:
        self.key = key
        self._channels = channel1, channel2
        self._settings = settings

    def __call__(self) -> Source:
        return self.source

    @cached_property
    def source(self) -> Source:
        """All pixels of the frames."""
        first, second = self._channels
        everything = as_region(None, None, first.spatial_shape)
        costes = any(spec.kind == "costes" for spec in self._settings.threshold)
        view = View(first, second, everything, self.key[1])
        budget = self._settings.options.memory_budget
        return Source(view, cells=costes, memory_budget=budget)


@dataclass(frozen=True, slots=True)
class _Control:
    """Reads the thresholds of control files."""

    channel1: Channel
    channel2: Channel

    def __call__(self, spec: Spec, number: int) -> float:
        channel = self.channel1 if number == 1 else self.channel2
        return control_threshold(spec, channel, number)
