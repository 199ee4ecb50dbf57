"""What is compared in the end, as the names of fields and conditions suggest it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from covoxel.batch.image_files import ImageFiles

#: Names of fields by which images are compared, and of independent repeats, the likeliest first.
_CONDITIONS = ("condition", "treatment", "drug", "compound", "genotype", "group", "dose", "moa")
_REPLICATES = (
    "replicate",
    "repeat",
    "rep",
    "experiment",
    "donor",
    "animal",
    "day",
    "date",
    "plate",
)
#: Values of a condition that are a control.
_CONTROL = re.compile(
    r"(?:neg(?:ative)?[-_. ]?)?"
    r"(?:control|ctrl|ctl|untreated|mock|sham|vehicle|dmso|scrambled?|wt|wild[-_ ]?type)[-_. ]?\d*",
    re.IGNORECASE,
)


def guess_groups(images: Sequence[ImageFiles]) -> tuple[dict[str, str], list[str]]:
    """Return the section of groups, empty where nothing can be compared, and remarks on it."""
    fields = {name.lower(): name for one in images for name in one.fields}
    values = {
        key: {one.fields.get(name) for one in images} - {None} for key, name in fields.items()
    }
    several = [key for key in values if len(values[key]) > 1]
    compare = next((key for key in _CONDITIONS if key in several), None)
    unit = next((key for key in _REPLICATES if key in several and key != compare), None)
    if compare is None:
        return {}, []
    if unit is None:
        text = f"Values of {fields[compare]} can be compared once a field names the replicate"
        return {}, [text]
    groups = {"compare": fields[compare], "unit": fields[unit]}
    remarks = [f"CHECK: each {unit} must be an independent repeat: a day or an animal"]
    controls = [str(one) for one in values[compare] if _CONTROL.fullmatch(str(one))]
    if len(controls) == 1:
        groups["control"] = controls[0]
        remarks.append(f"CHECK: {controls[0]} taken for the control, by its name")
    return groups, remarks
