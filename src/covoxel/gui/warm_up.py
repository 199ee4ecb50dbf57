"""What the window will need after the first run, loaded in the run's thread."""

from __future__ import annotations

import numpy as np

from covoxel.gui.collector import without_collection


def warm_up() -> None:
    """Load the plot, and compile napari's colouring of labels, away from the main thread."""
    from napari.utils import DirectLabelColormap

    with without_collection():
        import covoxel.gui.histogram_plot  # noqa: F401

        colors = {None: "transparent", 0: "transparent", 1: "yellow"}
        DirectLabelColormap(color_dict=colors).map(np.zeros((2, 2), np.uint8))
