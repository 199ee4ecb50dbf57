"""A small experiment on a disk: two conditions, three replicates, cells and a known recipe."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from covoxel import MeasureOptions
from covoxel.batch.engines import Serial
from covoxel.batch.image_files import ImageFiles
from covoxel.batch.job import Job, pictured
from covoxel.batch.outcome import Entry
from covoxel.batch.recipe import GroupsSection, ImagesSection, OutputSection, Recipe, Step
from covoxel.batch.run import run_images

SUMS = MeasureOptions(measures=("pearson", "tm1"))
QUIET = OutputSection(figures="none")


@dataclass(frozen=True)
class Experiment:
    """Images of two cells each, and what is run on them."""

    recipe: Recipe
    images: list[ImageFiles]

    def run(self, out: str | Path, engine: Any = None, **given: Any) -> Any:
        """Run the recipe on all images, or those that are `chosen`."""
        chosen, kind = given.pop("chosen", self.images), given.pop("job", Job)
        figures = pictured(self.recipe, self.images)
        job = kind(recipe=self.recipe, folder=self.folder(out), pictured=figures)
        return run_images(job, self.images, chosen, engine or Serial(), **given)

    def folder(self, out: str | Path) -> Path:
        return self.recipe.folder / out

    def content(self, out: str | Path) -> dict[str, bytes]:
        """Return the content of all files of a result but the journal, which knows seconds."""
        folder = self.folder(out)
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.name != "journal.jsonl"
        }


@pytest.fixture
def experiment(tmp_path) -> Callable[..., Experiment]:
    """Make an experiment of a number of images, of 16 × 16 pixels; the last ones may be smaller."""

    def make(n: int = 6, options: Any = SUMS, small: int = 0, **sections: Any) -> Experiment:
        sides = [16] * (n - small) + [6] * small
        images = [_image(tmp_path / "plate", i, side) for i, side in enumerate(sides)]
        given = {
            "images": ImagesSection(folder="plate"),
            "groups": GroupsSection(compare="condition"),
            "output": QUIET,
        }
        step = Step(name="measure", analysis="measure", options=options)
        recipe = Recipe(steps=(step,), folder=tmp_path, **given | sections)
        return Experiment(recipe, sorted(images, key=lambda one: one.name))

    return make


def _image(root: Path, number: int, side: int) -> ImageFiles:
    fields = {"condition": ("control", "drug")[number % 2], "replicate": number // 2 % 3 + 1}
    name = f"{fields['condition']}/{fields['replicate']}/i{number}.tif"
    path, labels = root / name, root / f"{name}_cells.tif"
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(number)
    shared, *own = rng.integers(0, 1000, (3, side, side))
    channels = np.stack([own[0] + shared, own[1] + (1 + number % 2) * shared])
    tifffile.imwrite(path, channels.astype(np.uint16), metadata={"axes": "CYX"}, imagej=True)
    cells = np.repeat([1, 2], side // 2)[:, None] * np.ones((1, side))
    tifffile.imwrite(labels, cells.astype(np.uint8))
    return ImageFiles(name=name, files=(path,), labels=(labels,), fields=fields)


@pytest.fixture
def entry() -> Callable[..., Entry]:
    """Make an entry of the journal."""
    from covoxel.batch.outcome import Outcome

    def make(image: str = "a", root: Path = Path("/r"), **given: Any) -> Entry:
        return Outcome(image=image, **given).entry("key", root)

    return make
