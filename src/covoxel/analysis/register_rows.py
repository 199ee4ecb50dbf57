"""Rows of the table of registrations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.metadata import version
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.analysis.file_notes import with_file_notes
from covoxel.analysis.options import digest
from covoxel.analysis.pieces import Piece
from covoxel.analysis.register_options import RegisterOptions
from covoxel.analysis.register_schema import register_columns
from covoxel.registration.record import Registration
from covoxel.registration.verdicts import direction_text

if TYPE_CHECKING:
    import pandas as pd


def register_table(
    pieces: Sequence[Piece], found: Sequence[Registration | str], options: RegisterOptions
) -> pd.DataFrame:
    """Return one row a piece, from its registration or the reason why there is none."""
    import pandas as pd

    record = options.as_dict()
    reach = options.max_shift
    settings = {
        "transform": options.transform,
        "method": options.method,
        "max_shift": ",".join(map(str, reach)) if isinstance(reach, tuple) else reach,
        "min_overlap": options.min_overlap,
        "version": version("covoxel"),
        "settings": digest(record),
    }
    columns = [column.name for column in register_columns(pieces[0].axes)]
    rows = [
        (row := piece.identity())
        | _results(piece, one)
        | settings
        | {"notes": with_file_notes(row["file_notes"], "; ".join(_notes(one)))}
        for piece, one in zip(pieces, found, strict=True)
    ]
    table = pd.DataFrame(rows, columns=columns)
    for name in ("t", "z"):
        table[name] = table[name].astype("Int64")
    for name in ("registrable", "ambiguous"):
        table[name] = table[name].astype("boolean")
    table["undetermined"] = table["undetermined"].astype(object).fillna("")
    table["max_shift"] = table["max_shift"].astype(object)
    table.attrs["covoxel"] = {"version": version("covoxel"), "options": record, "inputs": {}}
    return table


def _results(piece: Piece, found: Registration | str) -> dict[str, Any]:
    """Return the numbers of a registration; without one they are missing, and so NaN."""
    if isinstance(found, str):
        return {}
    out = {} if found.registrable is False else movement(found)
    if len(piece.axes) == 2 and out:
        out |= {"rotation": found.rotation, "scale": found.scale}
    for name in ("registrable", "ambiguous", "ncc_before", "ncc_after", "overlap", "peak_ratio"):
        out[name] = getattr(found, name)
    return out | {"undetermined": ", ".join(map(direction_text, found.undetermined))}


def movement(found: Registration) -> dict[str, Any]:
    """Return shift, matrix and standard error along the worst axis, NaN if one is unknown."""
    axes = found.axes.lower()
    out: dict[str, Any] = {}
    for suffix, steps in (("", found.shift), ("_um", found.shift_um)):
        if steps is not None:
            out |= {f"shift_{axis}{suffix}": step for axis, step in zip(axes, steps, strict=True)}
    entries = np.ravel(found.matrix).tolist()
    pairs = product(axes, repeat=2)
    out |= {f"a_{to}{of}": entry for (to, of), entry in zip(pairs, entries, strict=True)}
    errors = np.array(found.uncertainty or (np.nan,))
    if found.undetermined and np.isfinite(errors).any():
        errors = errors[np.isfinite(errors)]
    return out | {"uncertainty": float(np.max(errors))}


def _notes(found: Registration | str) -> Iterator[str]:
    """Yield ``column: reason`` of what is missing, and what to know of the rest."""
    if isinstance(found, str):
        yield f"shift: {found.replace('; ', ', ')}"
        return
    if found.registrable is False:
        yield from (f"shift: {note.replace('; ', ', ')}" for note in found.notes)
        return
    if found.spacing is None:
        yield "shift_um: the voxel size is unknown"
    if np.isnan(found.peak_ratio):
        yield "peak_ratio: there is no other peak"
    errors = np.isfinite(found.uncertainty or (np.nan,))
    if found.undetermined and errors.any():
        yield "uncertainty: that of the axes along which the shift is determined"
    elif not errors.all():
        yield "uncertainty: unknown"
    yield from (f"registration: {note.replace('; ', ', ')}" for note in found.notes)
