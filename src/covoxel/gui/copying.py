"""What the buttons below a result do: copy the line that repeats it, save its region."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from covoxel.gui.lines import Run, as_command, as_python, missing
from covoxel.gui.origin import repeatable
from covoxel.gui.region_file import region_path, save_region

if TYPE_CHECKING:
    from covoxel.gui.actions_row import ActionsRow
    from covoxel.gui.choice import RunRecord

#: Makes the line that repeats a run.
Line = Callable[[Run, Any], str]


def python_line(run: Run, last: RunRecord) -> str:
    """Return Python statements that repeat a run."""
    return as_python(run, last.region_as)


def command_line(run: Run, last: RunRecord) -> str:
    """Return the command that repeats a run."""
    return as_command(run, last.region_as)


def copy_line(row: ActionsRow, last: RunRecord, line: Line) -> None:
    """Copy the line that repeats a run; offer to save a region that it cannot name."""
    run = repeatable(last)
    unsaved = run.region is not None and run.region_path is None
    row.copy(line(run, last), missing(run), region=unsaved and run.files[0] is not None)


def save_beside(row: ActionsRow, last: RunRecord) -> None:
    """Save the region of a run beside its image, where the copied lines look for it."""
    file = repeatable(last).files[0]
    if file is None:
        return
    try:
        path = save_region(last, region_path(last.choice.region.name, file.path))
    except (ValueError, OSError) as error:
        row.say(str(error))
        return
    row.save.hide()
    row.say(f"Saved as {path.name}; copy the line again.")
