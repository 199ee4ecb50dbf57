"""Regions lie where they are drawn: what napari shows inside a shape is what is measured."""

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.layers import Image, Labels, Shapes

from covoxel.gui.running.selection import Selection, indices, inputs_of
from covoxel.image.channel import as_channel
from covoxel.image.regions import shape_passes
from covoxel.image.shapes import polygons

SHAPE = (40, 50)
#: A quadrilateral in pixels of the image; napari keeps shapes in single precision.
CORNERS = np.array([[8.2, 10.4], [9.1, 31.7], [27.6, 35.2], [24.8, 12.3]])
TURN = np.array([[np.cos(0.4), -np.sin(0.4)], [np.sin(0.4), np.cos(0.4)]])
AFFINE = np.array([[0.9, 0.2, 4.0], [-0.1, 1.1, -3.0], [0, 0, 1]])


def picture(name="a", **placed):
    rng = np.random.default_rng(sum(map(ord, name)))
    return Image(rng.integers(0, 99, SHAPE).astype(np.uint8), name=name, **placed)


def inside():
    (region,) = shape_passes([CORNERS], SHAPE)
    return region.image != 0


def drawn_over(image, shape_type="polygon", **placed):
    """Return a Shapes layer, placed as it may be, whose shape is seen at `CORNERS` of an image."""
    layer = Shapes(ndim=2, name="drawn", **placed)
    size = [
        (1 * unit).to(own).magnitude for unit, own in zip(image.units, layer.units, strict=True)
    ]
    world = [np.asarray(image.data_to_world(corner)) * size for corner in CORNERS]
    layer.add([np.array([layer.world_to_data(at) for at in world])], shape_type=shape_type)
    return layer


@pytest.mark.slow
@pytest.mark.parametrize(
    "placed",
    [{"rotate": 30.0}, {"shear": [0.4]}, {"affine": AFFINE}, {"scale": (0.3, 2.0)},
     {"translate": (-7.0, 30.0), "rotate": TURN, "scale": (2.0, 3.0), "affine": AFFINE}],
    ids=["rotated", "sheared", "affine", "scaled", "all"],
)  # fmt: skip
@pytest.mark.parametrize("turned", [{}, {"rotate": -20.0, "scale": (0.5, 0.2)}, {"affine": AFFINE}])
def test_shapes_count_where_they_are_drawn(placed, turned):
    image = picture(**turned)
    inputs = inputs_of(Selection(image, picture("b", **turned), drawn_over(image, **placed)))
    np.testing.assert_allclose(inputs.regions["shapes"], [CORNERS], atol=1e-4)
    (region,) = shape_passes(inputs.regions["shapes"], SHAPE)
    np.testing.assert_array_equal(region.image != 0, inside())


def test_shapes_in_nm_lie_on_an_image_in_um():
    image = picture(scale=(0.1, 0.2), units="um", translate=(3, 4))
    shapes = drawn_over(image, units="nm", scale=(7.0, 5.0))
    np.testing.assert_allclose(polygons(shapes, image), [CORNERS], atol=1e-4)


def test_plain_shapes_on_a_turned_image_in_um_are_drawn_without_units():
    image = picture(scale=(0.1, 0.2), units="um", rotate=25.0)
    corners = [image.data_to_world(corner) for corner in CORNERS]
    shapes = Shapes([np.array(corners)], shape_type="polygon", name="drawn")
    np.testing.assert_allclose(polygons(shapes, image), [CORNERS], atol=1e-4)


def test_a_turned_ellipse_is_one():
    image = picture(rotate=40.0)
    box = np.array([[5, 5], [5, 25], [15, 25], [15, 5]], float)
    shapes = Shapes([box], shape_type="ellipse", name="drawn", rotate=40.0)
    (outline,) = polygons(shapes, image)
    (plain,) = polygons(Shapes([box], shape_type="ellipse"), picture())
    np.testing.assert_allclose(outline, plain, atol=1e-9)


@pytest.mark.parametrize("ndim", [2, 3])
def test_shapes_of_a_plane_or_a_stack_lie_on_a_turned_stack(ndim):
    stack = [
        Image(np.ones((4, *SHAPE), np.uint8), name=name, scale=(2, 0.5, 0.5), rotate=30.0)
        for name in "ab"
    ]
    corners = np.hstack([np.full((4, ndim - 2), 2.0), CORNERS])
    shapes = Shapes([corners], shape_type="polygon", scale=(2, 0.5, 0.5)[-ndim:], rotate=30.0)
    inputs = inputs_of(Selection(*stack, shapes))
    np.testing.assert_allclose(inputs.regions["shapes"], [CORNERS], atol=1e-4)


def test_a_shape_across_the_planes_is_refused():
    stack = [Image(np.ones((9, *SHAPE), np.uint8), name=name) for name in "ab"]
    shape = np.array([[0, 5, 5], [0, 5, 20], [8, 20, 20], [8, 20, 5]], float)
    shapes = Shapes([shape], shape_type="polygon", name="drawn")
    with pytest.raises(ValueError, match="shape 1 of layer 'drawn' lies across the planes of 'a'"):
        inputs_of(Selection(*stack, shapes))


@pytest.mark.slow
def test_units_that_napari_ignores_are_not_guessed():
    viewer = ViewerModel()
    placed = {"scale": (0.1, 0.1), "units": "um"}
    for layer in (picture("a", **placed), picture("b", **placed), Labels(np.eye(9, dtype=int))):
        viewer.add_layer(layer)
    shapes = viewer.add_shapes([CORNERS * 100], shape_type="polygon", units="nm", name="drawn")
    one, other, plain, _ = viewer.layers
    assert viewer.dims.units is None
    selection = Selection(one, other, shapes, point=viewer.dims.point, units=viewer.dims.units)
    with pytest.raises(ValueError, match="'drawn' is in nm, 'a' in µm, and napari draws both with"):
        inputs_of(selection)
    viewer.layers.remove(plain)
    known = Selection(one, other, shapes, point=viewer.dims.point, units=viewer.dims.units)
    np.testing.assert_allclose(inputs_of(known).regions["shapes"], [CORNERS], atol=1e-4)


def test_one_grid_may_be_given_in_two_units():
    image = picture(scale=(0.1, 0.2), units="um", translate=(3, 4))
    other = picture("b", scale=(100, 200), units="nm", translate=(3000, 4000))
    labels = Labels(np.eye(*SHAPE, dtype=int), scale=(100, 200), units="nm", translate=(3000, 4000))
    assert inputs_of(Selection(image, other, labels)).regions["labels"] is labels.data


@pytest.mark.slow
@pytest.mark.parametrize(
    ("placed", "what"),
    [({"units": "nm"}, "units"), ({"translate": (0.05, 0)}, "translate"), ({"scale": (1, 1)}, "sc"),
     ({"affine": AFFINE}, "affine")],
)  # fmt: skip
def test_labels_elsewhere_are_refused_by_what_differs(placed, what):
    given = {"scale": (0.1, 0.1), "units": "um"}
    labels = Labels(np.eye(*SHAPE, dtype=int), name="cells", **(given | placed))
    with pytest.raises(ValueError, match=f"layers 'a' and 'cells' differ in their {what}"):
        inputs_of(Selection(picture(**given), picture("b", **given), labels))


def test_a_large_translation_hides_no_pixel():
    far = {"scale": (0.1, 0.1), "units": "um"}
    labels = Labels(np.eye(*SHAPE, dtype=int), name="cells", translate=(50_000.5, 0), **far)
    images = [picture(name, translate=(50_000, 0), **far) for name in "ab"]
    with pytest.raises(ValueError, match="differ in their translate"):
        inputs_of(Selection(*images, labels))


def test_sliders_count_in_the_units_of_the_viewer():
    stack = Image(np.zeros((8, 4, 4)), scale=(1.0, 0.1, 0.1), units="um", axis_labels="zyx")
    viewer = ViewerModel()
    viewer.add_layer(stack)
    viewer.add_image(np.zeros((8, 4, 4)), scale=(1000, 100, 100), units="nm", axis_labels="zyx")
    viewer.dims.set_point(0, 3000)
    at = indices(stack, as_channel(stack), viewer.dims.point, viewer.dims.units)
    assert at["Z"] == 3
