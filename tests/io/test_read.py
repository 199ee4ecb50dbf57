"""read_image: axes, channels, names, colours and sizes of every kind of TIFF."""

import gc
import itertools
import warnings

import numpy as np
import pytest
import tifffile

import covoxel
from covoxel.io import ImageError, image_info


def pixels(channels) -> np.ndarray:
    return np.stack([np.asarray(channel.data) for channel in channels])


@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("lead", ["".join(p) for p in itertools.permutations("TZC")])
def test_any_order_of_axes(write, lead, compression):
    sizes = {"T": 2, "Z": 3, "C": 4}
    shape = (*(sizes[axis] for axis in lead), 7, 5)
    axes = f"{lead}YX"
    path, data = write("a.tif", shape, compression=compression, metadata={"axes": axes})
    channels = covoxel.read_image(path)
    expected = data.transpose([axes.index(axis) for axis in "CTZYX"])
    np.testing.assert_array_equal(pixels(channels), expected)
    assert {channel.axes for channel in channels} == {"TZYX"}
    np.testing.assert_array_equal(channels[1].read(1, (slice(2, 3),)), expected[1, 1, 2:3])


def test_axes_after_y_and_x(write):
    path, data = write("a.tif", (7, 5, 3, 4), metadata={"axes": "YXZC"})
    channels = covoxel.read_image(path)
    np.testing.assert_array_equal(pixels(channels), data.transpose(3, 2, 0, 1))
    assert channels[0].axes == "ZYX"


@pytest.mark.parametrize("dtype", ["u1", "i1", "i2", "u4", "i4", "f2", "f4", "f8", "?"])
def test_data_types(write, dtype):
    path, data = write("a.tif", (3, 16, 12), dtype, metadata={"axes": "CYX"})
    channels = covoxel.read_image(path)
    np.testing.assert_array_equal(pixels(channels), data)
    assert channels[0].dtype == data.dtype


@pytest.mark.slow
@pytest.mark.parametrize("compression", ["lzw", "zlib", "packbits", "lzma", "zstd", "jpeg2000"])
def test_lossless_compressions(write, compression):
    path, data = write("a.tif", (2, 40, 30), compression=compression, metadata={"axes": "CYX"})
    np.testing.assert_array_equal(pixels(covoxel.read_image(path)), data)


def test_jpeg_is_decoded_as_tifffile_decodes_it(write):
    options = {"photometric": "rgb", "compression": "jpeg", "metadata": None}
    path, _ = write("a.tif", (48, 32, 3), "u1", **options)
    expected = np.moveaxis(tifffile.imread(path), -1, 0)
    np.testing.assert_array_equal(pixels(covoxel.read_image(path)), expected)


def test_pages_without_a_meaning_are_z_and_it_is_said(write):
    path, data = write("a.tif", (5, 8, 9), metadata=None)
    (channel,) = covoxel.read_image(path)
    assert (channel.axes, channel.spacing, channel.name) == ("ZYX", None, "a")
    np.testing.assert_array_equal(channel.read(), data)
    notes = " ".join(image_info(path).series[0].notes)
    assert "5 pages" in notes
    assert "taken as Z" in notes
    assert "distances are in pixels" in notes


@pytest.mark.parametrize("axes", ["CYX", "cyx", "TYX", "ZYX"])
def test_axes_say_what_the_file_does_not(write, axes):
    path, data = write("a.tif", (3, 8, 9), metadata=None)
    channels = covoxel.read_image(path, axes=axes)
    by_axes = {"C": ("YX", 3), "T": ("TYX", 1), "Z": ("ZYX", 1)}[axes[0].upper()]
    assert (channels[0].axes, len(channels)) == by_axes
    np.testing.assert_array_equal(pixels(channels).ravel(), data.ravel())


def test_axes_override_a_file_that_lies(write):
    path, data = write("a.tif", (2, 3, 8, 9), imagej=True, metadata={"axes": "TZYX"})
    channels = covoxel.read_image(path, axes="CTYX")
    assert channels[0].axes == "TYX"
    np.testing.assert_array_equal(pixels(channels), data)


@pytest.mark.parametrize("axes", ["YX", "QQYX", "CZY", "CCYX", "TCZYX", "ABYX"])
def test_axes_that_cannot_be(write, axes):
    path, _ = write("a.tif", (2, 3, 8, 9), metadata=None)
    with pytest.raises(ImageError, match=r"a\.tif: axes="):
        covoxel.read_image(path, axes=axes)


def test_several_axes_without_a_meaning_ask_for_axes(write):
    path, data = write("a.tif", (2, 3, 8, 9), metadata={})
    with pytest.raises(ImageError, match=r"QQYX \(2×3×8×9\).*axes="):
        covoxel.read_image(path)
    np.testing.assert_array_equal(pixels(covoxel.read_image(path, axes="CZYX")), data)
    assert image_info(path).series[0].axes == "QQYX"


def test_channels_are_chosen_by_number_and_name(write):
    labels = {"axes": "CYX", "Labels": ["DAPI", "GFP", "2"]}
    path, data = write("a.tif", (3, 8, 9), imagej=True, metadata=labels)
    chosen = covoxel.read_image(path, channels=["GFP", 1, "3"])
    assert [channel.name for channel in chosen] == ["GFP", "DAPI", "2"]
    assert [channel.source.channel for channel in chosen] == [2, 1, 3]
    np.testing.assert_array_equal(pixels(chosen), data[[1, 0, 2]])
    assert [c.name for c in covoxel.read_image(path, channels=["2"])] == ["2"]


def test_names_that_are_numbers_are_names_where_all_of_them_are(write):
    files = [write(f"{number}.tif", (8, 9))[0] for number in (0, 1)]
    for wanted, expected in (["1", "2"], ["0", "1"]), (["0", "1"], ["0", "1"]), ([2], ["1"]):
        assert [one.name for one in covoxel.read_image(files, channels=wanted)] == expected


@pytest.mark.parametrize("wanted", [[0], [3], ["gfp"], [1.5], [-1]])
def test_channels_that_are_not_there(write, wanted):
    path, _ = write("a.tif", (2, 8, 9), imagej=True, metadata={"axes": "CYX"})
    with pytest.raises(ValueError, match="the image has 1 'channel 1', 2 'channel 2'"):
        covoxel.read_image(path, channels=wanted)


def test_spacing_of_the_caller_wins(write):
    path, _ = write("a.tif", (2, 8, 9), resolution=(1e5, 1e5), resolutionunit="CENTIMETER")
    assert covoxel.read_image(path, spacing=(2, 1, 1))[0].spacing == (2.0, 1.0, 1.0)
    with pytest.raises(ValueError, match="spacing"):
        covoxel.read_image(path, spacing=(1, 1))


@pytest.mark.parametrize(
    ("per_unit", "unit", "expected"),
    [
        (1e5, "CENTIMETER", 0.1),
        (254_000, "INCH", 0.1),
        (2000, "CENTIMETER", None),
        (72, "INCH", None),
        (96, "INCH", None),
        (300, "INCH", None),
        (4800, "INCH", None),
        (1e5, "NONE", None),
    ],
)
def test_resolution_tags_are_believed_of_microscopes_only(write, per_unit, unit, expected):
    resolution = {"resolution": (per_unit, per_unit), "resolutionunit": unit}
    path, _ = write("a.tif", (8, 9), metadata=None, **resolution)
    (channel,) = covoxel.read_image(path)
    assert channel.spacing == (None if expected is None else pytest.approx((expected, expected)))
    notes = " ".join(image_info(path).series[0].notes)
    assert ("distances are in pixels" in notes) == (expected is None)


def test_one_file_per_channel(write):
    files = [write(f"{name}.tif", (3, 8, 9), metadata={"axes": "ZYX"}) for name in ("red", "green")]
    channels = covoxel.read_image([path for path, _ in files])
    assert [channel.name for channel in channels] == ["red", "green"]
    np.testing.assert_array_equal(pixels(channels), [data for _, data in files])
    assert [c.source.path for c in channels] == [str(path) for path, _ in files]


@pytest.mark.parametrize("axes", ["TCYX", "ZCYX"])
@pytest.mark.parametrize("compression", [None, "zlib"])
def test_files_as_planes_or_times(write, axes, compression):
    files = [
        write(f"{i}.tif", (2, 8, 9), compression=compression, metadata={"axes": "CYX"})
        for i in range(4)
    ]
    channels = covoxel.read_image([path for path, _ in files], axes=axes)
    assert [channel.axes for channel in channels] == [f"{axes[0]}YX"] * 2
    np.testing.assert_array_equal(pixels(channels), np.stack([d for _, d in files], axis=1))


def test_files_as_channels_by_axes(write):
    files = [write(f"{i}.tif", (4, 8, 9), metadata=None)[0] for i in range(2)]
    assert [c.axes for c in covoxel.read_image(files, axes="CTYX")] == ["TYX", "TYX"]
    assert [c.axes for c in covoxel.read_image(files, axes="TYX")] == ["TYX", "TYX"]


def test_files_of_different_shape_are_refused(write):
    files = [write("a.tif", (8, 9))[0], write("b.tif", (8, 8))[0]]
    with pytest.raises(ImageError, match=r"b\.tif: has the shape \(8, 8\), but a\.tif \(8, 9\)"):
        covoxel.read_image(files)
    with pytest.raises(ValueError, match="path is an empty sequence"):
        covoxel.read_image([])


def test_series_are_chosen(tmp_path):
    path = tmp_path / "several.tif"
    with tifffile.TiffWriter(path) as tiff:
        tiff.write(np.zeros((2, 8, 9), "u2"), metadata={"axes": "CYX"}, photometric="minisblack")
        tiff.write(np.ones((3, 4, 5), "f4"), metadata={"axes": "TYX"}, photometric="minisblack")
    assert [one.axes for one in image_info(path).series] == ["CYX", "TYX"]
    (channel,) = covoxel.read_image(path, series=1)
    assert (channel.axes, channel.shape, channel.source.series) == ("TYX", (3, 4, 5), 1)
    assert channel.read(2).sum() == 20
    with pytest.raises(ValueError, match=r"series is 2; .*several\.tif has the series 0 to 1"):
        covoxel.read_image(path, series=2)


@pytest.mark.parametrize("name", ["a.tif", "a.ome.tif"])
def test_white_that_is_zero_is_noted_in_results(write, name):
    path, data = write(name, (2, 8, 9), photometric="miniswhite", metadata={"axes": "CYX"})
    first, second = covoxel.read_image(path)
    np.testing.assert_array_equal(pixels([first, second]), data)
    (note,) = covoxel.measure(first, second, measures="pearson").table["notes"]
    assert "white is zero" in note
    plain, _ = write(f"plain-{name}", (2, 8, 9), metadata={"axes": "CYX"})
    assert not any(
        "white is zero" in note for one in covoxel.read_image(plain) for note in one.notes
    )


@pytest.mark.slow
def test_no_file_stays_open(write):
    for i, compression in enumerate((None, "zlib")):
        path, _ = write(f"{i}.tif", (2, 8, 9), compression=compression)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            channels = covoxel.read_image(path)
            channels[0].read()
            del channels
            gc.collect()
        assert not caught


def test_rgb_pictures_are_red_green_and_blue(write):
    path, data = write("a.tif", (8, 9, 4), "u1", photometric="rgb", extrasamples=["unassalpha"])
    channels = covoxel.read_image(path)
    assert [c.name for c in channels] == ["red", "green", "blue"]
    assert [c.color for c in channels] == ["#ff0000", "#00ff00", "#0000ff"]
    np.testing.assert_array_equal(pixels(channels), np.moveaxis(data[..., :3], -1, 0))
    assert any("RGB" in note for note in image_info(path).series[0].notes)


@pytest.mark.slow
@pytest.mark.parametrize("page", ["YX", "CYX"])
def test_files_as_planes_of_time_points_of_channels(write, page):
    shape = (*[2] * (len(page) - 2), 8, 9)
    files = [write(f"{i}.tif", shape, metadata={"axes": page}) for i in range(12)]
    paths = [path for path, _ in files]
    channels = covoxel.read_image(paths, stack="T=2,Z=3", spacing=(2, 1, 1))
    assert [(c.axes, c.shape[:2], c.spacing) for c in channels] == [
        ("TZYX", (2, 3), (2.0, 1.0, 1.0))
    ] * (2 * len(shape) - 2)
    expected = np.stack([data for _, data in files]).reshape(2, 2, 3, *shape)
    if page == "CYX":
        expected = np.moveaxis(expected, 3, 1).reshape(4, 2, 3, 8, 9)
    np.testing.assert_array_equal(pixels(channels), expected)
    assert channels[0].source.files == tuple(map(str, paths[:6]))
    with pytest.raises(ValueError, match="stack is 'T=5', which does not fit 12 files"):
        covoxel.read_image(paths, stack="T=5")


def test_a_stack_of_rgb_pictures(write):
    options = {"photometric": "rgb", "metadata": {"axes": "ZYXS"}}
    path, data = write("a.tif", (3, 8, 9, 3), "u1", **options)
    channels = covoxel.read_image(path)
    assert [c.axes for c in channels] == ["ZYX"] * 3
    np.testing.assert_array_equal(pixels(channels), np.moveaxis(data, -1, 0))


def test_a_channel_knows_every_file_that_its_pixels_lie_in(write):
    files = [str(write(f"{i}.tif", (2, 8, 9), metadata={"axes": "CYX"})[0]) for i in range(3)]
    assert covoxel.read_image(files[0])[1].source.files == (files[0],)
    assert covoxel.read_image(files, axes="TCYX")[1].source.files == tuple(files)
    assert [c.source.files for c in covoxel.read_image(files[:2])] == [
        (path,) for path in files[:2] for _ in range(2)
    ]
