"""Association distance: the distance between associated particles of two channels."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from covoxel.analysis.analysis import Analysis, Printed
from covoxel.analysis.distance.layers import contributions_of, profile_layers
from covoxel.analysis.distance.options import DistanceOptions
from covoxel.analysis.distance.schema import DISTANCE_COLUMNS, DISTANCES, PROFILE_COLUMNS
from covoxel.analysis.function import function_of
from covoxel.analysis.inputs import AnalysisInputs, RegionPair
from covoxel.analysis.memory_needs import PAIR, in_blocks, refuse_memory
from covoxel.analysis.result import LayerData, OutputFile, Result, image_writer
from covoxel.analysis.schema import SHIFTS, by_axis
from covoxel.analysis.tables import Row, Table, found_in_points
from covoxel.core.types import Note, Progress
from covoxel.io.formats import IMAGE_ENDINGS

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from covoxel.distance.record import Association, Component
    from covoxel.image.channel import Channel

#: In a plane and in a stack, whose profile has more displacements, without and with intervals; and
#: what blocks of large images take at most beside the pair.
_BYTES_PER_PIXEL = {(2, False): 90, (2, True): 230, (3, False): 175, (3, True): 650}
_BYTES_OF_BLOCKS = 1.3e9
#: Of an association as a whole, whatever its components are.
_WHOLE = (
    *("associated", "p_value", "bleed", "bleed_1to2", "bleed_2to1"),
    *("neighbours1", "neighbours2", "r_squared", "unit", "model"),
)


@dataclass(frozen=True, eq=False, repr=False)
class DistanceResult(Result):
    """Association distances; ``found`` holds the `Association` of each row, or None."""

    @property
    def profiles(self) -> pd.DataFrame:
        """The points of the profiles, correlation against distance."""
        return self.tables["distance_profile"]

    def contributions(self) -> list[Channel]:
        """Return the images of the voxels that make the associations, one for each channel.

        They are those of `covoxel.distance.contribution_images`, computed frame by frame as they
        are read: 0 outside of the regions, and NaN in those where no association was found.

        Raises
        ------
        ValueError
            If no association was found in any region, or several pairs were measured.
        """
        return contributions_of(self)


def _contributions(result: DistanceResult) -> list[Channel]:
    from covoxel.io.errors import ImageError

    if not any(found and found.components for found in result.found):
        reason = f"has no association to show: {result.table['notes'].iat[0]}"
        raise ImageError(result.file, reason)
    return result.contributions()


class DistanceAnalysis(Analysis[DistanceOptions, "Association", DistanceResult]):
    """Measure how far apart associated particles of two channels are.

    Returns
    -------
    DistanceResult
        Its ``table`` has one row for each region, or for each of its components, with the columns
        of `covoxel.analysis.distance.schema`. Where no association is found, or nothing can be
        measured, numbers are NaN with the reason in ``notes``.

    Examples
    --------
    >>> from covoxel import measure_distance, simulate_pair
    >>> pair = simulate_pair(n_spots1=180, n_shared=120, association_distance=0.6, rng=4)
    >>> result = measure_distance(pair.channel1, pair.channel2)
    >>> result.table[["distance", "unit", "associated"]].round(2).to_numpy().tolist()
    [[0.6, 'µm', True]]
    """

    name = "distance"
    function = "measure_distance"
    title = "Association distance"
    page = "measures/distance"
    widget = "Distance"
    progress_text = "measuring distances"
    options = DistanceOptions
    unit = "region"
    aspects = ("distance",)
    tables = (
        Table("distance", DISTANCE_COLUMNS),
        Table("distance_profile", PROFILE_COLUMNS, points=True),
    )
    result = DistanceResult
    printed = Printed(
        settings=("model", "fit_low", "fit_high", *(one.name for one in SHIFTS)),
        results=(
            "component",
            *(one.name for one in DISTANCES),
            *("psf1", "psf1_z", "psf2", "psf2_z"),
        ),
        first=(
            *("component", "distance", "distance_low", "distance_high", "spread"),
            *("associated", "unit"),
        ),
        headline=("distance", "associated", "associated_fraction"),
    )
    methods = (
        "The distance between associated particles of {channels} was measured by fitting a model "
        "({model}) to the correlation of both channels as a function of the length of the "
        "displacement between them."
    )
    files = (
        OutputFile(
            "contributions",
            "File for the voxels that make the association, NAME.ome.tif or NAME.ome.zarr.",
            image_writer(_contributions),
            IMAGE_ENDINGS,
        ),
    )
    has_figure = True

    def refuse(self, inputs: AnalysisInputs, options: DistanceOptions) -> None:
        """Refuse what does not fit into memory."""
        if not inputs.masked:
            per_pixel = _BYTES_PER_PIXEL.get((len(inputs.shape), options.intervals), 0)
            blocks = in_blocks(inputs.shape, per_pixel, None)
            if options.like is None:
                blocks = min(blocks, _BYTES_OF_BLOCKS)
            refuse_memory("distance", inputs.shape, PAIR, blocks)

    def units(
        self, inputs: AnalysisInputs, options: DistanceOptions, progress: Progress | None
    ) -> Iterator[RegionPair]:
        """Yield the regions; CCC's correlogram is relative to the whole image."""
        return inputs.region_pairs(progress, cropped=options.like is None)

    def compute(self, unit: RegionPair, options: DistanceOptions) -> Association:
        """Fit the association of a region."""
        from covoxel.distance.association import association_distance

        steps: dict[str, Any] = {"model": options.fitted, "like": options.like}
        return association_distance(
            unit.channel1,
            unit.channel2,
            mask=unit.mask,
            **steps,
            psf1=options.psf1,
            psf2=options.psf2,
            max_distance=options.max_distance,
            fit_range=options.fit_range,
            components=options.components,
            bleed=options.bleed,
            intervals=options.intervals,
            progress=unit.progress,
        )

    def rows(self, unit: RegionPair, found: Association, options: DistanceOptions) -> Iterator[Row]:
        """Yield a row for each component; one that is empty where no association was found."""
        whole = {name: getattr(found, name) for name in _WHOLE}
        shared = unit.identity() | whole | _axes_of(found)
        notes = [*found.notes, *_not_computed(found)]
        profile = {one.name: getattr(found.profile, one.name) for one in fields(found.profile)}
        for number, component in enumerate(found.components or (None,), start=1):
            values = shared | {"component": number} | _lengths(component)
            yield Row(values, notes, found, {"distance_profile": profile} if number == 1 else {})

    def empty_rows(
        self, unit: RegionPair, error: ValueError, options: DistanceOptions
    ) -> Iterator[Row]:
        """Yield a row with the reason."""
        model = options.like or options.fitted
        values = unit.identity() | {"model": model, "component": 1, "unit": unit.unit}
        yield Row(values, [("distance", str(error))])

    def layers(self, result: DistanceResult) -> list[LayerData]:
        """Return an image for each pair of channels: time × z × label × distance.

        Time points, planes and labels are axes where there are several. Columns are a pixel apart;
        what a profile does not reach is NaN.
        """
        time_step = result.channels[0].time_step
        return profile_layers(result.table, result.found, result.step, time_step)

    def figures(self, result: DistanceResult) -> Iterator[tuple[str, Figure]]:
        """Yield the profiles."""
        from covoxel.report.curves import distance_figure

        title = "Correlation against distance, with what null displacements give, and the fit"
        yield title, distance_figure(result.table, result.found, result.step)

    def found_in(self, tables: Mapping[str, pd.DataFrame]) -> list[Association | None]:
        """Return the associations as far as they are drawn."""
        return found_in_points(tables["distance"], tables["distance_profile"], _read_back)


def _read_back(rows: pd.DataFrame, points: pd.DataFrame) -> Association:
    """Return an association from its rows, one a component, and its profile."""
    from covoxel.distance.record import Association, AssociationProfile, Component

    known = rows[rows["distance"].notna()]
    parts = [{one.name: row[one.name] for one in fields(Component)} for _, row in known.iterrows()]
    first = rows.iloc[0]
    return Association(
        **{name: first[name] for name in ("distance", "distance_low", "distance_high")},
        associated={True: True, False: False}.get(first["associated"]),
        unit=first["unit"],
        model=first["model"],
        psf1=(),
        psf2=(),
        offset=(),
        components=tuple(Component(**part) for part in parts),
        profile=AssociationProfile(
            *(points[one.name].to_numpy() for one in fields(AssociationProfile))
        ),
    )


def _not_computed(found: Association) -> Iterator[Note]:
    """Yield the reason for each number that was not asked for."""
    if found.profile.distance.size and math.isnan(found.bleed):
        yield "bleed", "bleed-through was not fitted"
    if not found.components:
        return
    if found.model != "shell":
        yield "psf1", f"{found.model} has no PSF"
        yield "neighbours1", "they are counted where a PSF is measured"
    noted = {column for column, _ in found.notes}
    if math.isnan(found.distance_low) and "distance_low" not in noted:
        yield "distance_low", "no interval was computed"
    if found.associated is None and "associated" not in noted:
        yield "associated", "no verdict was computed"


def _lengths(component: Component | None) -> dict[str, Any]:
    """Return the numbers of a component; without one they are missing, and so NaN."""
    if component is None:
        return {}
    out = {name: float(value) for name, value in asdict(component).items()}
    return out | {"combined": math.hypot(component.distance, component.spread)}


def _axes_of(found: Association) -> dict[str, Any]:
    """Return what there is along each axis."""
    out = by_axis("offset", "zyx"[-len(found.offset) :], found.offset)
    for name in ("psf1", "psf2"):
        *axial, _, in_plane = getattr(found, name)
        out |= {name: in_plane} | {f"{name}_z": value for value in axial}
    return out | {"fit_low": found.fit_range[0], "fit_high": found.fit_range[1]}


DISTANCE = DistanceAnalysis()
measure_distance = function_of(DISTANCE)
