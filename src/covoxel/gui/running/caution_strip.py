"""The strip of warnings: the most severe one, a line that unfolds, with a fix to click."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from qtpy.QtCore import Qt
from qtpy.QtGui import QMouseEvent, QPainter, QPaintEvent
from qtpy.QtWidgets import (
    QAbstractButton,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from covoxel.core.text import counted
from covoxel.gui.qt import WARNING, WrappedLabel, fill, flush, icon
from covoxel.quality.caution import Caution, action_of
from covoxel.quality.kind import ACTIONS, Action

#: Icon and colour of each severity, the most severe first. Icons differ in shape.
_LOOK = {
    "severe": ("error", "#e0483e"),
    "warning": ("warning", WARNING),
    "notice": ("info", "#4a90d9"),
}
_ICON = 14
_PLAIN = "QToolButton {background: none; border: none;}"
#: Called with the channel that a caution concerns; 0 for none.
Handler = Callable[[int], Any]


class CautionStrip(QWidget):
    """Lines of warnings; the first has a button that unfolds the others.

    It is hidden while there are none.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._handlers: dict[Action, Handler] = {}
        self._cautions: list[Caution] = []
        self._lines: list[CautionLine] = []
        self._folded = True
        self._more = QToolButton(self)
        self._more.setStyleSheet(_PLAIN)
        self._more.clicked.connect(lambda: self._fold(folded=not self._folded))
        self._column = flush(QVBoxLayout(self), 2)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.hide()

    def add_actions(self, handlers: Mapping[Action, Handler]) -> None:
        """Add buttons to all lines whose cautions have one of these actions."""
        self._handlers.update(handlers)
        self._rebuild()

    def show_cautions(self, cautions: Sequence[Caution]) -> None:
        """Show these cautions and no others."""
        severities = list(_LOOK)
        ordered = sorted(cautions, key=lambda caution: severities.index(caution.severity))
        if ordered != self._cautions:
            self._cautions = ordered
            self._folded = True
            self._rebuild()

    def _rebuild(self) -> None:
        self._more.setParent(self)  # it stays when the lines go
        self._more.hide()
        for line in self._lines:
            line.hide()
            line.deleteLater()
        self._lines = [
            CautionLine(caution, self._handlers.get(action_of(caution.code)), self)
            for caution in self._cautions
        ]
        for i, line in enumerate(self._lines):
            self._column.insertWidget(i, line)
        if len(self._lines) > 1:
            self._lines[0].add_button(self._more)
            self._more.show()
        self._fold(folded=self._folded)
        self.setVisible(bool(self._lines))

    def _fold(self, *, folded: bool) -> None:
        self._folded = folded
        for i, line in enumerate(self._lines):
            line.setVisible(i == 0 or not folded)
        others = len(self._lines) - 1
        self._more.setText(f"+{others}" if folded else f"\N{MINUS SIGN}{others}")
        self._more.setToolTip(f"{'Show' if folded else 'Hide'} {counted(others, 'other warning')}")


class CautionLine(QFrame):
    """One caution; a click unfolds its whole message and the fix."""

    def __init__(
        self, caution: Caution, handler: Handler | None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.caution = caution
        picture, color = _LOOK[caution.severity]
        self.sign = QLabel(self)
        self.sign.setPixmap(icon(picture, color).pixmap(_ICON, _ICON))
        self.sign.setToolTip(caution.severity)
        self.message, self.fix = _Message(self), WrappedLabel(self)
        for label, text in ((self.message, caution.message), (self.fix, caution.fix)):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setText(text)
        self.fix.setStyleSheet("font-style: italic;")
        self.message.setAccessibleName(f"{caution.severity}: {caution.message}")
        self.arrow = QToolButton(self)
        self.arrow.setCheckable(True)
        self.arrow.setStyleSheet(_PLAIN)
        self.arrow.setAccessibleName("what to do about it")
        self.arrow.toggled.connect(self._unfold)
        self.buttons: list[QPushButton] = []
        if handler is not None:
            channel = int(caution.code[-1]) if caution.code[-1].isdigit() else 0
            button = QPushButton(ACTIONS[action_of(caution.code)], self)
            button.setToolTip(caution.fix)
            button.clicked.connect(lambda _checked: handler(channel))
            self.buttons.append(button)
        self._row = QHBoxLayout(self)
        self._lay_out()
        for part in (*self.buttons, self.arrow):
            self.add_button(part)
        self._unfold(unfolded=False)
        self.setToolTip(f"<p>{escape(caution.message)}</p><p><i>{escape(caution.fix)}</i></p>")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        tint = f"rgba({', '.join(str(int(color[i : i + 2], 16)) for i in (1, 3, 5))}, 45)"
        self.setObjectName("caution")
        self.setStyleSheet(
            f"#caution {{background: {tint}; border: none; border-left: 3px solid {color};}}"
        )

    def _lay_out(self) -> None:
        texts = QVBoxLayout()
        texts.setSpacing(2)
        fill(texts, self.message, self.fix)
        self._row.setContentsMargins(6, 2, 3, 2)
        self._row.setSpacing(6)
        self._row.addWidget(self.sign)
        self._row.addLayout(texts, 1)

    def add_button(self, button: QAbstractButton) -> None:
        """Add a button at the end of the line."""
        self._row.addWidget(button)

    def _unfold(self, unfolded: bool) -> None:  # a Qt signal's argument
        self.message.setWordWrap(unfolded)
        self.fix.setVisible(unfolded)
        self.arrow.setArrowType(Qt.ArrowType.DownArrow if unfolded else Qt.ArrowType.RightArrow)
        flags = Qt.AlignmentFlag
        place = flags.AlignTop if unfolded else flags.AlignVCenter
        for part in (self.sign, *self.findChildren(QAbstractButton)):
            self._row.setAlignment(part, place)

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        """Unfold or fold the line."""
        self.arrow.toggle()


class _Message(WrappedLabel):
    """A text that wraps, or is elided on one line."""

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Elide the text unless it wraps."""
        style = self.style()
        if self.wordWrap() or style is None:
            super().paintEvent(event)
            return
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        middle = int(Qt.AlignmentFlag.AlignVCenter)
        painter, role = QPainter(self), self.foregroundRole()
        style.drawItemText(painter, self.rect(), middle, self.palette(), True, text, role)
