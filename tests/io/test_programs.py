"""What programs write in their own words: tifffile, ScanImage, SCIFIO, SIS, MetaSeries."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest

import covoxel
from covoxel.io import image_info
from covoxel.io.vendors import from_page_names, from_scanimage


@pytest.mark.parametrize(
    ("metadata", "spacing", "time_step"),
    [
        ({"PhysicalSizeX": 65, "PhysicalSizeXUnit": "nm", "PhysicalSizeY": 0.065,
          "PhysicalSizeZ": 0.3, "TimeIncrement": 2, "TimeIncrementUnit": "min"},
         (0.3, 0.065, 0.065), 120),
        ({"unit": "um", "spacing": 0.5, "finterval": 3}, (0.5, 0.1, 0.1), 3),
        ({"unit": "pixel"}, None, None),
    ],
)  # fmt: skip
def test_json_of_tifffile(write, metadata, spacing, time_step):
    metadata |= {"axes": "TZCYX", "Channel": {"Name": ["DAPI", "GFP\r\n2"]}}
    resolution = {"resolution": (10, 10), "resolutionunit": "NONE"}
    path, data = write("a.tif", (2, 3, 2, 8, 9), metadata=metadata, **resolution)
    channels = covoxel.read_image(path)
    assert [c.name for c in channels] == ["DAPI", "GFP 2"]
    assert channels[0].spacing == (None if spacing is None else pytest.approx(spacing))
    assert channels[0].time_step == time_step
    np.testing.assert_array_equal(channels[1].read(1), data[1, :, 1])


@pytest.mark.parametrize("text", ["{", "[1]", "{}", '{"axes": 3}', '{"Channel": {"Name": 7}}'])
def test_json_that_says_nothing(write, text):
    path, data = write("a.tif", (8, 9), metadata=None, description=text)
    np.testing.assert_array_equal(covoxel.read_image(path)[0].read(), data)


FRAME = {
    "SI.hChannels.channelSave": [[1], [3]],
    "SI.hChannels.channelName": ["Green", "Red", "Far"],
    "SI.hStackManager.framesPerSlice": 2,
    "SI.hStackManager.numSlices": 3,
    "SI.hStackManager.stackZStepSize": 1.5,
    "SI.hRoiManager.scanFrameRate": 4,
}


@pytest.mark.parametrize(
    ("changes", "n_pages", "lead", "shape"),
    [
        ({}, 12, "ZTC", (3, 2, 2)),
        ({"SI.hFastZ.enable": True}, 12, "TZC", (2, 3, 2)),
        ({"SI.hStackManager.framesPerSlice": 1}, 24, "TZC", (4, 3, 2)),
        ({"SI.hStackManager.framesPerSlice": float("inf"), "SI.hStackManager.numSlices": 1},
         10, "TZC", (5, 1, 2)),
        ({"SI.hChannels.channelSave": 3}, 6, "ZTC", (3, 2, 1)),
    ],
)  # fmt: skip
def test_layouts_of_scanimage(changes, n_pages, lead, shape):
    layout = from_scanimage(FRAME | changes, n_pages)
    assert (layout.lead, layout.lead_shape) == (lead, shape)
    assert layout.metadata.names == (("Far",) if shape[-1] == 1 else ("Green", "Far"))
    assert layout.metadata.time_step == 0.25


def test_scanimage_without_its_channels_says_nothing():
    assert from_scanimage({}, 12) is None


@pytest.mark.parametrize(
    ("names", "lead"),
    [
        (["A", "B", "C"], "CZ"),
        (["A", "A", "B", "B"], "CZ"),
        (["A", "B", "B", "A"], None),
        (["A", "B", "A"], None),
        (["A", "A"], None),
        (["z 1", "z 2", "z 3"], None),
        (["1/3", "2/3", "3/3"], None),
        (["", "B"], None),
        ([], None),
    ],
)
def test_names_of_pages(names, lead):
    layout = from_page_names(names)
    assert (layout.lead if layout else None) == (lead if lead != "CZ" or len(names) > 3 else "ZC")


def test_scifio_that_lost_its_end(write):
    text = (
        "SCIFIO=0.43.3\naxes=X,Y,Channel,Time\nlengths=9,8,2,4\n"
        "scales=0.2,0.2,1.0,5.0\nunits=micrometer,micrometer,null,s\n"
        "images=8\nchannels=2\nframes=4\nhyperstack=true\nunit=micrometer\n"
    )
    path, data = write("a.tif", (7, 8, 9), metadata=None, description=text)
    channels = covoxel.read_image(path)
    assert (channels[0].axes, channels[0].spacing) == ("TYX", (0.2, 0.2))
    assert channels[0].time_step == 5
    np.testing.assert_array_equal(np.asarray(channels[1].data), data[1:6:2])
    assert "time points 0 to 2 of 4" in channels[0].notes[0]


def test_metaseries(write):
    prop = '<prop id="{}" type="{}" value="{}"/>'.format
    text = "<MetaData><PlaneInfo>{}</PlaneInfo></MetaData>".format(
        prop("spatial-calibration-state", "bool", "on")
        + prop("spatial-calibration-x", "float", "0.65")
        + prop("spatial-calibration-y", "float", "0.65")
        + prop("spatial-calibration-units", "string", "um")
        + prop("_IllumSetting_", "string", "FITC")
    )
    options = {"metadata": None, "description": text, "software": "MetaSeries"}
    path, _ = write("a.tif", (8, 9), **options)
    (channel,) = covoxel.read_image(path)
    assert (channel.name, channel.spacing) == ("FITC", (0.65, 0.65))
    assert image_info(path).format == "MetaSeries TIFF"


def test_olympus_sis(tmp_path, write):
    path, _ = write("a.tif", (8, 9), metadata=None, extratags=[(33560, 4, 1, 0xC0FFEE, True)])
    content = path.read_bytes()
    at = len(content)
    head = struct.pack("<4s6xhhhhh6x32sH", b"SIS0", 0, 0, 1, 0, 120, b"scene", 1)
    tag = struct.pack("<hhI", 1, 1, at + 60 + 8)
    body = struct.pack("<10xhdd8xd2x34s32s", -6, 0.2, 0.2, 60.0, b"camera", b"kind")
    content = content.replace(struct.pack("<I", 0xC0FFEE), struct.pack("<I", at))
    path.write_bytes(content + head + tag + body)
    (channel,) = covoxel.read_image(path)
    assert channel.spacing == pytest.approx((0.2, 0.2))
    assert image_info(path).format == "Olympus SIS"


def index(entries) -> bytes:
    out = b""
    for axes, name, numbers in entries:
        text, file = json.dumps(axes).encode(), name.encode()
        out += struct.pack("<I", len(text)) + text + struct.pack("<I", len(file)) + file
        out += struct.pack("<8I", *numbers)
    return out


def ndtiff(folder, entries, name: str = "NDTiff.index"):
    pixels = np.arange(4 * 6 * 5, dtype="<u2").reshape(4, 6, 5)
    record = json.dumps({"z-step_um": 0.4, "Interval_ms": 500}).encode()
    head = struct.pack("<4s6I", b"II*\0", 0, 483729, 3, 0, 2355492, len(record)) + record
    (folder / "set.tif").write_bytes(head + pixels.tobytes())
    rows = [
        (axes, file, (len(head) + 60 * i, 5, 6, 1, 0, 0, 0, 0))
        for i, (axes, file) in enumerate(entries)
    ]
    (folder / name).write_bytes(index(rows))
    return pixels


def test_ndtiff_positions_and_planes(tmp_path):
    places = [{"position": p, "z": z} for p in (0, 1) for z in (-1, 0)]
    pixels = ndtiff(tmp_path, [(at, "set.tif") for at in places])
    info = image_info(tmp_path)
    assert [one.title for one in info.series] == [
        "image 1 of 2: position 0", "image 2 of 2: position 1",
    ]  # fmt: skip
    (channel,) = covoxel.read_image(tmp_path, series=1)
    np.testing.assert_array_equal(channel.read(), pixels[2:])


def test_ndtiff_that_was_stopped(tmp_path):
    places = [{"time": t, "channel": c} for t in (0, 1) for c in ("A", "B")]
    files = ["set.tif", "set.tif", "set.tif", "set_1.tif"]
    pixels = ndtiff(tmp_path, list(zip(places, files, strict=True)))
    first, second = covoxel.read_image(tmp_path)
    assert (first.name, first.shape, second.name) == ("A", (6, 5), "B")
    np.testing.assert_array_equal(second.read(), pixels[1])
    missing = "planes are missing (set_1.tif is not beside it)"
    assert first.notes == (f"{missing}: opened are time points 0 of 2",)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"set.tif", b"../.tif"),
        (b"set.tif", b"gone.if"),
        (b"\0", b"\xff"),
        (b'{"z": 0}', b"[[[[[[[["),
    ],
)
def test_an_index_that_is_corrupt(tmp_path, old, new):
    ndtiff(tmp_path, [({"z": 0}, "set.tif")])
    path = tmp_path / "NDTiff.index"
    path.write_bytes(path.read_bytes().replace(old, new))
    with pytest.raises(covoxel.io.ImageError):
        covoxel.read_image(tmp_path)
