"""measure: regions × channel pairs × time in, rows out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import combinations, product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.analysis.inputs import checked_channels, filtered, frames_of, planes_of
from covoxel.analysis.measure.bleed import with_bleed
from covoxel.analysis.measure.control import control_threshold
from covoxel.analysis.measure.limits import Whole
from covoxel.analysis.measure.options import MeasureOptions, Settings, resolve
from covoxel.analysis.measure.rows import frame_rows, table_of
from covoxel.analysis.measure.source import Source, View
from covoxel.analysis.moved import laid
from covoxel.analysis.options import changed
from covoxel.analysis.registrations import Registrations, registration_of_pair
from covoxel.core.progress import Steps
from covoxel.core.types import Progress
from covoxel.image.channel import Channel
from covoxel.image.region import Region
from covoxel.image.regions import Regions
from covoxel.quality.findings import Finding
from covoxel.quality.pixels import image_findings, series_findings
from covoxel.registration.record import Registration
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
    registration: Registration | Registrations | str | Path | None = None,
    options: MeasureOptions | None = None,
    progress: Progress | None = None,
    **changes: Any,
) -> pd.DataFrame:
    """Measure how two channels, or all pairs of several, are together.

    Parameters
    ----------
    image1, image2 : array-like, Channel or napari layer
        Two channels on one grid; or a list of channels as `image1` alone, of which every pair is
        measured. Arrays are (Z)YX unless `axes` says otherwise.
    mask : array-like, optional
        Where to measure: bool or numbers, of the shape of a frame, of its planes, or of the time
        series; what is 0 or NaN is outside.
    labels : array-like, optional
        Regions, a row each: bool, integers or whole floats; 0 is outside. With a mask, pixels lie
        in both.
    shapes : sequence of (N, 2) array-like or napari Shapes layer, optional
        Instead of labels: polygons, a row each, vertices (y, x) in pixels. They may overlap.
    axes : str, optional
        Letters out of ``"TZYX"``; needed for 4-D arrays.
    spacing : sequence of float, optional
        Voxel size in µm for each spatial axis; wins over what the images say.
    t, z : int, optional
        One time point or plane, from 0. Time points are measured one by one, planes together.
    registration : Registration, Registrations or path, optional
        What `covoxel.registration.register` found or the file of a saved one: channel 2 is laid on
        channel 1 first, after a rolling ball. What it does not cover is left out, and counted as
        dropped.
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
    given = {"mask": mask, "labels": labels, "shapes": shapes}
    settings = resolve(
        changed(options or MeasureOptions(), changes, "measure"),
        [name for name, region in given.items() if region is not None],
    )
    regions = Regions(mask, labels, shapes)
    images = _several(image1, image2)
    channels = checked_channels(images, axes, spacing)
    regions.place_on(images[0])
    if registration is not None:
        held = registration_of_pair(registration, channels)
        settings = replace(settings, registration=held)
    settings = with_bleed(settings, channels)
    run = MeasureRun(channels, regions, settings, t, z, progress)
    return table_of(run.rows(), channels, settings)


def _several(image1: Any, image2: Any) -> list[Any]:
    """Return the images; one array alone is one channel, not several."""
    if image2 is not None:
        return [image1, image2]
    if not isinstance(image1, list | tuple) or len(image1) < 2:
        msg = "image2 is missing; two channels are needed, or a list of two or more as image1"
        raise ValueError(msg)
    return list(image1)


#: All pixels as one region.
_EVERYTHING = Region(None, np.array([1], np.int64))


@dataclass(frozen=True, eq=False)
class MeasureRun:
    """One call of `measure`, with the pixels that its rows are read from."""

    channels: list[Channel]
    regions: Regions
    settings: Settings
    t: int | None = None
    z: int | None = None
    progress: Progress | None = None

    def rows(self) -> Iterator[pd.DataFrame]:
        """Yield a table for each pair, group of frames, plane and pass over regions."""
        return (rows for _, rows in self.steps())

    def steps(self, shown: int | None = None) -> Iterator[tuple[Source, pd.DataFrame]]:
        """Yield what `rows` does, each with its source.

        Parameters
        ----------
        shown : int, optional
            A time point whose joint histogram is wanted, whether or not its measures need it.
        """
        grid, options = self.channels[0], self.settings.options
        frames = frames_of(grid, self.t, pool_time=options.pool_time)
        planes = planes_of(grid, self.z, per_z=options.per_z)
        passes = [self.regions.passes(grid, group) for group in frames]
        n_pairs = len(self.channels) * (len(self.channels) - 1) // 2
        steps = Steps(self.progress, n_pairs * len(planes) * sum(map(len, passes)))
        for raw in combinations(self.channels, 2):
            first, second, in_place = self._prepared(raw)
            control, images = _control(raw), self._found_in_images(raw, frames[0][0])
            for group, regions in zip(frames, passes, strict=True):
                everything = View(first, second, _EVERYTHING, group)
                whole = Whole(partial(self._whole, everything, steps), self.settings, control)
                for plane, region in product(planes, regions):
                    view = View(first, second, region, group, plane)
                    cells = self.settings.needs_cells() or shown in group
                    source = self._source(view, steps, cells=cells)
                    if region.image is None and plane is None:
                        whole.source = source
                    before = None
                    if in_place is not None:
                        before = self._source(replace(view, channel2=in_place), steps, cells=False)
                    yield source, frame_rows(source, whole, raw, self.settings, before, images)
                    steps.next()

    def _prepared(self, raw: tuple[Channel, Channel]) -> tuple[Channel, Channel, Channel | None]:
        """Return what is measured of two channels, and channel 2 in place if it is moved."""
        shares = self.settings.shares
        unmixed = raw if shares is None else shares.subtracted(raw)
        first, second = map(filtered, unmixed, self.settings.background)
        registration = self.settings.registration
        if registration is None:
            return first, second, None
        return first, laid(second, registration, dropped=True), second

    def _found_in_images(self, raw: tuple[Channel, Channel], t: int) -> list[Finding]:
        """Return what is found in a frame, and in the series where all of it is measured."""
        found = image_findings(*raw, t=t, z=self.z)
        return found + (series_findings(*raw) if self.t is None else [])

    def _source(self, view: View, steps: Steps, *, cells: bool) -> Source:
        budget = self.settings.options.memory_budget
        return Source(view, cells=cells, memory_budget=budget, progress=steps)

    def _whole(self, view: View, steps: Steps) -> Source:
        """Return the source of whole frames, whose thresholds may need the cells."""
        regional = self.settings.threshold_scope == "region"
        return self._source(view, steps, cells=self.settings.walks_costes() and not regional)


def _control(raw: tuple[Channel, Channel]) -> Callable[[Spec, int], float]:
    """Return what reads the thresholds of control files for two channels, each once."""

    @cache
    def threshold(spec: Spec, number: int) -> float:
        return control_threshold(spec, raw[number - 1], number)

    return threshold
