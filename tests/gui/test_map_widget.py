"""The Map widget in a real viewer."""

import numpy as np
import pytest
from qtpy.QtWidgets import QLabel

from covoxel import map_channels, simulate_pair
from covoxel.gui.map.layers import PREVIEW
from covoxel.gui.map.widget import MapWidget
from covoxel.io.samples import sample_path

from .presented import names

pytestmark = pytest.mark.slow

PLACE = {"scale": (0.3, 0.1, 0.1), "translate": (1, 2, 3), "units": "um"}


@pytest.fixture(scope="module")
def pair():
    return simulate_pair(shape=(4, 64, 72), offset=(0, 3, -2), n_spots1=60, rng=4)


def add_pair(viewer, pair):
    for channel in (pair.channel1, pair.channel2):
        data = np.array(channel.data)
        viewer.add_image(data, name=channel.name, axis_labels=("z", "y", "x"), **PLACE)


@pytest.fixture
def opened(model, pair, dock):
    add_pair(model, pair)
    labels = np.zeros((4, 64, 72), np.uint8)
    labels[:, :30], labels[:, 34:, 10:] = 1, 2
    model.add_labels(labels, name="Cells", axis_labels=("z", "y", "x"), **PLACE)
    widget = dock(model, MapWidget)
    widget.regions.value = None
    return model, widget


def quiet(widget, qtbot):
    """Wait until nothing is computed, or waits to be."""

    def done():
        jobs = widget.runs, widget.previews, widget.checks, widget.shifts
        timers = (*widget._timers.values(), widget._selection_timer)
        return not (
            any(job.running for job in jobs)
            or any(timer.isActive() for timer in timers)
            or widget.steps.running
        )

    qtbot.waitUntil(done)


def run(widget, qtbot):
    quiet(widget, qtbot)
    widget.run_row.button.click()
    quiet(widget, qtbot)


def images(viewer):
    return viewer.layers["Channel 1"], viewer.layers["Channel 2"]


def test_the_plane_in_view_is_mapped_while_the_radius_is_dragged(opened, qtbot):
    viewer, widget = opened
    assert widget.image1.value is not widget.image2.value
    quiet(widget, qtbot)
    assert PREVIEW not in viewer.layers
    widget.form.radius.slider.setValue(4)
    quiet(widget, qtbot)
    preview = viewer.layers[PREVIEW]
    assert preview.colormap.name == "PiYG"
    assert preview.contrast_limits == [-1, 1]
    np.testing.assert_array_equal(preview.scale, PLACE["scale"][1:])
    np.testing.assert_array_equal(preview.translate, PLACE["translate"][1:])
    for pixels in (3, 5, 8):
        widget.form.radius.slider.setValue(pixels)
    quiet(widget, qtbot)
    assert viewer.layers[PREVIEW] is preview
    whole = np.asarray(map_channels(*images(viewer), radius=0.8, unit="um").image.data)
    z = round((viewer.dims.point[0] - 1) / 0.3)
    np.testing.assert_array_equal(preview.data, whole[z])
    viewer.dims.set_current_step(0, 0)
    quiet(widget, qtbot)
    np.testing.assert_array_equal(preview.data, whole[0])


def test_a_preview_that_is_deleted_or_unticked_stays_away(opened, qtbot):
    viewer, widget = opened
    widget.form.radius.slider.setValue(4)
    quiet(widget, qtbot)
    viewer.layers.remove(PREVIEW)
    assert not widget.live.value
    widget.form.radius.slider.setValue(9)
    quiet(widget, qtbot)
    assert PREVIEW not in viewer.layers
    widget.live.value = True
    quiet(widget, qtbot)
    assert PREVIEW in viewer.layers
    widget.live.value = False
    assert PREVIEW not in viewer.layers


def test_the_preview_is_there_only_while_its_tab_is_in_front(visible_viewer, pair, dock, qtbot):
    viewer = visible_viewer
    add_pair(viewer, pair)
    widget = dock(viewer, MapWidget)
    widget.form.radius.slider.setValue(4)
    quiet(widget, qtbot)
    other = viewer.window.add_dock_widget(QLabel("other"), name="other", tabify=True)
    (own,) = (d for d in viewer.window._qt_window.tabifiedDockWidgets(other))
    other.raise_()
    qtbot.waitUntil(lambda: PREVIEW not in viewer.layers)
    viewer.dims.set_current_step(0, 0)
    quiet(widget, qtbot)
    assert PREVIEW not in viewer.layers
    assert widget.live.value
    own.raise_()
    qtbot.waitUntil(lambda: PREVIEW in viewer.layers)
    quiet(widget, qtbot)
    whole = np.asarray(map_channels(*images(viewer), radius=0.4, unit="um").image.data)
    np.testing.assert_array_equal(viewer.layers[PREVIEW].data, whole[0])


def test_a_run_adds_the_map_and_its_table(opened, qtbot):
    viewer, widget = opened
    widget.regions.value = viewer.layers["Cells"]
    widget.form.radius.slider.setValue(4)
    widget.form.register.value = True
    run(widget, qtbot)
    made = viewer.layers["Correlation: Channel 1 × Channel 2"]
    mask = viewer.layers["Cells"].data > 0
    expected = map_channels(*images(viewer), mask=mask, radius=0.4, unit="um", register=True).image
    np.testing.assert_array_equal(made.data, expected.data[()])
    assert made.contrast_limits == [-1, 1]
    told = made.metadata["covoxel"]
    assert told["options"]["radius"] == 0.4
    assert told["options"]["register"]
    assert told["layers"] == ["Channel 1", "Channel 2"]
    table = viewer.layers["Correlation by region: Channel 1 × Channel 2"].features
    assert table["label"].tolist() == [1, 2]
    assert PREVIEW not in viewer.layers
    assert "moved by" in widget.numbers.text()


def test_a_second_run_renews_its_layers(opened, qtbot):
    viewer, widget = opened
    widget.beyond.value = True
    run(widget, qtbot)
    before = sorted(names(viewer))
    made = viewer.layers["Correlation: Channel 1 × Channel 2"]
    assert viewer.layers["Beyond chance: Channel 1 × Channel 2"].contour == 1
    widget.form.radius.slider.setValue(3)
    run(widget, qtbot)
    assert sorted(names(viewer)) == before
    assert viewer.layers["Correlation: Channel 1 × Channel 2"] is made
    widget.beyond.value = False
    run(widget, qtbot)
    assert "Beyond chance: Channel 1 × Channel 2" not in viewer.layers


def test_the_form_shows_what_a_kind_needs(opened, qtbot):
    viewer, widget = opened
    form = widget.form
    shown = {
        kind: tuple(getattr(form, name).enabled for name in ("radius", "threshold1"))
        for kind in ("correlation", "manders1", "manders2", "nmdp", "colocalized")
        if setattr(widget.kind, "value", kind) is None
    }
    assert not form.radius.native.isVisibleTo(form.native)
    assert form.threshold1.native.isVisibleTo(form.native)
    assert shown == {
        "correlation": (True, False),
        "manders1": (True, False),
        "manders2": (True, True),
        "nmdp": (False, False),
        "colocalized": (False, True),
    }
    quiet(widget, qtbot)
    preview = viewer.layers[PREVIEW]
    assert preview.contrast_limits == [0, 1]
    widget.kind.value = "nmdp"
    quiet(widget, qtbot)
    low, high = viewer.layers[PREVIEW].contrast_limits
    assert low == -high


def test_the_window_stays_when_the_unit_changes(opened, qtbot):
    _, widget = opened
    radius = widget.form.radius
    assert (widget.unit.value, radius.value) == ("um", 0.5)
    assert widget.form.sections[0].changes() == []
    radius.slider.setValue(8)
    radius.along_z.setValue(0.6)
    assert radius.value == (0.6, 0.8, 0.8)
    widget.unit.value = "px"
    assert radius.value == (2, 8, 8)
    assert radius.slider.value() == 8
    radius.along_z.setValue(-1)
    assert radius.value == 8
    assert radius.along_z.text() == "alike"
    quiet(widget, qtbot)


def test_a_radius_beyond_the_image_is_told(opened, qtbot):
    viewer, widget = opened
    widget.form.radius.number.setValue(50)
    quiet(widget, qtbot)
    assert "larger than the image" in widget.refusal.text()
    assert not widget.run_row.button.isEnabled()
    assert PREVIEW not in viewer.layers
    widget.form.radius.slider.setValue(5)
    quiet(widget, qtbot)
    assert widget.refusal.text() == ""
    assert PREVIEW in viewer.layers


def test_the_map_of_one_time_point_lies_at_that_time(model, open_file, qtbot, dock):
    open_file(model, sample_path("time_series.tif"))
    widget = dock(model, MapWidget)
    model.dims.set_current_step(0, 5)
    run(widget, qtbot)
    source, made = model.layers[0], model.layers["Correlation: Receptor × Ligand"]
    assert made.data.shape == (1, *source.data.shape[1:])
    assert made.world_to_data(source.data_to_world((5, 0, 0))) == pytest.approx((0, 0, 0))
    widget.scope.value = "each time point"
    run(widget, qtbot)
    made = model.layers["Correlation: Receptor × Ligand"]
    assert made.data.shape == source.data.shape
