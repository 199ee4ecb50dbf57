"""covoxel register: how channel 2 lies on channel 1, saved and applied."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import typer

from covoxel.analysis.register_options import RegisterOptions
from covoxel.cli.apply import apply_file, refuse_registering
from covoxel.cli.asked import Asked
from covoxel.cli.files import FileOptions, apart
from covoxel.cli.flags import with_flags
from covoxel.cli.run import Extra, Part, run


@with_flags(
    FileOptions,
    without=["labels", "registration", "per", "figure"],
    words={"out": "folder for tables and provenance; with --apply the image to write"},
)
@with_flags(RegisterOptions)
def register_command(
    image: Path = typer.Argument(..., help="An image file."),
    image2: Path | None = typer.Argument(None, help="A second one, where a file is a channel."),
    *,
    save: Path | None = typer.Option(None, "--save", help="File for the registration, as JSON."),
    apply: Path | None = typer.Option(
        None,
        "--apply",
        help="A saved registration; moves channel 2 and writes --out, with 0 where it has no "
        "pixels (covoxel measure --registration leaves them out).",
    ),
    order: int | None = typer.Option(
        None,
        "--order",
        help="Degree of the interpolating spline of --apply, from 0 (nearest pixel) to 5 "
        "(default 3); 0 and 1 stay within the range of the neighbouring pixels.",
    ),
    **given: Any,
) -> None:
    """Find the shift that lays channel 2 on channel 1; save it, or apply a saved one."""
    from covoxel.analysis.register_schema import REGISTER_COLUMNS
    from covoxel.analysis.registering import register_channels
    from covoxel.cli.show_register import LAYOUT
    from covoxel.io import ImageError

    files, own = apart(FileOptions, given)
    if apply is not None:
        refuse_registering(given if save is None else {**given, "save": save})
        apply_file(apply, [image, image2], files, order)
        return
    if order is not None:
        msg = "--order is for --apply; nothing is interpolated to find a registration"
        raise ValueError(msg)
    options = RegisterOptions(**own)
    chosen = files.open(image, image2, any_number=options.drift, one_size=False)
    if save is not None and len(chosen) > 2 and not options.drift:
        msg = "--save is for one pair of channels; choose two by --channels"
        raise ValueError(msg)

    def keep(result: Any, path: Path) -> None:
        if not any(one is not None and one.registrable is not False for one in result.found):
            raise ImageError(image, f"cannot be registered: {result.table['notes'].iat[0]}")
        result.registrations().save(path, overwrite=files.overwrite)

    run(
        "registering",
        partial(register_channels, chosen, **files.arguments(), options=options),
        LAYOUT.show,
        channels=chosen,
        files=files,
        asked=Asked("register", [image, image2], given),
        parts=[Part("register", REGISTER_COLUMNS)],
        extras=[Extra(save, keep)],
    )
