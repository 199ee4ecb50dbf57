"""The JSON schema of recipes, from the options, for editors."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from typing import Any

from covoxel.analysis.options import Options
from covoxel.analysis.registry import analysis
from covoxel.batch.recipe import RECIPE_VERSION, SECTIONS, recipe_analyses, section_summary

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
    hints = typing.get_type_hints(kind)
    properties = {one.name: _option(one, hints[one.name]) for one in dataclasses.fields(kind)}
    return {
        "description": text,
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }


def _option(option: dataclasses.Field[Any], hint: Any) -> dict[str, Any]:
    about = option.metadata
    unit = f" ({about['unit']})" if "unit" in about else ""
    found = {"description": about["help"] + unit}
    if option.default is not None:
        default = option.default
        found["default"] = [*default] if isinstance(default, tuple) else default
    if "choices" in about:
        return {**found, "enum": [*about["choices"]]}
    kinds = [_kind(one, about) for one in _parts(hint)]
    return {**found, **(kinds[0] if len(kinds) == 1 else {"anyOf": kinds})}


def _parts(hint: Any) -> list[Any]:
    """Return the types of a union, without None, which TOML lacks."""
    union = isinstance(hint, types.UnionType)
    return [one for one in typing.get_args(hint) if one is not types.NoneType] if union else [hint]


def _kind(hint: Any, about: Mapping[str, Any]) -> dict[str, Any]:
    if typing.get_origin(hint) is tuple:
        items = typing.get_args(hint)
        inside = [_kind(one, about) for one in _parts(items[0])]
        length = {} if items[-1] is ... else {"minItems": len(items), "maxItems": len(items)}
        return {
            "type": "array",
            "items": inside[0] if len(inside) == 1 else {"anyOf": inside},
            **length,
        }
    keys = {"low": "minimum", "high": "maximum"} if hint in (int, float) else {}
    return {"type": _TYPES[hint]} | {keys[one]: about[one] for one in keys if one in about}
