"""covoxel simulate: a channel pair with a known truth, as a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from covoxel.cli.files import FileOptions, apart
from covoxel.cli.flags import with_flags
from covoxel.cli.printing import echo
from covoxel.core.files import refuse_existing
from covoxel.simulate.options import SimulateOptions


@with_flags(FileOptions, only=["overwrite", "memory_budget"])
@with_flags(SimulateOptions)
def simulate_command(
    out: Path = typer.Argument(..., help="The image to write, NAME.ome.tif or NAME.tif."),
    **given: Any,
) -> None:
    """Simulate two channels; write the image, its cell labels and its truth as JSON."""
    from covoxel.io.write import pair_files, write_pair
    from covoxel.simulate import simulate_pair

    files, changes = apart(FileOptions, given)
    options = SimulateOptions(**changes)
    refuse_existing(pair_files(out, labelled=options.n_cells > 0), overwrite=files.overwrite)
    with files.within_memory():
        pair = simulate_pair(options)
    for path in write_pair(pair, out, overwrite=files.overwrite):
        echo(path)
