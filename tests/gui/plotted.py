"""A histogram plot that is shown, and the mouse over it."""

import numpy as np
from matplotlib.colors import to_rgb
from qtpy.QtCore import QEvent, QPoint, QPointF, Qt
from qtpy.QtGui import QMouseEvent
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication

from covoxel.gui.measure.histogram_plot import HistogramPlot
from covoxel.intensity.histogram import joint_histogram
from covoxel.report import density

LEFT = Qt.MouseButton.LeftButton
NAMES = ("actin", "tubulin")


def pair(high=1000, kind=np.uint16):
    rng = np.random.default_rng(0)
    first, noise = rng.random((2, 80, 90))
    return (first * high).astype(kind), ((first + noise) / 2 * high).astype(kind)


def show(plot, binned=None, **more):
    options = {"line": (0.5, 250), "threshold1": 400, "threshold2": 600, "names": NAMES} | more
    plot.show_histogram(binned or density(joint_histogram(*pair())), **options)
    plot.canvas.draw()


def plot_in(shown):
    """A histogram plot in a window of the fixture `shown`."""
    plot = shown(HistogramPlot, 420, 300)
    show(plot)
    return plot


def at(plot, x, y):
    """Place on the canvas of a pair of intensities."""
    ratio = plot.canvas.device_pixel_ratio
    px, py = plot._axes.transData.transform((x, y)) / ratio
    return QPoint(round(px), round(plot.canvas.height() - py))


def intensities(plot, point):
    """The pair of intensities at a place on the canvas."""
    ratio = plot.canvas.device_pixel_ratio
    place = point.x() * ratio, (plot.canvas.height() - point.y()) * ratio
    return plot._axes.transData.inverted().transform(place)


def press(plot, point):
    QTest.mousePress(plot.canvas, LEFT, Qt.KeyboardModifier.NoModifier, point)


def release(plot, point):
    QTest.mouseRelease(plot.canvas, LEFT, Qt.KeyboardModifier.NoModifier, point)


def move(plot, point, button=LEFT):
    event = QMouseEvent(
        QEvent.Type.MouseMove,
        QPointF(point),
        QPointF(plot.canvas.mapToGlobal(point)),
        Qt.MouseButton.NoButton,
        button,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(plot.canvas, event)


def drag(plot, *points):
    press(plot, points[0])
    for point in points[1:]:
        move(plot, point)
    release(plot, points[-1])


def heard(plot):
    """Everything that the plot tells, in order."""
    told = []
    plot.threshold_moved.connect(lambda *args: told.append(("moved", *args)))
    plot.threshold_released.connect(lambda *args: told.append(("released", *args)))
    plot.lassoed.connect(lambda corners: told.append(("lassoed", corners)))
    plot.lasso_cleared.connect(lambda: told.append(("cleared",)))
    return told


def on_canvas(plot):
    return np.asarray(plot.canvas.buffer_rgba())[..., :3] / 255


def share_of(plot, color):
    return np.mean(np.abs(on_canvas(plot) - to_rgb(color)).max(axis=-1) < 0.02)


def texts(plot):
    """All that is written; matplotlib keeps ticks beyond the axes, undrawn."""
    axes = plot._axes
    ticks = []
    for i, (axis, (low, high)) in enumerate(
        ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim()))
    ):
        within = [t for t in axis.get_ticklabels() if low <= t.get_position()[i] <= high]
        assert len(within) > 2
        ticks += [*within, axis.label, axis.get_offset_text()]
    return [text for text in [*ticks, *axes.texts] if text.get_visible() and text.get_text()]


def circle(plot, x, y, radius, n=30):
    angle = np.linspace(0, 2 * np.pi, n)
    pairs = zip(x + radius * np.cos(angle), y + radius * np.sin(angle), strict=True)
    return [at(plot, *pair) for pair in pairs]
