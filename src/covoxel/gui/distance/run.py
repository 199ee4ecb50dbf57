"""Runs of the Distance widget: distances with what is shown of each region, and delays; no Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from covoxel.analysis.ccf import CcfFound, CcfOptions, correlogram_of, curves_of, fractions_of
from covoxel.analysis.channels import FramePair
from covoxel.analysis.delay import DELAY, DelayOptions, DelayResult
from covoxel.analysis.distance.analysis import DISTANCE, DistanceResult
from covoxel.analysis.distance.layers import contributed, paint
from covoxel.analysis.distance.options import DistanceOptions
from covoxel.analysis.inputs import RegionPair, regions_of
from covoxel.analysis.result import LayerData
from covoxel.core.types import AnyArray, Progress
from covoxel.gui.running.selection import Inputs, RunRecord, Selection
from covoxel.gui.running.sources import with_sources
from covoxel.image.regions import Regions

if TYPE_CHECKING:
    from covoxel.distance.record import Association, AssociationProfile

#: Displacements of a correlogram where no profile determines them, and the most that are shown.
_USUAL, _MOST = 20, 128
#: Share of the pixels of a contribution image that are brighter than what is shown as brightest.
_BRIGHT = 0.001


@dataclass(frozen=True, eq=False)
class RegionRecord(RunRecord):
    """A run on a mask, or on labels that are measured one by one."""

    #: The mask or the labels.
    given: dict[str, Any]

    @property
    def regions_taken(self) -> dict[str, Any]:
        """The mask or the labels."""
        return self.given

    @property
    def separate(self) -> bool:
        """Whether each label was measured by itself."""
        return "labels" in self.given

    @property
    def region_as(self) -> Literal["mask", "labels"]:
        """The argument that takes the region in copied lines."""
        return "labels" if self.separate else "mask"


@dataclass(frozen=True, eq=False)
class RegionShown:
    """What is shown of one region at one time point, or in one plane of it."""

    #: Its first row in the table.
    row: int
    #: None where nothing can be measured.
    found: Association | None
    #: The frame, or plane, that it lies in.
    frame_pair: FramePair
    label: int
    #: Van Steensel's curves and colocalized shares; no curves where nothing can be correlated.
    ccf: CcfFound
    #: The correlogram as an image layer.
    surface: LayerData | None


@dataclass(frozen=True, eq=False)
class DistanceRun(RegionRecord):
    """What a run found."""

    options: DistanceOptions
    result: DistanceResult
    #: In the order of the table.
    regions: tuple[RegionShown, ...]
    #: Those of all regions as an image layer; None where there is one region.
    profiles: LayerData | None
    #: Of each channel, on its grid: 0 outside of the regions, NaN in those where no association was
    #: found. None where there was none in any.
    contributions: tuple[AnyArray, AnyArray] | None
    #: What is shown as brightest of each of these.
    brightest: tuple[float, ...]

    def region(self, row: int) -> RegionShown:
        """Return the region of a row of the table."""
        return [one for one in self.regions if one.row <= row][-1]

    def at(self, t: int, z: int | None, label: int | None) -> RegionShown:
        """Return the region of a label at a time point and plane, or what comes near to that."""

        def near(one: RegionShown) -> tuple[bool, bool, bool]:
            return one.frame_pair.t == t, one.frame_pair.z == z, one.label == label

        return max(self.regions, key=near)


@dataclass(frozen=True, eq=False)
class DelayRun(RegionRecord):
    """Delays of a time series; its layers have the delay of each label where it lies."""

    options: DelayOptions
    result: DelayResult


def run_distance(
    selection: Selection,
    inputs: Inputs,
    options: DistanceOptions,
    regions: dict[str, Any],
    ccf: CcfOptions,
    progress: Progress,
) -> DistanceRun:
    """Measure distances, with what is shown of each region; meant for a thread.

    Van Steensel's curves reach as far as the profile unless `ccf` says otherwise.
    """
    inputs = with_sources(inputs)
    first = inputs.channels[0]
    images = np.zeros(first.shape, np.float32), np.zeros(first.shape, np.float32)
    shown: list[tuple[Any, ...]] = []

    def after(unit: RegionPair, found: Association | ValueError) -> None:
        association = None if isinstance(found, ValueError) else found
        unit = unit.cropped()
        shown.append((unit.frame_pair, unit.label, *_displacements(unit, association, ccf)))
        values: tuple[Any, ...] = np.nan, np.nan
        if association is not None and association.components:
            values = contributed(unit, association)
        for image, part in zip(images, values, strict=True):
            frame = image[unit.frame_pair.t] if "T" in first.axes else image
            paint(frame if unit.frame_pair.z is None else frame[unit.frame_pair.z], unit, part)

    result = DISTANCE.run(
        *inputs.channels,
        **inputs.given(DISTANCE, **regions),
        options=options,
        progress=progress,
        after=after,
    )
    rows = np.flatnonzero(result.table["component"] == 1).tolist()
    any_found = any(found is not None and found.components for found in result.found)
    run = DistanceRun(
        selection=selection,
        inputs=inputs,
        options=options,
        result=result,
        given=regions,
        regions=tuple(
            RegionShown(row, result.found[row], *one) for row, one in zip(rows, shown, strict=True)
        ),
        profiles=result.layers()[0] if len(shown) > 1 else None,
        contributions=images if any_found else None,
        brightest=tuple(map(_brightest, images)) if any_found else (),
    )
    _ = run.positions
    return run


def _brightest(image: AnyArray) -> float:
    found = float(np.nanquantile(image, 1 - _BRIGHT)) or float(np.nanmax(image))
    return max(found, 1e-6)


def refitted(run: DistanceRun, one: RegionShown, limits: tuple[float, float]) -> Association:
    """Fit another range of distances in one region, without intervals; meant for a thread."""
    passes = Regions(**run.given).passes(one.frame_pair.channel1, (one.frame_pair.t,))
    unit = next(unit for unit in regions_of(one.frame_pair, passes) if unit.label == one.label)
    options = replace(run.options, fit_range=limits, intervals=False)
    found = DISTANCE.compute(unit, options)
    notes = (*found.notes, ("distance", "interval and verdict follow when the range is let go"))
    return replace(found, profile=_with_intervals(found.profile, one), notes=notes)


def _with_intervals(profile: AssociationProfile, one: RegionShown) -> AssociationProfile:
    """Return a profile with what does not depend on the range, as it was found before."""
    before = None if one.found is None else one.found.profile
    if before is None or not np.array_equal(before.distance, profile.distance):
        return profile
    kept = {name: getattr(before, name) for name in ("low", "high", "null_low", "null_high")}
    return replace(profile, **kept)


def _displacements(
    unit: RegionPair, found: Association | None, ccf: CcfOptions
) -> tuple[CcfFound, LayerData | None]:
    """Return what is read from the correlogram of a region, and that; nothing if there is none.

    The curves reach as far as the profile unless `ccf` says otherwise.
    """
    options = ccf if ccf.max_shift is not None else replace(ccf, max_shift=_max_shift(unit, found))
    try:
        sums = correlogram_of(unit, options)
        curves = CcfFound(curves_of(sums, options), fractions_of(unit, options))
    except ValueError:  # the table says why
        return CcfFound({}, None), None
    data, attributes, kind = sums.layer()
    return curves, (data.astype(np.float32), attributes, kind)


def _max_shift(unit: RegionPair, found: Association | None) -> tuple[int, ...]:
    shape, spacing = unit.channel1.spatial_shape, unit.channel1.spacing
    reach = [_USUAL] * len(shape)
    if found is not None and found.profile.distance.size:
        farthest = float(found.profile.distance[-1])
        reach = [round(farthest / step) for step in spacing or (1.0,) * len(shape)]
    return tuple(min(lag, n - 1, _MOST) for lag, n in zip(reach, shape, strict=True))


def run_delay(
    selection: Selection,
    inputs: Inputs,
    options: DelayOptions,
    regions: dict[str, Any],
    progress: Progress,
) -> DelayRun:
    """Measure delays over all time points; meant for a thread."""
    inputs = with_sources(inputs)
    given = inputs.given(DELAY, **regions)
    result = DELAY.run(*inputs.channels, **given, options=options, progress=progress)
    run = DelayRun(selection, inputs, options, result, regions)
    _ = run.positions, run.layers
    return run
