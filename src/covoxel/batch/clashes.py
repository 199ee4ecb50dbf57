"""Parts of a recipe that do not fit each other."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator

from covoxel.batch.belonging import OF_PATHS, controls
from covoxel.batch.checking import Fault, meant, nearest, unknown
from covoxel.batch.pattern import CHANNEL, JOINED, Pattern
from covoxel.batch.recipe import SECTIONS, Recipe, Step, recipe_analyses
from covoxel.batch.sheet import same_name, sheet_columns
from covoxel.batch.toml_lines import KeyPath


def clashes(recipe: Recipe, faulty: Collection[KeyPath] = ()) -> list[Fault]:
    """Return the faults of a recipe whose sections are right by themselves.

    What depends on a key or a section that is `faulty`, or that may be one by another name, is not
    checked.
    """
    images = recipe.images
    sections = {place[0] for place in faulty if place}
    strange = sections - {*SECTIONS, *recipe_analyses(), "recipe", "folder"}
    unsure = any(not meant(one, SECTIONS) for one in strange)
    keys = {str(place[1]) for place in faulty if place[:1] == ("images",) and len(place) > 1}
    lost = [one for one in strange if meant(one, ["images"])]
    sources = {key: meant(key, _SOURCES) for key in keys}
    lost += [key for key, own in sources.items() if not key or (own and not getattr(images, own))]
    found = [] if lost or unsure else [*_needed(recipe)]
    found += [*_sources(recipe), *_regions(recipe), *_names(recipe)]
    fields = None if lost or found[:1] == [_NO_SOURCE] else _fields(recipe)
    if fields is not None:
        found += [*_braces(recipe, fields), *_columns(recipe, fields)]
    return [*found, *_groups(recipe, fields, unsure=unsure)]


def _needed(recipe: Recipe) -> Iterator[Fault]:
    """Yield what is missing."""
    images = recipe.images
    if not any(getattr(images, name) for name in _SOURCES):
        yield _NO_SOURCE
    if not recipe.steps:
        listed = ", ".join(f"[{name}]" for name in recipe_analyses())
        yield Fault(("recipe",), f"there is no analysis; add one of: {listed}")
    elif any(True for _ in recipe.bleed.changes()):
        names = {one.name for s in recipe.steps for one in dataclasses.fields(s.options)}
        if not names & {*recipe.bleed.as_dict()}:
            yield Fault(("bleed",), "[bleed] is given, but no analysis subtracts it; measure does")


def _sources(recipe: Recipe) -> Iterator[Fault]:
    """Yield what is wrong with where the images are."""
    images = recipe.images
    for name in ("files", "exclude"):
        for one in getattr(images, name):
            if "{" in one:
                yield Fault(("images", name), f"{name} has {one!r}; fields belong in pattern")
    for name in ("files", "exclude", "pattern"):
        given = getattr(images, name) or ()
        if any("\\" in one for one in ([given] if isinstance(given, str) else given)):
            text = f"{name} is {given!r}; folders are separated by /"
            yield Fault(("images", name), text)
    if images.pattern is not None:
        try:
            fields = Pattern(images.pattern).fields
        except ValueError as error:
            yield Fault(("images", "pattern"), str(error))
            return
        joins = [name for name in JOINED if name in fields]
        if joins and images.series == "all":
            text = f"series is 'all', but {{{joins[0]}}} in pattern joins files to one image"
            yield Fault(("images", "series"), text)
    if images.sizes and not images.axes:
        text = f"sizes is {images.sizes!r}, but axes is missing, of which they are lengths"
        yield Fault(("images", "sizes"), text)


def _regions(recipe: Recipe) -> Iterator[Fault]:
    regions, registration = recipe.regions, recipe.registration
    if regions.labels is not None and regions.segment is not None:
        text = "labels and segment are both given; regions are files or found, not both"
        yield Fault(("regions", "segment"), text)
    if registration.file is not None and registration.each_image:
        text = "file and each_image are both given; images are registered by one of them"
        yield Fault(("registration", "each_image"), text)
    use, all_pairs = recipe.channels.use, recipe.channels.all_pairs
    least = 1 if all(one.takes_one_channel for one in recipe.steps) else 2
    if len(set(map(str, use))) < len(use):
        yield Fault(("channels", "use"), f"use is {list(use)}; list each channel once")
    elif 0 < len(use) < least or (len(use) > 2 and not all_pairs):
        text = f"use is {list(use)}; two are needed, or more with all_pairs = true"
        yield Fault(("channels", "use"), text)


def _names(recipe: Recipe) -> Iterator[Fault]:
    """Yield analyses whose tables have the names of others."""
    seen: set[str] = set()
    for step in recipe.steps:
        twice = [table for table in step.tables if table in seen]
        if twice:
            text = f"name is {step.name!r}, by which two analyses write the table {twice[0]}"
            yield Fault((*_place(recipe, step), "name"), f"{text}; give each a name of its own")
        seen |= {*step.tables}


def _place(recipe: Recipe, step: Step) -> tuple[str | int, ...]:
    """Return the place of an analysis in the file."""
    same = [one for one in recipe.steps if one.analysis == step.analysis]
    number = next(i for i, one in enumerate(same) if one is step)
    return (step.analysis, number) if len(same) > 1 else (step.analysis,)


def _fields(recipe: Recipe) -> list[str] | None:
    """Return the names of the fields of images; None where the table cannot be read now."""
    images = recipe.images
    try:
        fields = [] if images.pattern is None else [*Pattern(images.pattern).fields]
    except ValueError:
        return None
    if images.table is not None:
        try:
            columns = sheet_columns(recipe.folder / images.table)
        except (OSError, ValueError):  # found by find_images, where the files have to be there
            return None
        own = {*map(same_name, fields)}
        fields += [name for name in columns if same_name(name) not in own]
    return [name for name in fields if same_name(name) not in JOINED]


def _braces(recipe: Recipe, fields: list[str]) -> Iterator[Fault]:
    """Yield fields of other files that no image has."""
    paths: list[tuple[tuple[str | int, ...], str | None, tuple[str, ...]]] = [
        (("regions", "labels"), recipe.regions.labels, (*OF_PATHS, *JOINED[1:])),
        (("regions", "mask"), recipe.regions.mask, (*OF_PATHS, *JOINED[1:])),
        (("registration", "file"), recipe.registration.file, (*OF_PATHS, CHANNEL)),
    ]
    for step, name, text in controls(recipe):
        place = ("bleed",) if step is None else _place(recipe, step)
        paths.append(((*place, name), text, ()))
    for where, path, more in paths:
        try:
            used = [] if path is None else [*Pattern(path).fields]
        except ValueError as error:
            yield Fault(where, str(error))
            continue
        allowed = [*fields, *(OF_PATHS if more and {*used} & {*OF_PATHS} else more)]
        for name in used:
            if name not in allowed:
                what = f"{where[-1]} has {{{name}}}, which no image has as a field"
                none = "the images have no fields; give them a pattern or a table"
                yield Fault(where, unknown(what, name, allowed) if fields else f"{what}; {none}")


def _columns(recipe: Recipe, fields: list[str]) -> Iterator[Fault]:
    """Yield fields that have the name of a column."""
    columns = {one.name for s in recipe.steps for t in s.declared.tables for one in t.columns}
    for name in fields:
        if name in columns:
            key = "pattern" if f"{{{name}" in (recipe.images.pattern or "") else "table"
            text = f"{key} has {name!r}, which tables have as a column; choose another name"
            yield Fault(("images", key), text)


def _groups(recipe: Recipe, fields: list[str] | None, *, unsure: bool) -> Iterator[Fault]:
    """Yield groups and values that no table will have."""
    tables = {
        step.table(one.name): [column.name for column in one.columns]
        for step in recipe.steps
        for one in step.declared.tables
    }
    groups = recipe.groups
    columns = list(dict.fromkeys(name for names in tables.values() for name in names))
    if groups.compare is None and any(True for _ in groups.changes()):
        text = "compare is missing, which names the field of the condition"
        yield Fault(("groups", "compare"), text)
    elif groups.compare is not None and fields is not None:
        for key in ("compare", "unit"):
            name = getattr(groups, key)
            if name not in fields and name not in columns:
                what = f"{key} is {name!r}, which is not a field of the images"
                yield Fault(("groups", key), unknown(what, name, fields or ["none"]))
    for value in groups.values:
        table, _, column = value.rpartition(".")
        known = tables.get(table) if table else columns
        if known is None:
            what = f"values has {value!r}, but there is no table {table}"
            text = unknown(what, table, list(tables))
        else:
            what = f"values has {value!r}, which is not a column of {table or 'a table'}"
            text = what + nearest(column, known)
        if column not in (known or ()) and not (unsure and (known is None or not table)):
            yield Fault(("groups", "values"), text)


#: What says where images are.
_SOURCES = ("files", "pattern", "table")
_NO_SOURCE = Fault(("images",), "files, pattern or table is needed, which says what the images are")
