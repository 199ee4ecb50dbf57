"""How narrow a box of choices can get: as what is chosen, or as a name of the user's is cut off."""

from __future__ import annotations

from math import ceil

from magicgui.widgets import ComboBox
from qtpy.QtCore import QSize

#: The least width, in letters.
_FEWEST = 3
#: What Qt leaves beside the text, in pixels.
_SPARE = 6
#: Less room around the text than napari leaves.
_STYLE = (
    "QComboBox {padding-left: 4px; padding-right: 0px} QComboBox::drop-down {width: 14px} "
    "QComboBox::down-arrow {width: 12px; height: 12px}"
)


def narrow(box: ComboBox, least: str | None = None) -> None:
    """Let a box be narrower than its longest entry: as wide as the one that is chosen.

    `least`: a text that fits, where entries are names of any length, which may be cut off.
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
