"""axes= and sizes=: a file's own pages."""

import numpy as np
import pytest
import tifffile

import covoxel
from covoxel.io import ImageError


def stack(channels) -> np.ndarray:
    return np.stack([np.asarray(channel.data) for channel in channels])


@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize(
    ("axes", "sizes", "shape"),
    [
        ("TCYX", "C=2", (4, 2)),
        ("tcyx", "c=2, t=4", (4, 2)),
        ("CTYX", {"C": 2}, (2, 4)),
        ("TZCYX", "Z=2,C=2", (2, 2, 2)),
    ],
)
def test_a_run_of_pages_is_split(write, compression, axes, sizes, shape):
    path, data = write("a.tif", (8, 6, 5), compression=compression, metadata=None)
    expected = np.moveaxis(data.reshape(*shape, 6, 5), axes.upper().index("C"), 0)
    np.testing.assert_array_equal(stack(covoxel.read_image(path, axes=axes, sizes=sizes)), expected)


@pytest.mark.parametrize("options", [{"imagej": True}, {"ome": True}, {}])
def test_what_a_file_says_of_its_pages_does_not_count(write, options):
    options = {"metadata": {"axes": "TZYX"}} | options
    path, _ = write("a.tif", (2, 6, 6, 5), **options)
    flat = tifffile.imread(path).reshape(12, 6, 5)
    np.testing.assert_array_equal(stack(covoxel.read_image(path, axes="CYX")), flat)
    (first, second) = covoxel.read_image(path, axes="ZCYX", sizes="C=2")
    np.testing.assert_array_equal(second.read(), flat[1::2])
    assert first.axes == "ZYX"


@pytest.mark.parametrize(("axes", "kept"), [("CZYX", True), ("ZCYX", False), ("TZYX", False)])
def test_names_stay_with_the_axis_of_channels(write, axes, kept):
    metadata = {"axes": "CZYX", "Channel": {"Name": ["DAPI", "GFP"]}}
    path, _ = write("a.ome.tif", (2, 3, 6, 5), metadata=metadata)
    assert ("DAPI" in [c.name for c in covoxel.read_image(path, axes=axes)]) == kept


def test_pages_that_are_taken_as_they_come_miss_none(cases):
    for name, n_pages in (("aborted_T.ome.tif", 6), ("ij_too_many.tif", 4)):
        (channel,) = covoxel.read_image(cases / name, axes="ZYX")
        assert (channel.shape[0], channel.notes) == (n_pages, ())


def test_pages_that_do_not_fill_the_last_time_point_are_left_out(write):
    path, data = write("a.tif", (7, 6, 5), metadata=None)
    channels = covoxel.read_image(path, axes="TCYX", sizes="C=2")
    np.testing.assert_array_equal(stack(channels), data[:6].reshape(3, 2, 6, 5).swapaxes(0, 1))
    assert channels[0].notes == ("left out: 1 of its 7 pages, which do not fill TCYX",)


@pytest.mark.parametrize(
    ("axes", "sizes", "reason"),
    [
        ("CTYX", "C=3", r"its 8 pages cannot be split by sizes='C=3' into the axes 'CT'"),
        ("TCYX", "C=9", r"cannot be split"),
        ("TZCYX", "C=2", r"leaves T and Z of axes='TZC' open"),
        ("TYX", "C=2", r"sizes= has C, which axes='TYX' does not have"),
        ("TCYX", None, r"axes='TCYX' has 4 letters.*sizes= splits its pages"),
    ],
)
def test_splits_that_do_not_fit(write, axes, sizes, reason):
    path, _ = write("a.tif", (8, 6, 5), metadata=None)
    with pytest.raises(ImageError, match=reason):
        covoxel.read_image(path, axes=axes, sizes=sizes)


@pytest.mark.parametrize("sizes", ["C", "C=two", "C=0", "X=2", "", {"Q": 2}, 3])
def test_sizes_that_cannot_be(write, sizes):
    path, _ = write("a.tif", (8, 6, 5), metadata=None)
    with pytest.raises(ValueError, match=r"sizes is .*; expected lengths of T, Z or C"):
        covoxel.read_image(path, axes="TCYX", sizes=sizes)


def test_sizes_need_axes(write):
    path, _ = write("a.tif", (8, 6, 5), metadata=None)
    with pytest.raises(ValueError, match="axes is missing"):
        covoxel.read_image(path, sizes="C=2")


def test_several_files_of_split_pages(write):
    files = [write(f"{i}.tif", (4, 6, 5), metadata=None) for i in range(2)]
    channels = covoxel.read_image([path for path, _ in files], axes="TCYX", sizes="C=2")
    np.testing.assert_array_equal(stack(channels)[3], files[1][1][1::2])


@pytest.mark.parametrize("by", ["link", "relative"])
def test_names_are_kept_however_a_file_is_reached(write, tmp_path, monkeypatch, by):
    named = {"axes": "TCYX", "Channel": {"Name": ["x", "y"]}}
    path, _ = write("a.ome.tif", (3, 2, 8, 6), metadata=named)
    if by == "link":
        (tmp_path / "link").symlink_to(tmp_path, target_is_directory=True)
        given = tmp_path / "link" / path.name
    else:
        monkeypatch.chdir(tmp_path)
        given = path.name
    channels = covoxel.read_image(given, axes="ZCYX", sizes="C=2")
    assert [(channel.name, channel.axes) for channel in channels] == [("x", "ZYX"), ("y", "ZYX")]
    assert channels[0].source.files == (str(tmp_path / given),)
