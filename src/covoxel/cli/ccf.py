"""covoxel ccf: van Steensel's curves."""

from __future__ import annotations

from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import Any

import typer

from covoxel.analysis.ccf_options import CcfOptions
from covoxel.cli.asked import Asked
from covoxel.cli.files import FileOptions, apart
from covoxel.cli.flags import with_flags
from covoxel.cli.run import Part, figure, run


@with_flags(FileOptions)
@with_flags(CcfOptions)
def ccf_command(
    image: Path = typer.Argument(..., help="An image file."),
    image2: Path | None = typer.Argument(None, help="A second one, where a file is a channel."),
    **given: Any,
) -> None:
    """Tell how Pearson's r falls with displacement: van Steensel's curves."""
    from covoxel.analysis.ccf_schema import CCF_COLUMNS, CCF_CURVE_COLUMNS
    from covoxel.analysis.ccfs import ccf_channels
    from covoxel.cli.show_displacement import CCF
    from covoxel.report.curves import ccf_figure

    files, own = apart(FileOptions, given)
    options = CcfOptions(**own)
    chosen = files.open(image, image2)
    run(
        "displacing",
        partial(ccf_channels, chosen, **files.arguments(), options=options),
        CCF.show,
        channels=chosen,
        files=files,
        asked=Asked("ccf", [image, image2], given),
        parts=[
            Part("ccf", CCF_COLUMNS),
            Part("ccf_curve", CCF_CURVE_COLUMNS, attrgetter("curves")),
        ],
        extras=[figure(files, ccf_figure)],
    )
