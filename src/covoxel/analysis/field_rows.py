"""Rows of the tables of displacement fields: tiles, and the fits through them."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.analysis.field_options import FieldOptions
from covoxel.analysis.field_schema import FIT_COLUMNS, TILE_COLUMNS, along
from covoxel.analysis.file_notes import with_file_notes
from covoxel.analysis.options import digest
from covoxel.analysis.pieces import Piece
from covoxel.analysis.register_rows import movement
from covoxel.registration.field.fit import FieldFit
from covoxel.registration.field.record import DisplacementField

if TYPE_CHECKING:
    import pandas as pd

#: Said of lengths in µm, column by column.
_NO_SPACING = "the voxel size is unknown"


def tile_table(
    pieces: Sequence[Piece],
    fields: Sequence[DisplacementField],
    fits: Sequence[FieldFit | str],
    options: FieldOptions,
) -> pd.DataFrame:
    """Return one row a tile."""
    import pandas as pd

    tables = [
        pd.DataFrame(piece.identity() | _tiles(field, fit))
        for piece, field, fit in zip(pieces, fields, fits, strict=True)
    ]
    names = along(TILE_COLUMNS, pieces[0].axes)
    return _finished(pd.concat(tables, ignore_index=True), names, options)


def fit_table(
    pieces: Sequence[Piece],
    fields: Sequence[DisplacementField],
    fits: Sequence[FieldFit | str],
    options: FieldOptions,
) -> pd.DataFrame:
    """Return one row a field."""
    import pandas as pd

    rows = [
        piece.identity() | _fit(field, fit)
        for piece, field, fit in zip(pieces, fields, fits, strict=True)
    ]
    return _finished(pd.DataFrame(rows), along(FIT_COLUMNS, pieces[0].axes), options)


def _finished(table: pd.DataFrame, names: list[str], options: FieldOptions) -> pd.DataFrame:
    """Add the settings; put columns into their order, those without a value too."""
    record = options.as_dict()
    table["notes"] = list(map(with_file_notes, table["file_notes"], table["notes"]))
    table = table.assign(version=version("covoxel"), settings=digest(record))
    table = table.reindex(columns=names)
    for name in ("t", "z", *(["used"] if "used" in table else [])):
        table[name] = table[name].astype("Int64")
    table.attrs["covoxel"] = {"version": version("covoxel"), "options": record, "inputs": {}}
    return table


def _tiles(field: DisplacementField, fit: FieldFit | str) -> dict[str, Any]:
    offsets, um = field.displacement, field.spacing is not None
    out: dict[str, Any] = {
        **_by_axis(field.axes, "center", field.positions),
        **_by_axis(field.axes, "offset", offsets),
        "length": np.linalg.norm(offsets, axis=1),
        "correlation": field.correlation,
        "peak_ratio": field.peak_ratio,
        "uncertainty": field.uncertainty.max(axis=1),
        "valid": field.valid,
    }
    if um:
        lengths = _by_axis(field.axes, "offset", offsets * field.pixel)
        out |= {f"{name}_um": values for name, values in lengths.items()}
        out["length_um"] = field.magnitude
    if not isinstance(fit, str):
        out |= _by_axis(field.axes, "residual", fit.residuals)
    strain = field.strain().components()
    out |= {f"strain_{name}": values for name, values in strain.items()}
    alone = np.isnan(list(strain.values())).any(axis=0) & field.valid
    lacking = [] if um else [f"offset_um: {_NO_SPACING}"]
    lacking += [f"residual: {fit.replace('; ', ', ')}"] if isinstance(fit, str) else []
    out["notes"] = [
        "; ".join(
            [
                *([f"offset: {reason}"] if reason else []),
                *(["strain: too few valid tiles around"] if lonely else []),
                *lacking,
            ]
        )
        for reason, lonely in zip(field.reason, alone, strict=True)
    ]
    return out


def _by_axis(axes: str, name: str, values: Any) -> dict[str, Any]:
    return {f"{name}_{axis}": values[:, i] for i, axis in enumerate(axes.lower())}


def _fit(field: DisplacementField, fit: FieldFit | str) -> dict[str, Any]:
    counts = {"tiles": len(field.valid), "valid": int(field.valid.sum())}
    if isinstance(fit, str):
        return counts | {"notes": f"shift: {fit.replace('; ', ', ')}"}
    stretches = zip(field.axes.lower(), fit.magnification, strict=True)
    return {
        **counts,
        "used": int(fit.used.sum()),
        "rms": fit.rms,
        **movement(fit.registration),
        **{f"stretch_{axis}": value for axis, value in stretches},
        **{f"turn_{plane}": angle for plane, angle in fit.rotation.items()},
        "notes": "" if field.spacing is not None else f"shift_um: {_NO_SPACING}",
    }
