"""What the viewer shows of a comparison: a choice of views, with the slider that some have."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSlider, QWidget

_STEPS = 200
#: What the slider does in the views that have one.
_SLIDES = {"checkerboard": "tile size", "split": "border", "blink": "speed"}


class LookRow(QWidget):
    """Views by name, and a slider; the first view is the layers as they are."""

    asked = Signal(str)
    slid = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.look, self._slides = QComboBox(self), QLabel(self)
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.slider.setRange(0, _STEPS)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(QLabel("in view", self))
        for part, stretch in ((self.look, 2), (self._slides, 0), (self.slider, 3)):
            line.addWidget(part, stretch)
        self.look.setToolTip("What the viewer shows; the layers of your own are hidden meanwhile")
        self.look.currentTextChanged.connect(self._on_look)
        self.slider.valueChanged.connect(lambda _: self.slid.emit(self.fraction))
        self._show_slider()

    @property
    def fraction(self) -> float:
        """Where the slider stands, from 0 to 1."""
        return self.slider.value() / _STEPS

    def offer(self, looks: Sequence[str]) -> None:
        """Offer to look at what there is; nothing is shown where there is no choice."""
        shown = self.look.currentText()
        self.look.blockSignals(True)
        self.look.clear()
        self.look.addItems(list(looks))
        self.look.setCurrentIndex(max(0, self.look.findText(shown)))
        self.look.blockSignals(False)
        self._show_slider()
        self.setVisible(len(looks) > 1)

    def go_back(self) -> None:
        """Show the layers as they were."""
        self.look.setCurrentIndex(0)

    def _on_look(self, what: str) -> None:
        self._show_slider()
        self.asked.emit(what)

    def _show_slider(self) -> None:
        """Show the slider where a view has one, in its middle."""
        slides = _SLIDES.get(self.look.currentText(), "")
        self._slides.setText(slides)
        self.slider.blockSignals(True)
        self.slider.setValue(_STEPS // 2)
        self.slider.blockSignals(False)
        self.slider.setAccessibleName(slides)
        for part in (self._slides, self.slider):
            part.setVisible(bool(slides))
