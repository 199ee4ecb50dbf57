"""Labels that are proposed as a region, and those that are drawn."""

import numpy as np
import pytest
from napari.components import ViewerModel

from covoxel.gui.measure.form import MeasureForm
from covoxel.gui.register.form import RegisterForm

pytestmark = [pytest.mark.usefixtures("qapp"), pytest.mark.slow]


@pytest.fixture
def viewer():
    viewer = ViewerModel()
    for name in ("one", "two"):
        viewer.add_image(np.arange(192.0).reshape(3, 8, 8), name=name, scale=(2, 1, 1))
    return viewer


def cells(viewer, name="cells", **options):
    labels = np.zeros((3, 8, 8), int)
    labels[:, 2:5, 2:5] = 1
    return viewer.add_labels(labels, name=name, **{"scale": (2, 1, 1), **options})


def test_the_only_labels_that_fit_are_proposed(viewer):
    fitting = cells(viewer)
    cells(viewer, "elsewhere", scale=(1, 1, 1))
    cells(viewer, "result", metadata={"covoxel": {"layers": ["one", "two"]}})
    viewer.add_labels(np.zeros((3, 8, 8), int), name="empty", scale=(2, 1, 1))
    assert MeasureForm(viewer).regions.value is fitting
    assert RegisterForm(viewer).regions.value is None  # the whole image is registered


def test_labels_that_are_added_later_are_proposed(viewer):
    form, registers = MeasureForm(viewer), RegisterForm(viewer)
    cells(viewer, "result", metadata={"covoxel": {"layers": ["one", "two"]}})
    form.refresh()
    assert form.regions.value is None
    added = cells(viewer)
    for each in (form, registers):
        each.refresh()
    assert form.regions.value is added
    assert registers.regions.value is None
    form.regions.value = None
    form.refresh()
    assert form.regions.value is None  # it was turned down
    cells(viewer, "others")
    form.regions.value = added
    form.refresh()
    assert form.regions.value is added


def test_none_of_several_is_proposed(viewer):
    cells(viewer)
    cells(viewer, "others")
    assert MeasureForm(viewer).regions.value is None


def test_cells_are_drawn_once_for_all_planes(viewer):
    form = MeasureForm(viewer)
    form.draw_region()
    drawn = form.regions.value
    assert drawn is viewer.layers["Cells"]
    assert (drawn.data.shape, drawn.mode) == ((8, 8), "polygon")
    drawn.data[2:5, 2:5] = 1
    form.draw_region()
    assert form.regions.value is drawn
    assert len(viewer.layers) == 3


@pytest.mark.parametrize("planes", [slice(None), 0])
def test_labels_without_a_pixel_size_take_that_of_the_image(viewer, planes):
    image, other = viewer.layers
    image.scale, image.units, other.scale = (2, 0.5, 0.5), ("um",) * 3, (1, 1, 1)
    labels = viewer.add_labels(cells(ViewerModel()).data[planes], name="cells")
    form = MeasureForm(viewer)
    form.regions.value = labels
    form.place_layers()
    for layer in (labels, other):
        np.testing.assert_array_equal(layer.scale, image.scale[-layer.ndim :])
        assert layer.units == image.units[-layer.ndim :]
    assert not form.unplaced()


def test_pixel_sizes_are_taken_by_images_of_as_many_pixels_only(viewer):
    one, two = viewer.layers
    form = MeasureForm(viewer)
    assert not form.unplaced()
    one.scale = (1, 1, 1)
    assert form.unplaced() == {one: two}
    one.data = np.zeros((4, 8, 8))
    assert not form.unplaced()
