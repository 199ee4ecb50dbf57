"""Files that belong to images: labels, masks, registrations and controls."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from covoxel.analysis.measure.single_stain import control_file
from covoxel.analysis.options import Options
from covoxel.batch.image_files import ImageFiles, relative_path
from covoxel.batch.joining import joined_images
from covoxel.batch.pattern import JOINED, Pattern, Templates, key_of, plain_value
from covoxel.batch.recipe import Recipe, Step
from covoxel.io.read import channel_places
from covoxel.thresholds.spec import Spec

#: How options name the file of a control.
CONTROL = "control:"
#: Fields of every image, for paths of what belongs to it: its folder, and its name without ending.
OF_PATHS = ("folder", "stem")


def _of_images(recipe: Recipe) -> dict[str, tuple[Path, str]]:
    """Return the folder and the path of each kind of files that belong to images."""
    files = {
        "labels": (recipe.root, recipe.regions.labels),
        "mask": (recipe.root, recipe.regions.mask),
        "registration": (recipe.folder, recipe.registration.file),
    }
    return {kind: (base, text) for kind, (base, text) in files.items() if text is not None}


def controls(recipe: Recipe) -> Iterator[tuple[Step | None, str, str]]:
    """Yield the analysis (None is bleed), the option and the path of each control.

    Paths are relative to the recipe's folder.
    """
    for step in (None, *recipe.steps):
        options = recipe.bleed if step is None else step.options
        for name, file in _own_controls(options):
            yield step, name, control_file(Spec("control", path=file))[0].as_posix()


def _own_controls(options: Any) -> Iterator[tuple[str, str]]:
    """Yield the name of each option that is a control, and its file."""
    for one in dataclasses.fields(options):
        value = getattr(options, one.name)
        if isinstance(value, str) and value.startswith(CONTROL):
            yield one.name, value.removeprefix(CONTROL)


def with_controls(options: Options, place: Callable[[str], object]) -> Options:
    """Return options whose controls are the files that `place` returns of theirs."""
    files = {name: f"{CONTROL}{place(file)}" for name, file in _own_controls(options)}
    return replace(options, **files)


def files_beside(recipe: Recipe, templates: Templates) -> Iterator[Path]:
    """Yield files that are labels, masks, beads or controls, and therefore no images."""
    given = [
        *_of_images(recipe).values(),
        *((recipe.folder, text) for *_, text in controls(recipe)),
    ]
    for base, text in given:
        if any(name in Pattern(text).fields for name in OF_PATHS):
            text = text.replace("{folder}/", "**/").replace("{folder}", "**").replace("{stem}", "*")
        yield from templates.files(base, text)


def add_files(
    recipe: Recipe, images: Sequence[ImageFiles], templates: Templates
) -> list[ImageFiles]:
    """Return images with the files that belong to them, and what is missing.

    Raises
    ------
    ValueError
        If two files are meant.
    """
    for kind, (base, text) in _of_images(recipe).items():
        if {*Pattern(text).fields} & {*OF_PATHS}:
            images = [_with_path(image, kind, recipe, base / text) for image in images]
            continue
        names = [one for one in Pattern(text).fields if one not in JOINED]
        parts = [
            ImageFiles(
                name=relative_path(path, recipe.root),
                files=(path,),
                fields={name: plain_value(value) for name, value in fields.items()},
            )
            for path, fields in templates.files(base, text).items()
        ]
        found = {key_of(one.fields, names): one for one in joined_images(parts, [])}
        images = [
            _with_files(recipe, image, kind, text, found.get(key_of(image.fields, names)))
            if not getattr(image, kind) and {*names} <= {*image.fields}
            else image
            for image in images
        ]
    return [*images]


def _with_files(
    recipe: Recipe, image: ImageFiles, kind: str, text: str, own: ImageFiles | None
) -> ImageFiles:
    """Return an image with the files of a kind, which are joined, or what is missing of them."""
    if own is None:
        missing = [f"{kind} is missing: {_filled(text, image.fields)}"]
        return replace(image, missing=(*image.missing, *missing))
    found: dict[str, Any] = {kind: own.files}
    if kind == "registration" and own.channel_names:
        known = dict(zip(own.channel_names, own.files, strict=True))
        names = _channels_used(recipe, image.channel_names or own.channel_names)
        missing = [f"{kind} of channel {one} is missing" for one in names if one not in known]
        found = {kind: tuple(known[one] for one in names if one in known)}
    else:
        missing = [f"{kind}: {one}" for one in own.missing]
        axes = region_stack(image, own.files, text)
        if not missing and axes != own.stack:
            counts = ", ".join(f"{n} along {axis}" for axis, n in own.stack.items())
            missing = [f"{kind} has not as many files as the image: {counts}"]
    return replace(image, missing=(*image.missing, *missing), **found)


def _channels_used(recipe: Recipe, names: Sequence[str]) -> Sequence[str]:
    """Return the names in files of the channels that are used."""
    use, titles = recipe.channels.use, recipe.channels.names or names
    if not use or len(titles) < len(names):
        return names
    return [names[place] for place in channel_places(titles, use)]


def region_stack(image: ImageFiles, files: Sequence[Path], text: str | None) -> dict[str, int]:
    """Return the number of files of regions along T and Z, as far as their path has these fields.

    Those that a table names are as many as the image's.
    """
    if len(files) == 1:
        return {}
    fields = JOINED if text is None else Pattern(text).fields
    return {axis: n for axis, n in image.stack.items() if axis.lower() in fields}


def _filled(text: str, fields: Mapping[str, str | int]) -> str:
    """Return a path with the fields that are known."""
    braces = {name: f"{{{name}}}" for name in Pattern(text).fields if name not in fields}
    try:
        return text.format(**{**fields, **braces})
    except (ValueError, IndexError):
        return text


def _with_path(image: ImageFiles, kind: str, recipe: Recipe, template: Path) -> ImageFiles:
    """Return an image with the file that lies beside it."""
    path = PurePosixPath(relative_path(image.files[0], recipe.root))
    stem = path.name.removesuffix(path.suffix).removesuffix(".ome")
    known = {**image.fields, "folder": str(path.parent), "stem": stem}
    filled = Path(template.as_posix().format(**known))
    found: dict[str, Any] = {kind: (filled,)}
    if filled.exists():
        return replace(image, **found)
    return replace(image, missing=(*image.missing, f"{kind} is missing: {filled}"))


def missing_controls(recipe: Recipe, images: Sequence[ImageFiles]) -> Iterator[str]:
    """Yield a sentence on each control that is not there for some images."""
    for step, name, text in controls(recipe):
        wanted = {recipe.folder / _filled(text, one.fields) for one in images}
        lacking = sorted(path for path in wanted if not path.exists())
        if lacking:
            where = "bleed" if step is None else step.name
            others = f" and {len(lacking) - 1} others" if len(lacking) > 1 else ""
            yield f"{name} of {where} has no file {lacking[0]}{others}"
