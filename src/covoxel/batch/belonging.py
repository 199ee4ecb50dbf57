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
from covoxel.batch.pattern import Pattern, key_of
from covoxel.batch.recipe import Recipe, Step
from covoxel.batch.tree import Templates
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
        names = [*Pattern(text).fields]
        if {*names} & {*OF_PATHS}:
            images = [_with_path(image, kind, recipe, base / text) for image in images]
            continue
        found: dict[tuple[str | int, ...], Path] = {}
        for path, fields in templates.files(base, text).items():
            other = found.setdefault(key_of(fields, names), path)
            if other != path:
                msg = f"{kind} of the same images are {other} and {path}; one is needed"
                raise ValueError(msg)
        images = [
            _with_file(image, kind, text, found.get(key_of(image.fields, names)))
            if getattr(image, kind) is None and {*names} <= {*image.fields}
            else image
            for image in images
        ]
    return [*images]


def _with_file(image: ImageFiles, kind: str, text: str, path: Path | None) -> ImageFiles:
    found: dict[str, Any] = {kind: path}
    if path is not None:
        return replace(image, **found)
    wanted = _filled(text, image.fields)
    return replace(image, missing=(*image.missing, f"{kind} is missing: {wanted}"))


def _filled(text: str, fields: Mapping[str, str | int]) -> str:
    try:
        return text.format(**fields)
    except (KeyError, ValueError, IndexError):
        return text


def _with_path(image: ImageFiles, kind: str, recipe: Recipe, template: Path) -> ImageFiles:
    """Return an image with the file that lies beside it."""
    path = PurePosixPath(relative_path(image.files[0], recipe.root))
    stem = path.name.removesuffix(path.suffix).removesuffix(".ome")
    known = {**image.fields, "folder": str(path.parent), "stem": stem}
    filled = Path(template.as_posix().format(**known))
    found: dict[str, Any] = {kind: filled}
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
