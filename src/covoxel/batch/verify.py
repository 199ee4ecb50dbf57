"""Verify: results repeated for some of the images, and compared with those in a folder."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from covoxel.analysis.options import check_whole
from covoxel.analysis.provenance import versions
from covoxel.batch.analyse import analyse_image
from covoxel.batch.finding import find_images
from covoxel.batch.image_files import ImageFiles, relative_path
from covoxel.batch.outcome import DONE, Outcome
from covoxel.batch.reading import read_recipe
from covoxel.batch.recipe import Recipe
from covoxel.batch.results_folder import FILES, PROVENANCE, RECIPE
from covoxel.batch.row_files import csv_text
from covoxel.batch.tables import IMAGE, declared_tables, identity_values
from covoxel.core.files import read_record
from covoxel.core.types import Progress

#: How far numbers may differ, relative to them, where processors add in another order.
_CLOSE = 1e-9


@dataclass(frozen=True)
class Verification:
    """What was found by repeating some images.

    Attributes
    ----------
    images : tuple of str
        The images that were repeated.
    rows : int
        How many rows were compared.
    close : int
        How many of them are equal to 1e-9 only, not to the byte.
    differences : tuple of str
        What differs by more; empty where all is equal.
    notes : tuple of str
        Versions that are others now.
    """

    images: tuple[str, ...]
    rows: int
    close: int
    differences: tuple[str, ...]
    notes: tuple[str, ...] = ()


def verify_batch(
    folder: str | Path, sample: int = 10, *, progress: Progress | None = None
) -> Verification:
    """Analyse some images of a batch again, and compare their rows with those of its tables.

    The same versions on the same processor give the same bytes; other processors may add floats in
    another order, so that their last digits differ.

    Parameters
    ----------
    folder : str or Path
        Results of `run_batch`.
    sample : int
        How many images, spread evenly over all that were analysed.
    progress : callable, optional
        Called with images done and images in all.

    Raises
    ------
    FileNotFoundError
        If `folder` holds no results, or the images are no longer there.
    ValueError
        If no image was analysed.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from covoxel.batch import recipe_from, run_batch
    >>> from covoxel.io.samples import sample_path
    >>> image = sample_path("two_channel_cells.ome.tif")
    >>> given = {"images": {"files": [image.name]}, "measure": {"measures": ["pearson"]}}
    >>> with TemporaryDirectory() as folder:
    ...     found = run_batch(recipe_from({"recipe": 1} | given, image.parent), folder, workers=0)
    ...     verify_batch(folder).differences
    ()
    """
    check_whole("sample", sample, 1)
    folder = Path(folder)
    recipe, images, chosen = _results(folder, sample)
    made = read_record(folder / PROVENANCE, lambda record: dict(record))
    stored = dict(_stored(folder, recipe, {csv_text(one.name) for one in chosen}))
    differences: list[str] = []
    rows = close = 0
    for number, image in enumerate(chosen):
        if progress is not None:
            progress(number, len(chosen))
        with np.errstate(all="ignore"):
            outcome = analyse_image(recipe, image)
        changed = _changed(outcome, recipe, made["inputs"])
        if changed:
            differences.append(f"{image.name}: {changed}")
            continue
        found, equal = _compared(outcome, images, image, stored)
        rows += len(equal)
        close += equal.count(False)
        differences += found
    notes = [
        f"made with {name} {old}, repeated with {new}"
        for name, old, new in _pairs(made, versions())
        if old != new
    ]
    names = tuple(one.name for one in chosen)
    return Verification(names, rows, close, tuple(differences), tuple(notes))


def _results(folder: Path, sample: int) -> tuple[Recipe, list[ImageFiles], list[ImageFiles]]:
    """Return the recipe of results, all its images, and those that are repeated."""
    if not (folder / RECIPE).is_file():
        msg = f"{folder} holds no results of a batch: there is no {RECIPE}"
        raise FileNotFoundError(msg)
    recipe = read_recipe(folder / RECIPE)
    images = find_images(recipe)
    with (folder / FILES).open(encoding="utf-8-sig", newline="") as file:
        done = {one[IMAGE] for one in csv.DictReader(file) if one["status"] == DONE}
    chosen = _spread([one for one in images if csv_text(one.name) in done], sample)
    if not chosen:
        msg = f"{folder} has no image that was analysed and is still there"
        raise ValueError(msg)
    return recipe, images, chosen


def _spread(images: Sequence[ImageFiles], sample: int) -> list[ImageFiles]:
    """Return some images from the first to the last."""
    if len(images) <= sample:
        return [*images]
    places = np.linspace(0, len(images) - 1, sample).round().astype(int)
    return [images[place] for place in places]


def _stored(
    folder: Path, recipe: Recipe, images: set[str]
) -> Iterator[tuple[tuple[str, str], list[dict[str, str]]]]:
    """Yield the rows of images in each table, as text by column."""
    for name, _ in declared_tables(recipe):
        kept: dict[str, list[dict[str, str]]] = {}
        with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                if row[IMAGE] in images:
                    kept.setdefault(row[IMAGE], []).append(row)
        yield from (((name, image), rows) for image, rows in kept.items())


def _changed(outcome: Outcome, recipe: Recipe, made: dict[str, str]) -> str:
    """Return why rows of an image cannot be compared."""
    if outcome.reasons:
        return "; ".join(outcome.reasons)
    now = {relative_path(path, recipe.root): one for path, one in outcome.hashes.items()}
    changed = [path for path, one in now.items() if made.get(path) != one]
    return f"{changed[0]} has changed since" if changed else ""


def _compared(
    outcome: Outcome,
    images: Sequence[ImageFiles],
    image: ImageFiles,
    stored: dict[tuple[str, str], list[dict[str, str]]],
) -> tuple[list[str], list[bool]]:
    """Return what differs in the rows of an image, and whether each row is the same to the byte."""
    known, found, equal = identity_values(images)[image.name], list[str](), list[bool]()
    for name, rows in outcome.tables.items():
        old = stored.get((name, csv_text(image.name)), [])
        new = rows.cells()
        if len(old) != len(new):
            found.append(f"{image.name}: {name} has {len(old)} rows, now {len(new)}")
            continue
        for number, (before, cells) in enumerate(zip(old, new, strict=True), start=1):
            after = dict(zip(rows.columns, cells, strict=True))
            own = {one: before[one] for one in list(before)[len(known) :]}
            texts = {one: after.get(one, "") for one in own}
            equal.append(own == texts)
            far = [one for one in own if not _is_close(own[one], texts[one])]
            found += [
                f"{image.name}: {one} in row {number} of {name} is {own[one]}, now {texts[one]}"
                for one in far[:1]
            ]
    return found, equal


def _is_close(one: str, other: str) -> bool:
    if one == other:
        return True
    try:
        return math.isclose(float(one), float(other), rel_tol=_CLOSE, abs_tol=_CLOSE**2)
    except ValueError:
        return False


def _pairs(made: dict[str, object], now: dict[str, object]) -> Iterable[tuple[str, object, object]]:
    """Yield the names of programs and packages, with their versions then and now."""
    for name, new in now.items():
        old = made.get(name)
        if isinstance(new, dict) and isinstance(old, dict):
            yield from _pairs(old, new)
        else:
            yield name, old, new
