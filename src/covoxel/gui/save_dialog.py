"""The question where to save a figure."""

from __future__ import annotations

from pathlib import Path

import napari
from qtpy.QtWidgets import QFileDialog, QWidget

from covoxel.core.files import refuse_clashes

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


def refuse_open_files(path: str | Path) -> None:
    """Refuse to write over a file that a layer of the viewer was read from.

    The dialogs ask before a file is replaced, but not whether it is the raw image.

    Raises
    ------
    ValueError
        If it is one.
    """
    viewer = napari.current_viewer()
    layers = [] if viewer is None else viewer.layers
    refuse_clashes([Path(path)], [layer.source.path for layer in layers if layer.source.path])
