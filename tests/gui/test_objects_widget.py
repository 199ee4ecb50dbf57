"""The Objects widget in a real viewer."""

import numpy as np
import pytest
from qtpy.QtGui import QGuiApplication

from covoxel import measure_objects, simulate_pair
from covoxel.gui.objects.widget import ObjectsWidget

pytestmark = pytest.mark.slow

SPOTS = {"find1": "spots", "find2": "spots"}


@pytest.fixture(scope="module")
def pair():
    made = simulate_pair(shape=(128, 128), n_spots1=30, n_spots2=25, n_shared=15, rng=4)
    return np.asarray(made.channel1.data), np.asarray(made.channel2.data)


@pytest.fixture
def opened(model, pair, dock):
    for image, name in zip(pair, ("one", "two"), strict=True):
        model.add_image(np.array(image), name=name, scale=(0.1, 0.1), units="um")
    return model, dock(model, ObjectsWidget)


def names(viewer):
    return {layer.name for layer in viewer.layers}


def same(layer, table, number):
    own = table[(table["channel"] == number) & (table["pixels"] > 0)]
    assert layer.features["object"].tolist() == own["object"].tolist()
    np.testing.assert_array_equal(layer.features["edge_distance"], own["edge_distance"])


def test_objects_are_shown_before_they_are_measured(opened, qtbot, wait):
    viewer, widget = opened
    widget.find_row.button.click()
    qtbot.waitUntil(lambda: bool(widget.found.text()))
    wait(widget)
    found = measure_objects(*(np.asarray(layer.data) for layer in viewer.layers[:2]), null="none")
    counts = found.table.iloc[0]
    assert f"Found {counts['objects1']} objects in channel 1" in widget.found.text()
    assert names(viewer) == {
        *("one", "two", "Objects of one", "Objects of two"),
        *("Centers of one", "Centers of two"),
    }
    assert widget.result is None
    assert not widget.numbers.isVisibleTo(widget)


def test_a_run_has_the_numbers_of_the_function(opened, pair, run):
    viewer, widget = opened
    widget.find1.value = widget.find2.value = "spots"
    run(widget)
    expected = measure_objects(*pair, spacing=(0.1, 0.1), **SPOTS)
    assert widget.result.table["matches"].tolist() == expected.table["matches"].tolist()
    for number, name in enumerate(("one", "two"), start=1):
        same(viewer.layers[f"Centers of {name}"], expected.objects, number)
    row = expected.table.iloc[0]
    assert f"{row['matches']} (" in widget.numbers.text()
    assert f"{row['coupled1']:.2f}" in widget.numbers.text()
    assert np.allclose(viewer.layers["Matches of one and two"].scale, 0.1)
    assert widget.plot.axes.get_xlabel() == "distance to the nearest object (µm)"


def test_objects_that_may_be_the_cells_lead_to_spots(opened, qtbot):
    viewer, widget = opened
    frame = np.ones((128, 128), int)
    widget.regions.value = viewer.add_labels(frame, name="cell", scale=(0.1, 0.1), units="um")
    widget.threshold1.value = "manual:1"
    widget.find_row.button.click()

    def warned():
        return [one for one in widget.strip._lines if one.caution.code == "whole_cells1"]

    qtbot.waitUntil(lambda: bool(warned()))
    (button,) = warned()[0].buttons
    button.click()
    qtbot.waitUntil(lambda: not warned())
    assert (widget.find1.value, widget.find2.value) == ("spots", "threshold")


def test_selecting_a_row_selects_the_object_and_the_reverse(opened, run, qtbot):
    viewer, widget = opened
    run(widget)
    points, labels = viewer.layers["Centers of one"], viewer.layers["Objects of one"]
    points.selected_data = {4}
    assert labels.selected_label == points.features["label"][4] == 5
    qtbot.waitUntil(lambda: "Object 5 of channel 1" in widget.object.text())
    labels.selected_label = 3
    assert [*points.selected_data] == [2]
    assert labels.features["object"][3] == 3
    assert labels.data.dtype == np.uint16  # napari recodes larger ones whenever it draws


def test_labels_of_the_user_keep_their_numbers(opened, pair, run):
    viewer, widget = opened
    labels = np.zeros(pair[0].shape, np.uint16)
    labels[20:26, 30:36], labels[60:66, 70:80] = 40, 7
    viewer.add_labels(labels, name="mine", scale=(0.1, 0.1), units="um")
    widget.objects1.value = viewer.layers["mine"]
    run(widget)
    assert "Objects of one" not in names(viewer)
    points = viewer.layers["Centers of one"]
    assert points.features["object"].tolist() == [7, 40]
    points.selected_data = {1}
    assert viewer.layers["mine"].selected_label == 40
    widget.buttons.command_requested.emit()
    assert "# Objects 'mine' exist only in the viewer" in QGuiApplication.clipboard().text()
    widget.buttons.python_requested.emit()
    assert "objects1=viewer.layers['mine']" in QGuiApplication.clipboard().text()
    viewer.layers["mine"].data = np.roll(labels, 3)
    assert "changed since" in widget.outdated.text()


def test_found_objects_can_be_edited_and_measured(opened, run, qtbot, wait):
    viewer, widget = opened
    widget.find_row.button.click()
    qtbot.waitUntil(lambda: "Objects of one" in names(viewer))
    wait(widget)
    layer = viewer.layers["Objects of one"]
    edited = np.where(layer.data == 2, 0, layer.data)
    layer.data = edited
    widget.objects1.value = layer
    run(widget)
    assert viewer.layers["Objects of one"] is layer
    np.testing.assert_array_equal(layer.data, edited)
    assert 2 not in viewer.layers["Centers of one"].features["object"].tolist()
    assert not widget.outdated.text()


def test_points_of_the_user_lie_where_they_are_drawn(opened, run):
    viewer, widget = opened
    viewer.add_points([[3.05, 4.25]], name="mine", units="um")
    widget.objects2.value = viewer.layers["mine"]
    run(widget)
    own = widget.result.objects
    own = own[own["channel"] == 2]
    assert own["center_y"].tolist() == pytest.approx([30.5])
    np.testing.assert_allclose(viewer.layers["Centers of two"].data, [[30.5, 42.5]])


def test_cells_count_their_objects(opened, run):
    viewer, widget = opened
    cells = np.ones((128, 128), int)
    cells[:, 64:] = 2
    viewer.add_labels(cells, name="cells", scale=(0.1, 0.1), units="um")
    widget.regions.value = viewer.layers["cells"]
    run(widget)
    assert len(widget.result.cells) == 2
    assert "positive of 2 cells" in widget.numbers.text()
    assert "Positive cells" in names(viewer)


@pytest.mark.parametrize(("axes", "drawn"), [("zyx", []), ("tyx", [1])])
def test_a_frame_is_drawn_once_whatever_plane_is_in_view(
    model, pair, dock, run, monkeypatch, axes, drawn
):
    for image, name in zip(pair, ("one", "two"), strict=True):
        model.add_image(np.stack([image] * 2), name=name, axis_labels=axes)
    widget = dock(model, ObjectsWidget)
    if axes == "tyx":
        widget.scope.value = "each time point"
    model.dims.set_point(0, 0)
    run(widget)
    shown = []
    monkeypatch.setattr(widget, "show_frame", lambda _, row: shown.append(row))
    model.dims.set_point(0, 1)
    widget._on_sliders()
    assert shown == drawn


def test_objects_of_another_image_are_refused_by_name(opened, run, qtbot):
    viewer, widget = opened
    viewer.add_labels(np.ones((30, 30), int), name="small", scale=(0.1, 0.1), units="um")
    widget.objects1.value = viewer.layers["small"]
    widget.run_row.button.click()
    assert "objects1 has shape (30, 30)" in widget.refusal.text()
    widget.objects1.value = None
    qtbot.waitUntil(widget.run_row.button.isEnabled)
    run(widget)
    assert widget.result is not None
