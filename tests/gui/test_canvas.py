"""The canvas of all plots."""

from covoxel.gui.plots.canvas import BlittedCanvas
from covoxel.report.theme import LIGHT


def test_a_canvas_without_room_for_its_axes_is_drawn(qtbot):
    canvas = BlittedCanvas()
    qtbot.addWidget(canvas)
    canvas.fresh_axes(LIGHT)
    canvas.figure.set_size_inches(1, 0.1)
    canvas.draw()
