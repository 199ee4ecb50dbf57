"""napari's colours of labels, compiled before they are needed; in any thread."""

from __future__ import annotations

from typing import Any

import numpy as np


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
