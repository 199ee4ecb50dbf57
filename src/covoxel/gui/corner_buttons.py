"""The buttons of a plot, in the corner between both axes, where they take no room."""

from __future__ import annotations

from qtpy.QtCore import QSize, Qt
from qtpy.QtWidgets import QHBoxLayout, QToolButton, QWidget

from covoxel.gui.icons import icon
from covoxel.report import Theme

_SIDE, _ICON = 22, 16


class CornerButtons(QWidget):
    """Small buttons with icons.

    Parameters
    ----------
    parent : QWidget
        The plot.
    lasso : bool
        Whether there is a lasso, and a button that clears it.

    Attributes
    ----------
    save : QToolButton
    lasso, clear : QToolButton
        Only where there is a lasso.
    """

    def __init__(self, parent: QWidget, *, lasso: bool = True) -> None:
        super().__init__(parent)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self._icons: dict[QToolButton, str] = {}
        if lasso:
            self.lasso = self._button("polygon_lasso", "Lasso: mark these pixels in the image")
            self.lasso.setCheckable(True)
        self.save = self._button("save", "Save the figure as SVG, PDF or PNG")
        if lasso:
            self.clear = self._button("delete_shape", "Clear the lasso (Esc)")
        self._row.addStretch(1)
        self.setCursor(Qt.CursorShape.ArrowCursor)

    def _button(self, name: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setFixedSize(_SIDE, _SIDE)
        button.setIconSize(QSize(_ICON, _ICON))
        self._icons[button] = name
        self._row.addWidget(button)
        return button

    def place(self) -> None:
        """Go to the lower left of the parent."""
        parent = self.parentWidget()
        assert parent is not None
        self.setGeometry(0, parent.height() - _SIDE, _SIDE * len(self._icons), _SIDE)

    def set_theme(self, theme: Theme) -> None:
        """Take on colours."""
        for button, name in self._icons.items():
            button.setIcon(icon(name, theme.ink))
        self.setStyleSheet(
            "QToolButton {background: none; border: 1px solid transparent; border-radius: 3px}"
            f"QToolButton:hover, QToolButton:focus {{border-color: {theme.ink}}}"
            f"QToolButton:checked {{background: {theme.accent}}}"
        )
