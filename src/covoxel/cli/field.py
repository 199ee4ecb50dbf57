"""covoxel field: how far channel 2 lies from channel 1, tile by tile."""

from __future__ import annotations

from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import Any

import typer

from covoxel.analysis.field_options import FieldOptions
from covoxel.cli.asked import Asked
from covoxel.cli.files import FileOptions, apart
from covoxel.cli.flags import with_flags
from covoxel.cli.outputs import check_endings
from covoxel.cli.run import Extra, Part, run


@with_flags(FileOptions, without=["all_pairs", "labels", "registration", "per", "figure"])
@with_flags(FieldOptions)
def field_command(
    image: Path = typer.Argument(..., help="An image file."),
    image2: Path | None = typer.Argument(None, help="A second one, where a file is a channel."),
    *,
    save: Path | None = typer.Option(
        None, "--save", help="File for the fitted registration, as JSON."
    ),
    magnitude: Path | None = typer.Option(
        None,
        "--magnitude",
        help="File for the length of the displacement of every pixel, NAME.tif, as OME-TIFF.",
    ),
    **given: Any,
) -> None:
    """Find the displacement of each tile of channel 2, and the movement through all of them."""
    from covoxel.analysis.field_schema import FIT_COLUMNS, TILE_COLUMNS
    from covoxel.analysis.fields import Fields, field_channels
    from covoxel.cli.show_field import show
    from covoxel.io import ImageError
    from covoxel.io.write import write_channels

    files, own = apart(FileOptions, given)
    options = FieldOptions(**own)
    check_endings({"magnitude": magnitude}, ".tif")
    chosen = files.open(image, image2)

    def draw(fields: Fields, path: Path) -> None:
        write_channels(path, [fields.magnitude()], overwrite=files.overwrite, ome=True)

    def keep(fields: Fields, path: Path) -> None:
        if not any(fields.fitted):
            raise ImageError(image, f"has no fit: {fields.fits['notes'].iat[0]}")
        fields.registrations().save(path, overwrite=files.overwrite)

    run(
        "comparing tiles",
        partial(field_channels, *chosen, **files.arguments(), options=options),
        show,
        channels=chosen,
        files=files,
        asked=Asked("field", [image, image2], given),
        parts=[
            Part("field", TILE_COLUMNS),
            Part("field_fit", FIT_COLUMNS, attrgetter("fits")),
        ],
        extras=[Extra(magnitude, draw), Extra(save, keep)],
    )
