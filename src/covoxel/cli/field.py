"""covoxel field: how far channel 2 lies from channel 1, tile by tile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import typer

from covoxel._files import refuse_existing
from covoxel.analysis.field_options import FieldOptions
from covoxel.cli.flags import with_flags
from covoxel.cli.opening import names, numbers, open_channels, open_region, shown_progress

_TILES, _FITS = "field", "field_fit"


@with_flags(FieldOptions)
def field_command(
    image: Path = typer.Argument(..., help="An image file."),
    image2: Path | None = typer.Argument(None, help="A second one, where a file is a channel."),
    *,
    channels: str | None = typer.Option(
        None, "--channels", help="Which two, by number from 1 or by name, such as 1,3."
    ),
    mask: Path | None = typer.Option(None, "--mask", help="An image; where it is not 0."),
    t: int | None = typer.Option(None, "--t", help="One time point, from 0."),
    z: int | None = typer.Option(None, "--z", help="One plane, from 0."),
    series: int = typer.Option(0, "--series", help="Which image of the file, from 0."),
    axes: str | None = typer.Option(
        None, "--axes", help="The file's axes where it does not tell or lies, such as TCZYX."
    ),
    spacing: str | None = typer.Option(
        None, "--spacing", help="Voxel size z,y,x in µm; wins over the file's."
    ),
    save: Path | None = typer.Option(
        None, "--save", help="File for the fitted registration, as JSON."
    ),
    magnitude: Path | None = typer.Option(
        None,
        "--magnitude",
        help="File for the length of the displacement of every pixel, NAME.tif, as OME-TIFF.",
    ),
    out: Path | None = typer.Option(None, "--out", help="Folder for tables and provenance."),
    parquet: bool = typer.Option(False, "--parquet", help="Write the tables as Parquet too."),
    overwrite: bool = typer.Option(False, "--overwrite", help="Replace files that exist."),
    as_json: bool = typer.Option(False, "--json", help="Print a JSON object a tile, nothing else."),
    **changes: Any,
) -> None:
    """Find the displacement of each tile of channel 2, and the movement through all of them."""
    opening = {
        "channels": names(channels),
        "series": series,
        "axes": axes,
        "spacing": numbers("--spacing", spacing),
    }
    field_files(
        [image] if image2 is None else [image, image2],
        opening,
        mask=mask,
        t=t,
        z=z,
        save=save,
        magnitude=magnitude,
        out=out,
        parquet=parquet,
        overwrite=overwrite,
        as_json=as_json,
        options=FieldOptions(**changes),
    )


def field_files(
    images: Sequence[Path],
    opening: Mapping[str, Any],
    *,
    mask: Path | None,
    t: int | None,
    z: int | None,
    save: Path | None,
    magnitude: Path | None,
    out: Path | None,
    parquet: bool,
    overwrite: bool,
    as_json: bool,
    options: FieldOptions,
) -> None:
    """Find the field of files, print it, and write what is asked for."""
    from covoxel.analysis.field_schema import FIT_COLUMNS, TILE_COLUMNS
    from covoxel.analysis.fields import field_channels
    from covoxel.analysis.provenance import provenance
    from covoxel.cli.outputs import table_files
    from covoxel.cli.show import print_json, print_table
    from covoxel.cli.show_field import LAYOUT, print_reasons
    from covoxel.io import ImageError, write_results
    from covoxel.io.write import write_channels

    if magnitude is not None and magnitude.suffix != ".tif":
        msg = f"--magnitude is {magnitude.name!r}; a name ending in .tif is needed"
        raise ValueError(msg)
    first, second = chosen = open_channels(images, **opening)
    files = [path for path in (save, magnitude) if path is not None]
    if out is not None:
        for name in (_TILES, _FITS):
            files += table_files(out, name, parquet=parquet)
    refuse_existing(files, overwrite=overwrite)
    region = None if mask is None else open_region(mask)
    with shown_progress("comparing tiles") as progress:
        fields = field_channels(
            first, second, mask=region, t=t, z=z, options=options, progress=progress
        )
    if as_json:
        print_json(fields.table)
    else:
        print_table(fields.fits, LAYOUT)
        print_reasons(fields.table)
    written = []
    inputs = {} if mask is None else {"mask": mask}
    for name, table, columns in (
        (_TILES, fields.table, TILE_COLUMNS),
        (_FITS, fields.fits, FIT_COLUMNS),
    ):
        if out is not None:
            record = provenance(table, chosen, inputs, columns)
            written += write_results(
                table, out, name=name, provenance=record, parquet=parquet, overwrite=overwrite
            )
    if magnitude is not None:
        lengths = [fields.magnitude()]
        written.append(write_channels(magnitude, lengths, overwrite=overwrite, ome=True))
    if save is not None:
        if not any(fields.fitted):
            raise ImageError(images[0], f"has no fit: {fields.fits['notes'].iat[0]}")
        written.append(fields.registrations().save(save, overwrite=overwrite))
    if written and not as_json:
        typer.echo("written: " + ", ".join(map(str, written)))
