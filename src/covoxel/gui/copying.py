"""What the buttons below a result do: copy the line that repeats it, save its region."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from covoxel.gui.lines import Run, missing
from covoxel.gui.origin import repeatable
from covoxel.gui.region_file import region_path, save_region

if TYPE_CHECKING:
    from covoxel.gui.actions_row import ActionsRow
    from covoxel.gui.choice import Ran


def copy_line(row: ActionsRow, last: Ran, line: Callable[[Run], str]) -> None:
    """Copy the line that repeats a run; offer to save a region that it cannot name."""
    run = repeatable(last)
    unsaved = run.region is not None and run.region_path is None
    row.copy(line(run), missing(run), region=unsaved and run.files[0] is not None)


def save_beside(row: ActionsRow, last: Ran) -> None:
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
