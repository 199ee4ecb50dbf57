"""A matplotlib canvas for Qt whose moving parts are blitted over a stored background."""

from __future__ import annotations

from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_qtagg import FigureCanvasQTAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from qtpy.QtCore import QEvent, Qt, QTimer
from qtpy.QtGui import QKeyEvent, QPaintEvent
from qtpy.QtWidgets import QWidget

from covoxel.report.theme import Theme, fixed_style

#: Margins of the axes in pixels: left, right, bottom, top.
MARGINS = 68, 22, 42, 22
#: Height of the corner buttons, with a gap.
_CORNER = 26
#: Until a plot is drawn in a new size, in ms.
_SETTLED = 10
#: Keys that the canvas handles before shortcuts of the window.
_KEYS = (
    Qt.Key.Key_Left,
    Qt.Key.Key_Right,
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_Escape,
)


class BlittedCanvas(FigureCanvasQTAgg):
    """One pair of axes with margins of fixed size, that above them in pixels.

    Attributes
    ----------
    still : list of Artist
        Drawn over the figure, and again by ``refresh(still=True)``.
    moving : list of Artist
        Drawn over all that, at each `refresh`.
    """

    def __init__(self, parent: QWidget | None = None, *, above: int = MARGINS[3]) -> None:
        with fixed_style():
            super().__init__(Figure())
        self.setParent(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.still: list[Artist] = []
        self.moving: list[Artist] = []
        self._margins: tuple[float, ...] = (*MARGINS[:3], above)
        self._bare: Any = None
        self._backdrop: Any = None
        self._names: dict[Text, str] = {}
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.setInterval(_SETTLED)
        self._settled.timeout.connect(self._draw_idle)
        self.mpl_connect("resize_event", self._on_resize)
        self.mpl_connect("draw_event", self._on_draw)

    def clear(self, theme: Theme) -> None:
        """Empty the figure."""
        self.still, self.moving = [], []
        self._bare = self._backdrop = None
        self._names.clear()
        self.figure.clear()
        self.figure.set_facecolor(theme.background)

    def set_above(self, height: float) -> None:
        """Set the margin above the axes, in pixels."""
        self._margins = *MARGINS[:3], height
        self._on_resize()

    def fresh_axes(self, theme: Theme) -> Axes:
        """Return new axes in an empty figure."""
        self.clear(theme)
        with fixed_style():
            axes = self.figure.add_subplot()
        self._on_resize()
        return axes

    def draw_idle(self) -> None:
        """Draw once the layout has settled, which often takes several turns."""
        self._draw_pending = True
        if not self._settled.isActive():  # else a plot that is being resized would stand still
            self._settled.start()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Paint what is drawn; the screen keeps what it shows until then."""
        if not self._settled.isActive():
            super().paintEvent(event)

    def draw(self) -> None:
        """Draw everything in the style of the report, in which ticks are created, too."""
        with fixed_style():
            for axes in self.figure.axes:
                self._shorten(axes.yaxis.label)
            super().draw()

    def _shorten(self, label: Text) -> None:
        """Elide the middle of the label of the y axis where it does not fit."""
        name = self._names.setdefault(label, label.get_text())
        label.set_text(name)
        box, axes = self.figure.bbox, self.figure.axes[0].bbox
        middle, ratio = (axes.y0 + axes.y1) / 2, self.device_pixel_ratio
        room = 2 * min(middle - _CORNER * ratio, box.height - middle)
        length = label.get_window_extent().height
        if length > max(room, 0):
            half = max(0, int(len(name) * room / length) - 2) // 2
            label.set_text(f"{name[:half].rstrip()}…{name[len(name) - half :].lstrip()}")

    def refresh(self, *, still: bool = False) -> None:
        """Draw the moving artists, and the still ones if they have changed, too."""
        if self._bare is None:
            self.draw_idle()
            return
        if still:
            self.restore_region(self._bare)
            self._keep_still()
        else:
            self.restore_region(self._backdrop)
        self._draw(self.moving)
        self.blit(self.figure.bbox)

    def event(self, event: QEvent | None) -> bool:
        """Prevent arrows and Escape from being shortcuts of the window."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.key() in _KEYS
        ):
            event.accept()
            return True
        return bool(super().event(event))

    def _on_draw(self, _event: object) -> None:
        self._bare = self.copy_from_bbox(self.figure.bbox)
        self._keep_still()
        self._draw(self.moving)

    def _keep_still(self) -> None:
        self._draw(self.still)
        self._backdrop = self.copy_from_bbox(self.figure.bbox)

    def _draw(self, artists: list[Artist]) -> None:
        for artist in artists:
            self.figure.draw_artist(artist)

    def _on_resize(self, _event: object = None) -> None:
        self._bare = None
        box, ratio = self.figure.bbox, self.device_pixel_ratio
        width, height = box.width / ratio, box.height / ratio
        left, right, bottom, top = self._margins
        place = (
            left / width,
            bottom / height,
            max(width - left - right, 1) / width,
            max(height - bottom - top, 1) / height,
        )
        for axes in self.figure.axes:
            axes.set_position(place)
