"""Memory and time of stacks on disk: 2 × 839 MB, measured in a process of their own.

The peer of memory is the same measurement of 16 × 16 pixels, which loads the same libraries.
Linux only, with 12 GB of free disk for the worst case; about a quarter of an hour.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import sleep
from typing import Any

import numpy as np
import tifffile

import covoxel
from benchmarks._harness import Comparison, Faster, Goal, Within, compare
from benchmarks._images import THRESHOLD, Pair, textured_cells
from benchmarks.sums import MEASURES, scikit_image, table

ON_REQUEST = True

_SIDE = 2048
_PLANES = 100
_FEW = 25
_SUMS = {"measures": MEASURES, "threshold1": THRESHOLD, "threshold2": THRESHOLD}
_RANKS = {
    "measures": "spearman,kendall,mutual_information,rwc,costes",
    "threshold1": "costes",
    "threshold2": "costes",
}
#: What a budget of cells may come to, in MB: the default one, and a small one.
_BUDGETS = (1 << 30, 1 << 28)

Planes = Callable[[int], Iterator[Any]]


def run() -> Iterator[Comparison]:
    with TemporaryDirectory(prefix="covoxel-benchmark-") as folder:
        write = partial(_write, Path(folder))
        start = _measured(write(_tiny, 1), _SUMS | _RANKS)
        against_start = partial(_against, start)
        for content, planes in (("cells", _cells), ("worst noise", _noise)):
            files = write(planes, _PLANES)
            size = f"2 × {files[0].stat().st_size / 1e6:.0f} MB of {content}"
            yield from against_start(f"sums, {size}", files, _SUMS, 100)
            for budget in _BUDGETS:
                name = f"ranks and Costes, budget {budget / 1e6:.0f} MB, {size}"
                yield from against_start(
                    name, files, _RANKS | {"memory_budget": budget}, budget / 1e6
                )
        files = write(_cells, _FEW, compression="zlib")
        size = f"2 × {files[0].stat().st_size / 1e6:.0f} MB of cells, compressed"
        yield from against_start(f"sums, {size}", files, _SUMS, 100)
        files = write(_cells, _FEW)
        size = f"2 × {files[0].stat().st_size / 1e6:.0f} MB"
        _check_digits(files)
        yield compare(
            f"read_image() and measure() of the sums, {size}, for imread and scikit-image",
            partial(_from_disk, files),
            partial(_by_scikit_image, files),
            goal=Faster(4),
            rounds=3,
        )


@dataclass(frozen=True, slots=True)
class _Run:
    """A row, and what it took: MB at the peak, resident in all and of the process's own."""

    row: dict[str, Any]
    seconds: float
    resident: float
    own: float


def _against(
    start: _Run, name: str, files: list[Path], options: dict[str, Any], most: float
) -> Iterator[Comparison]:
    found = _measured(files, options)
    name = f"{name} ({found.seconds:.0f} s)"
    goal: Goal = Within(most, "MB")
    yield Comparison(f"resident, {name}", [found.resident], [start.resident], goal, "MB")
    yield Comparison(f"anonymous, {name}", [found.own], [start.own], goal, "MB")


def _measured(files: list[Path], options: dict[str, Any]) -> _Run:
    """Measure in a process of its own, and watch its memory."""
    command = [sys.executable, "-m", "benchmarks._child", *map(str, files), json.dumps(options)]
    own = 0.0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        while child.poll() is None:
            own = max(own, _anonymous(child.pid))
            sleep(0.005)
        said = child.stdout.read() if child.stdout else ""
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, command)
    return _Run(own=own, **json.loads(said))


def _anonymous(pid: int) -> float:
    """Return the resident memory of a process that is no file's, in MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) / 1e3
    return 0.0


def _check_digits(files: list[Path]) -> None:
    """Raise if streamed, held and spilled pixels, from disk or memory, differ in their results."""
    lazy = [covoxel.read_image(path)[0] for path in files]
    held = [channel.with_data(np.asarray(channel.data)) for channel in lazy]
    both = _SUMS | {"measures": f"{MEASURES},ranks"}
    sums = covoxel.measure(*lazy, **_SUMS).table
    results = list(sums.columns[sums.columns.get_loc("pearson") : sums.columns.get_loc("warnings")])
    for other in (covoxel.measure(*held, **_SUMS).table, covoxel.measure(*lazy, **both).table):
        np.testing.assert_array_equal(other[results], sums[results])
    ranks = (
        covoxel.measure(*lazy, **both, memory_budget=budget).table[["spearman", "kendall"]]
        for budget in (1 << 30, 1 << 20)
    )
    np.testing.assert_allclose(*ranks, rtol=1e-12)


def _from_disk(files: list[Path]) -> list[float]:
    return table(Pair("disk", *(covoxel.read_image(path)[0] for path in files)))


def _by_scikit_image(files: list[Path]) -> list[float]:
    return scikit_image(Pair("disk", *(tifffile.imread(path) for path in files)))


def _write(folder: Path, planes: Planes, count: int, **options: Any) -> list[Path]:
    """Write a pair of files plane by plane."""
    paths = [folder / f"{channel}.tif" for channel in (1, 2)]
    for channel, path in enumerate(paths):
        first = next(planes(channel))
        tifffile.imwrite(
            path,
            islice(planes(channel), count),
            shape=(count, *first.shape),
            dtype=first.dtype,
            **options,
        )
    return paths


def _tiny(channel: int) -> Iterator[Any]:
    yield np.random.default_rng(0).integers(0, 999, (2, 16, 16), np.uint16)[channel]


def _cells(channel: int) -> Iterator[Any]:
    """Yield planes of the same cells, each with noise of its own."""
    light = textured_cells((_SIDE, _SIDE), 60, cell_radius=8, poisson=False, read_noise=0)[channel]
    rng = np.random.default_rng(channel)
    while True:
        noise = rng.standard_normal(light.shape, np.float32) * np.sqrt(light - np.float32(98))
        yield np.rint(light + noise).astype(np.uint16)


def _noise(channel: int) -> Iterator[Any]:
    """Yield uniform noise, in channel 2 averaged with that of channel 1 so that a line rises."""
    rng = np.random.default_rng(0)
    while True:
        first, second = rng.integers(0, 1 << 16, (2, _SIDE, _SIDE), np.uint16)
        yield second // 2 + first // 2 if channel else first
