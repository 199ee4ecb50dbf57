"""Import and compile what showing a result needs, before it is needed."""

from __future__ import annotations

import threading
from importlib import import_module
from typing import Any

import numpy as np

from covoxel.core.garbage import gc_pause

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


def compile_label_colors(dtype: np.dtype[Any]) -> bool:
    """Compile the kernel that colours napari's labels, without running it.

    Where numba has neither TBB nor OpenMP, a parallel kernel that runs while the main thread
    runs another aborts the process. False if this napari needs no compiling.
    """
    from napari.utils import DirectLabelColormap
    from napari.utils.colormaps import _accelerated_cmap as coloring

    kernel: Any = getattr(coloring, "_labels_raw_to_texture_direct_inner_loop", None)
    in_use = coloring.labels_raw_to_texture_direct.__name__ == "_labels_raw_to_texture_direct_loop"
    if not in_use or not hasattr(kernel, "compile"):
        return False
    colors = DirectLabelColormap(color_dict={None: "transparent", 0: "transparent", 1: "yellow"})
    mapping = colors._get_typed_dict_mapping(dtype)  # noqa: SLF001
    texture = np.zeros(1, coloring.minimum_dtype_for_labels(len(mapping) + 2))
    arguments = np.zeros(1, dtype), mapping, texture
    kernel.compile(tuple(map(kernel.typeof_pyval, arguments)))
    return True
