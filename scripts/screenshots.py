"""Take the screenshots of the pages on the viewer, on a display of 1366 by 768 pixels.

xvfb-run -s "-screen 0 1366x768x24" python scripts/screenshots.py

Writes docs/pictures/*.webp.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import napari
import numpy as np
from napari.settings import get_settings
from PIL import Image
from qtpy.QtWidgets import QApplication

from covoxel import measure, read_image
from covoxel.io.samples import sample_path

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"


def settle(seconds: float = 1.5) -> None:
    """Let the window draw."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.01)


def save(viewer: napari.Viewer, name: str) -> None:
    """Write the window as it is seen."""
    settle()
    picture = Image.fromarray(np.asarray(viewer.screenshot(canvas_only=False, flash=False)))
    write(picture, name)


def write(picture: Image.Image, name: str) -> None:
    """Write a picture."""
    picture.convert("RGB").save(FOLDER / f"{name}.webp", quality=80, method=6)


def opened(sample: str) -> napari.Viewer:
    """Return a viewer with a sample."""
    viewer = napari.Viewer()
    viewer.window.resize(1366, 768)
    viewer.open_sample("covoxel", sample)
    for layer in viewer.layers:
        if layer.name == "Cells":
            layer.contour = 2
    viewer.reset_view()
    settle(3)
    return viewer


def widget(viewer: napari.Viewer, name: str) -> Any:
    """Return a widget, docked."""
    return viewer.window.add_plugin_dock_widget("covoxel", name)[1]


def first_hour() -> None:
    """Take the steps of the page on the first hour."""
    viewer = opened("two_channel_cells")
    save(viewer, "hour-open")
    measure = widget(viewer, "Measure")
    save(viewer, "hour-measure")
    measure.regions.value = viewer.layers["Cells"]
    measure.run()
    save(viewer, "hour-result")
    viewer.close()


def maps() -> None:
    """Show a map of local correlations."""
    viewer = opened("two_channel_cells")
    widget(viewer, "Map").run()
    save(viewer, "map")
    viewer.close()


def registration() -> None:
    """Show a shift before and after."""
    viewer = opened("shifted_channels")
    widget(viewer, "Register").run()
    save(viewer, "register")
    viewer.close()


def report() -> None:
    """Draw the first screen of a report."""
    channels = read_image(sample_path("two_channel_cells.ome.tif"))
    cells = read_image(sample_path("two_channel_cells_labels.tif"))[0]
    result = measure(*channels, labels=cells, measures="default,significance")
    browser = Path(__file__).with_name("browser.py")
    with tempfile.TemporaryDirectory() as folder:
        page = result.report(Path(folder, "report.html"))
        size = "--size", "1100x768"
        command = sys.executable, browser, page, "--shots", folder, *size
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        write(Image.open(Path(folder, "report.png")), "hour-report")


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    get_settings().application.plugin_widget_positions = {}  # where they were docked before
    for take in (first_hour, maps, registration, report):
        take()
