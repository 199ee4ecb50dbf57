"""Opening the viewer from the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import napari
from napari.layers import Layer

from covoxel.gui.label_image import labels_layer


def show(images: Sequence[Path], labels: Mapping[str, Path] | None = None) -> None:
    """Open images and label images in napari; return when its window is closed.

    Parameters
    ----------
    images : sequence of Path
        A layer for each channel.
    labels : mapping of str to Path, optional
        Label images and masks by the names of their layers.
    """
    viewer = napari.Viewer()
    for path in images:
        viewer.open(path, plugin="covoxel")
    for name, path in (labels or {}).items():
        viewer.add_layer(Layer.create(*labels_layer(path, name)))
    napari.run()
