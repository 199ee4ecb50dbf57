"""An OME-Zarr of 100 GB, 1 % of its chunks stored, measured by a batch; takes 1 GB of disk.

Numbers are compared with those of the textures that were stored, in whole numbers. The peer is
nothing: memory is that of a worker at its peak.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from fractions import Fraction
from math import sqrt
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import psutil
import zarr

from benchmarks._child import peak
from benchmarks._harness import Comparison, Within
from covoxel.batch import recipe_from, run_batch
from covoxel.core.types import AnyArray

ON_REQUEST = True

#: Planes of 8192² pixels, of two channels and 16 bits; the edge of a chunk of one plane.
_PLANES, _SIDE, _EDGE = 373, 8192, 1024
#: One chunk of so many is stored, of so many textures.
_STORED, _TEXTURES = 100, 4
_THRESHOLD = 1000
_MEASURES = {"threshold1": _THRESHOLD, "threshold2": _THRESHOLD}


def run() -> Iterator[Comparison]:
    with TemporaryDirectory(prefix="covoxel-benchmark-") as name:
        folder = Path(name)
        expected = _write(folder / "image.ome.zarr")
        given = {"images": {"files": ["*.zarr"]}, "output": {"figures": "none"}}
        recipe = recipe_from({"recipe": 1, "measure": _MEASURES} | given, folder)
        for workers in (1, 2):
            memory = [0.0]

            def watch(*_: Any, memory: list[float] = memory) -> None:
                ours = [peak(one.pid) for one in psutil.Process().children()]
                memory[0] = max([*memory, *ours])

            begin = time.perf_counter()
            out = folder / f"{workers}"
            table = run_batch(recipe, out, workers=workers, progress=watch).tables["measure"]
            seconds = time.perf_counter() - begin
            for column, value in expected.items():
                np.testing.assert_allclose(table[column], value, rtol=1e-13, err_msg=column)
            size = f"{_PLANES * _SIDE**2 * 4 / 1e9:.0f} GB, {workers} workers"
            yield Comparison(f"measure, {size}", [seconds], [0.0], None)
            most = Within(1000, "MB")
            yield Comparison(f"peak of a worker, {size}", memory, [0.0], most, "MB")


def _write(path: Path) -> dict[str, float]:
    """Write the image; return what is to be measured of it."""
    axes = [{"name": one, "type": "space"} for one in "zyx"]
    image = {
        "axes": [{"name": "c", "type": "channel"}, *axes],
        "datasets": [{"path": "0"}],
    }
    group = zarr.create_group(path)
    group.attrs["ome"] = {"version": "0.5", "multiscales": [image]}
    shape, chunks = (2, _PLANES, _SIDE, _SIDE), (1, 1, _EDGE, _EDGE)
    array = group.create_array("0", shape=shape, chunks=chunks, dtype="u2", fill_value=0)
    rng = np.random.default_rng(0)
    textures = rng.integers(100, 4000, (_TEXTURES, _EDGE, _EDGE), np.uint16)
    textures[1:] = (textures[1:] + textures[:-1]) // 2  # so that they are correlated
    grid = (_PLANES, _SIDE // _EDGE, _SIDE // _EDGE)
    places = rng.choice(int(np.prod(grid)), int(np.prod(grid)) // _STORED, replace=False)
    sums = np.zeros(7, object)
    for number, place in enumerate(places.tolist()):
        z, row, column = np.unravel_index(place, grid)
        rows, columns = (slice(i * _EDGE, (i + 1) * _EDGE) for i in (row, column))
        pair = [textures[(number + channel) % _TEXTURES] for channel in (0, 1)]
        for channel, texture in enumerate(pair):
            array[channel, z, rows, columns] = texture
        sums += _sums(*pair)
    return _expected(sums)


def _sums(first: AnyArray, second: AnyArray) -> AnyArray:
    """Return Σa, Σb, Σa², Σb², Σab, and Σa where b is above the threshold, and a, b too."""
    a, b = first.astype(np.int64), second.astype(np.int64)
    found = a, b, a * a, b * b, a * b, a * (b > _THRESHOLD), b * (a > _THRESHOLD)
    return np.array([int(one.sum()) for one in found], object)


def _expected(sums: AnyArray) -> dict[str, float]:
    n = _PLANES * _SIDE**2
    a, b, aa, bb, ab, above1, above2 = sums
    covariance, variances = n * ab - a * b, (n * aa - a * a) * (n * bb - b * b)
    square = Fraction(covariance * covariance, variances)
    return {"pixels": n, "pearson": sqrt(square), "tm1": above1 / a, "tm2": above2 / b}
