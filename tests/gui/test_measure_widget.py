"""The Measure widget in a real viewer: a user's first minutes, and what peers get wrong."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from qtpy.QtWidgets import QApplication

from covoxel import simulate_pair
from covoxel.analysis.measure.options import MeasureOptions
from covoxel.gui.measure.widget import MeasureWidget

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pair():
    return simulate_pair(shape=(4, 64, 64), n_cells=3, cell_radius=1.0, n_spots1=60, rng=4)


def add_pair(viewer, pair):
    for channel in (pair.channel1, pair.channel2):
        options = {
            "scale": channel.spacing,
            "units": "um",
            "axis_labels": ("z", "y", "x"),
            "translate": (1, 2, 3),
        }
        viewer.add_image(np.asarray(channel.data), name=channel.name, **options)
    placed = {"scale": pair.channel1.spacing, "units": "um", "translate": (1, 2, 3)}
    viewer.add_labels(pair.labels.astype(int), name="cells", axis_labels=("z", "y", "x"), **placed)


@pytest.fixture
def opened(model, pair, dock):
    add_pair(model, pair)
    widget = dock(model, MeasureWidget)
    assert widget.regions.value is model.layers["cells"]  # proposed
    widget.regions.value = None
    return model, widget


def test_intensities_are_a_layer_until_it_is_measured_again(opened, run, wait):
    viewer, widget = opened
    run(widget)
    add = next(one for one in widget.buttons.menu.actions() if one.text() == "Add intensities")
    add.trigger()
    wait(widget)
    name = "Intensities: Channel 1 × Channel 2"
    (expected,) = widget.result.colocalized(intensities=True)
    np.testing.assert_array_equal(viewer.layers[name].data, expected.data)
    assert viewer.layers[name].scale.tolist() == viewer.layers["Channel 1"].scale.tolist()
    assert name not in [layer.name for layer in widget.image1.choices]
    run(widget)
    assert name not in viewer.layers


def test_the_place_of_the_histogram_says_first_what_to_do(opened, run):
    _, widget = opened
    assert [widget.tabs.tabText(i) for i in range(widget.tabs.count())] == ["Histogram", "Pairs"]
    assert "Press <i>Measure</i>" in widget.guide.text()
    assert not widget.guide.isHidden()
    run(widget)
    assert widget.guide.isHidden()


def test_labels_without_a_pixel_size_are_laid_over_the_image_by_one_click(opened, qtbot):
    viewer, widget = opened
    labels, button = viewer.layers["cells"], widget.form.place.native
    labels.scale, labels.translate, labels.units = (1, 1, 1), (0, 0, 0), ("pixel",) * 3
    widget.regions.value = labels
    qtbot.waitUntil(lambda: "scale" in widget.refusal.text())
    assert button.isVisibleTo(widget)
    button.click()
    qtbot.waitUntil(lambda: not widget.refusal.text())
    assert not button.isVisibleTo(widget)


def test_each_plot_and_layer_of_a_result_has_a_turn_of_its_own(opened):
    viewer, widget = opened
    widget.regions.value = viewer.layers["cells"]
    widget.steps.start = lambda steps: seen.append(steps)
    seen, made = [], []
    widget.run_row.button.click()
    while not seen:
        QApplication.processEvents()
    for _ in seen[0]:
        plots = [name for name in ("plot", "marginals", "chance") if name in vars(widget)]
        drawn = "plot" in plots and widget.plot.printed() is not None
        made.append((len(plots), drawn, len(viewer.layers)))
    assert made[:5] == [(0, False, 3), (1, False, 3), (2, False, 3), (3, False, 3), (3, True, 3)]
    assert set(np.diff([layers for _, _, layers in made])) == {0, 1}
    assert len(viewer.layers) == 6


def test_one_button_gives_table_mask_and_histogram(opened, pair, run):
    viewer, widget = opened
    cells = viewer.layers["cells"]
    widget.regions.value = cells
    run(widget)
    table = viewer.layers["Table: Channel 1 × Channel 2"]
    assert table.features["label"].tolist() == np.unique(pair.labels)[1:].tolist()
    mask = viewer.layers["Colocalized: Channel 1 × Channel 2"]
    assert mask.data.shape == pair.channel1.shape
    for layer in (table, mask):
        assert layer.metadata["covoxel"]["options"]["like"] == "covoxel"
    assert list(cells.features.columns) in ([], ["index"])
    assert widget.tabs.tabText(0) == "Histogram"
    assert "tM1" in widget.numbers.text()


def test_a_histogram_that_does_not_fit_is_told_and_the_rest_is_shown(opened, run, wait):
    viewer, widget = opened
    run(widget)
    viewer.layers.remove("Table: Channel 1 × Channel 2")
    assert "tM1" in widget.numbers.text()
    widget.presenter.done(replace(widget.presenter.last, histogram=None, density=None))
    wait(widget)
    assert "do not fit into memory" in widget.plot.message.text()
    assert widget.numbers.text() == ""
    assert "Table: Channel 1 × Channel 2" in viewer.layers


def test_results_of_a_layer_that_is_closed_while_they_are_shown_are_let_go(opened, qtbot):
    viewer, widget = opened
    widget.run_row.button.click()
    qtbot.waitUntil(lambda: widget.steps.running)
    viewer.layers.remove("Channel 2")
    assert not widget.steps.running
    qtbot.wait(100)
    assert not [layer.name for layer in viewer.layers if layer.name.startswith("Table")]


def test_results_do_not_have_the_layers_checked_again(opened, qtbot, run):
    _, widget = opened
    qtbot.wait(300)  # the first check begins after a pause
    qtbot.waitUntil(lambda: not widget.checks.running)
    began = []
    widget.checks.busy.connect(began.append)
    run(widget)
    qtbot.wait(300)
    assert began == []


def test_a_released_threshold_is_measured_and_shown(opened, run, wait):
    viewer, widget = opened
    run(widget)
    widget.presenter.threshold_released(1, 140.0)
    wait(widget)
    assert widget.threshold1.value == "manual:140.0"
    mask = viewer.layers["Colocalized: Channel 1 × Channel 2"].data
    t2 = viewer.layers["Table: Channel 1 × Channel 2"].features["threshold2"].iloc[0]
    above = (viewer.layers[0].data > 140) & (viewer.layers[1].data > t2)
    np.testing.assert_array_equal(mask, above)


def test_a_lasso_shows_in_the_mask_and_goes_again(opened, qtbot, run):
    viewer, widget = opened
    run(widget)
    viewer.dims.set_current_step(0, 2)
    widget.presenter.lassoed(np.array([[120.5, 0], [600, 0], [600, 999], [120.5, 999]]))
    qtbot.waitUntil(lambda: not widget.lives.running)
    mask = viewer.layers["Colocalized: Channel 1 × Channel 2"]
    values = viewer.layers[0].data[2]
    plane = (values > 120) & (values < 600)
    np.testing.assert_array_equal(mask.data[2] == 2, plane)
    widget.presenter.lasso_cleared()
    assert not (mask.data == 2).any()


def test_rows_and_regions_are_selected_together(opened, run):
    viewer, widget = opened
    widget.regions.value = viewer.layers["cells"]
    run(widget)
    table = viewer.layers["Table: Channel 1 × Channel 2"]
    table.selected_data = {1}
    labelled = viewer.layers["cells: Channel 1 × Channel 2"]
    assert labelled.selected_label == 2
    labelled.selected_label = 3
    assert set(table.selected_data) == {2}


def test_what_is_automatic_is_shown(opened):
    viewer, widget = opened

    def shown():
        return widget.threshold1.method.current_choice, widget.threshold_scope.current_choice

    assert shown() == ("auto: otsu", "auto: image")
    assert not widget.form.sections[0].restore.isVisibleTo(widget)
    widget.regions.value = viewer.layers["cells"]
    assert shown() == ("auto: otsu", "auto: region")
    assert widget.form.read_options().threshold_scope is None
    widget.threshold_scope.value = "image"
    widget.regions.value = None
    assert widget.form.read_options().threshold_scope == "image"
    widget.threshold_scope.value, widget.like.value = None, "coloc2"
    assert shown() == ("auto: costes", "auto: region")
    widget.like.value, widget.measures.value = "covoxel", ("pearson",)
    assert shown() == ("auto: none", "auto: image")
    assert widget.form.read_options() == MeasureOptions(measures=("pearson",))


def test_costes_is_one_click_for_both_channels(opened, run):
    viewer, widget = opened
    assert (widget.threshold1.value, widget.threshold2.value) == (None, None)
    widget.threshold2.method.value = "costes"
    assert widget.threshold1.value == "costes"
    widget.regions.value = viewer.layers["cells"]
    run(widget)
    assert set(widget.presenter.last.table["threshold_method1"]) == {"costes"}
    assert "(chance " in widget.numbers.text().replace("\N{NO-BREAK SPACE}", " ")


def test_bleed_through_is_subtracted(opened, run):
    _, widget = opened
    widget.bleed_1to2.method.value = "share"
    assert widget.form.read_options().bleed_1to2 == "share:0.1"
    run(widget)
    last = widget.presenter.last
    assert last.table.loc[0, "bleed_1to2"] == 0.1
    assert last.histogram.codes2.dtype.kind == "f"


def test_a_click_on_a_pair_chooses_it(opened, qtbot, wait):
    _, widget = opened
    widget.pairs.run()
    qtbot.waitUntil(lambda: not widget.pairs.jobs.running)
    assert widget.pairs.plot.rowCount() == 2
    widget.pairs.plot.picked.emit(1, 0)
    assert widget.image1.value.name == "Channel 2"
    assert widget.image2.value.name == "Channel 1"
    wait(widget)


def test_causes_of_cautions_are_fixed_by_one_click(opened, qtbot, run):
    _, widget = opened

    def lines(name):
        found = [one for one in widget.strip._lines if one.caution.code.startswith(name)]
        return found if not widget.checks.running else []

    widget.presenter.selection_changed()
    qtbot.waitUntil(lambda: len(lines("offset")) == 2)
    lines("offset")[1].buttons[0].click()
    assert widget.read_options().background1 == widget.read_options().background2 == "mode"
    qtbot.waitUntil(lambda: not widget.checks.running and not lines("offset"))
    widget.threshold1.value = "manual:1"
    run(widget)
    qtbot.waitUntil(lambda: len(lines("mostly_above")) == 1)
    lines("mostly_above")[0].buttons[0].click()
    assert widget.threshold1.value == "otsu"
