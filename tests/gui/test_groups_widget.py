"""The Groups widget: tables of layers and files, a SuperPlot, numbers, and lines to copy."""

import threading

import numpy as np
import pandas as pd
import pytest
from napari.components import ViewerModel
from qtpy.QtCore import QEvent
from qtpy.QtWidgets import QApplication, QFileDialog

from covoxel.analysis import compare_groups
from covoxel.gui.groups.numbers import comparison_html
from covoxel.gui.groups.tables import columns_of, has_table, read_table, usual
from covoxel.gui.groups.widget import GroupsWidget


@pytest.fixture(scope="module")
def cells():
    rng, rows = np.random.default_rng(0), []
    for condition, shift in (("control", 0.0), ("drug", 0.5), ("washout", 0.05)):
        for day in range(4):
            own = rng.normal(0, 0.05)
            rows += [
                {
                    "label": number,
                    "pearson": float(np.tanh(0.5 + shift + own + rng.normal(0, 0.15))),
                    "tm1": rng.uniform(0.2, 0.6),
                    "condition": condition,
                    "day": day,
                }
                for number in range(10)
            ]
    return pd.DataFrame(rows)


@pytest.fixture
def opened(qtbot, cells):
    viewer = ViewerModel()
    viewer.add_points(np.zeros((len(cells), 2)), features=cells, name="Table")
    viewer.add_points(np.zeros((3, 2)), name="no table")
    widget = GroupsWidget(viewer)
    qtbot.addWidget(widget)
    widget.form.table.value = viewer.layers["Table"]
    return viewer, widget


@pytest.mark.slow
def test_a_new_widget_begins_as_the_last_one_was_left(opened, qtbot):
    viewer, widget = opened
    widget.form.value.value, widget.form.options_form.paired.value = "tm1", True
    again = GroupsWidget(viewer)
    qtbot.addWidget(again)
    assert again.form.table.value is viewer.layers["Table"]
    assert again.form.columns() == widget.form.columns()
    assert again.form.options_form.values() == widget.form.options_form.values()


def test_columns_are_offered_by_what_they_can_be(cells):
    offered = columns_of(cells)
    assert offered["value"] == ["pearson", "tm1", "day"]
    assert offered["group"] == offered["replicate"] == ["condition", "label", "day"]
    chosen = [usual(cells, offered[role], role) for role in offered]
    assert chosen == ["pearson", "condition", "day"]
    assert usual(cells, [], "group") is None
    assert usual(cells, ["tm2", "TM1"], "value") == "TM1"
    assert usual(cells.rename(columns={"tm1": "r"}), ["day", "r"], "value") == "r"


@pytest.mark.slow
def test_no_number_is_taken_for_a_group(opened):
    _, widget = opened
    numbers = {"pearson": [0.1, 0.2, 0.3, 0.4], "threshold1": [5, 5, 6, 6]}
    widget.viewer.layers["Table"].features = pd.DataFrame({**numbers, "threshold2": [7, 8, 7, 8]})
    widget.form.offer(widget.table())
    expected = {"value": "pearson", "group": None, "replicate": None}
    assert widget.form.columns() == expected
    assert widget.run() is None
    assert "choose a column for the group" in widget.message.text()
    widget.form.group.value = "threshold1"
    assert widget.form.columns() == expected | {"group": "threshold1"}


@pytest.mark.slow
def test_only_layers_with_a_table_are_offered(opened):
    viewer, widget = opened
    assert widget.form.table.choices == (None, viewer.layers["Table"])
    assert not has_table(viewer.layers["no table"])


@pytest.mark.slow
def test_it_compares_the_usual_columns(opened, cells):
    _, widget = opened
    assert widget.form.columns() == {"value": "pearson", "group": "condition", "replicate": "day"}
    found = widget.run()
    expected = compare_groups(cells, "pearson", group="condition", replicate="day")
    pd.testing.assert_frame_equal(found.table, expected.table)
    assert not widget.numbers.isHidden()
    assert widget.numbers.text() == comparison_html(expected)
    assert widget.plot.picture.up == "pearson"
    assert widget.plot.picture.across == "2 of 3 pairs differ (p < 0.05, adjusted)"
    texts = [label.get_text() for label in widget.plot.axes.get_xticklabels()]
    assert texts == ["control", "drug", "washout"]


@pytest.mark.slow
def test_groups_are_compared_off_the_main_thread(opened, monkeypatch, wait):
    _, widget = opened
    seen = []

    def compare(*args, **options):
        seen.append(threading.current_thread())
        return compare_groups(*args, **options)

    monkeypatch.setattr("covoxel.gui.groups.widget.compare_groups", compare)
    widget.button.click()
    wait(widget)
    assert widget.found is not None
    assert threading.main_thread() not in seen


@pytest.mark.slow
def test_options_count_and_a_change_takes_the_result_away(opened, cells):
    _, widget = opened
    form = widget.form.options_form
    form.control.value, form.correction.value, form.test.value = "control", "bh", "permutation"
    found = widget.run()
    expected = compare_groups(
        cells, "pearson", group="condition", replicate="day", control="control", correction="bh",
        test="permutation",
    )  # fmt: skip
    pd.testing.assert_frame_equal(found.table, expected.table)
    form.control.value = None
    assert widget.found is None
    assert widget.numbers.isHidden()
    assert widget.plot.isHidden()


@pytest.mark.slow
def test_a_refusal_is_shown(opened):
    _, widget = opened
    widget.form.replicate.value = "label"
    assert widget.run() is None
    assert "cells are not independent" in widget.message.text()
    widget.form.replicate.value = "day"
    widget.form.options_form.control.value = "nothing"
    assert widget.run() is None
    assert "the groups are control, drug, washout" in widget.message.text()
    widget.form.options_form.control.value = None
    assert widget.run() is not None
    assert not widget.message.text()


@pytest.mark.slow
def test_a_result_of_a_table_that_was_edited_is_marked(opened, cells):
    viewer, widget = opened
    layer = viewer.layers["Table"]
    widget.run()
    assert widget.outdated.isHidden()
    layer.features = cells.assign(pearson=0.9 * cells["pearson"])
    assert "which has changed since" in widget.outdated.text()
    assert not widget.outdated.isHidden()
    assert not widget.save.isEnabled()
    layer.features = cells
    assert widget.outdated.isHidden()
    assert widget.save.isEnabled()
    layer.features.loc[0, "pearson"] = -0.5  # as napari's table does, without an event
    QApplication.sendEvent(widget, QEvent(QEvent.Type.Enter))
    assert not widget.outdated.isHidden()
    widget.run()
    assert widget.outdated.isHidden()
    assert widget.save.isEnabled()


@pytest.mark.slow
def test_another_table_is_not_one_that_was_edited(opened, cells):
    viewer, widget = opened
    before = viewer.layers["Table"]
    another = viewer.add_points(np.zeros((len(cells), 2)), features=cells)
    widget.form.table.reset_choices()
    widget.form.table.value = another
    widget.run()
    before.features = cells.assign(pearson=0.9 * cells["pearson"])
    assert widget.outdated.isHidden()
    another.features = cells.assign(pearson=0.9 * cells["pearson"])
    assert not widget.outdated.isHidden()
    widget.form.value.value = "tm1"
    assert widget.outdated.isHidden()


@pytest.mark.slow
def test_a_file_takes_the_place_of_a_layer(opened, cells, tmp_path):
    viewer, widget = opened
    cells.assign(treatment=cells["condition"]).to_csv(tmp_path / "cells.csv", index=False)
    widget.open(tmp_path / "cells.csv")
    assert widget.form.table.value is None
    assert widget.form.table.native.currentText() == "cells.csv"
    widget.form.group.value = "treatment"
    assert set(widget.run().replicates["group"]) == {"control", "drug", "washout"}
    widget.form.table.value = viewer.layers["Table"]
    assert "cells.csv" not in [widget.form.table.native.itemText(i) for i in range(2)]
    assert "treatment" not in widget.form.group.choices
    assert widget.form.columns()["group"] == "condition"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["", "no.csv"])
def test_a_file_that_is_not_opened_leaves_the_result(opened, monkeypatch, tmp_path, name):
    _, widget = opened
    found, path = widget.run(), str(tmp_path / name) if name else ""
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (path, ""))
    widget.form.open.native.click()
    assert widget.found is found
    assert not widget.numbers.isHidden()
    assert name in widget.message.text()


@pytest.mark.parametrize(
    ("text", "message"),
    [("a,b\n1,2\n", "1 rows"), ("", "is not a table"), (None, "does not exist")],
)
def test_what_is_no_table_is_refused(tmp_path, text, message):
    path = tmp_path / "cells.csv"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ValueError, match=message):
        read_table(path)


@pytest.mark.slow
def test_the_copied_lines_repeat_it(opened, cells, tmp_path, by_python):
    viewer, widget = opened
    widget.form.options_form.paired.value = True
    found = widget.run()
    again = by_python(widget.python_line(), viewer=viewer)
    pd.testing.assert_frame_equal(again["found"].table, found.table)
    cells.to_csv(tmp_path / "cells.csv", index=False)
    widget.open(tmp_path / "cells.csv")
    again = by_python(widget.python_line())
    pd.testing.assert_frame_equal(again["found"].table, found.table, check_exact=False)


@pytest.mark.slow
def test_tables_figure_and_report_are_saved(opened, tmp_path, monkeypatch, qtbot):
    _, widget = opened
    widget.run()
    monkeypatch.setattr(
        "covoxel.gui.groups.widget.QFileDialog.getSaveFileName",
        lambda *_: (str(tmp_path / "page.html"), ""),
    )
    widget.report.click()
    qtbot.waitUntil(lambda: not widget.saves.running)
    assert "by the means of replicates (day)" in (tmp_path / "page.html").read_text("utf-8")
    monkeypatch.setattr(
        "covoxel.gui.groups.widget.QFileDialog.getExistingDirectory", lambda *_: str(tmp_path)
    )
    widget.save.click()
    qtbot.waitUntil(lambda: not widget.saves.running)
    assert {path.name for path in tmp_path.iterdir()} >= {"groups.csv", "groups.png"}


def test_numbers_of_one_pair_and_of_too_few_replicates(cells):
    two = cells[cells["condition"] != "washout"]
    html = comparison_html(compare_groups(two, "pearson", group="condition", replicate="day"))
    assert "adjusted" not in html
    assert "4 replicates, 40 values" in html
    few = two[two["day"] < 2]
    html = comparison_html(compare_groups(few, "pearson", group="condition", replicate="day"))
    assert "⚠" in html
    assert "–" in html


@pytest.mark.slow
def test_layers_that_come_and_go_are_followed(opened, qtbot, cells):
    viewer, widget = opened
    another = viewer.add_points(np.zeros((len(cells), 2)), features=cells, name="another")
    qtbot.waitUntil(lambda: another in widget.form.table.choices)
    viewer.layers.remove("Table")
    qtbot.waitUntil(lambda: widget.form.table.value is not viewer.layers["another"])
    assert widget.form.table.choices[-1] is another


def test_the_only_layer_with_a_table_is_chosen_by_itself(qtbot, cells):
    viewer = ViewerModel()
    widget = GroupsWidget(viewer)
    qtbot.addWidget(widget)
    layer = viewer.add_points(np.zeros((len(cells), 2)), features=cells)
    qtbot.waitUntil(lambda: widget.form.table.value is layer)
    assert widget.form.columns()["value"] == "pearson"
    widget.form.table.value = None
    assert widget.form.table.value is None


@pytest.mark.slow
def test_a_closed_widget_follows_nothing(viewer, cells):
    events = viewer.layers.events.inserted, viewer.layers.events.removed, viewer.events.theme
    before = [len(emitter.callbacks) for emitter in events]
    dock, widget = viewer.window.add_plugin_dock_widget("covoxel", "Groups")
    assert isinstance(widget, GroupsWidget)
    assert [len(emitter.callbacks) for emitter in events] > before
    viewer.window.remove_dock_widget(dock)
    viewer.add_points(np.zeros((len(cells), 2)), features=cells)
    assert [len(emitter.callbacks) for emitter in events] == before
