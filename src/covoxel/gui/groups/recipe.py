"""The part of a recipe that the Groups widget holds: what is compared, and how."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from covoxel.analysis.groups import GroupOptions
from covoxel.batch import read_recipe
from covoxel.batch.writing import update_recipe

#: Keys of a recipe, by the role of the column.
_KEYS = {"group": "compare", "replicate": "unit"}


def save_groups(form: Any, path: Path) -> str:
    """Set the groups of a recipe that is there, and return what was done."""
    if not path.exists():
        msg = f"{path.name} is not there; groups are saved to the recipe of an experiment"
        raise ValueError(msg)
    columns = form.columns()
    values = dataclasses.asdict(form.options_form.read_options())
    values |= {key: columns[role] for role, key in _KEYS.items()}
    values["values"] = [columns["value"]] if columns["value"] else []
    update_recipe(path, "groups", values)
    return f"Saved as [groups] in {path.name}."


def load_groups(form: Any, path: Path) -> str:
    """Show the groups of a recipe, and return what was done."""
    section = read_recipe(path).groups
    names = [one.name for one in dataclasses.fields(GroupOptions)]
    form.options_form.show_options(GroupOptions(**{one: getattr(section, one) for one in names}))
    wanted = {role: getattr(section, key) for role, key in _KEYS.items()}
    wanted["value"] = section.values[0].rpartition(".")[2] if section.values else None
    for role, name in wanted.items():
        if name in form.fields[role].choices:
            form.fields[role].value = name
    return f"Loaded [groups] from {path.name}."
