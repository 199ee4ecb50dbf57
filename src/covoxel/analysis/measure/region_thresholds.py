"""Thresholds and backgrounds of each region, from the image or from the region itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import compress

import numpy as np

from covoxel.analysis.measure.data import MeasurementData, View
from covoxel.analysis.measure.options import Settings
from covoxel.core.types import BoolArray, FloatArray
from covoxel.image.channel import Channel
from covoxel.intensity.gates import Gate
from covoxel.intensity.histogram import JointHistogram
from covoxel.intensity.marginal import Marginal, marginal
from covoxel.intensity.reading import Reasons, no_reasons
from covoxel.quality.caution import Finding
from covoxel.thresholds.costes import CostesThreshold, costes_of
from covoxel.thresholds.spec import Spec, marginal_levels

#: Rules of `covoxel.thresholds.costes_threshold` that walk down in steps of one grey level.
_STEPPING = ("coloc2", "coloc2-bisection", "jacop")
_ROLLING = "a rolling ball differs from pixel to pixel"

#: One level a region, or one for all, with the reasons for NaN.
RegionLevels = tuple[FloatArray, Reasons]


@dataclass(frozen=True, slots=True, eq=False)
class RegionThresholds:
    """What was found, one entry a region.

    ``threshold_notes`` explain why a threshold that was found may mean little; ``crossing`` holds
    the lowest and the highest level at which Costes' r changes its sign, None where nothing asked
    for it.
    """

    gate: Gate
    threshold_reasons: tuple[Reasons, Reasons]
    threshold_notes: dict[str, Reasons]
    backgrounds: tuple[RegionLevels, RegionLevels]
    crossing: tuple[RegionLevels, RegionLevels] | None


@dataclass(frozen=True, slots=True, eq=False)
class Thresholds:
    """The thresholds of both channels, of the same data."""

    found: tuple[RegionLevels, RegionLevels]
    costes: CostesThreshold | None
    notes: Reasons


class ImageThresholds:
    """The whole frames that regions lie in; what is found on them is found once."""

    def __init__(
        self,
        data: Callable[[], MeasurementData],
        settings: Settings,
        control: Callable[[Spec, int], float],
    ) -> None:
        self._data, self._settings, self.control = data, settings, control

    @cached_property
    def data(self) -> MeasurementData:
        """All pixels of the frames."""
        return self._data()

    @cached_property
    def thresholds(self) -> Thresholds:
        """The thresholds of the image."""
        return _thresholds(self.data, self._settings, self.control)


@dataclass(frozen=True, slots=True, eq=False)
class FrameRegions:
    """All regions of a frame, a plane of it or pooled frames, of one pair of channels.

    ``image`` has the thresholds of the frames that the regions lie in, ``raw`` the channels without
    any filter and registration, ``before`` the data without the registration, where there is one,
    ``images`` what was found in the images, whatever their regions, and ``again`` the second images
    of both channels, where there are some.
    """

    data: MeasurementData
    image: ImageThresholds
    raw: tuple[Channel, Channel]
    before: MeasurementData | None
    images: Sequence[Finding]
    again: View | None


def region_thresholds(
    settings: Settings, data: MeasurementData, image: ImageThresholds
) -> RegionThresholds:
    """Find the thresholds and backgrounds of the regions of the data."""
    n = data.n_regions
    regional = settings.threshold_scope == "region"
    chosen = _thresholds(data, settings, image.control) if regional else image.thresholds
    (threshold1, reasons1), (threshold2, reasons2) = (_spread(found, n) for found in chosen.found)
    background1, background2 = (
        _spread(_background(data, image, channel, spec), n)
        for channel, spec in zip((1, 2), settings.background, strict=True)
    )
    line = chosen.costes
    crossing, notes = None, {}
    if line is not None:
        crossing = _spread((line.low, line.reason), n), _spread((line.high, line.reason), n)
        walked = [spec.kind == "costes" for spec in settings.threshold]
        names = compress(("threshold1", "threshold2"), walked)
        notes = {name: _spread((line.low, chosen.notes), n)[1] for name in names}
    zeros = (np.nan_to_num(found) for found, _ in (background1, background2))
    return RegionThresholds(
        Gate(threshold1, threshold2, *zeros),
        (reasons1, reasons2),
        notes,
        (background1, background2),
        crossing,
    )


def _thresholds(
    data: MeasurementData, settings: Settings, control: Callable[[Spec, int], float]
) -> Thresholds:
    costes = _costes(data, settings) if settings.walks_costes() else None
    found: list[RegionLevels] = []
    for channel, spec in zip((1, 2), settings.threshold, strict=True):
        if spec.kind == "costes":
            assert costes is not None
            found.append((getattr(costes, f"threshold{channel}"), costes.reason))
        elif spec.kind == "control":
            found.append((np.full(1, control(spec, channel)), no_reasons(1)))
        else:
            levels, reasons = _levels(data, channel, spec)
            if settings.convention.per_object and spec.kind == "max":
                levels = np.nextafter(levels, -np.inf)  # a pixel on the threshold is above
            found.append((levels, reasons))
    notes = _notes(data, settings) if costes is not None else no_reasons(1)
    return Thresholds((found[0], found[1]), costes, notes)


def _notes(data: MeasurementData, settings: Settings) -> Reasons:
    """Return why thresholds by Costes may mean little; nothing where there are no cells."""
    try:
        return _outside_domain(data.histogram, settings.convention.costes_rule)
    except MemoryError:
        return no_reasons(data.n_regions)


def _costes(data: MeasurementData, settings: Settings) -> CostesThreshold:
    """Walk Costes' line in each region; nowhere if the cells outgrow the memory budget."""
    try:
        histogram = data.walked_histogram()
    except MemoryError as error:
        no = np.full(data.n_regions, np.nan)
        reasons = np.full(data.n_regions, str(error), object)
        return CostesThreshold(no, no, no, no, no, no, no, reasons)
    return costes_of(histogram, data.sums().select(), settings.convention.costes_rule)


def _background(
    data: MeasurementData, image: ImageThresholds, channel: int, spec: Spec
) -> RegionLevels:
    """Return the background: percentiles are of the image, modes of each region."""
    if spec.kind == "none":
        return np.zeros(1), no_reasons(1)
    if spec.kind == "rolling":
        return np.full(1, np.nan), np.full(1, _ROLLING, object)
    return _levels(data if spec.kind == "mode" else image.data, channel, spec)


def _levels(data: MeasurementData, channel: int, spec: Spec) -> RegionLevels:
    if spec.kind in ("manual", "constant"):
        return np.full(1, spec.number), no_reasons(1)
    if spec.kind == "none":
        return np.full(1, np.nan), np.full(1, "no threshold was asked for", object)
    found, reasons = np.full(data.n_regions, np.nan), no_reasons(data.n_regions)
    try:
        for where, levels in data.marginals(channel):
            found[where], reasons[where] = marginal_levels(levels, spec)
    except MemoryError as error:
        reasons[:] = str(error)
    return found, reasons


def _spread(found: RegionLevels, n: int) -> RegionLevels:
    """Return what holds for all regions as one entry a region."""
    values, reasons = found
    return np.broadcast_to(values, (n,)).copy(), np.broadcast_to(reasons, (n,)).copy()


def _outside_domain(histogram: JointHistogram, rule: str) -> Reasons:
    """Return for each region why Costes' threshold by a rule may mean little; empty for most.

    Coloc 2 and JACoP step in whole grey levels, which are no steps in an image of fractions.

    `rule`: a rule of `covoxel.thresholds.costes_threshold`.
    """
    notes = no_reasons(histogram.regions.size)
    if rule not in _STEPPING:
        return notes
    for channel, codes in ((2, histogram.codes2), (1, histogram.codes1)):
        for group in histogram.groups() if codes.dtype.kind == "f" else ():
            levels = marginal(histogram, group, channel)
            low, high = levels.extremes()
            for at in np.flatnonzero(_fractional(levels)):
                notes[group.start + at] = (
                    "this program's method steps in whole grey levels, but channel "
                    f"{channel} has fractions ({low[at]:.3g} to {high[at]:.3g}), "
                    "rescale the images to whole numbers"
                )
    return notes


def _fractional(levels: Marginal) -> BoolArray:
    """Return whether a level of each region is no whole number."""
    broken = (levels.counts > 0) & (levels.values != np.rint(levels.values))
    return np.asarray(levels.by_region(broken.astype(np.int64)) > 0)
