"""Job: what is done with every image of a batch, on whatever machine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from covoxel.batch.image_files import ImageFiles
from covoxel.batch.outcome import Entry, Outcome
from covoxel.batch.outputs import ImageOutputs
from covoxel.batch.recipe import Recipe
from covoxel.core.sharing import scratch_in
from covoxel.core.version import VERSION


class OtherVersion(ImportError):
    """A worker has another version of Covoxel."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """What is done with every image of a batch."""

    recipe: Recipe
    #: The folder of the results.
    folder: Path
    #: Names of the images that have figures.
    pictured: frozenset[str] = frozenset()
    #: Of the program that asks for it.
    version: str = VERSION

    def run(self, image: ImageFiles) -> Entry:
        """Analyse an image.

        Raises
        ------
        OtherVersion
            If this is another version than the one that asks.
        """
        from covoxel.batch.analyse import analyse_image

        if self.version != VERSION:
            msg = f"it has covoxel {VERSION}; {self.version} is needed"
            raise OtherVersion(msg)
        with scratch_in(self.folder), np.errstate(all="ignore"):  # undefined is NaN with a reason
            outcome = analyse_image(self.recipe, image, self._outputs(image))
        return self.entry(image, outcome)

    def failed(self, image: ImageFiles, reason: str) -> Entry:
        """Return the entry of an image that could not be analysed."""
        return self.entry(image, Outcome(image=image.name, reasons=(reason,)))

    def entry(self, image: ImageFiles, outcome: Outcome) -> Entry:
        """Return the entry of an outcome, without paths of this machine."""
        root = self.recipe.root
        return outcome.entry(image.key(root), root)

    def is_complete(self, entry: Entry, image: ImageFiles) -> bool:
        """Whether the files that were written of an image are all that are wanted, and there."""
        asked = set(self._outputs(image).kinds) <= set(entry.outputs)
        return asked and all((self.folder / name).is_file() for name in entry.written)

    def _outputs(self, image: ImageFiles) -> ImageOutputs:
        return ImageOutputs(
            folder=self.folder,
            image=image.name,
            figures=image.name in self.pictured,
            images=self.recipe.output.images,
        )


def pictured(recipe: Recipe, images: Iterable[ImageFiles]) -> frozenset[str]:
    """Return names of the images that have figures: none, all, or the first of each condition."""
    if recipe.output.figures == "none":
        return frozenset()
    if recipe.output.figures == "all":
        return frozenset(one.name for one in images)
    first: dict[object, str] = {}
    for one in sorted(images, key=lambda one: one.name):
        condition = one.fields.get(recipe.groups.compare or "")
        first.setdefault(condition, one.name)
    return frozenset(first.values())
