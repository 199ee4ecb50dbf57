"""A recipe as a file, with all defaults and the help of the options; its sections; its schema."""

from __future__ import annotations

import dataclasses
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from covoxel.analysis.option_kinds import OptionKind, kinds_of
from covoxel.analysis.options import Options
from covoxel.analysis.registry import analysis
from covoxel.batch.checking import bounds
from covoxel.batch.image_files import relative_path
from covoxel.batch.reading import read_recipe, recipe_from
from covoxel.batch.recipe import RECIPE_VERSION, SECTIONS, Recipe, recipe_analyses, section_summary
from covoxel.core.files import whole_file

#: Characters of a line.
_WIDTH = 100
_HEADER = (
    "A recipe of Covoxel: what is done with all images of an experiment. Paths are relative to "
    "this file. covoxel recipe check shows what it finds."
)


def write_recipe(
    recipe: Recipe,
    path: str | Path,
    *,
    overwrite: bool = False,
    remarks: Mapping[str, str] | None = None,
) -> Path:
    """Write a recipe with all of its defaults, and the help of each option.

    Parameters
    ----------
    recipe : Recipe
    path : str or Path
        The file to write. Where it is not in the folder of the recipe, it says in which folder
        paths begin.
    overwrite : bool
        Whether an existing file may be replaced.
    remarks : mapping, optional
        Comments above sections, by their names, such as those of `draft_recipe`.

    Returns
    -------
    Path
        The file; `read_recipe` returns an equal recipe.

    Raises
    ------
    FileExistsError
        If the file exists and may not be replaced.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from covoxel.batch import read_recipe, recipe_from
    >>> with TemporaryDirectory() as folder:
    ...     given = {"recipe": 1, "images": {"files": ["*.tif"]}, "measure": {"like": "jacop"}}
    ...     recipe = recipe_from(given, folder)
    ...     read_recipe(write_recipe(recipe, Path(folder, "recipe.toml"))) == recipe
    True
    """
    path = Path(path)
    text = recipe_text(recipe, path.parent, remarks)
    with whole_file(path, overwrite=overwrite) as draft:
        draft.write_text(text, encoding="utf-8", newline="\n")
    return path


def update_recipe(
    path: str | Path,
    section: str,
    values: Mapping[str, Any],
    others: Mapping[str, Mapping[str, Any]] | None = None,
) -> Path:
    """Set a section of a recipe; comments and other sections stay as they are.

    `path`: the file. If it is not there yet, it is written with all defaults.
    `section`: an analysis, of which the first is set where there are several, or another section.
    `values`: all of its values; None are left out.
    `others`: the other sections of a new file.

    Raises
    ------
    RecipeError
        If the file, or what it would become, is no right recipe.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "recipe.toml")
    ...     for like in ("jacop", "coloc2"):
    ...         _ = update_recipe(path, "measure", {"like": like}, {"images": {"files": ["*.tif"]}})
    ...     read_recipe(path).steps[0].options.like
    'coloc2'
    """
    import tomlkit

    path = Path(path)
    given = {name: value for name, value in values.items() if value is not None}
    if not path.exists():
        recipe = recipe_from({"recipe": 1, **(others or {}), section: given}, path.parent)
        return write_recipe(recipe, path)
    read_recipe(path)
    document: Any = tomlkit.parse(path.read_text(encoding="utf-8-sig"))
    found = document.setdefault(section, tomlkit.table())
    table = found[0] if isinstance(found, list) else found
    for name in [one for one in table if one not in given and one != "name"]:
        del table[name]
    for name, value in given.items():
        table[name] = list(value) if isinstance(value, tuple) else value
    recipe_from(document.unwrap(), path.parent)
    with whole_file(path, overwrite=True) as draft:
        draft.write_text(tomlkit.dumps(document), encoding="utf-8", newline="\n")
    return path


def recipe_text(
    recipe: Recipe, folder: Path | None = None, remarks: Mapping[str, str] | None = None
) -> str:
    """Return the text of a recipe's file.

    `folder`: where the file will lie; that of the recipe unless given.
    `remarks`: comments above sections, by their names; "" is that above all.
    """
    remarks = remarks or {}
    lines = [*_comment(_HEADER), *_comment(remarks.get("", ""))]
    lines.append(f"recipe = {RECIPE_VERSION}")
    begin = relative_path(recipe.folder, folder or recipe.folder)
    if begin != ".":
        lines.append(f"folder = {toml(begin)}")
    for name, options in recipe.sections():
        if name == "groups":
            lines += _analyses(recipe, remarks)
        about = [*_comment(section_summary(name)), *_comment(remarks.get(name, ""))]
        lines += ["", *about, f"[{name}]"]
        lines += _options(options)
    return "\n".join(lines) + "\n"


def _analyses(recipe: Recipe, remarks: Mapping[str, str]) -> Iterator[str]:
    for step in recipe.steps:
        several = (
            step.name != step.analysis
            or sum(one.analysis == step.analysis for one in recipe.steps) > 1
        )
        yield ""
        yield from _comment(step.declared.summary)
        yield from _comment(remarks.get(step.name, ""))
        yield f"[[{step.analysis}]]" if several else f"[{step.analysis}]"
        if several:
            yield f"name = {toml(step.name)}"
        yield from _options(step.options)


def _options(options: Options) -> Iterator[str]:
    """Yield a line for each option, below its help; one that is not set is a comment."""
    for one in dataclasses.fields(options):
        about, value = one.metadata, getattr(options, one.name)
        more = [about["unit"]] if "unit" in about else []
        more += [", ".join(map(str, about["choices"]))] if "choices" in about else []
        more += [bounds(about)] if bounds(about) else []
        yield from _comment("; ".join([about["help"], *more]))
        yield f"# {one.name} =" if value is None else f"{one.name} = {toml(value)}"


def _comment(text: str) -> list[str]:
    lines = [one for part in text.splitlines() for one in textwrap.wrap(part, _WIDTH - 2)]
    return [f"# {line}" for line in lines]


def toml(value: Any) -> str:
    """Return a value as TOML has it."""
    import tomlkit

    if isinstance(value, tuple):
        return f"[{', '.join(map(toml, value))}]"
    text: str = tomlkit.item(value).as_string()
    return text


_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string"}


def recipe_schema() -> dict[str, Any]:
    """Return the JSON schema of recipes, draft 2020-12.

    Editors, such as VS Code with Even Better TOML, complete and check recipes by it.

    Examples
    --------
    >>> images = recipe_schema()["properties"]["images"]["properties"]
    >>> images["exclude"]["type"], images["exclude"]["items"]
    ('array', {'type': 'string'})
    """
    tables = {name: _table(kind, section_summary(name)) for name, kind in SECTIONS.items()}
    analyses = {name: _analysis(name) for name in recipe_analyses()}
    version = {"type": "integer", "minimum": 1, "maximum": RECIPE_VERSION}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Recipe of Covoxel",
        "description": "What is done with all images of an experiment.",
        "type": "object",
        "properties": {
            "recipe": {"description": "version of recipes", **version},
            "folder": {"description": "what paths are relative to", "type": "string"},
            **tables,
            **analyses,
        },
        "required": ["recipe", "images"],
        "anyOf": [{"required": [name]} for name in analyses],
        "additionalProperties": False,
    }


def _analysis(name: str) -> dict[str, Any]:
    """Return the schema of an analysis: a table, or several with names."""
    declared = analysis(name)
    table = _table(declared.options, declared.summary)
    title = {"description": "beginning of the names of its tables", "type": "string"}
    table["properties"] = {"name": title, **table["properties"]}
    several = {"type": "array", "items": table, "minItems": 1}
    return {"description": declared.summary, "anyOf": [table, several]}


def _table(kind: type[Options], text: str) -> dict[str, Any]:
    kinds = kinds_of(kind)
    properties = {one.name: _option(one, kinds[one.name]) for one in dataclasses.fields(kind)}
    return {
        "description": text,
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }


def _option(option: dataclasses.Field[Any], kind: OptionKind) -> dict[str, Any]:
    """Return the schema of an option; that it may be None is left out, which TOML lacks."""
    about = option.metadata
    unit = f" ({about['unit']})" if "unit" in about else ""
    found = {"description": about["help"] + unit}
    if option.default is not None:
        default = option.default
        found["default"] = [*default] if isinstance(default, tuple) else default
    if "choices" in about:
        return {**found, "enum": [*about["choices"]]}
    either = [_value(one, about) for one in kind.single]
    if kind.items:
        inside = _any_of([_value(one, about) for one in kind.items])
        length = {"minItems": kind.length, "maxItems": kind.length} if kind.length else {}
        either.append({"type": "array", "items": inside, **length})
    return {**found, **_any_of(either)}


def _any_of(kinds: list[dict[str, Any]]) -> dict[str, Any]:
    return kinds[0] if len(kinds) == 1 else {"anyOf": kinds}


def _value(kind: type, about: Mapping[str, Any]) -> dict[str, Any]:
    keys = {"low": "minimum", "high": "maximum"} if kind in (int, float) else {}
    return {"type": _TYPES[kind]} | {keys[one]: about[one] for one in keys if one in about}
