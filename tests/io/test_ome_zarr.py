"""OME-Zarr 0.2 to 0.5: axes, sizes, plates, collections, addresses."""

import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
import zarr

from covoxel import read_image
from covoxel.io import ImageError, image_info
from covoxel.io.ome_zarr import read_part

DATA = np.random.default_rng(2).integers(0, 99, (2, 2, 3, 8, 9)).astype(np.uint16)
UNITS = {"t": "millisecond", "z": "nanometer", "y": "nanometer", "x": "nanometer"}
KINDS = {"t": "time", "c": "channel"}


def axes_of(letters, version, units=UNITS):
    """Return axes as a version writes them."""
    if version == "0.2":
        return {}
    if version == "0.3":
        return {"axes": list(letters)}
    told = ({"name": axis, "type": KINDS.get(axis, "space")} for axis in letters)
    unit = {axis: {"unit": units[axis]} for axis in letters if axis in units}
    return {"axes": [one | unit.get(one["name"], {}) for one in told]}


def image(
    path, data=DATA, letters="tczyx", version="0.5", *, scale=None, units=UNITS, shards=None, **told
):
    """Write an image with its half in size, and return its group."""
    new = version == "0.5"
    group = zarr.create_group(path, zarr_format=3 if new else 2, overwrite=True)
    for name, pixels in (("0", data), ("1", data[..., ::2, ::2])):
        chunks = tuple(min(n, 2) for n in pixels.shape)
        options = {"shape": pixels.shape, "dtype": pixels.dtype, "chunks": chunks}
        group.create_array(name, **options, shards=shards)[...] = pixels
    steps = [{"type": "scale", "scale": scale}] if scale else []
    steps += [{"type": "translation", "translation": [2.0] * data.ndim}] if scale else []
    placed = {"coordinateTransformations": steps} if steps else {}
    datasets = [{"path": name, **placed} for name in "01"]
    axes = axes_of(letters, version, units)
    multiscales = [{"version": version, "name": "cells", "datasets": datasets, **axes}]
    attributes = {"multiscales": multiscales, **told}
    group.attrs.update({"ome": {"version": version, **attributes}} if new else attributes)
    return group


@pytest.mark.parametrize("version", ["0.2", "0.3", "0.4", "0.5"])
def test_versions(tmp_path, version):
    known = version > "0.3"
    scale = [500, 1, 300, 65, 65] if known else None
    path = tmp_path / "a.ome.zarr"
    image(path, version=version, scale=scale, shards=(4,) * 5 if version == "0.5" else None)
    info = image_info(path).series[0]
    assert (info.axes, info.shape, info.stored_axes) == ("TCZYX", DATA.shape, "TCZYX")
    assert (info.name, info.channels) == ("cells", ("channel 1", "channel 2"))
    assert info.levels == ((2, 3, 8, 9), (2, 3, 4, 5))
    assert info.spacing == ((0.3, 0.065, 0.065) if known else None)
    assert info.time_step == (0.5 if known else None)
    assert dict(info.position) == (dict.fromkeys("ZYX", 0.002) if known else {})
    for c, channel in enumerate(read_image(path)):
        np.testing.assert_array_equal(np.asarray(channel.data), DATA[:, c])
        np.testing.assert_array_equal(channel.data[1, ::2, ::-1, 3], DATA[1, c, ::2, ::-1, 3])


def test_channels_and_axes_of_length_1(tmp_path):
    window = {"min": 0, "max": 255, "start": 5, "end": 90}
    channels = [{"label": f"dye {i}", "color": "00ffAA", "window": window} for i in range(2)]
    channels[1]["color"] = "ff0000"
    image(tmp_path / "a.zarr", DATA[:1, :, :1], omero={"channels": channels})
    info = image_info(tmp_path / "a.zarr").series[0]
    assert (info.axes, info.shape, info.channels) == ("CYX", (2, 8, 9), ("dye 0", "dye 1"))
    assert info.colors == ("#00ffaa", "#ff0000")
    np.testing.assert_array_equal(read_image(tmp_path / "a.zarr")[1].read(), DATA[0, 1, 0])
    split = read_image(tmp_path / "a.zarr", axes="ZYX", series="cells")  # what it says is wrong
    np.testing.assert_array_equal(split[0].read(), DATA[0, :, 0])


@pytest.mark.parametrize("omero", [[1], "x", 7, {"channels": 5}, {"channels": [1, 2]}])
def test_what_viewers_show_never_stops_a_file(tmp_path, omero):
    image(tmp_path / "a.zarr", DATA[:1, :, :1], omero=omero)
    assert [c.name for c in read_image(tmp_path / "a.zarr")] == ["channel 1", "channel 2"]


def test_sizes_without_units_are_unknown(tmp_path):
    image(tmp_path / "a.zarr", DATA[0, 0], "zyx", "0.4", scale=[1, 1, 1], units={})
    assert image_info(tmp_path / "a.zarr").series[0].spacing is None


@pytest.fixture
def plate(tmp_path):
    """Write a plate whose third well is missing."""
    path = tmp_path / "plate.zarr"
    wells = [{"path": f"A/{i}"} for i in (1, 2, 3)]
    zarr.create_group(path, attributes={"ome": {"version": "0.5", "plate": {"wells": wells}}})
    for well in (1, 2):
        images = [{"path": str(field)} for field in range(2)]
        told = {"ome": {"well": {"images": images}}}
        zarr.create_group(path / "A" / str(well), attributes=told)
        for field in range(2):
            image(path / "A" / str(well) / str(field), DATA[0, :, 0] + 10 * well + field, "cyx")
    return path


def test_wells_and_fields_are_series(plate):
    info = image_info(plate)
    assert [one.name for one in info.series] == ["A/1/0", "A/1/1", "A/2/0", "A/2/1"]
    assert "left out: A/3 are not in the store" in info.series[0].notes
    (channel,) = read_image(plate, series="A/2/1", channels=[2])
    np.testing.assert_array_equal(channel.read(), DATA[0, 1, 0] + 21)
    assert len(read_image(plate / "A" / "2", series=1)) == 2
    with pytest.raises(ImageError, match="is a folder"):
        read_image(plate / "A" / "2" / "1" / "0")


def test_collections(tmp_path):
    group = zarr.create_group(tmp_path / "a.zarr", zarr_format=2)
    group.attrs["bioformats2raw.layout"] = 3
    for number in range(2):
        image(tmp_path / "a.zarr" / str(number), DATA[number, :, 0], "cyx", "0.4")
    assert [one.name for one in image_info(tmp_path / "a.zarr").series] == ["0", "1"]
    first, _ = read_image(tmp_path / "a.zarr", series=1)
    np.testing.assert_array_equal(first.read(), DATA[1, 0, 0])
    group.create_group("OME").attrs["series"] = ["1"]
    assert [one.name for one in image_info(tmp_path / "a.zarr").series] == ["1"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (lambda path: zarr.create_group(path), "no NDTiff set and no OME-Zarr"),
        (lambda path: zarr.create_array(path, data=DATA), "no OME-Zarr"),
        (lambda path: image(path, DATA[0]), "names the axes"),
        (lambda path: image(path).attrs.update(ome={"multiscales": []}), "corrupt"),
        (lambda path: image(path).attrs.update(ome={"plate": {"wells": []}}), "has no image"),
        (lambda path: image(path).__delitem__("0"), r"a\.zarr: cannot be read"),
    ],
)
def test_stores_that_are_no_image(tmp_path, broken, reason):
    broken(tmp_path / "a.zarr")
    with pytest.raises(ImageError, match=reason):
        read_image(tmp_path / "a.zarr")


def test_a_missing_library_gives_the_line_that_installs_it(tmp_path, monkeypatch):
    image(tmp_path / "a.zarr")
    monkeypatch.setitem(sys.modules, "zarr", None)
    with pytest.raises(ImageError, match=r"pip install 'covoxel\[zarr\]'"):
        image_info(tmp_path / "a.zarr")


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


def test_addresses(plate):
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=plate.parent))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.server_port}/plate.zarr"
        (channel,) = read_image(url, series="A/2/1", channels=[2])
        assert (channel.source.path, channel.source.files) == (url, (f"{url}/A/2/1",))
        assert image_info(url).series[0].name == "A/1/0"
        with pytest.raises(ImageError, match="cannot be read as OME-Zarr"):
            read_image(f"{url}/none.zarr")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_other_addresses_are_refused():
    with pytest.raises(ImageError, match=r"https://host/a\.tif: is an address"):
        read_image("https://host/a.tif")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("given", "fill", "stored"),
    [({"zarr_format": 2}, 0, 12), ({}, 7, 12), ({"shards": (1, 4, 12, 12)}, 0, 8)],
    ids=["2", "3", "shards"],
)
def test_only_stored_chunks_are_read(tmp_path, monkeypatch, given, fill, stored):
    shape, chunks = (2, 8, 33, 40), (1, 2, 4, 4)
    path = tmp_path / "a.zarr"
    array = zarr.create_array(
        path, shape=shape, chunks=chunks, dtype="u2", fill_value=fill, **given
    )
    array[1, 3:5, 9:14, 20:30] = 5
    array[0, 7] = 6
    index = (1, slice(1, 7), slice(3, 33), slice(0, 37))
    for part in (index, (slice(0, 2), 7, slice(0, 33), slice(38, 40)), (0, 1, 2, slice(0, 40, 3))):
        np.testing.assert_array_equal(read_part(array, part), array[part])
    calls, read = [], zarr.Array.__getitem__
    monkeypatch.setattr(zarr.Array, "__getitem__", lambda *given: calls.append(1) or read(*given))
    assert (read_part(array, index) == 5).sum() == 100
    assert len(calls) == stored
