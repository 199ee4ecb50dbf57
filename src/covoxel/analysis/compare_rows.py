"""Rows of the table of comparisons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from covoxel.analysis.compare_options import CompareOptions
from covoxel.analysis.compare_schema import compare_columns
from covoxel.analysis.file_notes import with_file_notes
from covoxel.analysis.options import digest
from covoxel.analysis.pieces import Piece
from covoxel.similarity.compare import Comparison

if TYPE_CHECKING:
    import pandas as pd


def compare_table(
    pieces: Sequence[Piece], found: Sequence[Comparison], options: CompareOptions
) -> pd.DataFrame:
    """Return one row a piece, from its comparison."""
    import pandas as pd

    record = options.as_dict()
    settings = {"fit": options.fit or "none", "version": version("covoxel")}
    settings["settings"] = digest(record)
    rows = [
        (row := piece.identity())
        | _results(piece, one)
        | settings
        | {"notes": with_file_notes(row["file_notes"], "; ".join(_notes(one)))}
        for piece, one in zip(pieces, found, strict=True)
    ]
    columns = compare_columns(
        options.measures, axes=pieces[0].axes, registered=options.fit == "register"
    )
    table = pd.DataFrame(rows, columns=[column.name for column in columns])
    for name in ("t", "z"):
        table[name] = table[name].astype("Int64")
    table.attrs["covoxel"] = {"version": version("covoxel"), "options": record, "inputs": {}}
    return table


def _results(piece: Piece, found: Comparison) -> dict[str, Any]:
    out: dict[str, Any] = {
        "pixels": found.pixels,
        "dropped": found.dropped,
        "data_range": found.span.data_range,
        "data_range_source": found.span.source,
        **found,
    }
    if found.registration is not None:
        steps = zip(piece.axes.lower(), found.registration.shift, strict=True)
        out |= {f"shift_{axis}": step for axis, step in steps}
    return out


def _notes(found: Comparison) -> Iterator[str]:
    """Yield ``column: reason`` of what is missing or to be known."""
    yield from (f"{name}: {reason}" for name, reason in found.notes.items())
    if found.registration is not None:
        yield from (f"shift: {note.replace('; ', ', ')}" for note in found.registration.notes)
