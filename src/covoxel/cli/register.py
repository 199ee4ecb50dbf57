"""covoxel register: how channel 2 lies on channel 1, saved and applied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import typer

from covoxel._files import refuse_existing
from covoxel.analysis.register_options import RegisterOptions
from covoxel.cli.apply import apply_file
from covoxel.cli.flags import with_flags
from covoxel.cli.opening import names, numbers, open_channels, open_region, shown_progress

_NAME = "register"


@with_flags(RegisterOptions)
def register_command(
    image: Path = typer.Argument(..., help="An image file."),
    image2: Path | None = typer.Argument(None, help="A second one, where a file is a channel."),
    *,
    channels: str | None = typer.Option(
        None, "--channels", help="Which two, by number from 1 or by name, such as 1,3."
    ),
    all_pairs: bool = typer.Option(False, "--all-pairs", help="Register every pair of channels."),
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
    save: Path | None = typer.Option(None, "--save", help="File for the registration, as JSON."),
    apply: Path | None = typer.Option(
        None,
        "--apply",
        help="A saved registration; moves channel 2 and writes --out, with 0 where it has no "
        "pixels (covoxel measure --registration leaves them out).",
    ),
    out: Path | None = typer.Option(
        None, "--out", help="Folder for table and provenance; with --apply the image to write."
    ),
    parquet: bool = typer.Option(False, "--parquet", help="Write the table as Parquet too."),
    overwrite: bool = typer.Option(False, "--overwrite", help="Replace files that exist."),
    as_json: bool = typer.Option(False, "--json", help="Print a JSON object a row, nothing else."),
    **changes: Any,
) -> None:
    """Find the shift that lays channel 2 on channel 1; save it, or apply a saved one."""
    images = [image] if image2 is None else [image, image2]
    opening: dict[str, Any] = {
        "channels": names(channels),
        "series": series,
        "axes": axes,
        "spacing": numbers("--spacing", spacing),
    }
    if apply is not None:
        others = {"--mask": mask, "--t": t, "--z": z, "--save": save}
        others |= {"--all-pairs": all_pairs or None, "--json": as_json or None}
        others |= {f"--{name.replace('_', '-')}": value for name, value in changes.items()}
        given = [flag for flag, value in others.items() if value is not None]
        if given:
            msg = f"--apply moves an image as registered before; {given[0]} is for registering"
            raise ValueError(msg)
        apply_file(apply, images, opening, out, overwrite=overwrite)
        return
    register_files(
        images,
        opening,
        mask=mask,
        all_pairs=all_pairs,
        t=t,
        z=z,
        save=save,
        out=out,
        parquet=parquet,
        overwrite=overwrite,
        as_json=as_json,
        options=RegisterOptions(**changes),
    )


def register_files(
    images: Sequence[Path],
    opening: Mapping[str, Any],
    *,
    mask: Path | None,
    all_pairs: bool,
    t: int | None,
    z: int | None,
    save: Path | None,
    out: Path | None,
    parquet: bool,
    overwrite: bool,
    as_json: bool,
    options: RegisterOptions,
) -> None:
    """Register the channels of files, print the table, and write what is asked for."""
    from covoxel.analysis.provenance import provenance
    from covoxel.analysis.register_schema import REGISTER_COLUMNS
    from covoxel.analysis.registering import register_channels
    from covoxel.cli.outputs import table_files
    from covoxel.cli.show import print_json, print_table
    from covoxel.cli.show_register import LAYOUT
    from covoxel.io import ImageError, write_results

    least, most = (1, None) if options.drift else (2, None if all_pairs else 2)
    chosen = open_channels(images, **opening, least=least, most=most)
    if save is not None and len(chosen) > 2 and not options.drift:
        msg = "--save is for one pair of channels; choose two by --channels"
        raise ValueError(msg)
    files = [] if out is None else table_files(out, _NAME, parquet=parquet)
    refuse_existing([*files, *([] if save is None else [save])], overwrite=overwrite)
    region = None if mask is None else open_region(mask)
    with shown_progress("registering") as progress:
        result = register_channels(
            chosen, mask=region, t=t, z=z, options=options, progress=progress
        )
    if as_json:
        print_json(result.table)
    else:
        print_table(result.table, LAYOUT)
    written = []
    if out is not None:
        inputs = {} if mask is None else {"mask": mask}
        record = provenance(result.table, chosen, inputs, REGISTER_COLUMNS)
        written = write_results(
            result.table, out, name=_NAME, provenance=record, parquet=parquet, overwrite=overwrite
        )
    if save is not None:
        if not any(result.found):
            raise ImageError(images[0], f"cannot be registered: {result.table['notes'].iat[0]}")
        written.append(result.registrations().save(save, overwrite=overwrite))
    if written and not as_json:
        typer.echo("written: " + ", ".join(map(str, written)))
