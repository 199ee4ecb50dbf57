"""The napari reader and the samples: layers as the file means them."""

import numpy as np
import pytest
import tifffile
from napari.components import ViewerModel
from napari.layers import Image, Labels, Layer

from covoxel import read_image
from covoxel.gui.viewer import reader, samples
from covoxel.gui.viewer.reader import file_hint, get_reader, read_layers
from covoxel.image import as_channel
from covoxel.io import ImageError
from covoxel.io.pages import Codec


def write(path, shape, dtype="u2", **options):
    data = np.random.default_rng(0).integers(0, 200, shape).astype(dtype)
    tifffile.imwrite(path, data, **{"photometric": "minisblack"} | options)
    return path, data


def layers_of(path) -> list[Layer]:
    return [Layer.create(*data) for data in read_layers(path)]


def test_one_layer_per_channel_with_all_that_is_known(tmp_path):
    metadata = {
        "axes": "TZCYX", "unit": "um", "spacing": 0.5, "finterval": 2.0,
        "Labels": ["DAPI", "GFP"] * 6, "Ranges": (0.0, 90.0, 5.0, 60.0),
        "LUTs": [np.linspace(0, c, 256, axis=1).astype("u1") for c in ((0, 0, 255), (10, 99, 200))],
    }  # fmt: skip
    resolution = {"resolution": (10, 10), "resolutionunit": "NONE"}
    path, data = write(
        tmp_path / "a.tif", (2, 3, 2, 8, 9), imagej=True, metadata=metadata, **resolution
    )
    first, second = layers_of(path)
    assert (first.name, second.name) == ("DAPI", "GFP")
    assert first.axis_labels == ("t", "z", "y", "x")
    np.testing.assert_allclose(first.scale, (2, 0.5, 0.1, 0.1))
    assert [str(unit) for unit in first.units] == ["second", *["micrometer"] * 3]
    assert (first.colormap.name, second.colormap.name) == ("blue", "#0a63c8")
    assert (first.blending, second.blending) == ("additive", "additive")
    assert (first.contrast_limits, second.contrast_limits) == ([0, 90], [5, 60])
    np.testing.assert_array_equal(second.data, data[:, :, 1])
    assert second.metadata["covoxel"]["source"] == {"path": str(path), "series": 0, "channel": 2}


def test_a_layer_is_the_channel_that_the_file_is(tmp_path):
    metadata = {"axes": "CZYX", "PhysicalSizeZ": 0.3, "PhysicalSizeY": 0.1, "PhysicalSizeX": 0.1}
    path, _ = write(tmp_path / "a.ome.tif", (2, 3, 8, 9), metadata=metadata)
    for layer, channel in zip(layers_of(path), read_image(path), strict=True):
        same = as_channel(layer)
        assert (same.axes, same.spacing) == (channel.axes, channel.spacing)
        assert same.name == f"a: {channel.name}"  # tells files apart whose channels have no names
        np.testing.assert_array_equal(same.read(), channel.read())


def test_without_metadata_pixels_and_default_colours(tmp_path):
    path, data = write(tmp_path / "a.tif", (4, 8, 9), metadata={"axes": "CYX"})
    layers = layers_of(path)
    assert [layer.colormap.name for layer in layers] == ["magenta", "green", "cyan", "yellow"]
    assert {str(unit) for layer in layers for unit in layer.units} == {"pixel"}
    assert layers[2].contrast_limits == [data[2].min(), data[2].max()]


def test_a_single_channel_is_gray(tmp_path):
    path, _ = write(tmp_path / "a.tif", (8, 9), metadata=None)
    (layer,) = layers_of(path)
    assert (layer.name, layer.colormap.name, layer.axis_labels) == ("a", "gray", ("y", "x"))


def test_a_file_can_be_opened_as_labels(tmp_path):
    path = tmp_path / "cells_labels.tif"
    tifffile.imwrite(path, np.eye(8, dtype=np.uint16))
    (layer,) = ViewerModel().open(path, plugin="covoxel", layer_type="labels")
    assert isinstance(layer, Labels)


@pytest.mark.parametrize("name", ["a_labels", "a_cp_masks", "mask"])
def test_a_file_that_is_called_labels_opens_as_labels(tmp_path, name):
    path = tmp_path / f"{name}.tif"
    tifffile.imwrite(path, np.eye(8, dtype=np.uint16), resolution=(20000, 20000))
    (layer,) = ViewerModel().open(path, plugin="covoxel")
    assert isinstance(layer, Labels)
    assert (layer.name, file_hint(layer)["path"]) == (name, str(path))
    tifffile.imwrite(path, np.eye(8, dtype=np.float32))
    (layer,) = ViewerModel().open(path, plugin="covoxel")
    assert isinstance(layer, Image)


@pytest.mark.parametrize("shape", [(8, 9, 3), (8, 9, 4), (2, 8, 9, 3)])
def test_rgb_is_one_picture(tmp_path, shape):
    extra = {"extrasamples": ["unassalpha"]} if shape[-1] == 4 else {}
    path, data = write(tmp_path / "a.tif", shape, "u1", photometric="rgb", **extra)
    (layer,) = layers_of(path)
    assert layer.rgb
    assert layer.ndim == len(shape) - 1
    np.testing.assert_array_equal(layer.data, data)


def test_unknown_axes_are_shown_all_the_same(tmp_path):
    path, data = write(tmp_path / "a.tif", (2, 3, 8, 9), metadata={})
    (layer,) = layers_of(path)
    assert layer.axis_labels == ("axis 0", "axis 1", "y", "x")
    np.testing.assert_array_equal(layer.data, data)


@pytest.mark.parametrize("value", [0, 7, np.nan])
def test_flat_images_have_a_contrast(tmp_path, value):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.full((8, 9), value, "f4"))
    (layer,) = layers_of(path)
    low, high = layer.contrast_limits
    assert high > low


def test_several_files_and_series_follow_each_other(tmp_path):
    path = tmp_path / "two.tif"
    with tifffile.TiffWriter(path) as tiff:
        tiff.write(np.zeros((2, 8, 9), "u2"), metadata={"axes": "CYX"}, photometric="minisblack")
        tiff.write(np.ones((4, 5), "f4"), metadata={"axes": "YX"})
    other, _ = write(tmp_path / "b.tif", (8, 9))
    names = [layer.name for layer in layers_of([path, other])]
    assert names == ["two: channel 1", "two: channel 2", "two: two", "b: b"]


@pytest.mark.parametrize(
    ("path", "taken"),
    [("a.tif", True), ("A.OME.TIFF", True), ("a.lsm", True), ("a.stk", True), ("a.btf", True),
     ("a.CZI", True),
     ("a.nd2", True), ("https://host/a.ome.zarr/", True), ("https://host/a", False),
     ("a.png", False), (["a.tif", "b.tif"], True), (["a.tif", "b.png"], False), ([], False)],
)  # fmt: skip
def test_every_format_is_taken(path, taken):
    assert (get_reader(path) is not None) == taken


def test_folders_are_taken_if_they_hold_an_ndtiff_set(cases, tmp_path):
    assert get_reader(cases / "ndtiff") is not None
    assert get_reader([cases / "ndtiff", "a.tif"]) is not None
    assert get_reader(cases) is None
    (tmp_path / "a.tif").mkdir()
    assert get_reader(tmp_path / "a.tif") is None


def test_folders_are_taken_if_they_are_ome_zarr(reference, tmp_path):
    store = reference / "files" / "blobs_image_v04.ome.zarr"
    assert get_reader(store) is not None
    assert get_reader(store / "0") is None
    (tmp_path / "a.zarr").mkdir()
    assert get_reader(tmp_path / "a.zarr") is None
    assert [layer.name for layer in layers_of(store)][:1] == ["blobs_image_v04: channel 1"]


def test_of_very_many_images_the_first_is_opened(reference, monkeypatch):
    shown = []
    monkeypatch.setattr(reader, "show_warning", shown.append)
    monkeypatch.setattr(reader, "MOST_IMAGES", 2)
    names = [layer.name for layer in layers_of(reference / "files" / "testdata_2channel_xz.lif")]
    assert names == ["xzt: FITC", "xzt: TRITC"]
    assert "xzt of 3 images is opened" in shown[0]


def test_a_file_of_a_set_shows_its_own_image_and_says_which(cases):
    first, second = layers_of(cases / "two_positions" / "a_MMStack_Pos1.ome.tif")
    assert (first.name, second.name) == ("Pos1: DAPI", "Pos1: GFP")
    assert first.metadata["covoxel"]["source"]["series"] == 1
    assert as_channel(first).notes == ("image 2 of 2: Pos1",)


def test_what_to_know_of_a_file_is_a_warning(cases, monkeypatch):
    shown = []
    monkeypatch.setattr(reader, "show_warning", shown.append)
    (layer,) = layers_of(cases / "companion_missing_one.ome.tif")
    (note,) = as_channel(layer).notes
    assert shown == [f"companion_missing_one.ome.tif: {note}"]


def test_a_broken_file_is_an_error_that_names_it(tmp_path):
    path, _ = write(tmp_path / "a.tif", (8, 9))
    path.write_bytes(path.read_bytes()[:-99])
    with pytest.raises(ImageError, match=r"a\.tif: is truncated"):
        get_reader(path)(path)


def test_large_images_stay_in_the_file(tmp_path, monkeypatch):
    path, data = write(
        tmp_path / "a.tif", (2, 5, 80, 90), metadata={"axes": "CZYX"}, compression="zlib"
    )
    monkeypatch.setattr(reader, "MOST_BYTES_READ", 1000)
    read = []
    box = Codec.box
    monkeypatch.setattr(Codec, "box", lambda *args: read.append(args) or box(*args))
    first, second = read_layers(path)
    assert len(read) == 2  # a plane of each decides its contrast
    assert first[0].chunks == ((1,) * 5, (80,), (90,))
    np.testing.assert_array_equal(np.asarray(second[0][3]), data[1, 3])
    assert len(read) == 3


@pytest.fixture
def pyramid(tmp_path):
    path = tmp_path / "a.ome.tif"
    data = np.random.default_rng(0).integers(0, 99, (2, 3, 256, 256)).astype("u2")
    options = {"tile": (64, 64), "compression": "zlib", "photometric": "minisblack"}
    with tifffile.TiffWriter(path) as tiff:
        tiff.write(data, subifds=1, metadata={"axes": "CZYX"}, **options)
        tiff.write(data[..., ::2, ::2], subfiletype=1, **options)
    return path, data


@pytest.mark.slow
def test_pyramids_in_a_viewer(viewer, pyramid):
    path, data = pyramid
    first, second = viewer.open(path, plugin="covoxel")
    assert first.multiscale
    assert [level.shape for level in first.data] == [(3, 256, 256), (3, 128, 128)]
    viewer.dims.set_current_step(0, 2)
    np.testing.assert_array_equal(np.asarray(second.data[1]), data[1, :, ::2, ::2])


@pytest.mark.slow
def test_a_lazy_stack_over_time_in_a_viewer(viewer, tmp_path, monkeypatch):
    monkeypatch.setattr(reader, "MOST_BYTES_READ", 0)
    options = {"imagej": True, "metadata": {"axes": "TZCYX"}}
    path, data = write(tmp_path / "a.tif", (3, 4, 2, 30, 40), **options)
    first, second = viewer.open(path, plugin="covoxel")
    for t, z in ((0, 0), (2, 3), (1, 2)):
        viewer.dims.set_current_step((0, 1), (t, z))
        for channel, layer in enumerate((first, second)):
            np.testing.assert_array_equal(layer._slice.image.raw, data[t, z, channel])
    viewer.dims.ndisplay = 3
    np.testing.assert_array_equal(first._slice.image.raw, data[1, :, 0])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sample", "axes", "n_labels"),
    [
        ("two_channel_cells", "zyx", 1),
        ("time_series", "tyx", 1),
        ("shifted_channels", "yx", 1),
        ("associated_at_distance", "zyx", 0),
        ("negative_control", "yx", 1),
    ],
)
def test_samples_open_with_their_labels(viewer, sample, axes, n_labels):
    layers = viewer.open_sample("covoxel", sample)
    kinds = [type(layer).__name__ for layer in layers]
    assert kinds == ["Image", "Image", *["Labels"] * n_labels]
    assert viewer.dims.axis_labels == tuple(axes)
    assert {str(unit) for unit in viewer.dims.units} <= {"micrometer", "second"}
    assert [layer.colormap.name for layer in layers[:2]] == ["magenta", "green"]
    for cells in layers[2:]:
        assert cells.data.shape == layers[0].data.shape[-cells.data.ndim :]
        assert cells.data.max() > 0


def test_samples_need_no_viewer():
    assert [kind for *_, kind in samples.time_series()] == ["image", "image", "labels"]
