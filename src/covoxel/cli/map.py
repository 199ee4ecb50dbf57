"""covoxel map: where two channels are together, as an image."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import typer

from covoxel._files import refuse_existing
from covoxel.analysis.map_options import MEANINGS, MapOptions
from covoxel.cli.flags import with_flags
from covoxel.cli.opening import names, numbers, open_channels, open_region, shown_progress


@with_flags(MapOptions)
def map_command(
    image: Path = typer.Argument(..., help="An image file."),
    image2: Path | None = typer.Argument(None, help="A second one, where a file is a channel."),
    *,
    channels: str | None = typer.Option(
        None, "--channels", help="Which two, by number from 1 or by name, such as 1,3."
    ),
    mask: Path | None = typer.Option(None, "--mask", help="An image; where it is not 0."),
    registration: Path | None = typer.Option(
        None, "--registration", help="A saved registration; lays channel 2 on channel 1 first."
    ),
    t: int | None = typer.Option(None, "--t", help="One time point, from 0."),
    series: int = typer.Option(0, "--series", help="Which image of the file, from 0."),
    axes: str | None = typer.Option(
        None, "--axes", help="The file's axes where it does not tell or lies, such as TCZYX."
    ),
    spacing: str | None = typer.Option(
        None, "--spacing", help="Voxel size z,y,x in µm; wins over the file's."
    ),
    out: Path = typer.Option(..., "--out", help="The map to write, NAME.tif, as OME-TIFF."),
    overwrite: bool = typer.Option(False, "--overwrite", help="Replace a file that exists."),
    as_json: bool = typer.Option(False, "--json", help="Print a JSON object a time point."),
    **changes: Any,
) -> None:
    """Map where two channels are together: local correlation, or how intensities go along."""
    from covoxel.analysis.mapping import map_channels
    from covoxel.io.write import write_channels

    if out.suffix != ".tif":
        msg = f"--out is {out.name!r}; a name ending in .tif is needed"
        raise ValueError(msg)
    refuse_existing([out], overwrite=overwrite)
    options = MapOptions(**changes)
    chosen = open_channels(
        [image] if image2 is None else [image, image2],
        channels=names(channels),
        series=series,
        axes=axes,
        spacing=numbers("--spacing", spacing),
    )
    region = None if mask is None else open_region(mask)
    with shown_progress("mapping") as progress:
        found = map_channels(
            *chosen, mask=region, t=t, registration=registration, options=options, progress=progress
        )
        write_channels(out, [found], overwrite=overwrite, ome=True)
    for record in found.data.records.values():
        if as_json:
            typer.echo(json.dumps({"file": out.name, "map": found.name, **record}))
        else:
            typer.echo(_line(record, options.kind))
    if not as_json:
        typer.echo(f"written: {out}")


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
