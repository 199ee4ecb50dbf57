"""What the Batch widget runs: a recipe, its images and a folder; no Qt."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.analysis.image_layers import image_layer, placed
from covoxel.analysis.result import Result
from covoxel.batch import BatchResult, ImageFiles, Recipe, overview, read_recipe, run_batch
from covoxel.batch.analyse import open_image
from covoxel.batch.journal import read_entries, read_rows
from covoxel.batch.outcome import DONE
from covoxel.batch.outputs import IMAGES
from covoxel.batch.tables import field_names
from covoxel.core.types import Progress
from covoxel.gui.running.selection import RunRecord
from covoxel.gui.viewer.reader import color_by_number
from covoxel.gui.viewer.tables import LabelsTable, labels_table
from covoxel.image.channel import Channel
from covoxel.io.read import read_image

if TYPE_CHECKING:
    import pandas as pd

    from covoxel.analysis.result import LayerData
    from covoxel.batch.outcome import Entry
    from covoxel.batch.row_files import StoredRows

#: Seconds in which a run that was cancelled lets go of the folder.
_PATIENCE = 20.0


@dataclass(frozen=True, eq=False)
class Experiment:
    """A recipe that was read, its images, and the folder of their results."""

    recipe: Recipe
    images: Sequence[ImageFiles]
    #: What should be looked at.
    notes: tuple[str, ...]
    folder: Path
    #: Status and reason of images that were analysed before, by their names.
    status: dict[str, tuple[str, str]]

    @cached_property
    def fields(self) -> list[str]:
        """The names of what is known of the images."""
        return field_names(self.images)

    @property
    def header(self) -> list[str]:
        """The columns of the table of images."""
        return ["image", "status", *self.fields, "reason"]

    @property
    def left(self) -> int:
        """How many images were not analysed yet, or failed."""
        done = sum(status == DONE for status, _ in map(self._status, self.images))
        return len(self.images) - done

    @property
    def finished(self) -> bool:
        """Whether all images were analysed, or failed, so that there are tables."""
        return all(image.name in self.status for image in self.images)

    def _status(self, image: ImageFiles) -> tuple[str, str]:
        """Return the status of an image with its reason."""
        missing = "; ".join(image.missing)
        return self.status.get(image.name, ("incomplete" if missing else "", missing))

    def row(self, number: int) -> list[str]:
        """Return the cells of an image."""
        image = self.images[number]
        status, reason = self._status(image)
        fields = (image.fields.get(name, "") for name in self.fields)
        return [image.name, status, *map(str, fields), reason]


def open_experiment(path: str | Path, folder: str | Path | None = None) -> Experiment:
    """Return the experiment of a recipe, with what is known from earlier runs.

    `path`: a recipe, or a folder of results.
    `folder`: the folder of the results, unless it is that of the recipe.
    """
    path = Path(path)
    if path.is_dir():
        path, folder = path / "recipe.toml", path
    recipe = read_recipe(path)
    place = recipe.folder / recipe.output.folder if folder is None else Path(folder)
    found = overview(recipe)
    status = {name: status_of(one) for name, one in read_entries(place).items()}
    return Experiment(recipe, found.images, found.notes, place, status)


def status_of(entry: Entry) -> tuple[str, str]:
    """Return whether an image was analysed, and why not."""
    return entry.status, "; ".join(entry.reasons)


class Runs:
    """Runs of batches, one after another."""

    def __init__(self) -> None:
        self._ended = threading.Event()
        self._ended.set()

    def run(
        self,
        experiment: Experiment,
        workers: int,
        *,
        overwrite: bool,
        each: Callable[[Entry], object],
        progress: Progress,
    ) -> BatchResult:
        """Analyse what is left, or all anew; wait until an earlier run lets go of the folder."""
        self._ended.wait(_PATIENCE)
        self._ended.clear()
        try:
            return run_batch(
                experiment.recipe,
                experiment.folder,
                workers=workers,
                resume=not overwrite,
                overwrite=overwrite,
                each=each,
                progress=progress,
            )
        finally:
            self._ended.set()


@dataclass(frozen=True, slots=True, eq=False)
class OpenedImage:
    """An image of an experiment: its layers, and the results of its analyses."""

    layers: list[LayerData]
    results: list[RunRecord]


def opened_image(experiment: Experiment, number: int) -> OpenedImage:
    """Return the channels of an image as analyses take them, its regions, and what was found."""
    image = experiment.images[number]
    channels, inputs = open_image(experiment.recipe, image)
    results = [*_results(experiment, image.name)]
    layers = [_channel_layer(place, one) for place, one in enumerate(channels)]
    layers += _region_layers(inputs, channels[0], results)
    entry = read_entries(experiment.folder).get(image.name)
    for path in () if entry is None else entry.written:
        if path.startswith(IMAGES) and (experiment.folder / path).exists():
            written = read_image(experiment.folder / path)
            layers += [image_layer(one, visible=False, blending="additive") for one in written]
    named = [
        (data, look | {"name": f"{image.name}: {look['name']}"}, kind)
        for data, look, kind in layers
    ]
    return OpenedImage(named, results)


def _channel_layer(place: int, channel: Channel) -> LayerData:
    blending = "additive" if place else "opaque"  # over the layers of the user
    look: dict[str, Any] = {"colormap": color_by_number(place), "blending": blending}
    if channel.source is not None:
        source = {
            name: getattr(channel.source, name) for name in ("path", "series", "channel", "level")
        }
        look["metadata"] = {"covoxel": {"source": source}}
    return image_layer(channel, **look)


def _region_layers(
    inputs: Mapping[str, Any], channel: Channel, results: Sequence[RunRecord]
) -> Iterator[LayerData]:
    """Yield labels, with their rows, and a mask."""
    for name in ("labels", "mask"):
        if name not in inputs:
            continue
        data = np.asarray(inputs[name])
        where = {key: one[-data.ndim :] for key, one in placed(channel).items()}
        look = {"name": name, "opacity": 0.4, **where}
        copy = _with_rows(results, data, channel) if name == "labels" else None
        if copy is not None:
            data, look["features"] = copy.image, copy.features
        yield data, look, "labels"


def _with_rows(results: Sequence[RunRecord], labels: Any, channel: Channel) -> LabelsTable | None:
    """Return labels with their rows in the first table that has one for each."""
    for table in (one.table for one in results):
        if {"channel1", "channel2", "t", "z", "label"} <= {*table.columns}:
            return labels_table(table, labels, channel)
    return None


def _results(experiment: Experiment, image: str) -> Iterator[RunRecord]:
    """Yield the results of the analyses of an image, as far as it was analysed."""
    from covoxel.analysis.saved import remarks_of  # loads slowly

    stored = read_rows(experiment.folder, image)
    for step in experiment.recipe.steps:
        schemas = {one.name: one for one in step.declared.tables}
        tables = {
            name: _table(stored[step.table(name)]) for name in schemas if step.table(name) in stored
        }
        main = tables.get(step.declared.main.name)
        if main is not None and len(main):
            nothing: Any = None  # is known of what was given
            result = Result(step.declared, tables, (), remarks_of(main), nothing, step.options)
            yield RunRecord(nothing, nothing, step.options, result)


def _table(rows: StoredRows) -> pd.DataFrame:
    import pandas as pd

    table = pd.DataFrame(rows.values(), columns=rows.columns)
    known = {name: "Int64" for name in ("t", "z", "label") if name in table}
    texts = {name: table[name].fillna("") for name in ("warnings", "notes") if name in table}
    return table.astype(known).assign(**texts)
