"""The QUAREP-LiMi checklist for image analysis, ticked where a report holds what is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from covoxel.report.page import Checklist, ChecklistItem, Section, Text

_SOURCE = "Schmied et al. 2023, https://doi.org/10.1038/s41592-023-01987-9"
_ROIS = ("mask", "labels", "shapes", "objects1", "objects2")


def checklist_section(records: Sequence[Mapping[str, Any]]) -> Section:
    """Return the items for established workflows on three levels.

    What only the author can know is left open, with what to do.

    `records`: the provenance of the results of a report.

    References
    ----------
    Schmied et al., "Community-developed checklists for publishing images and image analyses", 2023,
    doi:10.1038/s41592-023-01987-9
    """
    hashed = all(one.get("sha256") or "files" in one for r in records for one in r["channels"])
    data = "their hashes are below; " if hashed else ""
    minimal = [
        ChecklistItem("Cite workflow and platform", done=True, how="in the methods paragraph"),
        ChecklistItem("Key settings", done=True, how="in the methods paragraph"),
        ChecklistItem("Example data", done=False, how=f"{data}publish images that others can try"),
        _regions(records),
        ChecklistItem(
            "Exact version", done=True, how="in the methods paragraph, with the libraries"
        ),
    ]
    recommended = [
        ChecklistItem("All settings", done=True, how="under Settings, defaults included"),
        ChecklistItem("Public example", done=False, how="deposit images, tables and this report"),
    ]
    ideal = [
        ChecklistItem("Document usage", done=False, how="a tutorial or a recording of the screen"),
        ChecklistItem(
            "Cloud hosted or container", done=False, how="publish the environment that was used"
        ),
    ]
    levels = {"Minimal": minimal, "Recommended": recommended, "Ideal": ideal}
    intro = Text(f"Ticked where this report holds what is asked for. {_SOURCE}")
    lists = [Checklist(name, checks) for name, checks in levels.items()]
    return Section("QUAREP-LiMi checklist for image analysis", [intro, *lists])


def _regions(records: Sequence[Mapping[str, Any]]) -> ChecklistItem:
    """Return the item of regions, which is done where there are none, or whole images."""
    files = {
        one["file"]: role for r in records for role, one in r["inputs"].items() if role in _ROIS
    }
    drawn = {role for r in records for role in r.get("regions", ())}
    if files:
        how = f"publish {', '.join(files)}, whose hashes are below"
        return ChecklistItem("Manual ROIs", done=False, how=how)
    if drawn:
        how = f"save {' and '.join(sorted(drawn))} as files and publish them"
        return ChecklistItem("Manual ROIs", done=False, how=how)
    return ChecklistItem("Manual ROIs", done=True, how="no regions were drawn or read from files")
