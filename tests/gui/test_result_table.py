"""The rows of a result in its widget."""

import numpy as np
import pandas as pd
import pytest
from qtpy.QtCore import Qt
from qtpy.QtGui import QGuiApplication, QKeySequence
from qtpy.QtWidgets import QLabel, QVBoxLayout, QWidget

from covoxel import measure, simulate_pair
from covoxel.analysis.schema import Column
from covoxel.gui.measure.widget import MeasureWidget
from covoxel.gui.table.shown import ShownTable
from covoxel.gui.table.view import ResultTable

SCHEMA = [
    Column("label", "", "Label"),
    Column("pearson", "", "Pearson's r", group="correlation"),
    Column("distance", "µm or px", "Distance"),
    Column("model", "", "Model"),
]


@pytest.fixture
def shown():
    table = pd.DataFrame(
        {
            "label": [3, 13, 30],
            "pearson": [0.5, np.nan, -0.25],
            "pearson_low": [0.4, np.nan, -0.5],
            "pearson_high": [0.6, np.nan, 0.0],
            "distance": [1.0, 3.0, 2.0],
            "model": "shell",
            "unit": "µm",
        }
    )
    notes = [[], [("pearson", "constant channel")], []]
    main = ["pearson", "pearson_low", "pearson_high", "distance", "model", "unit"]
    return ShownTable(table, SCHEMA, main, notes, [[], [], [("dim", "too dim")]])


def texts(shown):
    rows, columns = range(len(shown.rows)), range(len(shown.columns))
    return [[shown.text(row, column) for column in columns] for row in rows]


def test_columns_that_matter_have_units_intervals_and_reasons(shown):
    assert [shown.title(i) for i in range(3)] == ["label", "pearson", "distance [µm]"]
    assert len(shown.columns) == 3  # the model is the same in all rows
    assert texts(shown)[0] == ["3", "0.500 0.40 to 0.60", "1.000"]
    assert texts(shown)[1] == ["13", "–", "3.000"]
    assert shown.explanation(1, 1) == "constant channel"
    assert shown.explanation(2, 1) == "pearson -0.25"
    assert shown.meaning(1) == "Pearson's r\nto: bounds of the 95 % interval"
    assert [shown.warnings(i) for i in range(3)] == [[], [], ["too dim"]]


def test_a_folded_table_stands_right_below_what_is_above_it(qtbot):
    box = QWidget()
    qtbot.addWidget(box)
    column, rows = QVBoxLayout(box), ResultTable(box)
    column.addWidget(QLabel("numbers"))
    column.addWidget(rows, 1)
    column.addStretch(0)
    rows.show()
    box.resize(400, 600)
    box.show()
    for unfolded in (True, False):
        rows.fold.setChecked(unfolded)
        qtbot.waitUntil(lambda: rows.y() < 60)
        qtbot.waitUntil(lambda shown=unfolded: (rows.height() > 400) == shown)


@pytest.mark.parametrize(("descending", "labels"), [(False, "30 3 13"), (True, "3 30 13")])
def test_empty_cells_come_last_whatever_the_order(shown, descending, labels):
    shown.sort(1, descending=descending)
    assert " ".join(row[0] for row in texts(shown)) == labels
    shown.sort(-1, descending=False)
    assert [row[0] for row in texts(shown)] == ["3", "13", "30"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "labels"),
    [
        *(("3", "3"), ("pearson > 0", "3"), ("distance>=2 pearson<0", "30")),
        *(
            ("pearson >", "3 13 30"),
            ("pearson", "3 13 30"),
            ("nothing", ""),
            ("", "3 13 30"),
            ("width > 1", "3 13 30"),
        ),
    ],
)
def test_a_filter_takes_words_labels_and_conditions(shown, text, labels):
    shown.filter(text)
    assert " ".join(row[0] for row in texts(shown)) == labels


def test_copied_rows_have_all_digits_and_both_bounds(shown):
    shown.sort(2, descending=True)
    head, first, *_ = shown.as_text(shown.rows[:1]).splitlines()
    assert head == "label\tpearson\tpearson_low\tpearson_high\tdistance"
    assert first == "13\t\t\t\t3.0"


@pytest.mark.slow
def test_rows_regions_and_histogram_select_each_other(viewer, dock, run, qtbot, wait):
    pair = simulate_pair(shape=(64, 64), rng=4)
    for channel in (pair.channel1, pair.channel2):
        viewer.add_image(np.asarray(channel.data), name=channel.name)
    cells = np.zeros((64, 64), int)
    cells[:30, :30], cells[34:, 34:], cells[:20, 40:] = 1, 2, 7
    labels = viewer.add_labels(cells, name="Cells")
    widget = dock(viewer, MeasureWidget)
    widget.regions.value = labels
    run(widget)
    view = widget.rows.view
    expected = measure(pair.channel1, pair.channel2, labels=cells).table
    assert widget.rows.model.rowCount() == len(expected) == 3
    assert view.isVisibleTo(widget)
    widget.rows.model.sort(1, Qt.SortOrder.DescendingOrder)
    view.selectRow(0)
    row = int(widget.rows.model.shown.rows[0])
    assert labels.selected_label == expected["label"].iloc[row]
    points = viewer.layers[-2]
    assert points.selected_data == {row}
    assert [color[3] for color in points.face_color] == [float(i == row) for i in range(3)]
    labels.selected_label = 7
    assert [at.row() for at in view.selectionModel().selectedRows()] == [
        list(widget.rows.model.shown.rows).index(2)
    ]
    qtbot.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    copied = QGuiApplication.clipboard().text().splitlines()
    assert QKeySequence(QKeySequence.StandardKey.Copy).toString() == "Ctrl+C"
    assert len(copied) == 2
    assert copied[1].split("\t")[copied[0].split("\t").index("label")] == "7"
    widget.rows.names.setCurrentText("plot")
    wait(widget)
    plot = widget.rows._plot
    assert (plot.over.currentText(), plot.value.currentData()) == ("cells", "pearson")
    (drawn,) = [one for one in plot.pane.axes.collections if one.get_picker()]
    ordered = widget.rows.model.shown.rows
    np.testing.assert_allclose(drawn.get_offsets()[:, 1], expected["pearson"].iloc[ordered])
    plot.picked.emit(0)
    assert points.selected_data == {int(ordered[0])}
    widget.regions.value = None
    run(widget)
    assert widget.rows.fold.text() == "1 row"
    assert not view.isVisibleTo(widget)
