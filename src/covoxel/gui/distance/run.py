"""One run of the Distance widget: what was found in each region, and images of it; no Qt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.analysis.analysis_inputs import AnalysisInputs, RegionPair
from covoxel.analysis.distance import distance_channels
from covoxel.analysis.distance_options import DistanceOptions
from covoxel.analysis.result import LayerData
from covoxel.core.types import AnyArray, FloatArray, Progress
from covoxel.correlation.correlogram import Correlogram, correlogram
from covoxel.correlation.van_steensel import VanSteensel, van_steensel
from covoxel.distance.association import association_distance
from covoxel.distance.contribution import contribution_images
from covoxel.distance.record import Association, AssociationProfile
from covoxel.gui.centroids import row_positions
from covoxel.gui.choice import Choice, Inputs
from covoxel.gui.in_view import pooled_mask
from covoxel.gui.region_file import drawn_labels

if TYPE_CHECKING:
    import pandas as pd

#: Displacements of a correlogram where the profile does not tell how far to look, and at most.
_USUAL, _MOST = 20, 128
#: Share of the pixels of a contribution image that are brighter than what is shown as brightest.
_BRIGHT = 0.001


@dataclass(frozen=True, eq=False)
class RegionFound:
    """What was found in one region at one time point.

    Attributes
    ----------
    row : int
        Its first row in the table.
    found : Association or None
        None where nothing can be measured.
    curves : dict of str to VanSteensel
        By axis.
    surface : LayerData or None
        The correlogram as an image layer.
    """

    row: int
    found: Association | None
    curves: dict[str, VanSteensel]
    surface: LayerData | None


@dataclass(frozen=True, eq=False)
class DistanceRun:
    """What a run found.

    Attributes
    ----------
    choice, inputs, options
        What was asked.
    given : dict
        The mask or the labels, what `given_regions` returned.
    table : pandas.DataFrame
        One row a region, or one for each of its components.
    regions : tuple of RegionFound
        In the order of the table.
    series : LayerData
        Time × label × distance.
    contributions : (array, array) or None
        Of each channel, on its grid: 0 outside of the regions, NaN in those where no association
        was found. None where there was none in any.
    brightest : tuple of float
        What is shown as brightest of each of these.
    positions : (rows, axes) float array
        Where each row's region lies.
    """

    choice: Choice
    inputs: Inputs
    options: DistanceOptions
    given: dict[str, Any]
    table: pd.DataFrame
    regions: tuple[RegionFound, ...]
    series: LayerData
    contributions: tuple[AnyArray, AnyArray] | None
    brightest: tuple[float, ...]
    positions: FloatArray

    @property
    def apart(self) -> bool:
        """Whether each label was measured by itself."""
        return "labels" in self.given

    def region(self, row: int) -> RegionFound:
        """Return what a row of the table tells of."""
        return [one for one in self.regions if one.row <= row][-1]

    def at(self, t: int, label: int | None) -> RegionFound:
        """Return the region of a label at a time point, or what comes near to that."""
        rows = self.table.iloc[[one.row for one in self.regions]]
        then = (rows["t"] == t).fillna(False).to_numpy(np.int64)
        there = (rows["label"] == label).to_numpy(np.int64)
        return self.regions[int(np.argmax(2 * then + there))]

    def said_of(self, one: RegionFound) -> str:
        """Return what tells a region from the others; empty where there is one only."""
        if len(self.regions) == 1:
            return ""
        row = self.table.iloc[one.row]
        label = [f"label {row['label']}"] if self.apart else []
        time = [f"time point {row['t']}"] if self.table["t"].nunique() > 1 else []
        return ", ".join(label + time)


def given_regions(inputs: Inputs, name: str, *, apart: bool) -> dict[str, Any]:
    """Return the mask or the labels that an analysis takes.

    Raises
    ------
    ValueError
        If shapes that are to be told apart overlap.
    """
    if not inputs.regions:
        return {}
    if not apart:
        return {"mask": pooled_mask(inputs)}
    if "shapes" in inputs.regions:
        return {"labels": drawn_labels(name, inputs.regions["shapes"], inputs.channels[0])}
    return dict(inputs.regions)


def distances(
    choice: Choice,
    inputs: Inputs,
    options: DistanceOptions,
    regions: dict[str, Any],
    progress: Progress,
) -> DistanceRun:
    """Measure distances; meant for a thread.

    Parameters
    ----------
    choice, inputs : Choice, Inputs
        The channels; one time point or plane where `inputs` says so.
    options : DistanceOptions
    regions : dict
        What `given_regions` returned.
    progress : callable
        Called with (done, total); it may raise `Cancelled`.

    Raises
    ------
    ValueError, MemoryError
        Where nothing can be measured.
    """
    where = {**regions, "t": inputs.t, "z": inputs.z}
    result = distance_channels(
        *inputs.channels,
        **where,
        options=options,
        progress=lambda done, total: progress(done, 2 * total),
    )
    compared = AnalysisInputs(*inputs.channels, **where)
    maps = _Maps(inputs)
    rows = np.flatnonzero(result.table["component"] == 1)
    found: list[RegionFound] = []
    pairs = compared.region_pairs(lambda done, total: progress(total + done, 2 * total))
    for row, pair in zip(rows.tolist(), pairs, strict=True):
        one = result.found[row]
        found.append(RegionFound(row, one, *_seen(pair, one)))
        maps.add(pair, one)
    (series,) = result.layers()
    return DistanceRun(
        choice,
        inputs,
        options,
        regions,
        result.table,
        tuple(found),
        series,
        maps.images if maps.told else None,
        tuple(_brightest(image) for image in maps.images) if maps.told else (),
        row_positions(result.table, inputs.channels[0], **regions),
    )


def _brightest(image: AnyArray) -> float:
    found = float(np.nanquantile(image, 1 - _BRIGHT)) or float(np.nanmax(image))
    return max(found, 1e-6)


def refitted(run: DistanceRun, one: RegionFound, limits: tuple[float, float]) -> Association:
    """Fit another range of distances in one region, without intervals; meant for a thread."""
    row = run.table.iloc[one.row]
    inputs = AnalysisInputs(*run.inputs.channels, **run.given, t=int(row["t"]), z=run.inputs.z)
    pairs = inputs.region_pairs()
    pair = next(pair for pair in pairs if pair.label == row["label"])
    options = run.options
    found = association_distance(
        pair.channel1,
        pair.channel2,
        mask=pair.mask,
        model=options.fitted,  # type: ignore[arg-type]
        psf_1=options.psf_1,
        psf_2=options.psf_2,
        max_distance=options.max_distance,
        fit_range=limits,
        components=options.components,
        bleed=options.bleed,
        intervals=False,
    )
    notes = (*found.notes, "distance: interval and verdict follow when the range is let go")
    return replace(found, profile=_with_intervals(found.profile, one), notes=notes)


def _with_intervals(profile: AssociationProfile, one: RegionFound) -> AssociationProfile:
    """Return a profile with what does not depend on the range, as it was found before."""
    before = None if one.found is None else one.found.profile
    if before is None or not np.array_equal(before.distance, profile.distance):
        return profile
    kept = {name: getattr(before, name) for name in ("low", "high", "null_low", "null_high")}
    return replace(profile, **kept)


def _seen(
    pair: RegionPair, found: Association | None
) -> tuple[dict[str, VanSteensel], LayerData | None]:
    """Return curves and picture of the correlogram of a region; nothing where there is none."""
    try:
        sums = _correlogram(pair, found)
    except ValueError:  # the table says why
        return {}, None
    data, attributes, kind = sums.layer()
    return dict(_curves(sums)), (data.astype(np.float32), attributes, kind)


def _correlogram(pair: RegionPair, found: Association | None) -> Correlogram:
    shape, spacing = pair.channel1.spatial_shape, pair.channel1.spacing
    reach = [_USUAL] * len(shape)
    if found is not None and found.profile.distance.size:
        farthest = float(found.profile.distance[-1])
        reach = [round(farthest / step) for step in spacing or (1.0,) * len(shape)]
    lags = [min(lag, n - 1, _MOST) for lag, n in zip(reach, shape, strict=True)]
    return correlogram(pair.channel1, pair.channel2, mask=pair.mask, max_lag=lags)


def _curves(sums: Correlogram) -> Iterator[tuple[str, VanSteensel]]:
    """Yield the curve along each axis that has displacements, and the radial one."""
    names = "zyx"[-len(sums.max_lag) :]
    for name, lag in reversed(list(zip(names, sums.max_lag, strict=True))):
        if lag > 0:
            yield name, van_steensel(sums, name)
    if max(sums.max_lag) > 0:
        yield "radial", van_steensel(sums, None)


class _Maps:
    """Contribution images of both channels on their grid, filled region by region."""

    def __init__(self, inputs: Inputs) -> None:
        shape = inputs.channels[0].shape
        self._timed = "T" in inputs.channels[0].axes
        self.images = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
        self.told = False

    def add(self, pair: RegionPair, found: Association | None) -> None:
        """Put in what the voxels of a region contribute."""
        parts: Sequence[Any] = np.nan, np.nan
        if found is not None and found.components:
            self.told = True
            parts = contribution_images(pair.channel1, pair.channel2, found, mask=pair.mask)
        inside = np.True_ if pair.mask is None else pair.mask
        for whole, part in zip(self.images, parts, strict=True):
            frame = whole[pair.piece.t] if self._timed else whole
            plane = frame if pair.piece.z is None else frame[pair.piece.z]
            np.copyto(plane[pair.box], part, where=inside, casting="same_kind")
