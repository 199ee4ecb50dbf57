"""covoxel distance: how far apart associated particles are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from covoxel.analysis.distance_options import DistanceOptions
from covoxel.cli.comparing import Command, FileOptions, Part, apart, compare_files
from covoxel.cli.flags import with_flags

if TYPE_CHECKING:
    from covoxel.channel import Channel


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
    files, own = apart(given)
    options = DistanceOptions(**own)
    if contributions is not None and files.all_pairs:
        msg = "--contributions is for one pair of channels; choose two by --channels"
        raise ValueError(msg)
    if contributions is not None and contributions.suffix != ".tif":
        msg = f"--contributions is {contributions}; a name ending in .ome.tif or .tif is needed"
        raise ValueError(msg)

    def write(result: Any, channels: list[Channel], arguments: dict[str, Any]) -> list[Path]:
        from covoxel.analysis.contributions import contribution_channels
        from covoxel.io import ImageError
        from covoxel.io.write import write_channels

        assert contributions is not None
        if not any(found and found.components for found in result.found):
            raise ImageError(image, f"has no association to show: {result.table['notes'].iat[0]}")
        images = contribution_channels(result, *channels, **arguments)
        return [write_channels(contributions, images, overwrite=files.overwrite)]

    compare_files(
        _command(options),
        [image] if image2 is None else [image, image2],
        files,
        also=[] if contributions is None else [contributions],
        write=None if contributions is None else write,
    )


def _command(options: DistanceOptions) -> Command:
    from functools import partial

    from covoxel.analysis.distance_schema import DISTANCE_COLUMNS, PROFILE_COLUMNS
    from covoxel.analysis.distances import distance_channels
    from covoxel.cli.show_displacement import DISTANCE
    from covoxel.report.association import distance_figure

    return Command(
        "measuring distances",
        (
            Part("distance", "table", DISTANCE_COLUMNS),
            Part("distance_profile", "profiles", PROFILE_COLUMNS),
        ),
        partial(distance_channels, options=options),
        distance_figure,
        DISTANCE,
    )
