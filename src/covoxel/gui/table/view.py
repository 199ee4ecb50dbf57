"""The table of a result under its plot: sorted, filtered, copied; a row is picked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from qtpy.QtCore import QAbstractTableModel, QEvent, QModelIndex, QSize, Qt, Signal
from qtpy.QtGui import QKeyEvent, QKeySequence
from qtpy.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from covoxel.analysis.pages import page_url
from covoxel.core.text import counted
from covoxel.gui.qt import WARNING, copy_text, fill, flush, icon, open_page
from covoxel.gui.running.jobs import StepRunner
from covoxel.gui.running.selection import RunRecord
from covoxel.gui.table.shown import ShownTable, shown_table, table_names

#: Height of a row in pixels, and how many rows are seen at least and by choice.
_ROW, _LEAST, _USUAL = 20, 3, 6
_FILTER = "filter: words, or pearson > 0.5"
#: What is shown in place of a table.
_PLOT = "plot"
_ROLES = Qt.ItemDataRole


class ResultModel(QAbstractTableModel):
    """A `ShownTable` for Qt."""

    def __init__(self, shown: ShownTable, parent: QWidget) -> None:
        super().__init__(parent)
        self.shown = shown
        self._warning = icon("warning", WARNING)

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        """Return the number of rows that are shown."""
        return len(self.shown.rows)

    def columnCount(self, parent: QModelIndex | None = None) -> int:
        """Return the number of columns that are shown."""
        return len(self.shown.columns)

    def data(self, index: QModelIndex, role: int = _ROLES.DisplayRole) -> Any:
        """Return the text of a cell, or the reason why it is empty."""
        place, column = index.row(), index.column()
        if role == _ROLES.DisplayRole:
            return self.shown.text(place, column)
        if role == _ROLES.ToolTipRole:
            warnings = self.shown.warnings(place) if column == 0 else []
            return "\n".join([self.shown.explanation(place, column), *warnings])
        if role == _ROLES.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == _ROLES.DecorationRole and column == 0 and self.shown.warnings(place):
            return self._warning
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = _ROLES.DisplayRole
    ) -> Any:
        """Return the name and unit of a column, or its meaning."""
        if orientation == Qt.Orientation.Horizontal and role == _ROLES.DisplayRole:
            return self.shown.title(section)
        if orientation == Qt.Orientation.Horizontal and role == _ROLES.ToolTipRole:
            return f"{self.shown.meaning(section)}\nA double click opens its page."
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column."""
        self.layoutAboutToBeChanged.emit()
        self.shown.sort(column, descending=order == Qt.SortOrder.DescendingOrder)
        self.layoutChanged.emit()

    def filter(self, text: str) -> None:
        """Show the rows that a filter keeps."""
        self.beginResetModel()
        self.shown.filter(text)
        self.endResetModel()


class _RowsView(QTableView):
    """A table of a few rows, whose selected rows are copied."""

    copied = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setSortingEnabled(True)
        self.setWordWrap(False)
        numbers, names = self.verticalHeader(), self.horizontalHeader()
        assert numbers is not None
        assert names is not None
        numbers.hide()
        numbers.setDefaultSectionSize(_ROW)
        names.setResizeContentsPrecision(2 * _USUAL)

    def event(self, event: QEvent | None) -> bool:
        """Take the keys that copy before shortcuts of the window do."""
        if isinstance(event, QKeyEvent) and event.matches(QKeySequence.StandardKey.Copy):
            if event.type() == QEvent.Type.KeyPress:
                self.copied.emit()
            event.accept()
            return True
        return super().event(event)

    def sizeHint(self) -> QSize:
        """Return a height for a few rows."""
        return QSize(0, self._height(_USUAL))

    def minimumSizeHint(self) -> QSize:
        """Return a height for fewer."""
        return QSize(0, self._height(_LEAST))

    def _height(self, most: int) -> int:
        model, names = self.model(), self.horizontalHeader()
        rows = min(most, 1 if model is None else max(model.rowCount(), 1))
        header = 0 if names is None else names.sizeHint().height()
        bar = self.horizontalScrollBar()
        scrolls = bar.sizeHint().height() if bar is not None else 0
        return header + rows * _ROW + scrolls + 2 * self.frameWidth()


class ResultTable(QWidget):
    """The tables of a result, one at a time; hidden without a result.

    Attributes
    ----------
    opens : bool
        Whether a table of several rows is unfolded at first.
    """

    #: The plot was chosen, and may be out of sight.
    plotted = Signal(object)
    #: A row of the table whose rows are points was picked.
    picked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.fold, self.names = QToolButton(self), QComboBox(self)
        self.search, self.view = QLineEdit(self), _RowsView(self)
        self.opens = True
        self._several = False
        self._run: RunRecord | None = None
        self._plot: Any = None
        self._steps = StepRunner(self)
        self._theme: Literal["dark", "light"] = "dark"
        self.model: ResultModel | None = None
        self._column, row = flush(QVBoxLayout(self), 2), flush(QHBoxLayout(), 4)
        fill(row, self.fold, (self.names, 1), (self.search, 2), 0)
        fill(self._column, row, (self.view, 1))
        self.fold.setCheckable(True)
        self.fold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.fold.setToolTip("Show or hide the table")
        self.names.setToolTip("Which table of the result is shown, or a plot of its rows")
        self.search.setPlaceholderText(_FILTER)
        self.search.setClearButtonEnabled(True)
        self.search.setToolTip(
            "Keep rows that hold all words or have that label, time point or plane, and meet "
            "conditions on columns"
        )
        self.fold.toggled.connect(self._unfold)
        self.names.currentTextChanged.connect(self._show_table)
        self.search.textChanged.connect(self._filter)
        self.view.copied.connect(self.copy)
        header = self.view.horizontalHeader()
        assert header is not None
        header.sectionDoubleClicked.connect(self._explain)
        self.hide()

    def show_run(self, run: RunRecord) -> None:
        """Show the tables of a result; one row, which is shown elsewhere, is folded."""
        before, names = self.names.currentText(), table_names(run)
        names += [_PLOT] * (len(run.table) > 1)
        self._run = run
        self.names.blockSignals(True)
        self.names.clear()
        self.names.addItems(names)
        self.names.setCurrentIndex(max(0, self.names.findText(before)))
        self.names.blockSignals(False)
        self._show_table(self.names.currentText())
        several = self._shown is not None and len(self._shown.table) > 1
        if several != self._several:  # else it stays as the user has it
            self._several = several
            self.fold.setChecked(several and self.opens)
        self.show()

    def clear(self) -> None:
        """Show no result."""
        self._run = None
        self.hide()

    def select_row(self, row: int) -> None:
        """Select a row that was picked elsewhere."""
        shown, selection = self._shown, self.view.selectionModel()
        if shown is None or selection is None or not self._is_listed:
            return
        places = (shown.rows == row).nonzero()[0]
        if len(places):
            selection.blockSignals(True)
            self.view.selectRow(int(places[0]))
            selection.blockSignals(False)
            viewport = self.view.viewport()
            assert viewport is not None
            viewport.update()

    def copy(self) -> None:
        """Copy the selected rows, or all that are shown, with headers."""
        if self._shown is not None:
            rows = self._shown.rows[self._places()] if self._places() else None
            copy_text(self._shown.as_text(rows))

    def _explain(self, section: int) -> None:
        """Open the page on a column in the documentation."""
        if self._run is not None and self._shown is not None:
            name = self._shown.columns[section].name
            open_page(page_url(self._run.result.analysis.name, name))

    @property
    def _shown(self) -> ShownTable | None:
        return None if self.model is None else self.model.shown

    @property
    def _is_listed(self) -> bool:
        """Whether the rows are points in the viewer."""
        listed = "" if self._run is None else self._run.listed
        return self.names.currentText() in (listed, _PLOT)

    def _show_table(self, name: str) -> None:
        if self._run is None:
            return
        shown = shown_table(self._run, self._run.listed if name == _PLOT else name)
        shown.filter(self.search.text())
        before, self.model = self.model, ResultModel(shown, self)
        self.view.setModel(self.model)
        if before is not None:
            before.deleteLater()
        self.view.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        self.view.resizeColumnsToContents()
        selection = self.view.selectionModel()
        assert selection is not None
        selection.selectionChanged.connect(lambda *_: self._on_selected())
        self._count()
        self._unfold(self.fold.isChecked())

    def set_theme(self, theme: Literal["dark", "light"]) -> None:
        """Follow napari's theme."""
        self._theme = theme
        if self._plot is not None:
            self._plot.pane.set_theme(theme)

    def _rows_plot(self) -> Any:
        """Return the plot, made when it is first needed: it brings matplotlib along."""
        if self._plot is None:
            from covoxel.gui.table.plot import RowsPlot

            self._plot = RowsPlot(self)
            self._plot.pane.set_theme(self._theme)
            self._plot.picked.connect(self.view.selectRow)
            self._column.addWidget(self._plot, 1)
        return self._plot

    def _filter(self, text: str) -> None:
        if self.model is not None:
            self.model.filter(text)
            self._count()

    def _count(self) -> None:
        assert self._shown is not None
        shown, of = len(self._shown.rows), len(self._shown.table)
        rows = counted(of, "row")
        self.fold.setText(rows if shown == of else f"{shown} of {rows}")
        self.view.updateGeometry()
        if self.names.currentText() == _PLOT:
            self._steps.start(self._plotting())

    def _plotting(self) -> Iterator[None]:
        """Draw the rows in turns of their own."""
        yield
        plot = self._rows_plot()
        self._unfold(self.fold.isChecked())
        yield
        if self._shown is not None and self.names.currentText() == _PLOT:
            plot.show_rows(self._shown)
            self.plotted.emit(plot)

    def _unfold(self, unfolded: bool) -> None:  # a Qt signal's argument
        self.fold.setArrowType(Qt.ArrowType.DownArrow if unfolded else Qt.ArrowType.RightArrow)
        plotted = self.names.currentText() == _PLOT
        self.view.setVisible(unfolded and not plotted)
        if self._plot is not None:
            self._plot.setVisible(unfolded and plotted)
        self.search.setVisible(unfolded)
        self.names.setVisible(unfolded and self.names.count() > 1)
        policies = QSizePolicy.Policy
        height = policies.Preferred if unfolded else policies.Maximum  # no room around one row
        self.setSizePolicy(policies.Preferred, height)

    def _places(self) -> list[int]:
        selection = self.view.selectionModel()
        return [] if selection is None else [index.row() for index in selection.selectedRows()]

    def _on_selected(self) -> None:
        places = self._places()
        if len(places) == 1 and self._shown is not None and self._is_listed:
            self.picked.emit(int(self._shown.rows[places[0]]))
