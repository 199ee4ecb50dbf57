"""covoxel map: where two channels are together, as an image."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from covoxel.analysis.analysis import Analysis
from covoxel.analysis.map.analysis import MAP
from covoxel.analysis.map.result import provenance_file
from covoxel.cli.asked import Asked
from covoxel.cli.command import command_of
from covoxel.cli.files import FileOptions, apart
from covoxel.cli.opening import shown_progress
from covoxel.cli.outputs import check_endings, refuse_unwritable
from covoxel.cli.printing import echo
from covoxel.core.files import distinct_names


def _run(
    analysis: Analysis[Any, Any, Any], images: Sequence[Path | None], given: dict[str, Any]
) -> None:
    """Map files, frame by frame as the map is written, and print its numbers."""
    out: Path = given.pop("out")
    check_endings({"out": out}, *analysis.files[0].endings)
    asked = Asked(analysis.name, images, given)
    files, own = apart(FileOptions, given)
    options = analysis.options(**own)
    chosen, arguments = files.open(*images), files.arguments()
    read = files.read(chosen, *images)
    refuse_unwritable([out, provenance_file(out)], inputs=read, overwrite=files.overwrite)
    record = asked.record(distinct_names(read))
    with files.within_memory(), shown_progress(analysis.progress_text) as progress:
        found = analysis.run(chosen, **arguments, options=options, progress=progress)
        written = found.write(out, overwrite=files.overwrite, inputs=files.inputs, asked=record)
    if files.json:
        for numbers in found.numbers:
            echo(json.dumps({"file": out.name, "map": found.image.name, **numbers}))
        return
    for line in analysis.lines(found):
        echo(line)
    echo("written: " + ", ".join(map(str, written)))


map_command = command_of(MAP, _run)
