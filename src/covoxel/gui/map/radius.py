"""How far a window reaches: a slider and a number, in pixels or µm, and another along Z."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QComboBox, QDoubleSpinBox, QHBoxLayout, QLabel, QSlider, QWidget

from covoxel.image.channel import Channel

#: Where the slider stands first, and how far it goes at most, in pixels.
_FIRST, _MOST = 5, 50
_SLIDER, _NUMBER = 60, 60  # px, so that the dock stays narrow
_UNITS = {"px": "px", "µm": "um"}
#: What the number along Z says below 0.
_ALIKE = "alike"


class RadiusRow(QWidget):
    """The radius along all axes, and along Z where it is another; ``changed`` tells of both.

    The slider counts pixels of a plane, whatever the unit.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.number, self.along_z, self.unit = (
            QDoubleSpinBox(self),
            QDoubleSpinBox(self),
            QComboBox(),
        )
        self._z = QLabel("z", self)
        self._steps: tuple[float, ...] | None = None
        self._picked = False
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(4)
        for part in (self.slider, self.number, self.unit, self._z, self.along_z):
            line.addWidget(part, int(part is self.slider))
        self.unit.addItems(list(_UNITS))
        self.slider.setRange(1, _MOST)
        self.slider.setValue(_FIRST)
        self.slider.setMinimumWidth(_SLIDER)
        for number in (self.number, self.along_z):
            number.setMaximumWidth(_NUMBER)
            number.setButtonSymbols(number.ButtonSymbols.NoButtons)
        self.along_z.setSpecialValueText(_ALIKE)
        self.along_z.setVisible(False)
        self._z.setVisible(False)
        self._show_unit(_FIRST, -1)
        for widget, tip in (
            (self.slider, "How far the window reaches from the pixel"),
            (self.number, "How far the window reaches from the pixel"),
            (self.along_z, "How far it reaches along z; 0 takes planes one by one"),
        ):
            widget.setToolTip(tip)
        self.slider.valueChanged.connect(self._on_slider)
        self.number.valueChanged.connect(self._on_number)
        self.along_z.valueChanged.connect(lambda _: self.changed.emit())
        self.unit.currentTextChanged.connect(self._on_unit)
        self.unit.activated.connect(self._on_picked)

    def radius(self) -> float | tuple[float, ...]:
        """Return the radius in its unit, one for all axes or one for each."""
        plane, depth = self._told(self.number), self._told(self.along_z)
        return plane if self.along_z.isHidden() or depth < 0 else (depth, plane, plane)

    def unit_name(self) -> str:
        """Return the unit as the core names it."""
        return _UNITS[self.unit.currentText()]

    def offer(self, channel: Channel) -> None:
        """Follow the axes, the size and the pixel size of a channel."""
        deep = len(channel.spatial_axes) > 2
        self.along_z.setVisible(deep)
        self._z.setVisible(deep)
        with self._silent():
            self.slider.setMaximum(max(1, min(_MOST, max(channel.spatial_shape[-2:]) - 1)))
        before, self._steps = self._steps, channel.spacing
        known = channel.spacing is not None
        self.unit.setEnabled(known)
        wanted = self.unit.currentText() if self._picked and known else "µm" if known else "px"
        if wanted != self.unit.currentText():
            with self._silent():
                self.unit.setCurrentText(wanted)
        if before != self._steps or wanted != self._shown:
            self._show_unit(self.slider.value(), -1 if self.along_z.value() < 0 else 0)

    def _told(self, number: QDoubleSpinBox) -> float:
        return round(number.value(), 6) if self._in_um else round(number.value())

    @property
    def _in_um(self) -> bool:
        return self.unit_name() == "um"

    def _step(self, axis: int) -> float:
        """Return the size of a pixel along an axis, in the unit."""
        return self._steps[axis] if self._in_um and self._steps is not None else 1.0

    def _show_unit(self, plane: float, depth: float) -> None:
        """Show lengths that are given in pixels."""
        self._shown = self.unit.currentText()
        with self._silent():
            for number, pixels, axis, least in (
                (self.number, plane, -1, 0.0),
                (self.along_z, depth, 0, -self._step(0)),
            ):
                step = self._step(axis)
                number.setDecimals(3 if self._in_um else 0)
                number.setRange(least, 1e4)
                number.setSingleStep(step)
                number.setValue(pixels * step)

    def _on_slider(self, pixels: int) -> None:
        with self._silent():
            self.number.setValue(pixels * self._step(-1))
        self.changed.emit()

    def _on_number(self, value: float) -> None:
        with self._silent():
            self.slider.setValue(round(value / self._step(-1)))
        self.changed.emit()

    def _on_unit(self, unit: str) -> None:
        inverse = {"px": 1.0} if self._steps is None else {"px": 1.0, "µm": self._steps[-1]}
        deep = 1.0 if self._shown == "px" or self._steps is None else self._steps[0]
        plane = self.number.value() / inverse[self._shown]
        self._show_unit(round(plane), round(self.along_z.value() / deep))
        self.changed.emit()

    def _on_picked(self, index: int) -> None:
        self._picked = True

    @contextmanager
    def _silent(self) -> Iterator[None]:
        parts: tuple[QWidget, ...] = self.slider, self.number, self.along_z, self.unit
        before = [part.blockSignals(True) for part in parts]
        try:
            yield
        finally:
            for part, blocked in zip(parts, before, strict=True):
                part.blockSignals(blocked)
