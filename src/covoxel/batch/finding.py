"""The images that a recipe means, with the files that belong to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from covoxel.batch.belonging import add_files, files_beside
from covoxel.batch.checking import nearest
from covoxel.batch.image_files import ImageFiles
from covoxel.batch.joining import equal_fields, joined_images
from covoxel.batch.pattern import JOINED, Pattern, Templates, Tree, matching
from covoxel.batch.recipe import Recipe
from covoxel.batch.sheet_images import images_of_sheet, join_sheet
from covoxel.core.text import counted


@dataclass(frozen=True)
class FoundImages:
    """The images of an experiment, and what is worth knowing of how they were found."""

    images: list[ImageFiles]
    notes: tuple[str, ...] = ()


def find_images(recipe: Recipe) -> list[ImageFiles]:
    """Return the images that a recipe means, sorted by name.

    Parameters
    ----------
    recipe : Recipe

    Returns
    -------
    list of ImageFiles
        Where a file that belongs to an image is not there, `ImageFiles.missing` says so.

    Raises
    ------
    ValueError
        If there is none, if two files have the same fields, or if the table does not fit.
    OSError
        If the folder or the table cannot be read.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from covoxel.batch import recipe_from
    >>> sections = {"images": {"pattern": "{drug}_c{channel}.tif"}, "measure": {}}
    >>> with TemporaryDirectory() as folder:
    ...     for name in ("a_c1.tif", "a_c2.tif", "b_c1.tif"):
    ...         Path(folder, name).touch()
    ...     images = find_images(recipe_from({"recipe": 1} | sections, folder))
    >>> [(one.name, dict(one.fields), one.missing) for one in images]
    [('a_c1.tif', {'drug': 'a'}, ()), ('b_c1.tif', {'drug': 'b'}, ('channel 2 is missing',))]
    """
    return find(recipe).images


def find(recipe: Recipe, tree: Tree | None = None) -> FoundImages:
    """Return the images that a recipe means, with notes; see `find_images`.

    `tree` is that of its folder, where it is known already.
    """
    if not recipe.root.is_dir():
        msg = f"images.folder is {recipe.images.folder!r}; there is no folder {recipe.root}"
        raise FileNotFoundError(msg)
    if tree is None:
        tree = Tree(recipe.root, recipe.folder / recipe.output.folder)
    text = recipe.images.pattern
    pattern = None if text is None else Pattern(text.removeprefix("./"))
    integers = [] if pattern is None else [name for name, whole in pattern.fields.items() if whole]
    templates = Templates(tree, integers)
    others = {*files_beside(recipe, templates)}
    notes: list[str] = []
    if recipe.images.table is not None and pattern is None:
        images = images_of_sheet(recipe, tree, notes)
    else:
        images = _of_paths(recipe, tree, pattern, others, notes)
        _refuse_channels(recipe, images)
        if recipe.images.table is not None:
            images = join_sheet(recipe, images, notes)
    images = add_files(recipe, images, templates)
    if recipe.images.series == "all":
        images = [one for image in images for one in _of_series(image)]
    elif recipe.images.series is not None:
        given = recipe.images.series
        images = [replace(one, series=given) if one.series is None else one for one in images]
    return FoundImages(sorted(images, key=lambda one: one.name), tuple(notes))


def _of_paths(
    recipe: Recipe, tree: Tree, pattern: Pattern | None, others: set[Path], notes: list[str]
) -> list[ImageFiles]:
    """Return the images of a pattern or of globs."""
    section = recipe.images
    matched = matching(tree.paths, section.files) if section.files else tree.known
    left_out = matching(matched, section.exclude) if section.exclude else set()
    found = {
        path: {} if pattern is None else pattern.match(path)
        for path in tree.paths
        if path in matched and path not in left_out
    }
    kept = {path: fields for path, fields in found.items() if fields is not None}
    beside = [path for path in kept if tree.root / path in others] if others else []
    for path in beside:
        del kept[path]
    if not kept:
        raise ValueError(_nothing(recipe, tree, pattern, beside, left_out))
    images = [
        ImageFiles(name=path, files=(tree.root / path,), fields=fields)
        for path, fields in kept.items()
    ]
    if pattern is not None and {*JOINED} & {*pattern.fields}:
        return joined_images(images, notes)
    _refuse_equal(kept, pattern)
    return images


def _refuse_channels(recipe: Recipe, images: Sequence[ImageFiles]) -> None:
    """Refuse channels that no image has, where there is a file for each."""
    names = [*dict.fromkeys(name for one in images for name in one.channel_names)]
    known = {*names, *recipe.channels.names, *map(str, range(1, len(names) + 1))}
    for one in recipe.channels.use if names else ():
        if str(one) not in known:
            listed = ", ".join(names)
            msg = f"use has {one!r}; the files have the channels {listed}{nearest(one, names)}"
            raise ValueError(msg)


def _refuse_equal(found: Mapping[str, Mapping[str, str | int]], pattern: Pattern | None) -> None:
    """Refuse two files with the same fields, as of f1 and f01."""
    if pattern is None or pattern.wild:
        return
    seen: dict[tuple[str | int, ...], str] = {}
    for path, fields in found.items():
        other = seen.setdefault(tuple(fields.values()), path)
        if other != path:
            raise ValueError(equal_fields(other, path, fields))


def _nothing(
    recipe: Recipe,
    tree: Tree,
    pattern: Pattern | None,
    beside: Sequence[str],
    left_out: Iterable[str],
) -> str:
    """Return why no image was found, with the file that came nearest."""
    section = recipe.images
    wanted = f"pattern is {section.pattern!r}" if pattern else f"files is {list(section.files)}"
    if not tree.paths:
        return f"{tree.root} holds no files; {wanted}"
    if beside:
        return f"{wanted}, whose files, such as {beside[0]}, are those of regions or beads"
    if any(left_out):
        return f"{wanted}, whose files, such as {min(left_out)}, are excluded"
    holds = f"{wanted}; {tree.root} holds {counted(len(tree.paths), 'file')}"
    if pattern is None:
        return f"{holds}, such as {_most_alike(section.files[0], tree.paths)}, and none matches"
    rests = [(len(pattern.unmatched(path)), path) for path in tree.paths]
    shortest, path = min(rests)
    if shortest == len(pattern.text):
        return f"{holds}, such as {path}, and none begins like it"
    rest = pattern.text[-shortest:] if shortest else ""
    where = f"which does not go on like {rest!r}" if rest else "which is longer"
    return f"{holds}, and none matches; the nearest is {path}, {where}"


def _most_alike(glob: str, paths: Sequence[str]) -> str:
    ending = glob.rpartition(".")[2].lower()
    return next((path for path in paths if path.lower().endswith(f".{ending}")), paths[0])


def _of_series(image: ImageFiles) -> list[ImageFiles]:
    """Return the images of a file with several."""
    from covoxel.io import image_info

    if len(image.files) != 1 or image.missing:
        return [image]
    try:
        series = image_info(image.files[0]).series
    except (ValueError, OSError) as error:
        return [replace(image, missing=(*image.missing, str(error)))]
    if len(series) < 2:
        return [image]
    width = len(str(series[-1].number))
    names = [one.name for one in series]
    named = all(names) and len({*names}) == len(names)
    return [
        replace(
            image,
            name=f"{image.name} [{one.number:0{width}d}]",
            series=one.number,
            fields={**image.fields, **({"series_name": one.name} if named else {})},
        )
        for one in series
    ]
