"""A choice of what the viewer shows of a result, with the slider that some views have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSlider, QWidget

from covoxel.gui.qt import fill, flush

_STEPS = 200


class ViewRow(QWidget):
    """Views by name, and a slider; the first view is the layers as they are.

    `tip`: tooltip of the choice.
    `slides`: what the slider does in the views that have one.
    """

    selected = Signal(str)
    slid = Signal(float)

    def __init__(
        self, tip: str, slides: Mapping[str, str] | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.box, self._label, self._slides = QComboBox(self), QLabel(self), slides or {}
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.slider.setRange(0, _STEPS)
        name = QLabel("in view", self)
        fill(flush(QHBoxLayout(self)), name, (self.box, 2), self._label, (self.slider, 3))
        self.box.setToolTip(tip)
        self.box.currentTextChanged.connect(self._on_selected)
        self.slider.valueChanged.connect(lambda _: self.slid.emit(self.fraction))
        self._show_slider()

    @property
    def current(self) -> str:
        """The view that is selected."""
        return self.box.currentText()

    @property
    def fraction(self) -> float:
        """Where the slider stands, from 0 to 1."""
        return self.slider.value() / _STEPS

    def offer(self, views: Sequence[str]) -> None:
        """Offer views; the selected one stays if it is among them."""
        before = self.current
        self.box.blockSignals(True)
        self.box.clear()
        self.box.addItems(list(views))
        self.box.setCurrentIndex(max(0, self.box.findText(before)))
        self.box.blockSignals(False)
        self._show_slider()
        if before and self.current != before:
            self.selected.emit(self.current)

    def go_back(self) -> None:
        """Show the layers as they were."""
        self.box.setCurrentIndex(0)

    def _on_selected(self, view: str) -> None:
        self._show_slider()
        self.selected.emit(view)

    def _show_slider(self) -> None:
        """Show the slider where a view has one, in its middle."""
        what = self._slides.get(self.current, "")
        self._label.setText(what)
        self.slider.blockSignals(True)
        self.slider.setValue(_STEPS // 2)
        self.slider.blockSignals(False)
        self.slider.setAccessibleName(what)
        for part in (self._label, self.slider):
            part.setVisible(bool(what))
