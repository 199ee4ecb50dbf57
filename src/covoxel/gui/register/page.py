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

from covoxel.gui.qt import numbers_label
from covoxel.gui.running.rows import ResultButtons

#: Steps of the slider between before and after.
_STEPS = 100


class RegisterPage(QWidget):
    """Numbers, a slider between before and after, and buttons."""

    overlay_asked = Signal(bool)
    placed = Signal(float)
    save_asked = Signal()
    undo_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.numbers = numbers_label(self)
        self.overlay = QCheckBox("Overlay in magenta and green", self)
        self.overlay.setChecked(True)
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.slider.setRange(0, _STEPS)
        self.slider.setValue(_STEPS)
        self.slider.setAccessibleName("between before and after")
        self.save = QPushButton("Save calibration…", self)
        self.undo = QPushButton("Undo", self)
        self.buttons = ResultButtons(self)
        self._lay_out()
        self.overlay.toggled.connect(self.overlay_asked)
        self.overlay.toggled.connect(self.slides.setEnabled)
        self.slider.valueChanged.connect(lambda value: self.placed.emit(value / _STEPS))
        self.save.clicked.connect(self.save_asked)
        self.undo.clicked.connect(self.undo_asked)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(4)
        self.slides = QWidget(self)
        sliding, doing = QHBoxLayout(self.slides), QHBoxLayout()
        sliding.setContentsMargins(0, 0, 0, 0)
        sliding.addWidget(QLabel("before"))
        sliding.addWidget(self.slider, 1)
        sliding.addWidget(QLabel("after"))
        doing.addWidget(self.save)
        doing.addWidget(self.undo)
        column.addWidget(self.numbers)
        column.addWidget(self.overlay)
        column.addWidget(self.slides)
        column.addLayout(doing)
        column.addWidget(self.buttons)
        self.overlay.setToolTip("Hides the other layers as long as it is ticked; none is changed")
        self.save.setToolTip("Save the registration, to apply it to other images of this setup")
        self.undo.setToolTip("Remove the new layers, or put the layer back to where it was")

    def show_moved(self, *, moved: bool) -> None:
        """Show the slider between before and after, where something was moved."""
        self.overlay.setVisible(moved)
        self.slides.setVisible(moved)

    def show_after(self) -> None:
        """Put the slider at the end, where a new result is seen."""
        self.slider.setValue(_STEPS)

    @property
    def fraction(self) -> float:
        """Where the slider stands, from before (0) to after (1)."""
        return self.slider.value() / _STEPS
