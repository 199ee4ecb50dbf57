"""The part of a recipe that a form holds: saved to a file, and loaded from one."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from covoxel.analysis.registry import analysis_of
from covoxel.batch import Recipe, read_recipe
from covoxel.batch.belonging import with_controls
from covoxel.batch.image_files import relative_path
from covoxel.batch.pattern import Pattern, beginning, ending, literal
from covoxel.batch.writing import update_recipe
from covoxel.gui.forms.pair_form import PairForm
from covoxel.gui.running.recipe_button import RecipeButton
from covoxel.gui.running.selection import Selection
from covoxel.gui.viewer.reader import file_hint


def recipe_button(form: PairForm, report: Callable[[str], object]) -> RecipeButton:
    """Return the button that saves and loads the options of a form."""
    return RecipeButton(partial(save_form, form), partial(load_form, form), report)


def save_form(form: PairForm, path: Path) -> str:
    """Set the section of a form's analysis in a recipe, and return what was done.

    A new recipe is of the files of the layers.

    Raises
    ------
    ValueError
        If the form, or the file, is wrong.
    """
    folder, new = path.parent.absolute(), not path.exists()
    options = with_controls(
        form.read_options(), lambda file: relative_path(Path(file).absolute(), folder)
    )
    name = analysis_of(options).name
    update_recipe(path, name, dataclasses.asdict(options), _sections(form.selection(), folder))
    files = "; check [images], which finds the files" if new else ""
    return f"Saved as [{name}] in {path.name}{files}."


def load_form(form: PairForm, path: Path) -> str:
    """Show the options of a recipe in a form, and return what was done.

    Raises
    ------
    ValueError
        If the recipe is wrong, or has no such analysis.
    """
    recipe = read_recipe(path)
    steps = [one for one in recipe.steps if form.takes(one.options)]
    if not steps:
        there = ", ".join(one.analysis for one in recipe.steps)
        msg = f"{path.name} has no options of this widget; its analyses are {there}"
        raise ValueError(msg)
    form.show_options(with_controls(steps[0].options, lambda file: recipe.folder / file))
    first = f", the first of {len(steps)}" if len(steps) > 1 else ""
    missing = "; ".join(_choose(form, recipe))
    left = f" Not among the layers: {missing}." if missing else ""
    return f"Loaded [{steps[0].name}]{first} from {path.name}.{left}"


def _choose(form: PairForm, recipe: Recipe) -> Iterator[str]:
    """Choose the channels and regions of a recipe, and yield those that no layer is."""
    use, regions = recipe.channels.use, recipe.regions
    offered = {one: [layer for layer in form.image1.choices if _is(layer, one)] for one in use}
    if len(use) == 2 and all(offered.values()):
        form.choose(*(offered[one][0] for one in use))
    elif use:
        yield f"channel {' or '.join(str(one) for one in use if not offered[one] or len(use) > 2)}"
    if regions.segment is not None:
        yield f"regions found in channel {regions.segment}"
    for file in filter(None, (regions.labels, regions.mask)):
        pattern, layers = Pattern(Path(file).name), form.regions.choices
        fitting = [one for one in layers if one and pattern.match(_file_name(one)) is not None]
        if fitting:
            form.regions.value = fitting[0]
        else:
            yield file


def _is(layer: Any, channel: int | str) -> bool:
    """Whether a layer is a channel of a recipe, by its number or name."""
    if isinstance(channel, int):
        return bool(file_hint(layer).get("channel") == channel)
    return bool(layer.name == channel or layer.name.endswith(f": {channel}"))


def _file_name(layer: Any) -> str:
    return Path(file_hint(layer).get("path", "")).name


def _sections(selection: Selection, folder: Path) -> dict[str, dict[str, Any]]:
    """Return the sections of a new recipe, as far as layers say from which files they are."""
    hints = [file_hint(layer) for layer in selection.images[:2]]
    if not hints or not all(hints):
        return {"images": {"files": ["**/*.tif"]}}
    first, last = (Path(hints[i]["path"]).absolute() for i in (0, -1))
    images: dict[str, Any] = {"folder": relative_path(first.parent, folder)}
    sections = {"images": images}
    if first == last:
        numbers = dict.fromkeys(hint.get("channel", 1) for hint in hints)
        images["files"] = [literal(first.name)]
        images |= {"series": series} if (series := hints[0].get("series")) else {}
        sections |= {"channels": {"use": [*numbers]}} if len(numbers) > 1 else {}
    else:
        images |= _pattern(first, last)
    region = None if selection.region is None else file_hint(selection.region).get("path")
    if region is not None:
        sections["regions"] = {"labels": relative_path(Path(region).absolute(), first.parent)}
    return sections


def _pattern(first: Path, second: Path) -> dict[str, Any]:
    """Return the pattern of two files of one channel each."""
    if first.parent != second.parent:
        return {"files": ["**/*.tif"]}
    names = [one.name for one in (first, second)]
    begin = re.sub(r"[^_\W]+$", "", beginning(names))
    end = re.sub(r"^[^_\W]+", "", ending(names))
    pattern = f"{literal(begin)}{{channel}}{literal(end)}"
    return {"files": [*map(literal, names)], "pattern": pattern}
