"""covoxel distance: how far apart associated particles are."""

from __future__ import annotations

from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import Any

import typer

from covoxel.analysis.distance_options import DistanceOptions
from covoxel.cli.asked import Asked
from covoxel.cli.files import FileOptions, apart
from covoxel.cli.flags import with_flags
from covoxel.cli.outputs import check_endings
from covoxel.cli.run import Extra, Part, figure, run


@with_flags(FileOptions)
@with_flags(DistanceOptions)
def distance_command(
    image: Path = typer.Argument(..., help="An image file."),
    image2: Path | None = typer.Argument(None, help="A second one, where a file is a channel."),
    *,
    contributions: Path | None = typer.Option(
        None,
        "--contributions",
        help="File for the voxels that make the association, NAME.ome.tif.",
    ),
    **given: Any,
) -> None:
    """Measure how far apart associated particles of two channels are."""
    from covoxel.analysis.distance_schema import DISTANCE_COLUMNS, PROFILE_COLUMNS
    from covoxel.analysis.distances import distance_channels
    from covoxel.cli.show_displacement import DISTANCE
    from covoxel.report.association import distance_figure

    files, own = apart(FileOptions, given)
    options = DistanceOptions(**own)
    if contributions is not None and files.all_pairs:
        msg = "--contributions is for one pair of channels; choose two by --channels"
        raise ValueError(msg)
    check_endings({"contributions": contributions}, ".ome.tif", ".tif")
    chosen, arguments = files.open(image, image2), files.arguments()

    def contribute(result: Any, path: Path) -> None:
        from covoxel.analysis.contributions import contribution_channels
        from covoxel.io import ImageError
        from covoxel.io.write import write_channels

        if not any(found and found.components for found in result.found):
            raise ImageError(image, f"has no association to show: {result.table['notes'].iat[0]}")
        images = contribution_channels(result, *chosen, **arguments)
        write_channels(path, images, overwrite=files.overwrite)

    run(
        "measuring distances",
        partial(distance_channels, chosen, **arguments, options=options),
        DISTANCE.show,
        channels=chosen,
        files=files,
        asked=Asked("distance", [image, image2], given),
        parts=[
            Part("distance", DISTANCE_COLUMNS),
            Part("distance_profile", PROFILE_COLUMNS, attrgetter("profiles")),
        ],
        extras=[figure(files, distance_figure), Extra(contributions, contribute)],
    )
