"""What programs write in their own words: tifffile, ScanImage, SCIFIO, SIS, MetaSeries."""

import json
import struct

import numpy as np
import pytest
import tifffile

import covoxel
from covoxel.io import image_info
from covoxel.io.scanimage import from_scanimage, pages_of_planes
from covoxel.io.vendors import from_page_names


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


@pytest.mark.parametrize(
    "metadata",
    [{"Channel": [{"Name": "A"}, {"Name": "B"}]}, {"Labels": ["A", "B"]}, {"channels": ["A", "B"]}],
)
def test_names_in_the_json_of_tifffile(write, metadata):
    path, data = write("a.tif", (3, 2, 8, 9), metadata={"axes": "zcyx"} | metadata)
    channels = covoxel.read_image(path)
    assert [(c.name, c.axes) for c in channels] == [("A", "ZYX"), ("B", "ZYX")]
    np.testing.assert_array_equal(channels[1].read(), data[:, 1])


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
    # a volume takes as long as its three frames
    assert layout.metadata.time_step == (0.75 if lead == "TZC" and shape[1] == 3 else 0.25)


def test_scanimage_without_its_channels_says_nothing():
    assert from_scanimage({}, 12) is None
    assert pages_of_planes({}, 3) == [0, 1, 2]


@pytest.mark.parametrize(
    ("facts", "n_pages", "kept"),
    [
        ({"SI.hFastZ.numFramesPerVolume": 3}, 12, [0, 1, 2, 3, 6, 7, 8, 9]),
        ({"SI.hStackManager.numFramesPerVolumeWithFlyback": 3}, 6, [0, 1, 2, 3]),
        ({"SI.hFastZ.numFramesPerVolume": 3}, 8, [*range(8)]),
        ({"SI.hFastZ.numFramesPerVolume": 3, "SI.hFastZ.enable": False}, 12, [*range(12)]),
    ],
)
def test_what_is_scanned_on_the_way_back_is_no_plane(write, facts, n_pages, kept):
    frame = {
        "SI.hChannels.channelSave": "[1;2]",
        "SI.hStackManager.numSlices": 2,
        "SI.hFastZ.enable": True,
        "SI.hRoiManager.scanFrameRate": 30,
    } | facts
    text = "\n".join(f"{key} = {str(value).lower()}" for key, value in frame.items())
    path, data = write("a.tif", (n_pages, 8, 9), metadata=None, software=text)
    channels = covoxel.read_image(path)
    found = np.stack([np.asarray(c.data) for c in channels], axis=-3)
    np.testing.assert_array_equal(found.reshape(-1, 8, 9), data[kept])
    if len(kept) < n_pages:
        assert f"left out: {n_pages - len(kept)} of its {n_pages} pages" in channels[0].notes[0]
    if n_pages == 12 and len(kept) == 8:
        assert channels[0].time_step == pytest.approx(0.1)


def test_older_scanimage(write):
    state = {"savingChannel1": 1, "savingChannel2": 0, "savingChannel3": 1, "numberOfZSlices": 1,
             "numberOfFrames": 8, "numAvgFramesSave": 2, "frameRate": 10}  # fmt: skip
    text = "\r".join(f"state.acq.{key}={value}" for key, value in state.items())
    path, data = write("a.tif", (8, 8, 9), metadata=None, description=f"state.x='a b'\r{text}\r")
    first, second = covoxel.read_image(path)
    assert (first.axes, first.time_step) == ("TYX", pytest.approx(0.2))
    np.testing.assert_array_equal(np.asarray(second.data), data[1::2])


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


def metaseries(name: str, height: float = 0) -> str:
    prop = '<prop id="{}" type="{}" value="{}"/>'.format
    return "<MetaData><PlaneInfo>{}</PlaneInfo></MetaData>".format(
        prop("spatial-calibration-state", "bool", "on")
        + prop("spatial-calibration-x", "float", "0.65")
        + prop("spatial-calibration-y", "float", "0.65")
        + prop("spatial-calibration-units", "string", "um")
        + prop("_IllumSetting_", "string", name)
        + prop("z-position", "float", str(height))
    )


def pages_of(path, data, texts, **options):
    with tifffile.TiffWriter(path) as tiff:
        for page, text in zip(data, texts, strict=True):
            tiff.write(page, description=text, metadata=None, contiguous=False, **options)


def test_metaseries(write):
    options = {"metadata": None, "description": metaseries("FITC"), "software": "MetaSeries"}
    path, _ = write("a.tif", (8, 9), **options)
    (channel,) = covoxel.read_image(path)
    assert (channel.name, channel.spacing) == ("FITC", (0.65, 0.65))
    assert image_info(path).format == "MetaSeries TIFF"


@pytest.mark.parametrize(
    ("planes", "names", "axes", "spacing"),
    [
        ([("DAPI", 0), ("FITC", 0), ("Cy5", 0)], ["DAPI", "FITC", "Cy5"], "YX", (0.65, 0.65)),
        ([(n, z) for z in (1, 2.5, 4) for n in ("A", "B")], ["A", "B"], "ZYX", (1.5, 0.65, 0.65)),
        ([(n, z) for n in ("A", "B") for z in (4, 2.5, 1)], ["A", "B"], "ZYX", (1.5, 0.65, 0.65)),
        ([("A", z) for z in (0, 0.5, 1)], ["A"], "ZYX", (0.5, 0.65, 0.65)),
        ([("A", z) for z in (0, 0.5, 2)], ["A"], "ZYX", None),
        ([("A", 7)] * 3, ["A"], "TYX", (0.65, 0.65)),
        ([("A", 0), ("B", 0)] * 2, ["A", "B"], "TYX", (0.65, 0.65)),
    ],
)
def test_pages_of_metaseries_say_what_they_are(tmp_path, planes, names, axes, spacing):
    data = np.arange(len(planes) * 72, dtype="u2").reshape(-1, 8, 9)
    path = tmp_path / "a.tif"
    pages_of(path, data, [metaseries(*plane) for plane in planes], software="MetaSeries")
    channels = covoxel.read_image(path)
    assert ([c.name for c in channels], channels[0].axes) == (names, axes)
    assert channels[0].spacing == spacing
    for name, channel in zip(names, channels, strict=True):
        here = [i for i, plane in enumerate(planes) if plane[0] == name]
        np.testing.assert_array_equal(np.asarray(channel.data).reshape(-1, 8, 9), data[here])


def test_channels_of_qptiff(tmp_path):
    data = np.arange(2 * 96 * 80, dtype="u2").reshape(2, 96, 80)
    page = (
        "<PerkinElmer-QPI-ImageDescription><ImageType>FullResolution</ImageType>"
        "<Name>{}</Name><Color>{}</Color></PerkinElmer-QPI-ImageDescription>"
    )
    texts = [page.format("DAPI", "0,0,255"), page.format("A &amp; B", "0,255,0")]
    options = {"resolution": (2e4, 2e4), "resolutionunit": "CENTIMETER"}
    pages_of(tmp_path / "a.qptiff", data, texts, software="PerkinElmer-QPI", **options)
    channels = covoxel.read_image(tmp_path / "a.qptiff")
    assert [(c.name, c.color) for c in channels] == [("DAPI", "#0000ff"), ("A & B", "#00ff00")]
    assert channels[0].spacing == (0.5, 0.5)
    np.testing.assert_array_equal(channels[1].read(), data[1])


def test_olympus_fluoview(write):
    head = np.zeros((), tifffile.TIFF.MM_HEADER)
    sizes = [("X", 9, 0.2, "um"), ("Y", 8, 0.2, "um"), ("Z", 3, -0.5, "um"), ("Ch", 2, 1, "")]
    for i, (name, size, step, unit) in enumerate(sizes):
        head["Dimensions"][i] = (name.encode(), size, 0, step, unit.encode())
    head["Dimensions"]["Size"][len(sizes) :] = 1
    content = head.tobytes()
    tags = [(34361, 1, len(content), content, True), (34362, 12, 8, (0.0,) * 8, False)]
    path, data = write("a.tif", (2, 3, 8, 9), metadata=None, extratags=tags)
    channels = covoxel.read_image(path)
    assert (len(channels), channels[0].axes) == (2, "ZYX")
    assert channels[0].spacing == pytest.approx((0.5, 0.2, 0.2))
    np.testing.assert_array_equal(channels[1].read(), data[1])
    assert image_info(path).format == "Olympus FluoView"


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


def ndtiff(folder, entries, name: str = "NDTiff.index", **summary):
    pixels = np.arange(4 * 6 * 5, dtype="<u2").reshape(4, 6, 5)
    record = json.dumps({"z-step_um": 0.4, "Interval_ms": 500} | summary).encode()
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


def test_ndtiff_whose_channels_are_numbers(tmp_path):
    places = [{"time": t, "channel": c} for t in (0, 1) for c in (0, 1)]
    pixels = ndtiff(tmp_path, [(at, "set.tif") for at in places], ChNames=["DAPI", "GFP"])
    # the file has no pages of its own, as after a hard stop
    first, second = covoxel.read_image(tmp_path / "set.tif")
    assert (first.name, second.name) == ("DAPI", "GFP")
    np.testing.assert_array_equal(np.asarray(second.data), pixels[1::2])


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
