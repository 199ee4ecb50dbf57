"""Opening a file and reading a plane of one channel, against the bare library of its format.

The files are written, but for LIF, ND2 and OIB, of which no library writes any: those of
``../shared/reference`` are read where they are there.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks._harness import Comparison, Within, compare
from covoxel import read_image
from covoxel.image import Channel
from covoxel.io import write_channels

_FILES = Path(__file__).parents[2] / "shared" / "reference" / "files"
_PIXELS = np.random.default_rng(0).integers(0, 4000, (4, 1024, 1024)).astype(np.uint16)


def run() -> Iterator[Comparison]:
    with tempfile.TemporaryDirectory() as folder:
        made = [_czi(Path(folder)), _zarr(Path(folder))]
        there = [
            (_FILES / "cluster.nd2", _by_nd2),
            (_FILES / "testdata_2channel_xz.lif", _by_lif),
            (_FILES / "test.oib", _by_oib),
        ]
        for path, peer in made + [pair for pair in there if pair[0].is_file()]:
            ours, theirs = partial(_plane, path), partial(peer, path)
            assert np.array_equal(ours(), theirs()), path
            yield compare(
                f"first plane of {path.name}", ours, theirs, goal=Within(0.05), within=None
            )


def _plane(path: Path) -> Any:
    data = read_image(path)[0].data
    return data[(0,) * (data.ndim - 2)]


def _czi(folder: Path) -> tuple[Path, Callable[[Path], Any]]:
    from pylibCZIrw.czi import create_czi

    path = folder / "made.czi"
    with create_czi(str(path)) as file:
        for z, plane in enumerate(_PIXELS):
            file.write(plane[..., None], plane={"Z": z})
    return path, _by_czi


def _by_czi(path: Path) -> Any:
    try:
        from czifile import CziFile
    except ImportError:
        from pylibCZIrw.czi import open_czi

        with open_czi(str(path)) as file:
            return file.read(plane={"Z": 0})[..., 0]
    with CziFile(path) as file:
        return file.scenes[0](Z=0).asarray()


def _zarr(folder: Path) -> tuple[Path, Callable[[Path], Any]]:
    return write_channels(folder / "made.ome.zarr", [Channel(_PIXELS, "ZYX")]), _by_zarr


def _by_zarr(path: Path) -> Any:
    import zarr

    return zarr.open_group(path, mode="r")["0"][0, 0]


def _by_nd2(path: Path) -> Any:
    from nd2 import ND2File

    with ND2File(path) as file:
        return file.read_frame(0)[0].copy()


def _by_lif(path: Path) -> Any:
    from liffile import LifFile

    with LifFile(path) as file:
        return file.images[0].asarray(out="memmap")[0, 0].copy()


def _by_oib(path: Path) -> Any:
    from oiffile import OifFile

    with OifFile(path) as file:
        return file.asarray(next(file.glob("*C001*.tif")))
