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
