"""What a result needs to be shown, loaded once and in a thread."""

from __future__ import annotations

from functools import cache

import numpy as np

from covoxel.gui.collector import without_collection


@cache
def warm_up() -> None:
    """Load the plot, and compile napari's colouring of labels, away from the main thread."""
    from napari.utils import DirectLabelColormap

    with without_collection():
        import covoxel.gui.measure.histogram_plot  # noqa: F401

        colors = {None: "transparent", 0: "transparent", 1: "yellow"}
        DirectLabelColormap(color_dict=colors).map(np.zeros((2, 2), np.uint8))
