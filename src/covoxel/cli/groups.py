"""covoxel compare-groups: conditions compared by their replicates, from a table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import typer

from covoxel.analysis.groups import GroupOptions, compare_groups
from covoxel.cli.files import FileOptions, split_flags
from covoxel.cli.flags import with_flags
from covoxel.cli.printing import echo

_SHOWN = ("group1", "group2", "mean1", "mean2", "difference", "low", "high", "p", "p_adjusted")


@with_flags(FileOptions, only=["out", "overwrite", "figure", "json"])
@with_flags(GroupOptions)
def compare_groups_command(
    table: Path = typer.Argument(..., help="A CSV with a row for each cell or image."),
    *,
    value: str = typer.Option(..., help="Column that is compared, such as pearson."),
    group: str = typer.Option(..., help="Column that names the condition."),
    replicate: str = typer.Option(
        ..., help="Column that names the independent repeat: the day or the animal, never the cell."
    ),
    **given: Any,
) -> None:
    """Compare conditions by the means of their replicates, with intervals and a SuperPlot."""
    from covoxel.report import save_figure

    files, changes = split_flags(FileOptions, given)
    found = compare_groups(table, value, group, replicate, **changes)
    if files.json:
        for row in found.table.to_dict("records"):
            echo(json.dumps(row, ensure_ascii=False))
    else:
        text = found.table[list(_SHOWN)].to_string(index=False, float_format=lambda x: f"{x:.4g}")
        for line in text.splitlines():
            echo(line)
        echo(f"difference on the scale {found.table['scale'][0]}; means are of replicates")
        for row in found.table[found.table["notes"] != ""].to_dict("records"):
            echo(f"{row['group1']} and {row['group2']}: {row['notes']}")
    written = [] if files.out is None else found.save(files.out, overwrite=files.overwrite)
    if files.figure is not None:
        save_figure(found.figure(), files.figure, overwrite=files.overwrite)
        written.append(files.figure)
    if written and not files.json:
        echo(f"written: {', '.join(map(str, written))}")
