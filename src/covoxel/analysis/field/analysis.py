"""Displacement fields: how far channel 2 is displaced, tile by tile."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.analysis.accepts import Accepts
from covoxel.analysis.analysis import Analysis, Printed
from covoxel.analysis.channels import FramePair
from covoxel.analysis.field.layers import field_layers
from covoxel.analysis.field.options import FieldOptions
from covoxel.analysis.field.schema import FIT_COLUMNS, TILE_COLUMNS
from covoxel.analysis.function import function_of
from covoxel.analysis.inputs import AnalysisInputs
from covoxel.analysis.memory_needs import refuse_memory
from covoxel.analysis.notes import file_notes
from covoxel.analysis.register.analysis import held_by, movement
from covoxel.analysis.registrations import Registrations
from covoxel.analysis.result import LayerData, OutputFile, Result, image_writer
from covoxel.analysis.schema import FRAME_IDENTITY, SHIFTS, by_axis, undefined
from covoxel.analysis.tables import Row, Table
from covoxel.core.lazy import Computed
from covoxel.core.types import AnyArray, Note
from covoxel.image.channel import Channel
from covoxel.io.formats import IMAGE_ENDINGS
from covoxel.quality.kinds import CHANNEL_SHIFT

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from covoxel.quality.caution import Caution
    from covoxel.registration.field.fit import FieldFit
    from covoxel.registration.field.record import DisplacementField

_NO_SPACING = "the voxel size is unknown"
_BYTES_PER_PIXEL = 90
_COUNTS = ("tiles", "valid", "used", "rms")
_RESULTS = tuple(
    one.name
    for one in FIT_COLUMNS
    if one not in FRAME_IDENTITY
    and one.name not in (*_COUNTS, "warnings", "version", "settings", "notes")
)


@dataclass(frozen=True, slots=True, eq=False)
class FittedField:
    """A displacement field and the movement through its tiles, or why these are too few for it."""

    field: DisplacementField
    fit: FieldFit | ValueError


@dataclass(frozen=True, eq=False, repr=False)
class FieldResult(Result):
    """Displacement fields; ``found`` holds the `FittedField` of each row, or None."""

    @property
    def tiles(self) -> pd.DataFrame:
        """One row for each tile."""
        return self.tables["field"]

    @property
    def fields(self) -> tuple[DisplacementField | None, ...]:
        """The field of each row; None where no tile could be compared."""
        return tuple(one and one.field for one in self.found)

    @property
    def fits(self) -> tuple[FieldFit | None, ...]:
        """The fit of each row; None where there is none."""
        fits = [one and one.fit for one in self.found]
        return tuple(None if isinstance(fit, ValueError) else fit for fit in fits)

    def registrations(self) -> Registrations:
        """Return the fitted movements, to be saved or applied.

        Raises
        ------
        ValueError
            If there is none.
        """
        return held_by(self.table, [None if fit is None else fit.registration for fit in self.fits])

    def magnitude(self) -> Channel:
        """Return how far each pixel is displaced, on the grid of the channels.

        Returns
        -------
        Channel
            float32, in µm, or in pixels where the voxel size is unknown, see its name; NaN
            where no valid tile lies. With a time axis if there are several fields. It is computed
            field by field as it is read.
        """
        first = next(field for field in self.fields if field is not None)
        several = len(self.fields) > 1
        return Channel(
            _Magnitudes(self.fields, first.shape),
            "T" * several + first.axes,
            first.spacing,
            self.channels[0].time_step if several else None,
            f"Displacement of {first.names[0]} and {first.names[1]} ({first.unit})",
        )


class _Magnitudes(Computed):
    """Lengths of displacements, computed as they are read."""

    def __init__(self, fields: Sequence[DisplacementField | None], shape: tuple[int, ...]) -> None:
        times = (len(fields),) if len(fields) > 1 else ()
        super().__init__((*times, *shape), np.dtype(np.float32), len(shape))
        self._fields, self._frame = fields, shape

    def _compute(self, index: tuple[int, ...]) -> AnyArray:
        field = self._fields[index[0] if index else 0]
        return np.full(self._frame, np.nan) if field is None else field.image("magnitude")


def _write_registrations(result: FieldResult, path: Path, *, overwrite: bool) -> None:
    from covoxel.io.errors import ImageError

    if not any(result.fits):
        raise ImageError(result.file, f"has no fit: {result.table['notes'].iat[0]}")
    result.registrations().save(path, overwrite=overwrite)


class FieldAnalysis(Analysis[FieldOptions, FittedField, FieldResult]):
    """Find the displacement of each tile of channel 2, and the movement through all of them.

    Returns
    -------
    FieldResult
        Its ``table`` has one row for each time point, with the movement that was fitted through
        the tiles; its ``tiles`` have one row for each tile. Their columns are those of
        `covoxel.analysis.field.schema`; NaN with the reason in ``notes`` where a tile is left out,
        or the valid tiles are too few for a fit.

    Examples
    --------
    >>> from covoxel import measure_field, simulate_pair
    >>> pair = simulate_pair(structure="textures", shared_fraction=1, offset=(2, -1), grain=0.2)
    >>> result = measure_field(pair.channel1, pair.channel2)
    >>> result.table[["shift_y", "shift_x"]].round(1).to_numpy().tolist()
    [[-2.0, 1.0]]
    """

    name = "field"
    function = "measure_field"
    title = "Displacement field"
    page = "measures/registration"
    widget = "Register"
    progress_text = "comparing tiles"
    options = FieldOptions
    accepts = Accepts(
        several=False, labels=False, shapes=False, per_plane=False, registration=False
    )
    unit = "frame"
    aspects = ("distance",)
    tables = (Table("field", TILE_COLUMNS, points=True), Table("field_fit", FIT_COLUMNS))
    result = FieldResult
    printed = Printed(
        settings=_COUNTS,
        results=_RESULTS,
        first=_COUNTS,
        wide=(*_COUNTS, *(name for name in _RESULTS if not name.startswith("a_"))),
        implied_units=("px",),
        headline=("valid", *(one.name for one in SHIFTS), "uncertainty"),
    )
    methods = (
        "The displacement between {channels} was measured tile by tile, and a transform "
        "({transform}) was fitted to the valid tiles."
    )
    draws = "images"
    files = (
        OutputFile(
            "magnitude",
            "File for the length of the displacement of every pixel, NAME.tif or NAME.ome.zarr.",
            image_writer(lambda result: [result.magnitude()], ome=True),
            IMAGE_ENDINGS,
        ),
        OutputFile("save", "File for the fitted registration, as JSON.", _write_registrations),
    )

    def refuse(self, inputs: AnalysisInputs, options: FieldOptions) -> None:
        """Refuse what does not fit into memory."""
        if not inputs.masked:
            refuse_memory("field", inputs.shape, _BYTES_PER_PIXEL)

    def compute(self, unit: FramePair, options: FieldOptions) -> FittedField:
        """Find the displacements of a frame, and fit a movement through them."""
        from covoxel.registration.field.estimate import displacement_field

        field = displacement_field(
            *unit.images(),
            tile=options.tile,
            overlap=options.overlap,
            max_shift=options.max_shift,
            progress=unit.progress,
            **unit.masks(),
        )
        try:
            return FittedField(field, field.fit(options.transform))
        except ValueError as error:
            return FittedField(field, error)

    def rows(self, unit: FramePair, found: FittedField, options: FieldOptions) -> Iterator[Row]:
        """Yield the row of a field, with its tiles."""
        values = unit.identity() | undefined(FIT_COLUMNS, unit.axes) | _values(found)
        tiles = undefined(TILE_COLUMNS, unit.axes) | _tiles(found)
        of_files = file_notes((unit.channel1, unit.channel2))
        tiles["notes"] = [[*of_files, *notes] for notes in _notes(found)]
        fit, unknown = found.fit, found.field.spacing is None
        notes = [("shift_um", _NO_SPACING)] * unknown
        if isinstance(fit, ValueError):
            notes = [("shift", str(fit))]
        yield Row(values, notes, found, {"field": tiles})

    def empty_rows(
        self, unit: FramePair, error: ValueError, options: FieldOptions
    ) -> Iterator[Row]:
        """Yield a row with the reason."""
        values = unit.identity() | undefined(FIT_COLUMNS, unit.axes) | {"tiles": 0, "valid": 0}
        yield Row(values, [("shift", str(error))])

    def reports(self, caution: Caution, options: FieldOptions) -> bool:
        """Return whether rows report a caution; not the shift that is their result."""
        return super().reports(caution, options) and caution.code != CHANNEL_SHIFT.code()

    def layers(self, result: FieldResult) -> list[LayerData]:
        """Return lengths, arrows and tiles of the fields; nothing where there is no field."""
        rows = zip(result.table["t"], result.fields, strict=True)
        found = {int(t): field for t, field in rows if field is not None}
        if not found:
            return []
        asked, lengths = result.inputs, result.magnitude()
        channel = result.channels[0]
        return field_layers(channel, found, result.tiles, lengths, t=asked.t, z=asked.z)

    def figures(self, result: FieldResult) -> Iterator[tuple[str, Figure]]:
        """Yield the lengths and arrows of the first field; of a stack in its middle plane."""
        from covoxel.registration.field.layer import arrows, image_look, magnified
        from covoxel.report.channels import map_figure, middle_plane

        field = next((one for one in result.fields if one is not None and one.valid.any()), None)
        if field is None:
            return
        plane, where = middle_plane(field.image())
        drawn, longer = arrows(field), magnified([field])
        if where:
            away = np.abs(drawn[:, 0, 0] - field.shape[0] // 2)
            drawn = drawn[away == away.min()]
        title = f"Displacement in {field.unit}{where}; arrows {longer:g} times as long"
        look = image_look([field])
        figure = map_figure(
            result.channels[0],
            plane,
            look["colormap"],
            look["contrast_limits"],
            arrows=drawn[..., -2:],
            length=longer,
        )
        yield title, figure

    def listed(self, row: pd.Series[Any]) -> Sequence[str]:
        """List no movement where none was fitted."""
        return () if math.isnan(row["rms"]) else self.printed.results

    def remarks(self, result: FieldResult) -> Iterator[str]:
        """Yield how many tiles are not valid, and why."""
        fields = [field for field in result.fields if field is not None]
        total = sum(len(field.valid) for field in fields)
        reasons = Counter(text for field in fields for text in field.reason[~field.valid].tolist())
        for text, number in reasons.most_common():
            yield f"{number} of {total} tiles left out: {text}"


def _values(found: FittedField) -> dict[str, Any]:
    """Return how many tiles there are, and the movement through them."""
    field, fit = found.field, found.fit
    counts = {"tiles": len(field.valid), "valid": int(field.valid.sum())}
    if isinstance(fit, ValueError):
        return counts
    return {
        **counts,
        "used": int(fit.used.sum()),
        "rms": fit.rms,
        **movement(fit.registration),
        **by_axis("stretch", field.axes, fit.magnification),
        **{f"turn_{plane}": angle for plane, angle in fit.rotation.items()},
    }


def _tiles(found: FittedField) -> dict[str, Any]:
    """Return the columns of the tiles."""
    field, fit = found.field, found.fit
    offsets = field.displacement
    out: dict[str, Any] = {
        **by_axis("center", field.axes, field.positions.T),
        **by_axis("offset", field.axes, offsets.T),
        "length": np.linalg.norm(offsets, axis=1),
        "correlation": field.correlation,
        "peak_ratio": field.peak_ratio,
        "uncertainty": field.uncertainty.max(axis=1),
        "valid": field.valid,
    }
    if field.spacing is not None:
        out |= by_axis("offset", field.axes, (offsets * field.pixel).T, "_um")
        out["length_um"] = field.magnitude
    if not isinstance(fit, ValueError):
        out |= by_axis("residual", field.axes, fit.residuals.T)
    strain = field.strain().components()
    return out | {f"strain_{name}": values for name, values in strain.items()}


def _notes(found: FittedField) -> Iterator[list[Note]]:
    """Yield for each tile why it is left out, or columns of it are empty."""
    field, fit = found.field, found.fit
    strain = list(field.strain().components().values())
    alone = np.isnan(strain).any(axis=0) & field.valid
    shared = [("offset_um", _NO_SPACING)] * (field.spacing is None)
    shared += [("residual", str(fit))] if isinstance(fit, ValueError) else []
    for text, lonely in zip(field.reason.tolist(), alone.tolist(), strict=True):
        own = [("offset", text)] * bool(text)
        own += [("strain", "too few valid tiles around")] * lonely
        yield [*own, *shared]


FIELD = FieldAnalysis()
measure_field = function_of(FIELD)
