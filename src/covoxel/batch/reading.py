"""A recipe from its file, with all faults at once."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from covoxel.analysis.registry import ANALYSES, analysis
from covoxel.batch.checking import Fault, RecipeError, checked, meant, unknown
from covoxel.batch.clashes import clashes
from covoxel.batch.recipe import RECIPE_VERSION, SECTIONS, Recipe, Step, recipe_analyses
from covoxel.batch.toml_lines import Document, KeyPath, parse

#: What a recipe has besides tables.
_VERSION, _FOLDER = "recipe", "folder"


def read_recipe(path: str | Path) -> Recipe:
    r"""Read the recipe of an experiment.

    Parameters
    ----------
    path : str or Path
        A TOML file. Paths in it are relative to its folder.

    Returns
    -------
    Recipe

    Raises
    ------
    RecipeError
        If anything is wrong: all faults of the file, each with its line, the key, what was given
        and what is allowed. It is a ValueError.
    FileNotFoundError
        If there is no such file.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "recipe.toml")
    ...     _ = path.write_text('recipe = 1\n[images]\nfiles = ["*.tif"]\n[measure]\n')
    ...     recipe = read_recipe(path)
    >>> recipe.images.files, [step.name for step in recipe.steps]
    (('*.tif',), ['measure'])
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise RecipeError([f"{path}: is not text in UTF-8"]) from None
    found = parse(text)
    faults = [Fault(place, reason, line) for line, place, reason in found.errors]
    recipe = _recipe(found.values, path.parent, faults)
    listed = sorted((one.line or _line(found, one.place), str(one)) for one in faults)
    if listed:
        raise RecipeError([f"{path}:{line}: {text}" for line, text in listed])
    return recipe


def recipe_from(given: Mapping[str, Any], folder: str | Path = ".") -> Recipe:
    """Return the recipe that a mapping holds, as TOML has it.

    Parameters
    ----------
    given : mapping
        Sections by their names; see `read_recipe`.
    folder : str or Path
        What paths are relative to.

    Raises
    ------
    RecipeError
        If anything is wrong: all faults.

    Examples
    --------
    >>> recipe_from({"recipe": 1, "images": {"files": ["*.tif"]}, "distance": {}}).steps[0].name
    'distance'
    >>> recipe_from({"recipe": 1, "images": {"files": ["*.tif"]}, "mesure": {}})
    Traceback (most recent call last):
    covoxel.batch.checking.RecipeError: [mesure] is not a section; did you mean measure?
    """
    faults: list[Fault] = []
    recipe = _recipe(given, Path(folder), faults)
    if faults:
        raise RecipeError([str(one) for one in faults])
    return recipe


def _line(found: Document, place: KeyPath) -> int:
    """Return the line of a place, or of what is around it."""
    while place and place not in found.lines:
        place = place[:-1]
    return found.lines.get(place, 1)


def _recipe(given: Mapping[str, Any], folder: Path, faults: list[Fault]) -> Recipe:
    """Return a recipe of all that is right."""
    version = given.get(_VERSION)
    if isinstance(version, int) and version > RECIPE_VERSION:
        text = f"recipe is {version}; this version of Covoxel reads recipes up to {RECIPE_VERSION}"
        faults.append(Fault((_VERSION,), f"{text}: update Covoxel"))
        return Recipe()
    if type(version) is not int or version < 1:
        what = "is missing" if version is None else f"is {version!r}"
        text = f"recipe {what}; the version is needed at the top: recipe = {RECIPE_VERSION}"
        faults.append(Fault((_VERSION,), text))
    own_folder = given.get(_FOLDER, "")
    if not isinstance(own_folder, str):
        faults.append(Fault((_FOLDER,), f"folder is {own_folder!r}; text is needed"))
        own_folder = ""
    if own_folder:
        folder = Path(os.path.normpath(folder / own_folder))
    sections: dict[str, Any] = {}
    steps: list[Step] = []
    known = [*SECTIONS, *recipe_analyses()]
    misspelled: dict[str, str] = {}
    for name, value in given.items():
        if name in (_VERSION, _FOLDER):
            continue
        own = name
        if name not in known:
            faults.append(Fault((name,), _no_section(name, value)))
            own = meant(name, known) if isinstance(value, Mapping | list) else ""
            if not own or own in given:
                continue
            misspelled[own] = name
        if own not in SECTIONS:
            steps += _steps(own, name, value, faults)
        elif not isinstance(value, Mapping):
            faults.append(Fault((name,), f"{name} is {value!r}; it is a section: [{name}]"))
        else:
            sections[own] = checked(SECTIONS[own], value, (name,), _homes(own), faults)
    recipe = Recipe(**sections, steps=tuple(steps), folder=folder)
    names = {name: own for own, name in misspelled.items()}
    places = [_renamed(one.place, names) for one in faults]
    places = [one for one in places if one[1:] or one[0] not in misspelled]
    faults += [
        replace(one, place=_renamed(one.place, misspelled)) for one in clashes(recipe, places)
    ]
    return recipe


def _renamed(place: KeyPath, names: Mapping[str, str]) -> KeyPath:
    """Return a place with another name of its section."""
    return (names.get(str(place[0]), place[0]), *place[1:]) if place else place


def _no_section(name: str, value: object) -> str:
    """Return why a name at the top is not that of a section."""
    homes = _homes("")
    tables = value if isinstance(value, list) else [value]
    if name in homes and not any(isinstance(one, Mapping) for one in tables):
        return f"{name!r} is above all sections; it belongs in {homes[name]}"
    if name in ANALYSES:
        return f"[{name}] compares files, and cannot be done image by image"
    return unknown(f"[{name}] is not a section", name, [*SECTIONS, *recipe_analyses()])


def _homes(section: str) -> dict[str, str]:
    """Return the other section that has a key, by key."""
    kinds = {name: kind for name, kind in SECTIONS.items() if name != section}
    return {key: f"[{name}]" for name, kind in kinds.items() for key in kind.__dataclass_fields__}


def _steps(name: str, written: str, value: Any, faults: list[Fault]) -> Iterator[Step]:
    """Yield the steps of an analysis: one of a table, several of an array of tables."""
    several = isinstance(value, list)
    for number, one in enumerate(value if several else [value]):
        place: KeyPath = (written, number) if several else (written,)
        if not isinstance(one, Mapping):
            faults.append(Fault(place, f"{name} is {one!r}; it is a section: [{name}]"))
            continue
        options = {key: text for key, text in one.items() if key != "name"}
        title = one.get("name", name)
        if not isinstance(title, str) or not title.isidentifier():
            text = f"name is {title!r}; letters, digits and _ are needed, a letter first"
            faults.append(Fault((*place, "name"), text))
            title = name
        kind = analysis(name).options
        yield Step(
            name=title,
            analysis=name,
            options=checked(kind, options, place, _homes(name), faults),
        )
