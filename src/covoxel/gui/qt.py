"""Qt parts that all widgets use: wrapped text, a scrolling column, icons."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any, Literal, TypeVar

from napari.resources import get_colorized_svg, get_icon_path
from qtpy.QtCore import QEvent, QObject, QPoint, QSize, Qt, QTimer, QUrl
from qtpy.QtGui import (
    QDesktopServices,
    QGuiApplication,
    QHideEvent,
    QIcon,
    QPixmap,
    QResizeEvent,
    QShowEvent,
)
from qtpy.QtWidgets import (
    QAbstractSpinBox,
    QBoxLayout,
    QComboBox,
    QDockWidget,
    QFrame,
    QLabel,
    QLayout,
    QMainWindow,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

Layout = TypeVar("Layout", bound=QLayout)
#: The narrowest column of text in a docked widget, in pixels: the forms need as much.
_NARROWEST = 370
#: The dock can be made this low, in pixels, as below the image.
_LEAST_HEIGHT = 200
#: From this width on, in pixels, results stand beside the settings where both fit.
_WIDE = 580
_MARGINS = 4, 6, 4, 6
#: The places of docks that are as wide as the image.
_ACROSS = Qt.DockWidgetArea.TopDockWidgetArea | Qt.DockWidgetArea.BottomDockWidgetArea
#: The least size that is asked for where there is room.
_USUAL = QSize(430, 0)
#: Policies of what the tab key reaches.
_TABBED = Qt.FocusPolicy.TabFocus, Qt.FocusPolicy.StrongFocus, Qt.FocusPolicy.WheelFocus
#: What lies in one row differs at most by this height, in pixels.
_ROW = 8
#: Colour of warnings, in both themes.
WARNING = "#d99a00"
#: Icons that napari does not have.
_OWN = {
    "save": (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" width="100" height="100">'
        '<path d="M43 8h14v38h18L50 74 25 46h18z"/><rect x="14" y="82" width="72" height="10"/>'
        "</svg>"
    ),
}


def flush(layout: Layout, spacing: int | None = None) -> Layout:
    """Return a layout without margins."""
    layout.setContentsMargins(0, 0, 0, 0)
    if spacing is not None:
        layout.setSpacing(spacing)
    return layout


def fill(layout: QBoxLayout, *parts: QWidget | QLayout | tuple[QWidget, int] | int) -> None:
    """Add widgets, also with their stretch, layouts, and room that stretches, to a layout."""
    for part in parts:
        if isinstance(part, int):
            layout.addStretch(part)
        elif isinstance(part, QLayout):
            layout.addLayout(part)
        else:
            layout.addWidget(*(part if isinstance(part, tuple) else (part,)))


def theme_of(viewer: Any) -> Literal["dark", "light"]:
    """Return which of both themes of figures suits a viewer's own."""
    return "light" if viewer.theme == "light" else "dark"


def icon(name: str, color: str) -> QIcon:
    """Return an icon, "save" or one of napari's, in any colour of SVG."""
    pixmap = QPixmap()
    pixmap.loadFromData(get_colorized_svg(_OWN.get(name) or get_icon_path(name), color).encode())
    return QIcon(pixmap)


def copy_text(text: str) -> None:
    """Put a text into the clipboard."""
    clipboard = QGuiApplication.clipboard()
    if clipboard is not None:
        clipboard.setText(text)


def open_page(url: str) -> None:
    """Open a page of the documentation in the browser."""
    QDesktopServices.openUrl(QUrl(url))


def help_button(page: Callable[[], str], parent: QWidget) -> QToolButton:
    """Return a button that opens a page of the documentation."""
    button = QToolButton(parent)
    button.setText("?")
    button.setToolTip("What this does and what its numbers mean: the page in the documentation")
    button.setAccessibleName("open the documentation")
    button.clicked.connect(lambda: open_page(page()))
    return button


class WrappedLabel(QLabel):
    """A label that is as wide as its column, and as tall as its text then needs.

    A QLabel takes the least height of wrapped text from a width of its own choice, which may be
    a fraction of what it gets; one long sentence then pushes a window off the screen.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._heights: dict[int, int] = {}
        self.setWordWrap(True)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)

    def setText(self, text: str | None) -> None:
        """Set the text."""
        self._heights.clear()
        super().setText(text)

    def changeEvent(self, event: QEvent | None) -> None:
        """Forget heights in another font or style."""
        self._heights.clear()
        super().changeEvent(event)

    def heightForWidth(self, width: int) -> int:
        """Return the height of the text; layouts ask for it dozens of times, and Qt is slow."""
        if width not in self._heights:
            self._heights[width] = super().heightForWidth(width)
        return self._heights[width]

    def show_text(self, text: str) -> None:
        """Show a text; hide the label where it is empty."""
        self.setText(text)
        self.setVisible(bool(text))

    def sizeHint(self) -> QSize:
        """Return the size at the narrowest width."""
        return QSize(_NARROWEST, self.heightForWidth(_NARROWEST))

    def minimumSizeHint(self) -> QSize:
        """Return no width, as text wraps, and the full height, so that none is cut off."""
        return QSize(0, self.sizeHint().height())


def numbers_label(parent: QWidget | None = None) -> WrappedLabel:
    """Return a label for a few lines of HTML with numbers, to select and copy."""
    label = WrappedLabel(parent)
    label.setTextFormat(Qt.TextFormat.RichText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def outdated_label(parent: QWidget) -> WrappedLabel:
    """Return a hidden label for a sentence on a result that is outdated."""
    label = WrappedLabel(parent)
    label.setStyleSheet(f"border-left: 3px solid {WARNING}; padding-left: 6px;")
    label.hide()
    return label


class _Content(QWidget):
    """What is scrolled: only where it would be too tall with all its parts at their least height.

    A scroll area asks how tall wrapped text makes its content, and gets the usual height.
    """

    def heightForWidth(self, width: int) -> int:
        """Return the least height."""
        layout = self.layout()
        if layout is None:
            return super().heightForWidth(width)
        left, top, right, bottom = _MARGINS
        return layout.minimumHeightForWidth(width - left - right) + top + bottom


class ScrolledColumn(QScrollArea):
    """A column of widgets that scrolls where it would grow beyond the screen.

    Attributes
    ----------
    settings, column : QVBoxLayout
        The upper and the lower part; they stand side by side where there is room.
    seen : bool
        Whether the column is visible, and not covered by another tab of its dock.
    """

    def __init__(self) -> None:
        super().__init__()
        self.seen = True
        self._dock: QDockWidget | None = None
        self._laid_out = QTimer(self)  # after the column has laid itself out
        self._laid_out.setSingleShot(True)
        self._laid_out.setInterval(0)
        self._laid_out.timeout.connect(self._place_halves)
        self._laid_out.timeout.connect(self.updateGeometry)
        self._content = _Content(self)
        self._halves = QBoxLayout(QBoxLayout.Direction.TopToBottom, self._content)
        self._halves.setContentsMargins(*_MARGINS)
        self.settings, self.column = QVBoxLayout(), QVBoxLayout()
        for part in (self._halves, self.settings, self.column):
            part.setSpacing(4)
        self._halves.addLayout(self.settings, 1)
        self._halves.addLayout(self.column, 1)
        self.setWidget(self._content)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def showEvent(self, event: QShowEvent | None) -> None:
        """Connect to the dock, which reports when another tab covers the column."""
        super().showEvent(event)
        dock = self.parentWidget()
        while dock is not None and not isinstance(dock, QDockWidget):
            dock = dock.parentWidget()
        if dock is not None and dock is not self._dock:
            self._dock = dock
            dock.visibilityChanged.connect(self._see)
            dock.dockLocationChanged.connect(self._leave_room)
            window = dock.parentWidget()
            if isinstance(window, QMainWindow):
                # else a window grows beyond a small screen when something is docked below the image
                window.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
                self._leave_room(window.dockWidgetArea(dock))
        self._see(True)

    def hideEvent(self, event: QHideEvent | None) -> None:
        """Note that the column is hidden."""
        self._see(False)
        super().hideEvent(event)

    def _see(self, seen: bool) -> None:  # a Qt signal's argument
        if seen != self.seen:
            self.seen = seen
            self._on_seen()

    def _leave_room(self, area: Qt.DockWidgetArea) -> None:
        """Leave half of the height to the image where the dock lies below or above it."""
        dock, window = self._dock, self.window()
        if area & _ACROSS and dock is not None and isinstance(window, QMainWindow):
            window.resizeDocks([dock], [window.height() // 2], Qt.Orientation.Vertical)

    def _on_seen(self) -> None:
        """Show or hide what the viewer shows only while the widget is visible."""

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Place both parts anew."""
        self._place_halves()
        super().resizeEvent(event)

    def _place_halves(self) -> None:
        """Place both parts side by side where there is room, or one below the other."""
        directions, bar = QBoxLayout.Direction, self.verticalScrollBar()
        least = self.settings.minimumSize().width() + self.column.minimumSize().width()
        around = sum(_MARGINS[::2]) + self._halves.spacing()
        around += 0 if bar is None else bar.sizeHint().width()
        wide = self.width() >= max(_WIDE, least + around)
        self._halves.setDirection(directions.LeftToRight if wide else directions.TopToBottom)
        self._halves.setStretch(0, int(wide))

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Move the focus through the parts in the order in which they are seen."""
        for one, other in pairwise(self.focus_order()):
            self.setTabOrder(one, other)
        return super().focusNextPrevChild(forward)

    def focus_order(self) -> list[QWidget]:
        """Return what the tab key reaches: row by row, the settings first."""
        parts = [
            (part.mapTo(self._content, part.rect().center()), part)
            for part in self._content.findChildren(QWidget)
            if part.isVisible() and part.focusProxy() is None and part.focusPolicy() in _TABBED
        ]
        beside = self._halves.direction() == QBoxLayout.Direction.LeftToRight
        middle = self.column.geometry().left() if beside else 0
        rows: list[list[tuple[QPoint, QWidget]]] = []
        for place, part in sorted(parts, key=lambda one: (one[0].x() > middle, one[0].y())):
            before = rows[-1][-1][0] if rows else QPoint(0, -_ROW)
            if abs(place.y() - before.y()) > _ROW or (place.x() > middle) != (before.x() > middle):
                rows.append([])
            rows[-1].append((place, part))
        return [part for row in rows for _, part in sorted(row, key=lambda one: one[0].x())]

    def sizeHint(self) -> QSize:
        """Return the size of the column, and a width in which no choice is cut off."""
        return self._framed(self.settings.sizeHint(), self.column.sizeHint()).expandedTo(_USUAL)

    def minimumSizeHint(self) -> QSize:
        """Return the width at which nothing is cut off, and a height that any screen has."""
        least = self._framed(self.settings.minimumSize(), self.column.minimumSize())
        bar = self.verticalScrollBar()
        scrolls = bar.sizeHint().width() if bar is not None and bar.isVisible() else 0
        return QSize(least.width() + scrolls, min(least.height(), _LEAST_HEIGHT))

    def _framed(self, above: QSize, below: QSize) -> QSize:
        """Return the size of the column where both parts are one below the other."""
        left, top, right, bottom = (edge + self.frameWidth() for edge in _MARGINS)
        width, height = max(above.width(), below.width()), above.height() + below.height()
        return QSize(width + left + right, height + self._halves.spacing() + top + bottom)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Follow changes of the column, and keep the wheel from changing its fields."""
        if event is not None and event.type() == QEvent.Type.LayoutRequest:
            self._laid_out.start()
        fields = QComboBox | QAbstractSpinBox
        if event is not None and event.type() == QEvent.Type.Wheel and isinstance(watched, fields):
            event.ignore()
            return True
        return super().eventFilter(watched, event)
