"""PageStack: numpy's answers, from no more pages than needed."""

import os
import pickle
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import tifffile

import covoxel
from covoxel.image.channel import block_slices
from covoxel.io import ImageError
from covoxel.io.pages import Codec, RawPage

STORED = {
    "contiguous": {},
    "strips": {"metadata": None, "rowsperstrip": 3},
    "apart": {"compression": "zlib", "predictor": True, "rowsperstrip": 4},
    "one strip": {"compression": "lzw", "rowsperstrip": 21},
    "tiles": {"tile": (16, 16), "compression": "zlib"},
    "raw tiles": {"tile": (16, 16)},
    "big-endian": {"byteorder": ">"},
    "bigtiff": {"bigtiff": True},
}
KEYS = [
    (),
    ...,
    2,
    -1,
    (1, 5),
    (..., 3),
    (slice(None), 4),
    (slice(1, 4, 2), slice(2, 9), slice(None, None, 3)),
    (0, slice(None, None, -1), slice(8, 2, -2)),
    (slice(None, None, -2), ..., -3),
    (slice(2, 2), 0),
    (3, slice(30, 40)),
    (np.int64(1), slice(0, 7)),
    (1, 2, 3),
]


@pytest.fixture(params=STORED)
def stored(request, write):
    options = {"metadata": {"axes": "ZYX"}, **STORED[request.param]}
    path, data = write("stack.tif", (5, 21, 19), **options)
    (channel,) = covoxel.read_image(path)
    return channel.data, data


def test_it_is_indexed_as_an_array(stored):
    stack, data = stored
    for key in KEYS:
        part = stack[key]
        np.testing.assert_array_equal(part, data[key], err_msg=str(key))
        assert np.shape(part) == np.shape(data[key])
        assert part.dtype == data.dtype
        assert part.dtype.isnative


def test_it_looks_as_an_array(stored):
    stack, data = stored
    facts = ("shape", "ndim", "size", "nbytes", "dtype")
    assert [getattr(stack, f) for f in facts] == [getattr(data, f) for f in facts]
    assert len(stack) == len(data)
    np.testing.assert_array_equal(np.asarray(stack), data)
    np.testing.assert_array_equal(np.asarray(stack, dtype=float), data)
    with pytest.raises(ValueError, match="copy=False"):
        np.asarray(stack, copy=False)


def test_it_can_be_pickled(stored):
    stack, data = stored
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(stack)), data)


def test_other_keys_are_refused(stored):
    for key in (5, -6, (0, 0, 0, 0), 1.5, [0, 1], (..., ...), None):
        with pytest.raises(IndexError):
            stored[0][key]


@pytest.mark.slow
def test_blocks_make_the_whole(stored):
    stack, data = stored
    out = np.zeros_like(data)
    for block in block_slices(stack.shape, voxels=40):
        out[block] = stack[block]
    np.testing.assert_array_equal(out, data)


@pytest.mark.parametrize("planar", ["contig", "separate"])
@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("tile", [None, (16, 16)])
def test_samples_are_channels(write, planar, compression, tile):
    shape = (3, 20, 24) if planar == "separate" else (20, 24, 3)
    options = {"photometric": "rgb", "planarconfig": planar, "metadata": None, "tile": tile}
    path, data = write("samples.tif", shape, compression=compression, **options)
    for i, channel in enumerate(covoxel.read_image(path)):
        expected = data[i] if planar == "separate" else data[..., i]
        np.testing.assert_array_equal(channel.read(), expected)
        np.testing.assert_array_equal(
            channel.read(0, (slice(3, 5), slice(17, 20))), expected[3:5, 17:20]
        )


def test_a_strip_is_decoded_once_for_rows_and_samples_in_turn(write, monkeypatch):
    decoded = []
    segment = Codec._segment
    monkeypatch.setattr(Codec, "_segment", lambda *args: decoded.append(args[-1]) or segment(*args))
    path, _ = write(
        "s.tif", (40, 30, 3), "u1", photometric="rgb", compression="zlib", rowsperstrip=40
    )
    for channel in covoxel.read_image(path):
        for row in range(0, 40, 8):
            channel.read(0, (slice(row, row + 8), slice(None)))
    assert decoded == [0]


def test_only_the_pages_asked_for_are_read(write, monkeypatch):
    path, data = write(
        "z.tif", (2, 9, 20, 20), imagej=True, compression="zlib", metadata={"axes": "TZYX"}
    )
    (channel,) = covoxel.read_image(path)
    read = []
    box = Codec.box
    monkeypatch.setattr(
        Codec, "box", lambda self, page, *at: read.append(page) or box(self, page, *at)
    )
    np.testing.assert_array_equal(channel.read(1, (slice(4, 6),)), data[1, 4:6])
    assert len(read) == 2


@pytest.mark.slow
def test_a_file_cut_after_opening_is_an_error(stored):
    stack, _ = stored
    os.truncate(stack.pages[0].path, 300)
    with pytest.raises(ImageError, match=r"stack\.tif"):
        stack[4]


@pytest.mark.slow
@pytest.mark.timeout(90)
def test_8_gb_open_at_once_and_read_a_plane(tmp_path):
    n_planes, side = 1000, 2048
    path = tmp_path / "large.tif"
    _sparse_bigtiff(path, n_planes, side)
    assert path.stat().st_size > 8e9
    tracemalloc.start()
    (channel,) = covoxel.read_image(path)
    plane = channel.read(0, (slice(700, 701),))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50e6
    assert channel.shape == (n_planes, side, side)
    assert plane[0, 0, 0] == 701
    assert plane.sum() == 701


def _sparse_bigtiff(path: Path, n_planes: int, side: int) -> None:
    """Write planes of zeros with their number, from 1, in the first pixel."""
    nbytes = side * side * 2
    tags = [(256, 3, side), (257, 3, side), (258, 3, 16), (259, 3, 1), (262, 3, 1)]
    step = nbytes + 8 + 20 * (len(tags) + 4) + 8
    with path.open("wb") as file:
        file.write(b"II\x2b\0\x08\0\0\0" + struct.pack("<Q", 16 + nbytes))
        for i in range(n_planes):
            at = 16 + i * step
            more = [(273, 16, at), (277, 3, 1), (278, 3, side), (279, 16, nbytes)]
            entries = sorted(tags + more)
            following = at + step + nbytes if i + 1 < n_planes else 0
            file.seek(at)
            file.write(struct.pack("<H", i + 1))
            file.seek(at + nbytes)
            file.write(struct.pack("<Q", len(entries)))
            file.writelines(
                struct.pack("<HHQQ", code, kind, 1, value) for code, kind, value in entries
            )
            file.write(struct.pack("<Q", following))


def test_planes_in_one_run_are_one_page(write):
    path, _ = write("run.tif", (2, 4, 8, 8), metadata={"axes": "CZYX"}, ome=True)
    first, second = covoxel.read_image(path)
    assert len(first.data.pages) == 1
    assert isinstance(first.data.pages[0], RawPage)
    assert first.data.pages == second.data.pages


@pytest.mark.slow
def test_tifffile_itself_agrees_on_every_reference_image(reference):
    files = sorted((reference / "images").glob("*.tif*")) + sorted(
        (reference / "files").glob("*.tif")
    )
    assert len(files) > 30
    for path in files:
        ours = np.concatenate([c.read().ravel() for c in covoxel.read_image(path)])
        with tifffile.TiffFile(path) as tiff:
            theirs = tiff.series[0]
            pixels, axes = theirs.asarray(), theirs.axes
        if "C" in axes:
            pixels = np.moveaxis(pixels, axes.index("C"), 0)
        np.testing.assert_array_equal(ours, pixels.ravel(), err_msg=path.name)
