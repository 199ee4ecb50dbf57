"""What is compiled ahead is what is needed, and compiling runs nothing in parallel."""

import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.utils.colormaps import _accelerated_cmap as coloring

from covoxel.gui.viewer.label_colors import compile_label_colors


def test_a_mask_needs_no_further_compiling():
    assert compile_label_colors(np.dtype(np.uint8))
    kernel = coloring._labels_raw_to_texture_direct_inner_loop
    compiled = len(kernel.signatures)
    colors = {None: "transparent", 0: "transparent", 1: "yellow", 2: "white"}
    ViewerModel().add_labels(np.eye(8, dtype=np.uint8), colormap=colors)
    assert len(kernel.signatures) == compiled


def test_another_way_of_coloring_is_left_alone(monkeypatch):
    numpy_way = coloring._labels_raw_to_texture_direct_numpy
    monkeypatch.setattr(coloring, "labels_raw_to_texture_direct", numpy_way)
    assert not compile_label_colors(np.dtype(np.uint8))


@pytest.mark.slow
def test_preloading_beside_a_parallel_kernel_without_openmp():
    """A parallel kernel runs in the main thread the whole time; a second one would abort."""
    code = """
        import threading
        import numba, numpy as np
        from covoxel.gui.measure import preload

        @numba.njit(parallel=True)
        def busy(values):
            for i in numba.prange(values.size):
                values[i] = i % 7

        values = np.zeros(500_000)
        busy(values)
        threads = [threading.Thread(target=preload.preload) for _ in range(2)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            busy(values)
        assert preload._loaded and numba.threading_layer() == "workqueue"
    """
    environment = os.environ | {"NUMBA_THREADING_LAYER": "workqueue", "NUMBA_NUM_THREADS": "2"}
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-2000:]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["Measure", "Objects", "Map"])
def test_a_result_loads_nothing_while_the_window_waits(name):
    code = f"""
        import sys, threading
        import numpy as np
        from napari.components import ViewerModel
        from qtpy.QtWidgets import QApplication
        from covoxel.gui.{name.lower()}.widget import {name}Widget
        from covoxel.gui.turns import wait_while

        class Watch:
            def find_spec(self, module, path=None, target=None):
                if threading.current_thread() is threading.main_thread():
                    loaded.append(module)

        app, viewer, loaded = QApplication([]), ViewerModel(), []
        for seed in (0, 1):
            viewer.add_image(np.random.default_rng(seed).integers(0, 99, (64, 64), np.uint16))
        viewer.add_labels(np.repeat(np.repeat([[1, 2], [0, 3]], 32, 0), 32, 1))
        widget = {name}Widget(viewer)
        wait_while(lambda: widget.checks.running or widget.loads.running)
        if "measures" in widget.form.named():
            widget.form.measures.value = ("correlation",)
        sys.meta_path.insert(0, Watch())
        widget.run()
        wait_while(widget.busy)
        widget.rows.names.setCurrentText("plot")
        wait_while(lambda: widget.rows._steps.running)
        print(*(one for one in loaded if one.startswith(("covoxel", "scipy", "matplotlib"))))
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout) == (0, "\n"), run.stderr[-2000:]
