"""Images of a sample sheet, or of a pattern joined to one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from covoxel.batch.image_files import ImageFiles
from covoxel.batch.joining import joined_images
from covoxel.batch.pattern import JOINED, Tree, key_of, well, well_at
from covoxel.batch.recipe import Recipe
from covoxel.batch.sheet import SheetRow, read_sample_sheet, same_name
from covoxel.core.text import counted


def images_of_sheet(recipe: Recipe, tree: Tree, notes: list[str]) -> list[ImageFiles]:
    """Return an image for each row of the sample sheet, which names its files.

    Rows that differ only in channel, time point ``t`` and plane ``z`` are one image.

    Raises
    ------
    ValueError
        If no column names files, or two rows name the same.
    """
    path = _path(recipe)
    rows = read_sample_sheet(path)
    if not any(row.files for row in rows):
        msg = (
            f"{path} names no files; columns file, file1 and file2, or FileName_X are needed, or a "
            "pattern in [images] to whose fields it is joined"
        )
        raise ValueError(msg)
    lines: dict[str, int] = {}
    images = []
    for row in rows:
        image = _image(recipe, row, tree)
        if image.name in lines:
            msg = f"{path}:{row.line} names {image.name}, as line {lines[image.name]} does"
            raise ValueError(msg)
        lines[image.name] = row.line
        images.append(image)
    joins = any(name in one.fields for one in images for name in JOINED)
    return joined_images(images, notes) if joins else images


def _image(recipe: Recipe, row: SheetRow, tree: Tree) -> ImageFiles:
    files = {"": row.files[""]} if "" in row.files else dict(row.files)
    paths = {channel: _located(recipe, tree, text) for channel, text in files.items()}
    missing = [f"{text} is missing" for channel, text in files.items() if paths[channel] is None]
    if not files:
        missing = [f"{recipe.images.table}:{row.line} names no file"]
    known = {channel: found or tree.root / files[channel] for channel, found in paths.items()}
    first = next(iter(known.values()), Path(f"{recipe.images.table}:{row.line}"))
    own = {"labels": row.labels, "mask": row.mask}
    places = {kind: _located(recipe, tree, text) for kind, text in own.items() if text}
    missing += [f"{kind} is missing: {own[kind]}" for kind, p in places.items() if p is None]
    belonging: dict[str, Any] = {kind: (p,) for kind, p in places.items() if p is not None}
    series: int | str | None = int(row.series) if row.series.isdecimal() else row.series or None
    name = (
        first.relative_to(tree.root).as_posix() if first.is_relative_to(tree.root) else str(first)
    )
    return ImageFiles(
        name=name if series is None else f"{name} [{series}]",
        files=tuple(known.values()),
        fields={
            plain if (plain := same_name(name)) in JOINED else name: value
            for name, value in row.fields.items()
        },
        channel_names=tuple(files) if len(files) > 1 and not any(map(str.isdecimal, files)) else (),
        series=series,
        missing=tuple(missing),
        **belonging,
    )


def _located(recipe: Recipe, tree: Tree, text: str) -> Path | None:
    """Return where a file of a sample sheet lies, which may have been written on another machine.

    Its path counts from the folder of the images or that of the table; without the folders that do
    not exist here.
    """
    parts = [one for one in re.split(r"[\\/]+", text) if one not in ("", ".")]
    for at in range(len(parts)):
        path = "/".join(parts[at:])
        if path in tree.known:
            return tree.root / path
        if at == 0:
            for one in (Path(text), tree.root / path, _path(recipe).parent / path):
                if one.exists():
                    return one
    return None


def _path(recipe: Recipe) -> Path:
    return recipe.folder / str(recipe.images.table)


def join_sheet(recipe: Recipe, images: Sequence[ImageFiles], notes: list[str]) -> list[ImageFiles]:
    """Return images with the columns of the rows that have the same fields.

    Wells are the same in ``A1`` and ``A01``; that they are written differently is noted.

    Raises
    ------
    ValueError
        If the sheet has no field of the pattern, two rows have the same, or no image has a row.
    """
    path, rows = _path(recipe), read_sample_sheet(_path(recipe))
    if "well" in map(same_name, rows[0].fields):
        images = [replace(one, fields=_with_well(one.fields)) for one in images]
    else:
        rows = [replace(row, fields=_with_well(row.fields)) for row in rows]
    fields = [*images[0].fields]
    rows = [_with_names(row, fields) for row in rows]
    shared = [name for name in fields if name in rows[0].fields]
    if not shared:
        msg = (
            f"{path} has the columns {', '.join(rows[0].fields) or 'file'}, and the pattern the "
            f"fields {', '.join(fields)}; at least one must be in both"
        )
        raise ValueError(msg)
    known = _by_fields(path, rows, shared)
    wells = {tuple(map(well, key)): key for key in known}
    joined, respelled, used = [], [], set()
    for image in images:
        key = key_of(image.fields, shared)
        other = key if key in known else wells.get(tuple(map(well, key)), ())
        row = known.get(other)
        if row is None:
            listed = ", ".join(f"{name} {image.fields[name]}" for name in shared)
            lacking = f"{path.name} has no row for {listed}"
            joined.append(replace(image, missing=(*image.missing, lacking)))
            continue
        used.add(other)
        if other != key:
            respelled.append((key, other))
        more = {name: value for name, value in row.fields.items() if name not in fields}
        joined.append(replace(image, fields={**image.fields, **more}))
    if not used:
        raise ValueError(_none_joined(path, shared, [*known], images[0]))
    notes += _notes(path, shared, known.keys() - used, respelled)
    return joined


def _with_names(row: SheetRow, fields: Sequence[str]) -> SheetRow:
    """Return a row whose columns are written as the fields of the pattern are."""
    own = {same_name(name): name for name in fields}
    named = {own.get(same_name(name), name): value for name, value in row.fields.items()}
    return replace(row, fields=named)


def _with_well(fields: Mapping[str, str | int]) -> Mapping[str, str | int]:
    """Return fields with the well, where they name its row and column."""
    known = {same_name(name): value for name, value in fields.items()}
    if "well" in known or not {"row", "column"} <= {*known}:
        return fields
    return {**fields, "well": well_at(known["row"], known["column"])}


def _by_fields(
    path: Path, rows: Sequence[SheetRow], shared: Sequence[str]
) -> dict[tuple[str | int, ...], SheetRow]:
    """Return rows by the fields by which they are joined; equal rows are one."""
    known: dict[tuple[str | int, ...], SheetRow] = {}
    for row in rows:
        other = known.setdefault(key_of(row.fields, shared), row)
        if other.fields != row.fields:
            listed = ", ".join(f"{name} {row.fields[name]}" for name in shared)
            msg = f"{path}:{row.line} and line {other.line} are both for {listed}, and differ"
            raise ValueError(msg)
    return known


def _notes(
    path: Path,
    shared: Sequence[str],
    unused: set[tuple[str | int, ...]],
    respelled: Sequence[tuple[tuple[str | int, ...], tuple[str | int, ...]]],
) -> Iterator[str]:
    if respelled:
        differs = next(pair for pair in zip(*respelled[0], strict=True) if pair[0] != pair[1])
        yield (
            f"wells are written differently: {differs[0]} in files, {differs[1]} in {path.name}; "
            "they are taken for the same"
        )
    if unused:
        first = dict(zip(shared, min(unused, key=str), strict=True))
        listed = ", ".join(f"{name} {value}" for name, value in first.items())
        yield f"{path.name} has {counted(len(unused), 'row')} without an image, such as {listed}"


def _none_joined(
    path: Path,
    shared: Sequence[str],
    keys: Sequence[tuple[str | int, ...]],
    image: ImageFiles,
) -> str:
    """Return that no image has a row, with what both are like."""
    there = dict(zip(shared, keys[0], strict=True))
    rows, own = (
        ", ".join(f"{name} {values[name]}" for name in shared) for values in (there, image.fields)
    )
    return f"{path} has rows such as {rows}, but images such as {own}: none has a row"
