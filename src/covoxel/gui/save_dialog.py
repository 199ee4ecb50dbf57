"""The question where to save a figure."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtWidgets import QFileDialog, QWidget

_FORMATS = {"SVG (*.svg)": "svg", "PDF (*.pdf)": "pdf", "PNG, 300 dpi (*.png)": "png"}


def ask_for_figure_path(parent: QWidget, title: str, name: str) -> Path | None:
    """Ask where to save a figure; an existing file is confirmed by the dialog.

    Parameters
    ----------
    parent : QWidget
        The dialog's window.
    title : str
        The dialog's.
    name : str
        Suggested for the file, without a suffix.

    Returns
    -------
    Path or None
        None if the question was declined.
    """
    dialog = QFileDialog(parent, title)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilters(list(_FORMATS))
    dialog.setDefaultSuffix("svg")  # added before the dialog looks whether there is such a file
    dialog.filterSelected.connect(lambda chosen: dialog.setDefaultSuffix(_FORMATS[chosen]))
    dialog.selectFile(name)
    accepted, files = dialog.exec(), dialog.selectedFiles()
    dialog.deleteLater()
    return Path(files[0]) if accepted and files else None
