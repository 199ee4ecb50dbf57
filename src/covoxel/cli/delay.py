"""covoxel delay: by how much one channel lags the other."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import typer

from covoxel.analysis.delay_options import DelayOptions
from covoxel.cli.comparing import Command, FileOptions, Part, apart, compare_files
from covoxel.cli.flags import with_flags


@with_flags(FileOptions, without=("t",))
@with_flags(DelayOptions)
def delay_command(
    image: Path = typer.Argument(..., help="A file with a time series."),
    image2: Path | None = typer.Argument(None, help="A second one, where a file is a channel."),
    **given: Any,
) -> None:
    """Measure by how much channel 2 is later than channel 1 in a time series."""
    from covoxel.analysis.delay_schema import DELAY_COLUMNS, DELAY_CURVE_COLUMNS, TRACE_COLUMNS
    from covoxel.analysis.delays import delay_channels
    from covoxel.cli.show_displacement import DELAY
    from covoxel.report.curves import delay_figure

    files, own = apart(given)
    parts = (
        Part("delay", "table", DELAY_COLUMNS),
        Part("delay_curve", "curves", DELAY_CURVE_COLUMNS),
        Part("delay_trace", "traces", TRACE_COLUMNS),
    )
    compute = partial(delay_channels, options=DelayOptions(**own))
    command = Command("following intensities", parts, compute, delay_figure, DELAY)
    compare_files(command, [image] if image2 is None else [image, image2], files)
