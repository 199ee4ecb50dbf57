"""covoxel map: where two channels are together, as an image."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import typer

from covoxel.analysis.map_options import MEANINGS, MapOptions
from covoxel.cli.files import FileOptions, apart
from covoxel.cli.flags import with_flags
from covoxel.cli.opening import shown_progress
from covoxel.cli.outputs import check_endings, refuse_unwritable
from covoxel.cli.printing import echo

_SHARED = ("channels", "mask", "registration", "t", "series", "axes", "sizes", "spacing")


@with_flags(FileOptions, only=[*_SHARED, "overwrite", "json", "memory_budget"])
@with_flags(MapOptions)
def map_command(
    image: Path = typer.Argument(..., help="An image file."),
    image2: Path | None = typer.Argument(None, help="A second one, where a file is a channel."),
    *,
    out: Path = typer.Option(..., "--out", help="The map to write, NAME.tif, as OME-TIFF."),
    **given: Any,
) -> None:
    """Map where two channels are together: local correlation, or how intensities go along."""
    from covoxel.analysis.mapping import map_channels
    from covoxel.io.write import write_channels

    files, own = apart(FileOptions, given)
    check_endings({"out": out}, ".tif")
    options = MapOptions(**own)
    chosen, arguments = files.open(image, image2), files.arguments()
    refuse_unwritable([out], inputs=files.read(chosen, image, image2), overwrite=files.overwrite)
    with files.within_memory(), shown_progress("mapping") as progress:
        found = map_channels(*chosen, **arguments, options=options, progress=progress)
        write_channels(out, [found], overwrite=files.overwrite, ome=True)
    for record in found.data.records.values():
        if files.json:
            echo(json.dumps({"file": out.name, "map": found.name, **record}))
        else:
            echo(_line(record, options.kind))
    if not files.json:
        echo(f"written: {out}")


def _line(record: dict[str, Any], kind: str) -> str:
    """Return one frame's numbers as a sentence."""
    shift = record.get("shift")
    moved = f"; channel 2 moved by {', '.join(f'{s:.2f}' for s in shift)} px" if shift else ""
    moved += f" ({record['notes']})" if record.get("notes") else ""
    if record["mean"] is None:
        return f"t {record['t']}: {MEANINGS[kind]} is defined nowhere{moved}"
    return (
        f"t {record['t']}: {MEANINGS[kind]}, mean {record['mean']:.4g}, "
        f"from {record['minimum']:.4g} to {record['maximum']:.4g} on {record['pixels']} px{moved}"
    )
