"""Qt parts that all widgets use: wrapped text, a scrolling column, icons."""

from __future__ import annotations

from napari.resources import get_colorized_svg, get_icon_path
from qtpy.QtCore import QEvent, QObject, QSize, Qt
from qtpy.QtGui import QHideEvent, QIcon, QPixmap, QShowEvent
from qtpy.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QDockWidget,
    QFrame,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

#: The narrowest column of text in a docked widget, in pixels: the forms need as much.
_NARROWEST = 370


class WrappedLabel(QLabel):
    """A label as wide as it is let be, and as tall as its text then is.

    A QLabel takes the least height of wrapped text from a width of its own choice, which may be
    a fraction of what it gets; one long sentence then pushes a window off the screen.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWordWrap(True)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)

    def sizeHint(self) -> QSize:
        """Return the size of the text where it is narrowest."""
        return QSize(_NARROWEST, self.heightForWidth(_NARROWEST))

    def minimumSizeHint(self) -> QSize:
        """Return no width, as text wraps, and the same height, as none is cut off."""
        return QSize(0, self.sizeHint().height())


def numbers_label(parent: QWidget | None = None) -> WrappedLabel:
    """Return a label for a few lines of HTML with numbers, to select and copy."""
    label = WrappedLabel(parent)
    label.setTextFormat(Qt.TextFormat.RichText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


#: The dock can be made as low as this, in pixels; napari's own docks on the left are higher.
_LEAST_HEIGHT = 480


class ScrolledColumn(QScrollArea):
    """A column of widgets, and whether it is in sight.

    A window grows with its widgets, beyond the screen if need be. This one is scrolled instead,
    where more is unfolded and shown than fits.
    """

    def __init__(self) -> None:
        super().__init__()
        self.seen = True
        self._dock: QDockWidget | None = None
        self._within = QWidget(self)
        self.column = QVBoxLayout(self._within)
        self.column.setContentsMargins(6, 6, 6, 6)
        self.column.setSpacing(4)
        self.setWidget(self._within)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def showEvent(self, event: QShowEvent | None) -> None:
        """Come into sight, and learn from the dock when another tab covers it."""
        super().showEvent(event)
        dock = self.parentWidget()
        while dock is not None and not isinstance(dock, QDockWidget):
            dock = dock.parentWidget()
        if dock is not None and dock is not self._dock:
            self._dock = dock
            dock.visibilityChanged.connect(self._see)
        self._see(True)

    def hideEvent(self, event: QHideEvent | None) -> None:
        """Go out of sight."""
        self._see(False)
        super().hideEvent(event)

    def _see(self, seen: bool) -> None:  # a Qt signal's argument
        if seen != self.seen:
            self.seen = seen
            self._on_seen()

    def _on_seen(self) -> None:
        """Show in the viewer what is the widget's only while it is in sight."""

    def sizeHint(self) -> QSize:
        """Return the size of the column."""
        return self._framed(self._within.sizeHint())

    def minimumSizeHint(self) -> QSize:
        """Return the width at which nothing is cut off, and a height that any screen has."""
        least, bar = self._framed(self._within.minimumSizeHint()), self.verticalScrollBar()
        scrolls = bar.sizeHint().width() if bar is not None and bar.isVisible() else 0
        return QSize(least.width() + scrolls, min(least.height(), _LEAST_HEIGHT))

    def _framed(self, size: QSize) -> QSize:
        return size + 2 * QSize(self.frameWidth(), self.frameWidth())

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Follow the column as it changes; keep the wheel from what it passes over."""
        if event is not None and event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        if (
            event is not None
            and event.type() == QEvent.Type.Wheel
            and isinstance(watched, QComboBox | QAbstractSpinBox)
        ):
            event.ignore()
            return True
        return super().eventFilter(watched, event)


#: Icons that napari has not.
_OWN = {
    "save": (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" width="100" height="100">'
        '<path d="M43 8h14v38h18L50 74 25 46h18z"/><rect x="14" y="82" width="72" height="10"/>'
        "</svg>"
    ),
}


def icon(name: str, color: str) -> QIcon:
    """Return an icon.

    Parameters
    ----------
    name : str
        "save", or the name of one of napari's icons.
    color : str
        Any colour that SVG knows.

    Raises
    ------
    ValueError
        If napari has no such icon.
    """
    pixmap = QPixmap()
    pixmap.loadFromData(get_colorized_svg(_OWN.get(name) or get_icon_path(name), color).encode())
    return QIcon(pixmap)
