"""What the Compare widget shows of a result: the measures, and what to look at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QComboBox, QLabel, QSizePolicy, QSlider, QVBoxLayout, QWidget

from covoxel.gui.actions_row import ActionsRow
from covoxel.gui.compare_numbers import comparison_html, meanings_html
from covoxel.gui.pickers import row

if TYPE_CHECKING:
    from covoxel.similarity.compare import Comparison

_STEPS = 200
#: What the slider does in the views that have one.
_SLIDES = {"checkerboard": "tile size", "split": "border", "blink": "speed"}


class ComparePage(QWidget):
    """Measures in groups, a choice of views with their slider, and buttons."""

    look_asked = Signal(str)
    slid = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.numbers, self.said = QLabel(self), QLabel(self)
        self.look, self.after = QComboBox(self), ActionsRow(self)
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.slider.setRange(0, _STEPS)
        self._slides = QLabel(self)
        for label in (self.numbers, self.said):
            label.setWordWrap(True)
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.numbers.setTextFormat(Qt.TextFormat.RichText)
        self.numbers.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(4)
        looking = row(QLabel("in view"), self.look, self._slides, self.slider, stretch=(0, 2, 0, 3))
        for part in (looking, self.numbers, self.said, self.after):
            column.addWidget(part)
        self.look.setToolTip("What the viewer shows; the layers of your own are hidden meanwhile")
        self.look.currentTextChanged.connect(self._on_look)
        self.slider.valueChanged.connect(lambda _: self.slid.emit(self.fraction))
        self._show_slider()

    @property
    def fraction(self) -> float:
        """Where the slider stands, from 0 to 1."""
        return self.slider.value() / _STEPS

    def offer(self, looks: Sequence[str]) -> None:
        """Offer to look at what there is."""
        shown = self.look.currentText()
        self.look.blockSignals(True)
        self.look.clear()
        self.look.addItems(list(looks))
        self.look.setCurrentIndex(max(0, self.look.findText(shown)))
        self.look.blockSignals(False)
        self._show_slider()

    def show_comparison(self, found: Comparison, said: str) -> None:
        """Show the measures of a row, and a sentence below them."""
        self.numbers.setText(comparison_html(found))
        self.numbers.setToolTip(meanings_html(found))
        self.said.setText(said)
        self.said.setVisible(bool(said))

    def _on_look(self, what: str) -> None:
        self._show_slider()
        self.look_asked.emit(what)

    def _show_slider(self) -> None:
        """Show the slider where a view has one, in its middle."""
        slides = _SLIDES.get(self.look.currentText(), "")
        self._slides.setText(slides)
        self.slider.blockSignals(True)
        self.slider.setValue(_STEPS // 2)
        self.slider.blockSignals(False)
        self.slider.setAccessibleName(slides)
        for part in (self._slides, self.slider):
            part.setEnabled(bool(slides))
            part.setVisible(bool(slides))
