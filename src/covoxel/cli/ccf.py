"""covoxel ccf: van Steensel's curves."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import typer

from covoxel.analysis.ccf_options import CcfOptions
from covoxel.cli.comparing import Command, FileOptions, Part, apart, compare_files
from covoxel.cli.flags import with_flags


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

    files, own = apart(given)
    parts = Part("ccf", "table", CCF_COLUMNS), Part("ccf_curve", "curves", CCF_CURVE_COLUMNS)
    compute = partial(ccf_channels, options=CcfOptions(**own))
    command = Command("displacing", parts, compute, ccf_figure, CCF)
    compare_files(command, [image] if image2 is None else [image, image2], files)
