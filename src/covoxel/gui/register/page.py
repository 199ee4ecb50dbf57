"""What the Register widget shows of a result: numbers, before and after, what to do with it."""

from __future__ import annotations

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from covoxel.gui.qt import fill, flush, numbers_label

#: Steps of the slider between before and after.
_STEPS = 100


class RegisterPage(QWidget):
    """Numbers, a slider between before and after, and buttons."""

    placed = Signal(float)

    def __init__(self, rows: QWidget, buttons: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.numbers = numbers_label(self)
        self.overlay = QCheckBox("Overlay in magenta and green", self)
        self.overlay.setToolTip("Hides the other layers as long as it is ticked; none is changed")
        self.overlay.setChecked(True)
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.slider.setRange(0, _STEPS)
        self.slider.setValue(_STEPS)
        self.slider.setAccessibleName("between before and after")
        self.save, self.undo = QPushButton("Save calibration…", self), QPushButton("Undo", self)
        self.save.setToolTip("Save the registration, to apply it to other images of this setup")
        self.undo.setToolTip("Remove the new layers, or put the layer back to where it was")
        self.slides = QWidget(self)
        self._lay_out(rows, buttons)
        self.overlay.toggled.connect(self.slides.setEnabled)
        self.slider.valueChanged.connect(lambda _: self.placed.emit(self.fraction))

    def _lay_out(self, rows: QWidget, buttons: QWidget) -> None:
        column, sliding, doing = QVBoxLayout(self), QHBoxLayout(self.slides), QHBoxLayout()
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(4)
        fill(flush(sliding), QLabel("before"), (self.slider, 1), QLabel("after"))
        fill(doing, self.save, self.undo)
        fill(column, self.numbers, self.overlay, self.slides, doing, rows, buttons)

    def show_slider(self, *, shown: bool) -> None:
        """Show the slider between before and after, where something was moved."""
        self.overlay.setVisible(shown)
        self.slides.setVisible(shown)

    def show_after(self) -> None:
        """Put the slider at the end, where a new result is seen."""
        self.slider.setValue(_STEPS)

    @property
    def fraction(self) -> float:
        """Where the slider stands, from before (0) to after (1)."""
        return self.slider.value() / _STEPS
