"""How narrow a box of choices can get: as what is chosen, or as a name of the user's is elided."""

from __future__ import annotations

from math import ceil

from magicgui.widgets import ComboBox
from qtpy.QtCore import QEvent, QObject, QSize, Qt
from qtpy.QtGui import QHelpEvent
from qtpy.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QStylePainter, QToolTip

#: The least width, in letters.
_FEWEST = 3
#: Before a choice that is made by itself; left out where there is no room for it.
AUTO = "auto: "
#: What Qt leaves beside the text, in pixels.
_SPARE = 6
#: Less room around the text than napari leaves.
_STYLE = (
    "QComboBox {padding-left: 4px; padding-right: 0px} QComboBox::drop-down {width: 14px} "
    "QComboBox::down-arrow {width: 12px; height: 12px}"
)


def narrow(box: ComboBox, least: str | None = None) -> None:
    """Let a box be narrower than its longest entry: as wide as the one that is chosen.

    `least`: a text that fits, where entries are names of any length, which may be elided.
    """
    native = box.native
    native.setSizeAdjustPolicy(native.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    native.setIconSize(QSize(0, 0))  # else there is room for one
    native.setStyleSheet(_STYLE)

    def fit(*_: object) -> None:
        text = native.currentText() if least is None else least
        metrics = native.fontMetrics()  # a style changes all letters alike
        letters = ceil((metrics.horizontalAdvance(text) - _SPARE) / metrics.horizontalAdvance("X"))
        native.setMinimumContentsLength(max(letters, _FEWEST))

    fit()
    if least is None:
        model = native.model()  # which has signals while magicgui blocks those of the box
        for changed in (native.currentTextChanged, model.rowsInserted, model.rowsRemoved):
            changed.connect(fit)
    else:
        native.installEventFilter(native.findChild(_Elided) or _Elided(native))


class _Elided(QObject):
    """Draws what is chosen with "…" in its middle where it is too long; a tooltip has all."""

    def eventFilter(self, box: QObject | None, event: QEvent | None) -> bool:
        """Draw a box, or show its tooltip, in place of Qt."""
        kinds = QEvent.Type.Paint, QEvent.Type.ToolTip
        if event is None or event.type() not in kinds or not isinstance(box, QComboBox):
            return False
        option = QStyleOptionComboBox()
        box.initStyleOption(option)
        label = QStyle.SubControl.SC_ComboBoxEditField
        style, box_kind = box.style(), QStyle.ComplexControl.CC_ComboBox
        assert style is not None
        room = style.subControlRect(box_kind, option, label, box).width()
        whole, middle, metrics = box.currentText(), Qt.TextElideMode.ElideMiddle, box.fontMetrics()
        short = whole if metrics.horizontalAdvance(whole) <= room else whole.removeprefix(AUTO)
        option.currentText = metrics.elidedText(short, middle, room)
        if isinstance(event, QHelpEvent):
            elided = option.currentText != whole
            if elided:
                QToolTip.showText(event.globalPos(), f"{whole}\n{box.toolTip()}".strip(), box)
            return elided
        painter = QStylePainter(box)
        painter.drawComplexControl(box_kind, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.end()
        return True
