"""Widgets are opened in turns with the window, by the names of the manifest."""

import subprocess
import sys

import pytest

from covoxel.gui import opening

SCRIPT = """
import sys
import napari
from qtpy.QtCore import QTimer

viewer, ticks, timer = napari.Viewer(show=False), [], QTimer()
timer.timeout.connect(lambda: ticks.append(len(sys.modules)))
timer.start(1)
_, widget = viewer.window.add_plugin_dock_widget("covoxel", "Objects")
print(type(widget).__name__, widget.viewer is viewer, len({*ticks}) > 1)
"""


@pytest.mark.slow
def test_timers_tick_while_a_widget_is_opened():
    found = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True)
    assert found.stdout.split() == ["ObjectsWidget", "True", "True"], found.stderr


def test_other_names_are_refused():
    assert opening.measure is opening.measure
    with pytest.raises(AttributeError, match="no attribute 'plots'"):
        opening.__getattr__("plots")
