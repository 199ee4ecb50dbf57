"""One gray stack into channels."""

import dask.array
import numpy as np
import pytest
import tifffile
from napari.components import ViewerModel
from napari.layers import Image, Layer
from napari.layers._source import layer_source

from covoxel.gui.map.widget import MapWidget
from covoxel.gui.measure.widget import MeasureWidget
from covoxel.gui.preferences import Preferences
from covoxel.gui.register.widget import RegisterWidget
from covoxel.gui.viewer.split import guess_channel_axis, split_stack
from covoxel.image.channel import as_channel


def stack(shape, **options):
    data = np.random.default_rng(0).integers(0, 99, shape).astype("u2")
    return Image(data, name="cells", **options)


def split(layer, axis):
    return [Layer.create(*data) for data in split_stack(layer, axis)]


@pytest.mark.parametrize(
    ("shape", "axis"),
    [((2, 8, 9), 0), ((5, 3, 8, 9), None), ((12, 3, 8, 9), 1), ((9, 7, 4, 8, 9), 2),
     ((3, 9, 8, 9), 0), ((8, 9), None), ((1, 8, 9), None), ((7, 8, 9), None), ((9, 3, 4), None)],
)  # fmt: skip
def test_the_only_short_axis_is_guessed(shape, axis):
    assert guess_channel_axis(stack(shape)) == axis


@pytest.mark.parametrize(
    ("labels", "axis"),
    [("tcyx", 1), ("ctyx", 0), ("tzyx", None), ("zCyx", 1), (("channel", "z", "y", "x"), 0)],
)
def test_a_label_says_it(labels, axis):
    assert guess_channel_axis(stack((3, 4, 8, 9), axis_labels=tuple(labels))) == axis


def test_a_picture_has_no_axis_of_channels():
    layer = Image(np.zeros((2, 8, 9, 3), "u1"), rgb=True, name="picture")
    assert guess_channel_axis(layer) is None


def test_channels_are_views_with_names_colours_and_the_place_of_the_stack():
    turned = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0.8, -0.6], [0, 0, 0.6, 0.8]]
    affine = np.eye(5)
    affine[:4, 4] = 1, 0, 2, 3
    layer = stack(
        (5, 4, 8, 9),
        scale=(2, 1, 0.3, 0.2),
        translate=(4, 0, 5, 6),
        units=("um", "pixel", "um", "nm"),
        axis_labels=("z", "c", "y", "x"),
        rotate=turned,
        affine=affine,
    )
    channels = split(layer, 1)
    assert [one.name for one in channels] == [f"cells: channel {i}" for i in (1, 2, 3, 4)]
    assert [one.colormap.name for one in channels] == ["magenta", "green", "cyan", "yellow"]
    for number, one in enumerate(channels):
        np.testing.assert_array_equal(one.data, layer.data[:, number])
        assert np.shares_memory(one.data, layer.data)
        assert one.axis_labels == ("z", "y", "x")
        assert [str(unit) for unit in one.units] == ["micrometer", "micrometer", "nanometer"]
        world = np.delete(layer.data_to_world([1, 0, 2, 3]), 1)
        np.testing.assert_allclose(one.data_to_world([1, 2, 3]), world)


def test_dask_stays_lazy_and_pyramids_pyramids():
    read = []
    whole = dask.array.zeros((3, 8, 64, 64), chunks=(1, 1, 64, 64))
    layer = Image(whole.map_blocks(lambda block: read.append(block.size) or block, dtype="f8"))
    read.clear()
    data = [one for one, *_ in split_stack(layer, 0)]
    assert [type(one).__name__ for one in data] == ["Array"] * 3
    assert read == []
    np.asarray(data[1][2])
    assert read == [64 * 64]
    levels = [np.zeros((2, 64, 64)), np.zeros((2, 32, 32))]
    pyramid = Image(levels, multiscale=True)
    for data, options, _ in split_stack(pyramid, 0):
        assert options["multiscale"]
        assert [level.shape for level in data] == [(64, 64), (32, 32)]


def opened(path) -> Image:
    with layer_source(path=str(path), reader_plugin="napari"):
        return Image(tifffile.imread(path), name="a")


def test_a_stack_that_napari_opened_is_known_by_its_file(tmp_path):
    data = np.random.default_rng(0).integers(0, 99, (5, 3, 4, 8, 9)).astype("u2")
    path = tmp_path / "a.tif"
    names = {"axes": "TZCYX", "Labels": ["DAPI", "GFP", "RFP", "Cy5"] * 15}
    tifffile.imwrite(path, data, imagej=True, metadata=names)
    layer = opened(path)
    assert guess_channel_axis(layer) == 2
    channels = split(layer, 2)
    assert [one.name for one in channels] == [f"a: {n}" for n in ("DAPI", "GFP", "RFP", "Cy5")]
    np.testing.assert_array_equal(channels[3].data, data[:, :, 3])
    source = {"path": str(path), "series": 0, "channel": 4}
    assert channels[3].metadata["covoxel"]["source"] == source


def test_a_file_that_says_nothing_is_told_its_axes(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.zeros((2, 64, 65), "u2"), metadata=None, photometric="minisblack")
    layer = opened(path)
    assert guess_channel_axis(layer) == 0
    source = split(layer, 0)[1].metadata["covoxel"]["source"]
    assert source == {"path": str(path), "series": 0, "channel": 2, "axes": "CYX"}


def test_parts_have_the_voxel_size_of_the_file_or_of_the_stack(tmp_path):
    data = np.zeros((4, 2, 8, 9), "u2")
    path = tmp_path / "a.tif"
    told = {"axes": "ZCYX", "spacing": 0.5, "unit": "um"}
    tifffile.imwrite(path, data, imagej=True, metadata=told, resolution=(10, 10))
    layer = opened(path)
    for part in split(layer, 1):
        channel = as_channel(part)
        assert (channel.axes, channel.spacing) == ("ZYX", (0.5, 0.1, 0.1))
    layer.scale = (2, 1, 3, 3)
    layer.units = "um"
    assert as_channel(split(layer, 1)[0]).spacing == (2, 3, 3)


@pytest.mark.slow
def test_splitting_chooses_the_first_two_parts(qtbot):
    viewer = ViewerModel()
    viewer.add_image(np.ones((20, 16)), name="other")
    rng = np.random.default_rng(0)
    stack = viewer.add_image(rng.random((3, 20, 16)), name="stack", scale=(1, 0.2, 0.2), units="um")
    widget = MeasureWidget(viewer)
    qtbot.addWidget(widget)
    widget.image1.value = stack
    widget.presenter.selection_changed()
    widget.form.split.native.click()
    chosen = [widget.image1.value, widget.image2.value]
    assert [layer.name for layer in chosen] == ["stack: channel 1", "stack: channel 2"]
    widget.presenter.selection_changed()
    assert widget.run_row.button.isEnabled()
    assert widget.presenter.inputs().channels[0].spacing == (0.2, 0.2)
    widget.setParent(None)
    widget._attend(attends=False)


@pytest.mark.slow
@pytest.mark.parametrize("kind", [MapWidget, RegisterWidget])
def test_a_picture_that_is_refused_can_be_split(qtbot, kind):
    viewer = ViewerModel()
    rng = np.random.default_rng(0)
    placed = {"scale": (0.2, 0.2), "units": "um", "rgb": True}
    picture = viewer.add_image(rng.random((20, 16, 3)), name="rgb", **placed)
    widget = kind(viewer)
    qtbot.addWidget(widget)
    widget.presenter.selection_changed()
    assert "both channels are the same layer, 'rgb'" in widget.refusal.text()
    assert widget.regions.native.currentText() == "whole image"
    assert widget.form.split.native.isVisibleTo(widget)
    widget.form.split.native.click()
    assert not picture.visible
    assert [widget.image1.value, widget.image2.value] == list(viewer.layers[1:3])
    for number, layer in enumerate(viewer.layers[1:]):
        np.testing.assert_array_equal(layer.data, picture.data[..., number])
        assert layer.scale.tolist() == [0.2, 0.2]
    widget.presenter.selection_changed()
    assert widget.run_row.button.isEnabled()
    assert not widget.form.split.native.isVisibleTo(widget)
    widget.setParent(None)
    widget._attend(attends=False)


def test_a_file_that_is_gone_says_nothing(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.zeros((3, 9, 9), "u2"), imagej=True, metadata={"axes": "CYX"})
    layer = opened(path)
    path.unlink()
    assert guess_channel_axis(layer) == 0
    assert [one.name for one in split(layer, 0)][2] == "a: channel 3"


def test_the_first_two_colours_are_as_preferred(monkeypatch):
    wanted = Preferences(color1="blue", color2="yellow")
    monkeypatch.setattr("covoxel.gui.preferences.preferences", lambda: wanted)
    stack = Image(np.zeros((3, 8, 9), np.uint8), name="stack")
    colors = [options["colormap"] for _, options, _ in split_stack(stack, 0)]
    assert colors == ["blue", "yellow", "cyan"]
