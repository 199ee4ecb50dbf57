"""Batches of images of 512² pixels, two channels and 30 labelled cells, with the default measures.

The peer is a loop in one process that opens, hashes and measures the same files; of the columns
that cp_measure has (``pip install cp_measure``), a loop of that. Rates are of the later images,
without start and first use. Processor time is that of all processes; other programs make wall
times longer, and those of two processes more.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import psutil
import tifffile
from scipy.ndimage import gaussian_filter

import covoxel
from benchmarks._child import peak
from benchmarks._harness import Comparison, Faster, Within
from covoxel.analysis.provenance import sha256
from covoxel.batch import find_images, recipe_from
from covoxel.batch.analyse import analyse_image
from covoxel.batch.job import Job
from covoxel.batch.journal import Journal
from covoxel.batch.processes import Processes
from covoxel.batch.results_folder import write_results_folder
from covoxel.batch.row_files import StoredRows
from covoxel.batch.run import run_images
from covoxel.batch.tables import read_table

ON_REQUEST = True

#: Images, those of which the time counts, and how often all is measured.
_IMAGES, _COUNTED, _ROUNDS = 160, 120, 3
#: Images of which results are written.
_WRITTEN = 10_000
_SIDE, _CELLS, _ROW = 512, 30, 6
_RECIPE = {
    "recipe": 1,
    "images": {"pattern": "image{number}.tif"},
    "regions": {"labels": "labels{number}.tif"},
    "measure": {},
    "output": {"figures": "none"},
}


#: The columns of cp_measure: of pixels above 15 % of the highest, and above Costes' thresholds.
_CP_MEASURE = {
    **_RECIPE,
    "measure": [
        {
            "name": "fold",
            "measures": ["pearson", "slope", "tm1", "tm2", "rwc1", "rwc2"],
            "threshold1": "max:15",
            "threshold2": "max:15",
        },
        {
            "name": "costes",
            "measures": ["tm1", "tm2"],
            "threshold1": "costes",
            "threshold2": "costes",
        },
    ],
}


def run() -> Iterator[Comparison]:
    with TemporaryDirectory(prefix="covoxel-benchmark-") as name:
        folder = Path(name)
        _write(folder)
        recipe = recipe_from(_RECIPE, folder)
        images = find_images(recipe)
        rounds = []
        for number in range(_ROUNDS):
            loop = _loop(images)
            ran = [_batch(recipe, images, folder / f"{number}-{n}", n) for n in (1, 2)]
            rounds.append((loop, *ran))
        yield from _comparisons(rounds)
        yield from _same_columns(folder, images)
        yield _writing(recipe, images, folder / "writing")


@dataclass(frozen=True)
class _Rate:
    """Seconds an image by the clock and of processors, seconds to the first, MB of a worker."""

    clock: float
    processor: float
    start: float = 0.0
    memory: float = 0.0


def _comparisons(rounds: list[tuple[_Rate, _Rate, _Rate]]) -> Iterator[Comparison]:
    loop, one, two = zip(*rounds, strict=True)
    # two of two processors at 1.85 are 92.5 % each
    for what, goals in (("clock", (0.85, 1.85)), ("processor", (0.85, 0.925))):
        name = f"an image by one process for a loop that opens, hashes and measures, {what}"
        ours, peer = [getattr(r, what) for r in one], [getattr(r, what) for r in loop]
        yield Comparison(name, ours, peer, Faster(goals[0]))
        ours, peer = [getattr(r, what) for r in two], ours
        yield Comparison(f"an image by two processes for one, {what}", ours, peer, Faster(goals[1]))
    none = [0.0] * len(two)
    yield Comparison("from the call to the first image", [r.start for r in two], none, Within(3))
    memory = [r.memory for r in two]
    yield Comparison("peak resident memory of a worker", memory, none, Within(500, "MB"), "MB")


def _write(folder: Path) -> None:
    """Write textured images, and labels of discs."""
    rng, labels = np.random.default_rng(0), np.zeros((_SIDE, _SIDE), np.uint8)
    y, x = np.mgrid[:_SIDE, :_SIDE]
    step = _SIDE // _ROW
    for number in range(_CELLS):
        row, column = divmod(number, _ROW)
        far = (y - (row + 0.5) * step) ** 2 + (x - (column + 0.5) * step) ** 2
        labels[far < (0.45 * step) ** 2] = number + 1
    for number in range(_IMAGES):
        shared, *own = gaussian_filter(rng.normal(size=(3, _SIDE, _SIDE)), (0, 2, 2))
        channels = np.stack([shared + one for one in own]) * 5e3 + rng.normal(0, 50, (2, 1, 1))
        pixels = (channels.clip(0, 6e4) + rng.poisson(100, channels.shape)).astype(np.uint16)
        tifffile.imwrite(
            folder / f"image{number}.tif", pixels, metadata={"axes": "CYX"}, imagej=True
        )
        tifffile.imwrite(folder / f"labels{number}.tif", labels)


class _Clock:
    """Times by the clock and of processors, from one image to the last."""

    def __init__(self) -> None:
        self._begin, self._seen = time.perf_counter(), 0
        self._first: tuple[float, float] = (0, 0)
        self.start = self.memory = 0.0
        self.last: tuple[float, float] = (0, 0)

    def __call__(self, _: Any = None) -> None:
        self._seen += 1
        if self._seen == 1:
            self.start = time.perf_counter() - self._begin
        if self._seen == _IMAGES - _COUNTED:
            self._first = self._now()
        if self._seen == _IMAGES:
            self.last = self._now()

    def _now(self) -> tuple[float, float]:
        own = psutil.Process()
        every = [own, *own.children()]
        times = [one.cpu_times() for one in every]
        peaks = [peak(one.pid) for one in every[1:]]
        self.memory = max(peaks, default=0)
        return time.perf_counter(), sum(one.user + one.system for one in times)

    def rate(self) -> _Rate:
        clock, processor = (
            (last - first) / _COUNTED for first, last in zip(self._first, self.last, strict=True)
        )
        return _Rate(clock, processor, self.start, self.memory)


def _loop(images: Any) -> _Rate:
    clock = _Clock()
    for one in images:
        for path in one.paths:
            sha256(path)
        _measured(one)
        clock()
    return clock.rate()


def _measured(image: Any) -> Any:
    labels = covoxel.read_image(image.labels[0])[0].data
    return covoxel.measure(covoxel.read_image(image.files[0]), labels=labels)


def _batch(recipe: Any, images: Any, out: Path, workers: int) -> _Rate:
    clock = _Clock()
    run_images(Job(recipe=recipe, folder=out), images, images, Processes(workers), each=clock)
    return clock.rate()


def _same_columns(folder: Path, images: Any) -> Iterator[Comparison]:
    """Compare a process with a loop of cp_measure, both without the other's start."""
    name = "an image by one process for a loop of cp_measure"
    try:
        from cp_measure.bulk import get_correlation_measurements
    except ImportError:
        yield Comparison(f"{name}: peer not installed", [math.nan], [math.nan], None)
        return
    measures = get_correlation_measurements()
    clock, found = _Clock(), list[float]()
    for one in images:
        pixels, labels = tifffile.imread(one.files[0]), tifffile.imread(one.labels[0])
        every = {
            title: measure(*pixels, labels, **({"scale_max": 65535} if title == "costes" else {}))
            for title, measure in measures.items()
        }
        found += [*every["pearson"]["Correlation_Pearson"]]
        clock()
    recipe = recipe_from(_CP_MEASURE, folder)
    ours = _batch(recipe, images, folder / "cp_measure", 1)
    table = read_table(folder / "cp_measure" / "fold.csv")
    order = [table[table["image"] == one.name]["pearson"] for one in images]
    np.testing.assert_allclose(np.concatenate(order), found, rtol=1e-9)
    for what in ("clock", "processor"):
        taken = [getattr(ours, what)], [getattr(clock.rate(), what)]
        yield Comparison(f"{name}, {what}", *taken, Faster(5))


def _writing(recipe: Any, images: Any, out: Path) -> Comparison:
    """Compare what is written of an image with nothing: its text, line, and share of all tables."""
    job = Job(recipe=recipe, folder=out)
    outcomes = [analyse_image(recipe, one) for one in images]
    tables = [_measured(one).table for one in images]
    many = [replace(images[i % len(images)], name=f"{i}") for i in range(_WRITTEN)]
    begin = time.process_time()
    journal = Journal(out, recipe)
    for number, image in enumerate(many):
        rows = StoredRows.of_table(tables[number % len(images)])
        outcome = outcomes[number % len(images)]
        outcome = replace(outcome, image=image.name, tables={"measure": rows})
        journal.append(job.entry(image, outcome))
    write_results_folder(recipe, journal, sorted(many, key=lambda one: one.name))
    journal.close()
    taken = (time.process_time() - begin) / len(many)
    return Comparison(f"writing one of {_WRITTEN} images, processor", [taken], [0.0], Within(1e-3))
