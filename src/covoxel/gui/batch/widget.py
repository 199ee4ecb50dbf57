"""The Batch widget: all images of a recipe, stopped and resumed at will."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from magicgui.types import FileDialogMode
from magicgui.widgets import CheckBox, FileEdit, SpinBox
from napari.layers import Layer
from qtpy.QtCore import QModelIndex, QObject, Signal
from qtpy.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QTableView,
    QWidget,
)

from covoxel.analysis.pages import page_url
from covoxel.core.sharing import processors
from covoxel.core.text import counted
from covoxel.gui.batch.experiment import (
    Experiment,
    OpenedImage,
    Runs,
    open_experiment,
    opened_image,
    status_of,
)
from covoxel.gui.batch.table import ImageTable
from covoxel.gui.forms.kept import kept
from covoxel.gui.forms.options_form import FieldRows
from covoxel.gui.qt import WrappedLabel, fill, flush, help_button
from covoxel.gui.running.jobs import Jobs, StepRunner, to_the_end
from covoxel.gui.running.refusals import error_message
from covoxel.gui.running.result_buttons import ask_for_page
from covoxel.gui.table.view import ResultTable
from covoxel.gui.viewer.temporary_view import insert_layer, remove_layers
from covoxel.gui.viewer_column import ViewerColumn

if TYPE_CHECKING:
    import napari

    from covoxel.batch import BatchResult

_ABOUT = (
    "Analyse all images of an experiment as a recipe says. covoxel recipe init FOLDER writes one "
    "from the names of files; Recipe > Save as recipe… in another widget puts its settings into it."
)
#: Least height of the table, in pixels.
_HEIGHT = 220
#: Height of its rows.
_ROW = 22
#: Notes that are shown.
_MOST_NOTES = 4


class _EndedSignal(QObject):
    """Signal of a thread in which an image has ended."""

    ended = Signal(object)


class BatchForm(FieldRows):
    """The recipe, the folder of the results, and how it is run."""

    def __init__(self) -> None:
        super().__init__()
        self.recipe = FileEdit(
            mode=FileDialogMode.EXISTING_FILE, filter="*.toml", nullable=True, name="recipe"
        )
        self.add_row("recipe", self.recipe)
        self.folder = FileEdit(mode=FileDialogMode.EXISTING_DIRECTORY, nullable=True, name="folder")
        self.folder.tooltip = "Folder for the results; that of the recipe unless chosen"
        self.add_row("results", self.folder)
        self.workers = SpinBox(value=processors(), min=1, max=256, name="workers")
        self.workers.tooltip = "Processes that share the images"
        self.overwrite = CheckBox(text="start over", name="overwrite")
        self.overwrite.tooltip = "Replace earlier results; else what is left is analysed"
        self.add_row("workers", self.workers, self.overwrite)


class BatchWidget(ViewerColumn):
    """Run a recipe on all images of an experiment, and look at what it gave."""

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__(viewer)
        self.form, self.message = BatchForm(), WrappedLabel(self)
        self.button, self.cancel = QPushButton("Run", self), QPushButton("Cancel", self)
        self.report, self.remove = QPushButton("Report…", self), QPushButton("Remove", self)
        self.bar, self.model = QProgressBar(self), ImageTable(self)
        self.table = QTableView(self)
        self.found: BatchResult | None = None
        #: The tables of the image that is open, one for each analysis.
        self.results: list[ResultTable] = []
        self._reading, self._running = Jobs(self), Jobs(self)
        self._opening, self._reports = Jobs(self), Jobs(self)
        self._runs, self._relay, self._steps = Runs(), _EndedSignal(), StepRunner(self)
        self._shown: list[Any] = []
        self._failed = 0
        self._lay_out()
        self._connect()
        for name, value in dict(kept(self.viewer, self.form)).items():
            self.form.fields[name].value = value

    def _lay_out(self) -> None:
        self.message.setText(_ABOUT)
        buttons = QWidget(self)
        acting = self.button, self.cancel, self.report, self.remove
        help_ = help_button(lambda: page_url("batch"), self)
        fill(flush(QHBoxLayout(buttons)), *acting, help_)
        for button in acting:
            button.setEnabled(False)
        self.report.setToolTip("Write one page on all results, once all images are done")
        self.remove.setToolTip("Remove the layers and tables of the image that is open")
        self.table.setModel(self.model)
        self.table.setMinimumHeight(_HEIGHT)
        rows, names = self.table.verticalHeader(), self.table.horizontalHeader()
        assert rows is not None
        assert names is not None
        rows.setDefaultSectionSize(_ROW)
        names.setStretchLastSection(True)  # for the reasons of failures
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setToolTip("Double-click an image to open it with its regions and results")
        fill(self.settings, self.form.native, self.message, buttons, self.bar, 0)
        self.column.addWidget(self.table, 1)
        self.bar.hide()

    def _connect(self) -> None:
        for name in ("recipe", "folder"):
            self.form.fields[name].changed.connect(lambda _: self.read())
        self.form.overwrite.changed.connect(lambda _: self._name_button())
        self.button.clicked.connect(lambda _: self.run())
        self.cancel.clicked.connect(lambda _: self.stop())
        self.report.clicked.connect(lambda _: self._ask_and_report())
        self.remove.clicked.connect(lambda _: self._steps.start(to_the_end(self._go_back())))
        self.table.doubleClicked.connect(self._on_row)
        self._relay.ended.connect(self._on_image)
        self._reading.returned.connect(self._on_read)
        self._running.progressed.connect(self._on_progress)
        self._running.returned.connect(self._on_finished)
        self._running.busy.connect(self._on_busy)
        self._opening.returned.connect(self._on_opened)
        self._reports.returned.connect(lambda path: self.message.show_text(f"Saved in {path}."))
        for jobs in (self._reading, self._running, self._opening, self._reports, self._steps):
            jobs.failed.connect(self._on_failed)

    @property
    def experiment(self) -> Experiment | None:
        """What is shown."""
        return self.model.experiment

    def open(self, path: str | Path) -> None:
        """Take a recipe, or a folder of results."""
        path = Path(path)
        results = path.is_dir()
        with self.form.recipe.changed.blocked(), self.form.folder.changed.blocked():
            self.form.recipe.value = path / "recipe.toml" if results else path
            self.form.folder.value = path if results else None
        self.read()

    def read(self) -> None:
        """Read the recipe and find its images, off the main thread."""
        path, folder = (self.form.fields[name].value for name in ("recipe", "folder"))
        kept(self.viewer, self.form).update(recipe=path, folder=folder)
        self.button.setEnabled(False)
        self.model.show(None)
        if path is None:
            self.message.show_text(_ABOUT)
            return
        self.message.show_text("looking for images …")
        self._reading.run(lambda _: open_experiment(path, folder))

    def _on_read(self, experiment: Experiment) -> None:
        self.model.show(experiment)
        self.table.resizeColumnsToContents()
        self._name_button()
        self.button.setEnabled(True)
        incomplete = sum(bool(one.missing) for one in experiment.images)
        lines = [f"{counted(len(experiment.images), 'image')}; results in {experiment.folder}"]
        lines += [f"{counted(incomplete, 'image')} incomplete"] if incomplete else []
        self.message.show_text("\n".join([*lines, *experiment.notes[:_MOST_NOTES]]))

    def _name_button(self) -> None:
        """Say on the button what a run does now."""
        experiment, anew = self.experiment, self.form.overwrite.value
        if experiment is None or anew or not experiment.status:
            text, tip = "Run", "Analyse all images"
        elif experiment.left:
            text, tip = "Resume", f"Analyse what is left: {counted(experiment.left, 'image')}"
        else:
            text, tip = "Run again", "All are done: analyse what has changed since"
        self.button.setText(text)
        self.button.setToolTip(tip)
        self.report.setEnabled(experiment is not None and experiment.finished)

    def run(self) -> None:
        """Analyse what is left, or all anew, in worker processes."""
        experiment = self.experiment
        if experiment is None or self._running.running:
            return
        overwrite, workers = self.form.overwrite.value, self.form.workers.value
        if overwrite:
            experiment.status.clear()
            self.model.show(experiment)
        self.form.overwrite.value = False
        self._failed = 0
        each = self._relay.ended.emit
        run = partial(self._runs.run, experiment, workers, overwrite=overwrite, each=each)
        self._running.run(lambda progress: run(progress=progress))

    def stop(self) -> None:
        """Stop; what is finished is kept, and the next run goes on."""
        self._running.cancel()
        self._name_button()
        if self.experiment is not None:
            left, of = self.experiment.left, counted(len(self.experiment.images), "image")
            self.message.show_text(f"stopped: {left} of {of} left; what is finished is kept")

    def _on_busy(self, busy: bool) -> None:
        self.button.setEnabled(not busy)
        self.cancel.setEnabled(busy)
        self.report.setEnabled(False)  # until there are results
        self.form.enabled = not busy
        self.bar.setVisible(busy)
        if busy:
            self.bar.setRange(0, 0)
            self.message.show_text("starting …")

    def _on_image(self, entry: Any) -> None:
        self._failed += bool(entry.reasons)
        self.model.set_status(entry.image, status_of(entry))

    def _on_progress(self, done: int, total: int) -> None:
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        failed = f", {self._failed} failed" if self._failed else ""
        self.message.show_text(f"{done} of {counted(total, 'image')}{failed}")

    def _on_finished(self, found: BatchResult) -> None:
        self.found = found
        self._name_button()
        done = counted(found.images, "image") + (f", {found.failed} failed" if found.failed else "")
        self.message.show_text(f"{done}; tables in {found.folder}")

    def _on_failed(self, error: BaseException) -> None:
        self.message.show_text(error_message(error))

    def _ask_and_report(self) -> None:
        """Write a page on the results, off the main thread."""
        if self.experiment is None:
            return
        folder = self.experiment.folder
        page = ask_for_page(self, folder / "report.html")
        if page is not None:
            self._reports.run(lambda _: report_batch(folder, page))

    def _on_row(self, index: QModelIndex) -> None:
        self.show_image(index.row())

    def show_image(self, number: int) -> None:
        """Open an image with its regions and results, in place of the one before."""
        experiment = self.experiment
        if experiment is not None:
            self._opening.run(lambda _: opened_image(experiment, number))

    def _on_opened(self, image: OpenedImage) -> None:
        self._steps.start(self._show_image(image))

    def _show_image(self, image: OpenedImage) -> Iterator[None]:
        """Show an image over the layers of the user, in place of the one before, step by step."""
        yield from self._removal()
        self.remove.setEnabled(True)
        while len(self.results) < len(image.results):
            self.results.append(ResultTable(self))
            self.follow_theme(self.results[-1])
            self.column.addWidget(self.results[-1])
        for table, result in zip(self.results, image.results, strict=False):
            table.show_run(result)
            table.fold.setChecked(True)
        for one in image.layers:
            self._shown.append(Layer.create(*one))
            yield from insert_layer(self.viewer, self._shown[-1])
            yield
        self.viewer.reset_view()

    def _go_back(self) -> Iterator[None]:
        """Remove the image that is open, and bring the layers of the user into view."""
        yield from self._removal()
        self.viewer.reset_view()

    def _removal(self) -> Iterator[None]:
        """Remove the layers and tables of the image that is open, step by step."""
        self.remove.setEnabled(False)
        for table in self.results:
            table.clear()
        gone, self._shown = self._shown, []
        yield from remove_layers(self.viewer, gone)


def report_batch(folder: Path, path: Path) -> Path:
    """Write a page on the results of a batch in place of an earlier one; safe in a thread."""
    from covoxel.batch.report import experiment_blocks
    from covoxel.report.page import render, write_page

    return write_page(path, render(*experiment_blocks(folder)), overwrite=True)


def show_results(folder: Path) -> None:
    """Show the results of a batch in a viewer; return when it is closed."""
    import napari

    viewer = napari.Viewer()
    widget = BatchWidget(viewer)
    viewer.window.add_dock_widget(widget, name="Batch", area="right")
    widget.open(folder)
    napari.run()
