"""Import and compile what showing a result needs, before it is needed."""

from __future__ import annotations

import threading
from importlib import import_module

import numpy as np

from covoxel.core.memory import gc_pause
from covoxel.gui.viewer.label_colors import compile_label_colors

_LOCK = threading.Lock()
_loaded = False


def preload() -> None:
    """Import the plot, and compile sums and napari's colouring of a mask, once; in any thread."""
    global _loaded
    with _LOCK:
        if not _loaded:
            with gc_pause():
                import_module("covoxel.gui.measure.histogram_plot")
                from covoxel.intensity import joint_histogram, kendall, manders

                image = np.arange(16, dtype=np.uint16).reshape(4, 4)
                manders(image, image, threshold1=3, threshold2=3)
                kendall(joint_histogram(image, image))
                compile_label_colors(np.dtype(np.uint8))
            _loaded = True
