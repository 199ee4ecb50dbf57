"""What is chosen in a widget, made into what the core takes: traps 1 to 6 of viewers."""

from types import SimpleNamespace

import numpy as np
import pytest
from napari.layers import Image, Labels, Shapes

from covoxel.gui.running.selection import Selection, inputs_of
from covoxel.image.shapes import polygons


def image(name="a", shape=(8, 9), **options):
    rng = np.random.default_rng(sum(map(ord, name)))
    return Image(rng.integers(0, 99, shape).astype(np.uint8), name=name, **options)


def test_an_rgb_layer_is_refused():
    with pytest.raises(TypeError, match="'a' is an RGB picture"):
        inputs_of(Selection(image("a", (8, 9, 3), rgb=True), image("b")))


def test_a_complex_layer_is_refused():
    layer = SimpleNamespace(data=np.ones((8, 9), complex), scale=(1, 1), name="c", axis_labels=())
    with pytest.raises(TypeError, match="complex"):
        inputs_of(Selection(layer, image("b")))


def test_bool_and_multiscale_layers_work():
    full = np.random.default_rng(0).integers(0, 9, (16, 16)).astype(np.uint8)
    pyramid = Image([full, full[::2, ::2]], multiscale=True, name="pyramid")
    mask = Image(full > 4, name="mask")
    inputs = inputs_of(Selection(pyramid, mask))
    assert [channel.shape for channel in inputs.channels] == [(16, 16)] * 2
    assert inputs.channels[1].read().dtype == np.uint8


@pytest.mark.parametrize("shape", [(3, 2, 8, 9), (2, 3, 2, 8, 9)])
def test_unnamed_axes_are_asked_for(shape):
    with pytest.raises(ValueError, match="axes that it does not name"):
        inputs_of(Selection(image("a", shape), image("b", shape)))


def test_told_axes_are_taken():
    selection = Selection(image("a", (3, 2, 8, 9)), image("b", (3, 2, 8, 9)), axes="TZYX")
    assert inputs_of(selection).channels[0].axes == "TZYX"


def series(name):
    options = {
        "axis_labels": ("t", "z", "y", "x"),
        "scale": (30.0, 0.5, 0.1, 0.1),
        "units": ("s", "um", "um", "um"),
    }
    return image(name, (3, 4, 8, 9), **options)


@pytest.mark.parametrize(
    ("scope", "t", "z"), [("everything", None, None), ("this t", 2, None), ("this z", 2, 1)]
)
def test_the_scope_takes_the_index_of_the_data_not_the_sliders(scope, t, z):
    point = (60.0, 0.5, 0.0, 0.0)
    inputs = inputs_of(Selection(series("a"), series("b"), scope=scope, point=point))
    assert (inputs.t, inputs.z) == (t, z)
    assert inputs.channels[0].spacing == (0.5, 0.1, 0.1)
    assert inputs.channels[0].time_step == 30


def test_flat_labels_apply_to_each_plane_of_a_stack():
    stack = [image(name, (3, 8, 9)) for name in "ab"]
    labels = Labels(np.eye(8, 9, dtype=int), name="cells")
    inputs = inputs_of(Selection(*stack, region=labels))
    assert inputs.regions["labels"].shape == (8, 9)


def test_an_ellipse_has_the_area_of_an_ellipse():
    box = np.array([[0, 0], [0, 20], [10, 20], [10, 0]], float)
    (outline,) = polygons(Shapes([box], shape_type="ellipse"), image("a"))
    y, x = outline.T
    area = abs(y @ np.roll(x, 1) - x @ np.roll(y, 1)) / 2
    assert area == pytest.approx(np.pi * 5 * 10, rel=0.01)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["line", "path"])
def test_a_line_is_no_region(kind):
    shapes = Shapes([np.array([[0, 0], [5, 5]], float)], shape_type=kind, name="drawn")
    with pytest.raises(ValueError, match=f"shape 1 of layer 'drawn' is a {kind}"):
        inputs_of(Selection(image("a"), image("b"), region=shapes))
