"""A column of widgets with a result: its table, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QWidget

from covoxel.gui.qt import copy_text
from covoxel.gui.running.jobs import to_the_end
from covoxel.gui.running.refusals import guarded
from covoxel.gui.running.result_buttons import (
    CopiedLine,
    ResultButtons,
    command_line,
    copy_line,
    python_line,
    save_beside,
    save_beside_image,
    save_report,
)
from covoxel.gui.table.shown import shown_table
from covoxel.gui.table.view import ResultTable
from covoxel.gui.viewer_column import ViewerColumn

if TYPE_CHECKING:
    import napari

    from covoxel.gui.running.jobs import StepRunner
    from covoxel.gui.running.presenter import PairPresenter
    from covoxel.gui.running.result_layers import ResultLayers
    from covoxel.gui.running.selection import RunRecord
    from covoxel.gui.running.tracker import ResultTracker


#: Until a column is laid out anew, in ms.
_SETTLED = 50


class ResultColumn(ViewerColumn):
    """A column to which subclasses add buttons and the table of rows."""

    presenter: PairPresenter
    layers: ResultLayers
    tracker: ResultTracker
    steps: StepRunner
    #: Releases the last result.
    _forget: Callable[[], Any]

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__(viewer)
        self.rows = ResultTable(self)
        self.rows.picked.connect(self.if_current(self._pick_row))
        self.rows.plotted.connect(self._scroll_to)
        self.buttons = ResultButtons(self)
        self.follow_theme(self.rows)

    @property
    def result(self) -> Any:
        """The last result, None before the first; its ``table`` is a DataFrame."""
        last = self.presenter.last
        return getattr(last, "result", last)

    def _connect_buttons(
        self,
        actions: ResultButtons,
        open_table: Callable[[], Any],
        python: CopiedLine = python_line,
        command: CopiedLine = command_line,
        last: Callable[[], RunRecord | None] | None = None,
    ) -> None:
        """Connect the buttons below a result; the last one unless `last` returns another."""
        run = last or (lambda: self.presenter.last)

        def act(action: Callable[..., None], *more: Any) -> Callable[..., None]:
            return self.if_current(lambda: action(actions, run(), *more), run)

        actions.save_requested.connect(
            act(lambda row, run: save_beside_image(row, run, self._figures()))
        )
        actions.copy_requested.connect(act(_copy_table))
        actions.table_requested.connect(open_table)
        actions.python_requested.connect(act(copy_line, python))
        actions.command_requested.connect(act(copy_line, command))
        actions.region_requested.connect(act(save_beside))
        actions.report_requested.connect(act(save_report))
        actions.remove_requested.connect(self.guarded(self._remove_results))

    def _scroll_to(self, part: QWidget) -> None:
        """Bring a part into sight once it has its place."""
        timer = QTimer(part)
        timer.setSingleShot(True)
        timer.timeout.connect(lambda: self.ensureWidgetVisible(part))
        timer.start(_SETTLED)

    def _figures(self) -> dict[str, Callable[[], Any]]:
        """Return what makes the plots that are shown figures for print, by title."""
        from covoxel.gui.plots.pane import PlotPane

        panes = {pane.title: pane.printed() for pane in self.findChildren(PlotPane)}
        return {title: make for title, make in panes.items() if make is not None}

    def _remove_results(self) -> None:
        """Remove the layers that the last run has added, and its numbers, in turns."""
        self.steps.start(to_the_end(self._removal()))

    def _removal(self) -> Iterator[None]:
        yield from self.layers.clear()
        self._forget()
        self.tracker.update()

    def _pick_row(self, row: int) -> None:
        """Show the region of a row in the viewer."""
        self.layers.select_row(row)

    def _on_row(self, row: int) -> None:
        """Show a row that was picked in the viewer."""
        self.rows.select_row(row)

    def guarded(self, slot: Callable[..., Any]) -> Callable[..., None]:
        """Return a slot whose errors are shown in the widget."""
        return guarded(slot, self.show_error)

    def if_current(
        self, slot: Callable[..., Any], last: Callable[[], RunRecord | None] | None = None
    ) -> Callable[..., None]:
        """Return a slot that acts on the last result, unless it is outdated."""

        def call(*args: Any) -> None:
            if self.tracker.is_current(self.presenter.last if last is None else last()):
                slot(*args)

        return self.guarded(call)

    # for the presenter

    def put_result(self, run: Any) -> None:
        """Show the rows of a result, and what can be done with it."""
        self.rows.show_run(run)
        self.buttons.show_message("")
        self.buttons.show()

    def show_nothing(self) -> None:
        """Show no rows."""
        self.rows.clear()
        self.buttons.hide()

    def show_error(self, error: Exception) -> None:
        """Show why something has failed."""
        raise NotImplementedError


def _copy_table(row: ResultButtons, last: RunRecord) -> None:
    """Copy the rows of a run with their headers, to be pasted into a spreadsheet."""
    copy_text(shown_table(last, last.listed).as_text())
    row.show_message("Copied.")
