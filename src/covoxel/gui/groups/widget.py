"""The Groups widget: a SuperPlot of the table of a layer, or of a CSV file."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property, partial
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QEvent, QTimer
from qtpy.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QWidget

from covoxel.analysis.groups import compare_groups
from covoxel.analysis.pages import page_url
from covoxel.gui.forms.kept import kept
from covoxel.gui.groups.form import GroupsForm
from covoxel.gui.groups.numbers import comparison_html
from covoxel.gui.groups.recipe import load_groups, save_groups
from covoxel.gui.groups.tables import read_table
from covoxel.gui.qt import (
    WrappedLabel,
    copy_text,
    fill,
    flush,
    help_button,
    numbers_label,
    outdated_label,
)
from covoxel.gui.running.jobs import Jobs
from covoxel.gui.running.recipe_button import RecipeButton
from covoxel.gui.running.refusals import error_message
from covoxel.gui.running.result_buttons import ask_for_page
from covoxel.gui.turns import wait_while
from covoxel.gui.viewer_column import ViewerColumn

if TYPE_CHECKING:
    import napari
    import pandas as pd

    from covoxel.analysis.groups import GroupComparison
    from covoxel.core.types import Progress

_ABOUT = "Compare conditions by the means of their replicates, days or animals; never by cells."
_OUTDATED = "These results are of an earlier state of the table, which has changed since."
#: Changes of layers are followed after this pause, in ms.
_PAUSE = 150
#: Loaded before a result is shown; they bring matplotlib along.
_SLOW = "covoxel.gui.plots.figure_pane", "covoxel.report.superplot"


class GroupsWidget(ViewerColumn):
    """Compare groups of replicates in the table of a layer, or in a CSV file."""

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__(viewer)
        self.form = GroupsForm(self.viewer.layers)
        self.message = WrappedLabel(self)
        self.button = QPushButton("Compare groups", self)
        self.numbers, self._results = numbers_label(self), QWidget(self)
        self.outdated, self.saves, self.runs = outdated_label(self), Jobs(self), Jobs(self)
        self.found: GroupComparison | None = None
        self._compared: pd.DataFrame | None = None
        self._watched: Any = None
        self._file: tuple[Path, pd.DataFrame] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE)
        self._lay_out()
        self._connect()
        self._offer()
        self._restore()

    def _restore(self) -> None:
        """Take up the table, the columns and the options of an earlier widget."""
        before = dict(kept(self.viewer, self.form))
        if before.get("file"):
            self.open(before["file"])
        for layer in self.form.table.choices:
            if layer is not None and layer.name == before.get("layer"):
                self.form.table.value = layer
        self.form.options_form.set_values(before.get("options", {}))
        for role, name in before.get("columns", {}).items():
            if name in self.form.fields[role].choices:
                self.form.fields[role].value = name

    def _lay_out(self) -> None:
        self.save = QPushButton("Save…", self)
        self.save.setToolTip("Write both tables with their settings, and the figure, into a folder")
        self.copy, self.report = QPushButton("Copy as Python", self), QPushButton("Report…", self)
        fill(flush(QHBoxLayout(self._results)), self.save, self.copy, self.report)
        save, load = (partial(act, self.form) for act in (save_groups, load_groups))
        row, recipe = QHBoxLayout(), RecipeButton(save, load, self.message.show_text, self)
        fill(row, (self.button, 1), recipe, help_button(lambda: page_url("groups"), self))
        fill(self.settings, self.form.native, self.message, row, 0)
        fill(self.column, self.outdated, self.numbers, self._results, 0)
        self.message.setText(_ABOUT)
        self._show_results(shown=False)

    def _connect(self) -> None:
        self.form.table.changed.connect(self._on_layer)
        self.form.open.native.clicked.connect(lambda _: self._ask_and_open())
        for part in (*self.form.fields.values(), self.form.options_form):
            part.changed.connect(lambda _: self._on_changed())
        self.button.clicked.connect(self._start)
        self.runs.returned.connect(self._on_compared)
        self.runs.failed.connect(self._on_failed)
        self.save.clicked.connect(self._ask_and_save)
        self.copy.clicked.connect(lambda: copy_text(self.python_line()))
        self.report.clicked.connect(self._ask_and_report)
        self.saves.returned.connect(lambda path: self.message.show_text(f"Saved in {path}."))
        self.saves.failed.connect(lambda error: self.message.show_text(str(error)))
        self._timer.timeout.connect(self._update_layers)
        events = self.viewer.layers.events
        for emitter in (events.inserted, events.removed):
            self._follow(emitter, self._on_layers)
        self._on_attend(attends=True)

    def event(self, event: QEvent | None) -> bool:
        """Look for edits of the table."""
        if event is not None and event.type() == QEvent.Type.Enter:
            self._on_edited()  # napari's own table edits without telling
        return super().event(event)

    def _on_attend(self, *, attends: bool) -> None:
        """Follow the table, or stop it."""
        self._watch(self.form.table.value if attends else None)
        if attends:
            self._timer.start()
        else:
            self._timer.stop()

    def _watch(self, layer: Any) -> None:
        """Follow the table of a layer, and no other."""
        for one, how in ((self._watched, "disconnect"), (layer, "connect")):
            if one is not None and "features" in one.events:
                getattr(one.events.features, how)(self._on_edited)
        self._watched = layer

    def _on_edited(self, event: Any = None) -> None:
        """Mark a result of a table that has changed since."""
        table = self.table()
        if self.found is None or table is None or self._compared is None:
            return
        current = table.equals(self._compared)
        self._results.setEnabled(current)
        self.outdated.show_text("" if current else _OUTDATED)

    def _on_layers(self, event: Any = None) -> None:
        self._timer.start()  # a table is added to its layer after the layer to the viewer

    def _update_layers(self) -> None:
        """Offer the layers; the only one with a table is chosen by itself."""
        field = self.form.table
        field.reset_choices()
        offered = [layer for layer in field.choices if layer is not None]
        if self._file is None and field.value is None and len(offered) == 1:
            field.value = offered[0]

    def _on_layer(self, layer: Any) -> None:
        if layer is not None and self._file is not None:
            self._file = None
            self.form.table.name_nothing("none")
        self._watch(layer)
        self._offer()

    def _on_changed(self) -> None:
        """Forget what was compared with other settings, and keep these."""
        self.runs.cancel()
        kept(self.viewer, self.form).update(
            file=self._file and self._file[0],
            layer=getattr(self.form.table.value, "name", None),
            columns=self.form.columns(),
            options=self.form.options_form.values(),
        )
        self.found = self._compared = None
        self._show_results(shown=False)

    def _offer(self) -> None:
        table = self.table()
        self.form.offer(table)
        self.button.setEnabled(table is not None)
        self.message.show_text(_ABOUT if table is None else "")

    def _ask_and_open(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Open a table", "", "Tables (*.csv)")
        if path:
            self.open(path)

    def open(self, path: str | Path) -> None:
        """Take the table of a CSV file."""
        try:
            self._file = Path(path), read_table(path)
        except ValueError as error:
            self.message.show_text(str(error))
            return
        self.form.table.value = None
        self.form.table.name_nothing(self._file[0].name)
        self._on_changed()
        self._offer()

    def table(self) -> pd.DataFrame | None:
        """Return the table that is chosen, None without one."""
        if self._file is not None:
            return self._file[1]
        layer = self.form.table.value
        return None if layer is None else layer.features

    def run(self) -> GroupComparison | None:
        """Compare the groups, show the result and return it; None where it is refused."""
        self._start()
        wait_while(lambda: self.runs.running)
        return self.found

    def _start(self) -> None:
        """Compare the groups in the background."""
        table = self.table()
        if table is None:
            return
        try:
            named, options = self._columns(), self.form.options_form.read_options()
        except ValueError as error:
            self._on_failed(error)
            return
        copied = table.copy()

        def work(_: Progress) -> tuple[pd.DataFrame, GroupComparison]:
            for module in _SLOW:
                import_module(module)
            return copied, compare_groups(copied, **named, options=options)

        self.runs.run(work)

    def _columns(self) -> dict[str, str]:
        """Return the columns by their roles; ValueError where one is not chosen."""
        columns = self.form.columns()
        missing = [role for role, name in columns.items() if name is None]
        if missing:
            msg = f"choose a column for the {missing[0]}"
            raise ValueError(msg)
        return {role: str(name) for role, name in columns.items()}

    def _on_failed(self, error: Exception) -> None:
        """Show why nothing was compared."""
        self._on_changed()
        self.message.show_text(error_message(error))

    def _on_compared(self, compared: tuple[pd.DataFrame, GroupComparison]) -> None:
        """Show a result."""
        self._compared, self.found = compared
        self.message.show_text("")
        self._show(self.found)

    @cached_property
    def plot(self) -> Any:
        """The SuperPlot, made when it is first needed: it brings matplotlib along."""
        from covoxel.gui.plots.figure_pane import FigurePane

        plot = FigurePane(_ABOUT, self)
        plot.setMinimumHeight(_HEIGHT)
        self.follow_theme(plot)
        self.column.insertWidget(self.column.indexOf(self.numbers), plot, 1)
        return plot

    def _show(self, found: GroupComparison) -> None:
        from covoxel.gui.plots.figure_pane import ShownFigure
        from covoxel.report.superplot import caption, superplot_axes

        drawn, across = (found.cells, found.replicates), caption(found.table)
        picture = ShownFigure(superplot_axes, drawn, across, found.value, "SuperPlot")
        self.plot.show_picture(picture)
        self.numbers.setText(comparison_html(found))
        self._show_results(shown=True)
        self._on_edited()

    def _show_results(self, *, shown: bool) -> None:
        for part in self._parts():
            part.setVisible(shown)
        self.outdated.hide()

    def _parts(self) -> Iterator[QWidget]:
        yield from (self.numbers, self._results)
        if "plot" in vars(self):
            yield self.plot

    def python_line(self) -> str:
        """Return Python statements that repeat the comparison."""
        columns = ", ".join(f"{role}={name!r}" for role, name in self.form.columns().items())
        changes = "".join(
            f", {name}={value!r}" for name, value in self.form.options_form.read_options().changes()
        )
        source = "table" if self._file is None else repr(str(self._file[0].absolute()))
        layer = self.form.table.value
        named = "" if layer is None else f"table = viewer.layers[{layer.name!r}].features\n"
        return (
            f"from covoxel.analysis import compare_groups\n{named}"
            f"found = compare_groups({source}, {columns}{changes})"
        )

    def _ask_and_save(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Save tables and figure")
        found = self.found
        if folder and found is not None:
            self.saves.run(lambda _: found.save(folder)[0].parent)

    def _ask_and_report(self) -> None:
        page, found = ask_for_page(self, Path("groups.html")), self.found
        if page is not None and found is not None:
            self.saves.run(lambda _: report_groups(found, page))


#: Least height of the plot, in pixels.
_HEIGHT = 230


def report_groups(found: GroupComparison, path: Path) -> Path:
    """Write a page on compared groups in place of an earlier one; safe in a thread."""
    from covoxel.analysis.saved import groups_page
    from covoxel.report.page import render, write_page

    with TemporaryDirectory() as folder:
        found.save(folder)
        return write_page(path, render(*groups_page(Path(folder))), overwrite=True)
