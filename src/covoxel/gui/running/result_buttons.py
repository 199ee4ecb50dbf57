"""What can be done with a result: the buttons, and what they do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from covoxel.gui.qt import WrappedLabel, copy_text, flush
from covoxel.gui.running.jobs import Jobs
from covoxel.gui.running.lines import RepeatableRun, as_command, as_python, missing
from covoxel.gui.running.saving import image_folder, report_run, result_name, save_run
from covoxel.gui.running.sources import region_path, repeatable_run, save_region

if TYPE_CHECKING:
    from covoxel.gui.running.selection import RunRecord

_SAVE = "Write tables, settings and figures into a new folder beside the image"
_REPORT = "Write a page with pictures, numbers, cautions, settings and a methods paragraph"
_COPY = "Copy the table, to paste it into a spreadsheet"


class ResultButtons(QWidget):
    """What can be done with a result: buttons, a menu for the rarer, and a message about it.

    Attributes
    ----------
    current : QWidget
        The part that acts on a current result only; a result is removed at any time.
    """

    save_requested = Signal()
    copy_requested = Signal()
    table_requested = Signal()
    python_requested = Signal()
    command_requested = Signal()
    region_requested = Signal()
    report_requested = Signal()
    remove_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column, row = flush(QVBoxLayout(self), 2), QHBoxLayout()
        self.current = QWidget(self)
        self._row = flush(QHBoxLayout(self.current), 4)
        column.addLayout(row)
        row.addWidget(self.current, 1)
        self.message = WrappedLabel(self)
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.saves = Jobs(self)
        self.save = QPushButton("Save region beside the image", self)
        self.save.clicked.connect(self.region_requested)
        for part in (self.message, self.save):
            part.hide()
            column.addWidget(part)
        self.show_message = self.message.show_text
        self._add_button("Save", _SAVE, self.save_requested)
        self._add_button("Copy table", _COPY, self.copy_requested)
        menu = self.menu = QMenu(self)
        menu.setToolTipsVisible(True)
        self._add_button("More", "What else can be done with this result").setMenu(menu)
        for text, tip, signal in (
            ("Show table", "Open napari's table of all columns", self.table_requested),
            ("Copy as Python", "Copy the line that repeats this run", self.python_requested),
            ("Copy as command", "Copy the command that repeats this run", self.command_requested),
            ("Report…", _REPORT, self.report_requested),
        ):
            action = menu.addAction(text)
            assert action is not None
            action.setToolTip(tip)
            action.triggered.connect(signal)
        remove = QToolButton(self)
        remove.setText("Remove")
        remove.setToolTip("Remove the layers that this run has added, and its numbers")
        remove.clicked.connect(self.remove_requested)
        row.addWidget(remove)
        self.saves.returned.connect(lambda folder: self.show_message(f"Saved in {folder}."))
        self.saves.failed.connect(lambda error: self.show_message(str(error)))

    def _add_button(self, text: str, tip: str, signal: Any = None) -> QPushButton:
        button = QPushButton(text, self.current)
        button.setToolTip(tip)
        if signal is not None:
            button.clicked.connect(signal)
        self._row.addWidget(button, 1)
        return button


#: Makes the line that repeats a run.
CopiedLine = Callable[[RepeatableRun, Any], str]


def python_line(run: RepeatableRun, last: RunRecord) -> str:
    """Return Python statements that repeat a run."""
    return as_python(run, last.region_as)


def command_line(run: RepeatableRun, last: RunRecord) -> str:
    """Return the command that repeats a run."""
    return as_command(run, last.region_as)


def copy_line(row: ResultButtons, last: RunRecord, line: CopiedLine) -> None:
    """Copy the line that repeats a run; offer to save a region that it cannot name."""
    run = repeatable_run(last)
    copy_text(line(run, last))
    row.show_message(" ".join(["Copied.", *missing(run)]))
    unsaved = run.region is not None and run.region_path is None
    row.save.setVisible(unsaved and run.files[0] is not None)


def save_beside(row: ResultButtons, last: RunRecord) -> None:
    """Save the region of a run beside its image, where the copied lines look for it."""
    file = repeatable_run(last).files[0]
    if file is None:
        return
    try:
        path = save_region(last, region_path(last.selection.region.name, file.path))
    except (ValueError, OSError) as error:
        row.show_message(str(error))
        return
    row.save.hide()
    row.show_message(f"Saved as {path.name}; copy the line again.")


def save_beside_image(row: ResultButtons, last: RunRecord, figures: Mapping[str, Any]) -> None:
    """Save a run in a new folder beside its image, or where the user wants it."""
    folder = image_folder(last)
    if folder is None:
        chosen = QFileDialog.getExistingDirectory(row, "Save into a new folder in")
        folder = Path(chosen) if chosen else None
    if folder is not None:
        row.show_message("Saving…")
        row.saves.run(lambda _: save_run(last, folder, figures))


def ask_for_page(parent: QWidget, suggested: Path) -> Path | None:
    """Ask where a report is written; None where the user writes none."""
    chosen, _ = QFileDialog.getSaveFileName(
        parent, "Save report", str(suggested), "Web page (*.html)"
    )
    return Path(chosen) if chosen else None


def save_report(row: ResultButtons, last: RunRecord) -> None:
    """Write a page on a run where the user wants it, by default beside the image."""
    name = (image_folder(last) or Path()) / f"{result_name(last)}.html"
    page = ask_for_page(row, name)
    if page is not None:
        row.show_message("Writing the report…")
        row.saves.run(lambda _: report_run(last, page))
