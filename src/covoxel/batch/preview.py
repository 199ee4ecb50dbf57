"""What a batch would do: its images, what their paths say, what is missing, and the time."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from covoxel.batch.belonging import missing_controls
from covoxel.batch.finding import FoundImages, find
from covoxel.batch.image_files import ImageFiles
from covoxel.batch.joining import natural
from covoxel.batch.recipe import Recipe
from covoxel.batch.tables import field_names
from covoxel.core.text import counted

if TYPE_CHECKING:
    import pandas as pd

#: Rows and values that are shown.
_ROWS, _VALUES = 5, 8
#: An image that takes less, in s, is analysed again, without the time that a start takes.
_SHORT = 10


@dataclass(frozen=True)
class Overview:
    """What a batch would do.

    Attributes
    ----------
    recipe : Recipe
    images : list of ImageFiles
    notes : tuple of str
        What should be looked at.
    seconds : float
        Time of one image; NaN where none was analysed.
    workers : int
        Processes that share the images.
    """

    recipe: Recipe
    images: list[ImageFiles]
    notes: tuple[str, ...] = ()
    seconds: float = math.nan
    workers: int = 1

    @property
    def table(self) -> pd.DataFrame:
        """A row an image: name, fields, number of files, labels, and what is missing."""
        import pandas as pd

        rows = [
            {
                "image": one.name,
                **one.fields,
                "files": len(one.files),
                "labels": one.labels[0].name if one.labels else "",
                "missing": "; ".join(one.missing),
            }
            for one in self.images
        ]
        return pd.DataFrame(rows)

    @property
    def total_seconds(self) -> float:
        """Estimated time of all images that are complete."""
        return self.seconds * sum(not one.missing for one in self.images) / self.workers

    def lines(self, out: Path | None = None) -> Iterator[str]:
        """Yield lines for a terminal; `out` is the folder of the results, if not the recipe's."""
        images, recipe = self.images, self.recipe
        files = counted(len({path for one in images for path in one.files}), "file")
        yield f"{counted(len(images), 'image')} of {files} in {recipe.root}"
        names = field_names(images)
        for name in names:
            yield f"  {name}: {_values([one.fields.get(name) for one in images])}"
        channels = sorted({c for one in images for c in one.channel_names}, key=natural)
        if channels:
            yield f"  channels, a file each: {', '.join(channels)}"
        for axis, what in (("T", "time points"), ("Z", "planes")):
            sizes = {one.stack[axis] for one in images if axis in one.stack}
            if sizes:
                several = f" to {max(sizes)}" if len(sizes) > 1 else ""
                yield f"  {what}, a file each: {min(sizes)}{several} in an image"
        for kind in ("labels", "mask", "registration"):
            have = sum(bool(getattr(one, kind)) for one in images)
            if have:
                yield f"  {kind}: of {have} of {counted(len(images), 'image')}"
        yield from self._first_rows(names)
        yield from self._missing()
        yield from (f"note: {note}" for note in self.notes)
        if counts := _replicates(recipe, images):
            compare, unit = recipe.groups.compare, recipe.groups.unit
            listed = ", ".join(f"{name} {counts[name]}" for name in sorted(counts, key=str))
            yield f"groups: {compare} by the means of each {unit}: {listed}"
        yield f"analyses: {', '.join(_step(recipe))}"
        yield f"results: {out or recipe.folder / recipe.output.folder}"
        if math.isfinite(self.seconds):
            spent = f"{_time(self.seconds)} an image, {counted(self.workers, 'worker')}"
            yield f"estimated time: {_time(self.total_seconds)} ({spent})"

    def _first_rows(self, names: Sequence[str]) -> Iterator[str]:
        """Yield the first rows of the table."""
        shown = self.table.head(_ROWS)
        columns = ["image", *names, *(["labels"] if shown["labels"].any() else [])]
        yield from shown[columns].fillna("").to_string(index=False).splitlines()
        if len(self.images) > _ROWS:
            yield f"… and {len(self.images) - _ROWS} more"

    def _missing(self) -> Iterator[str]:
        lacking = [one for one in self.images if one.missing]
        if lacking:
            yield f"{len(lacking)} of {counted(len(self.images), 'image')} will fail:"
        for one in lacking[:_ROWS]:
            yield f"  {one.name}: {'; '.join(one.missing)}"
        if len(lacking) > _ROWS:
            yield f"  … and {len(lacking) - _ROWS} more"


def overview(
    recipe: Recipe, images: Sequence[ImageFiles] | FoundImages | None = None, workers: int = 1
) -> Overview:
    """Return what a batch would do, without the time; see `dry_run`."""
    if images is None:
        images = find(recipe)
    found = images if isinstance(images, FoundImages) else FoundImages([*images])
    few = _few_replicates(recipe, _replicates(recipe, found.images))
    notes = (*found.notes, *missing_controls(recipe, found.images), *few)
    return Overview(recipe, found.images, notes, workers=workers)


def dry_run(
    recipe: Recipe, images: Sequence[ImageFiles] | FoundImages | None = None, workers: int = 1
) -> Overview:
    """Return what a batch would do, and the time that it would take: one image is analysed.

    Parameters
    ----------
    recipe : Recipe
    images : sequence of ImageFiles, optional
        Those of the recipe unless given.
    workers : int
        Processes that share the images.

    Returns
    -------
    Overview
        Its `lines` are for a terminal; its `table` has a row an image.

    Raises
    ------
    ValueError
        If there is no image; see `find_images`.

    Examples
    --------
    >>> from covoxel.batch import recipe_from
    >>> from covoxel.io.samples import sample_path
    >>> sections = {"images": {"files": ["shifted_channels.ome.tif"]}, "register": {}}
    >>> folder = sample_path("shifted_channels.ome.tif").parent
    >>> seen = dry_run(recipe_from({"recipe": 1} | sections, folder))
    >>> len(seen.images), seen.notes, seen.seconds > 0
    (1, (), True)
    """
    from covoxel.batch.analyse import analyse_image

    seen = overview(recipe, images, workers)
    first = next((one for one in seen.images if not one.missing), None)
    if first is None:
        return seen
    outcome = analyse_image(recipe, first)
    if outcome.seconds < _SHORT and not outcome.reasons:
        outcome = analyse_image(recipe, first)
    failed = tuple(f"{first.name} was tried and failed: {reason}" for reason in outcome.reasons)
    return Overview(recipe, seen.images, (*seen.notes, *failed), outcome.seconds, workers)


def _values(values: Sequence[str | int | None]) -> str:
    """Return the values of a field, with the number of images of each if there are few."""
    counts = Counter(values)
    named = sorted((one for one in counts if one is not None), key=lambda one: natural(str(one)))
    lacking = f"; {counts[None]} without" if None in counts else ""
    if len(named) > _VALUES:
        return f"{len(named)} values, {named[0]} to {named[-1]}{lacking}"
    return ", ".join(f"{one} ({counts[one]})" for one in named) + lacking


def _replicates(recipe: Recipe, images: Sequence[ImageFiles]) -> dict[str | int, int]:
    """Return how many replicates each condition has, where images have both as fields."""
    names = (recipe.groups.compare or "", recipe.groups.unit)
    pairs = {tuple(map(one.fields.get, names)) for one in images if {*names} <= {*one.fields}}
    return Counter(condition for condition, _ in pairs if condition is not None)


def _few_replicates(recipe: Recipe, replicates: Mapping[str | int, int]) -> Iterator[str]:
    """Yield that groups are too small to be compared."""
    from covoxel.significance.groups import MIN_REPLICATES

    if replicates and min(replicates.values()) < MIN_REPLICATES:
        yield f"fewer than {MIN_REPLICATES} of {recipe.groups.unit} in a condition: no p-values"


def _step(recipe: Recipe) -> Iterator[str]:
    for step in recipe.steps:
        yield step.name if step.name == step.analysis else f"{step.name} ({step.analysis})"


def _time(seconds: float) -> str:
    """Return a time in a unit that suits it.

    Examples
    --------
    >>> _time(0.0512), _time(95), _time(7500)
    ('0.051 s', '95 s', '2.1 h')
    """
    if seconds < 120:
        return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
