"""covoxel delay: by how much one channel lags the other."""

from __future__ import annotations

from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import Any

import typer

from covoxel.analysis.delay_options import DelayOptions
from covoxel.cli.asked import Asked
from covoxel.cli.files import FileOptions, apart
from covoxel.cli.flags import with_flags
from covoxel.cli.run import Part, figure, run


@with_flags(FileOptions, without=["t"])
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

    files, own = apart(FileOptions, given)
    options = DelayOptions(**own)
    chosen = files.open(image, image2)
    run(
        "following intensities",
        partial(delay_channels, chosen, **files.arguments(), options=options),
        DELAY.show,
        channels=chosen,
        files=files,
        asked=Asked("delay", [image, image2], given),
        parts=[
            Part("delay", DELAY_COLUMNS),
            Part("delay_curve", DELAY_CURVE_COLUMNS, attrgetter("curves")),
            Part("delay_trace", TRACE_COLUMNS, attrgetter("traces")),
        ],
        extras=[figure(files, delay_figure)],
    )
