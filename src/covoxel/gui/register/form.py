"""The inputs of the Register widget."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QToolButton,
    QWidget,
)

from covoxel.analysis.field_options import FieldOptions
from covoxel.analysis.register_options import METHODS, TRANSFORMS, RegisterOptions
from covoxel.gui.choice import Choice
from covoxel.gui.pair_form import PairForm
from covoxel.gui.pickers import row
from covoxel.gui.scope_picker import ScopePicker

#: Stands beside the transforms, for displacements that no transform describes.
TILED = "field (tile by tile)"
_LOAD, _SEARCH = "Load calibration…", "Search instead"
_MOVES = (
    "Lossless: the layer's affine is changed, no pixel is. But pixels then lie between those of "
    "channel 1, and Measure, which pairs pixels, needs the new layer that is made otherwise."
)


class RegisterForm(PairForm):
    """Layers, mask and options; ``changed`` tells of any of them."""

    load_asked = Signal(str)
    unload_asked = Signal()

    def __init__(self, viewer: Any, parent: QWidget | None = None) -> None:
        super().__init__(viewer, parent)
        self.scope = ScopePicker(self)
        self.transform, self.method = QComboBox(self), QComboBox(self)
        self.transform.addItems([*TRANSFORMS, TILED])
        self.method.addItems(METHODS)
        self.max_shift, self.tile = QLineEdit(self), QLineEdit(self)
        self.overlap, self.whole = QDoubleSpinBox(self), QCheckBox("only whole pixels", self)
        self.least = QDoubleSpinBox(self)
        self.more = QToolButton(self)
        self.moves = QCheckBox("Move the layer itself, without resampling", self)
        self.calibration = QLabel(self)
        self.load = QPushButton(_LOAD, self)
        self._lay_out()
        self._connect()
        self.refresh()

    def _lay_out(self) -> None:
        form = self._form
        self.tile.setPlaceholderText(str(FieldOptions().tile))
        self.overlap.setRange(0, 0.9)
        self.overlap.setSingleStep(0.25)
        self.overlap.setValue(FieldOptions().overlap)
        self.least.setRange(0.05, 1)
        self.least.setSingleStep(0.05)
        self.least.setValue(RegisterOptions().min_overlap)
        self.more.setText("more")
        self.more.setCheckable(True)
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._searched = row(self.transform, self.max_shift, QLabel("px"), stretch=(2, 2, 0))
        form.addRow("channel 1 (stays)", self.channel1)
        form.addRow("channel 2 (moves)", self.channel2)
        form.addRow("axes", self.axes)
        form.addRow("registers", self.scope)
        form.addRow("inside", self.region)
        form.addRow("transform, bound", self._searched)
        self._tiles = row(
            self.tile, QLabel("px"), QLabel("overlap"), self.overlap, stretch=(2, 0, 0, 2)
        )
        form.addRow("tile", self._tiles)
        self._methods = row(self.method, self.whole, stretch=(1, 0))
        self._least = row(self.least, stretch=(1,))
        form.addRow("method", self._methods)
        form.addRow("least overlap", self._least)
        form.addRow("calibration", row(self.calibration, self.load, self.more, stretch=(1, 0, 0)))
        form.addRow(self.moves)
        self.show_axes(shown=False)
        self.show_calibration("")
        for widget, tip in (
            (self.region, "Pixels that are compared: inside these labels or shapes"),
            (self.scope, "Where the sliders stand; all else moves alike"),
            (self.max_shift, "Largest shift: one number, or z,y,x; empty for no bound"),
            (self.load, "Apply a registration that was saved, of beads say, instead of a search"),
            (self.more, "Method, whole pixels, least overlap"),
            (self.least, "Share of the largest possible overlap that a shift must leave"),
            (self.transform, "One movement of all of channel 2, or where each tile of it lies"),
            (self.tile, "Size of a tile: one number, or z,y,x; each needs some structure"),
            (self.overlap, "Share of a tile that the next one has in common with it"),
            (self.whole, "Of a translation: shifts of whole pixels never interpolate"),
            (self.moves, _MOVES),
        ):
            widget.setToolTip(tip)

    def _connect(self) -> None:
        for picker in (self.channel1, self.channel2, self.region):
            picker.changed.connect(self.changed)
        self.channel1.changed.connect(self._follow)
        for combo in (self.scope, self.transform, self.method):
            combo.currentIndexChanged.connect(lambda _: self.changed.emit())
        self.transform.currentIndexChanged.connect(lambda _: self._show_rows())
        for line in (self.max_shift, self.axes, self.tile):
            line.editingFinished.connect(self.changed)
        self.axes.editingFinished.connect(self._follow)
        for spin in (self.overlap, self.least):
            spin.valueChanged.connect(lambda _: self.changed.emit())
        for tick in (self.moves, self.whole):
            tick.toggled.connect(lambda _: self.changed.emit())
        self.more.toggled.connect(lambda _: self._show_rows())
        self.load.clicked.connect(self._on_load)

    def choice(self) -> Choice:
        """Return what is chosen."""
        return self._choice(self.scope.scope())

    def asked(self) -> tuple[Any, ...]:
        """Return all that a registration depends on, the layers aside."""
        return self.options(), self.moves.isChecked(), self.calibration.text()

    @property
    def calibrated(self) -> bool:
        """Whether a calibration is applied instead of a search."""
        return self.load.text() != _LOAD

    @property
    def tiled(self) -> bool:
        """Whether displacements are asked for tile by tile."""
        return not self.calibrated and self.transform.currentText() == TILED

    def options(self) -> RegisterOptions | FieldOptions:
        """Return the options; ValueError where one is not as it must be."""
        bound = _whole_numbers("bound", self.max_shift.text())
        if self.tiled:
            tile = _whole_numbers("tile", self.tile.text())
            return FieldOptions(
                tile=FieldOptions().tile if tile is None else tile,
                overlap=round(self.overlap.value(), 2),
                max_shift=bound,
            )
        if self.calibrated:
            return RegisterOptions()
        return RegisterOptions(
            max_shift=bound,
            transform=self.transform.currentText(),
            method=self.method.currentText(),
            subpixel=not (self.whole.isEnabled() and self.whole.isChecked()),
            min_overlap=round(self.least.value(), 2),
        )

    def show_calibration(self, name: str) -> None:
        """Show the file that is applied instead of a search; empty for none."""
        self.calibration.setText(name or "none")
        self.calibration.setToolTip(name)
        self.load.setText(_SEARCH if name else _LOAD)
        self._show_rows()

    def _on_load(self) -> None:
        if self.calibrated:
            self.unload_asked.emit()
            return
        path, _ = QFileDialog.getOpenFileName(self, "Calibration", "", "Registration (*.json)")
        if path:
            self.load_asked.emit(path)

    def _show_rows(self) -> None:
        """Show what can be asked of the chosen way: search, tiles, or calibration."""
        more, tiled = self.more.isChecked(), self.tiled
        searched = not self.calibrated and not tiled
        self._form.setRowVisible(self._searched, not self.calibrated)
        self._form.setRowVisible(self._tiles, tiled)
        for advanced in (self._methods, self._least):
            self._form.setRowVisible(advanced, searched and more)
        self._form.setRowVisible(self.moves, not tiled)
        self.more.setVisible(searched)
        self.more.setArrowType(Qt.ArrowType.DownArrow if more else Qt.ArrowType.RightArrow)
        self.whole.setEnabled(self.transform.currentText() == TRANSFORMS[0])
        self.max_shift.setPlaceholderText("¼ of a tile" if tiled else "no bound")

    def _follow(self) -> None:
        """Offer what there is to choose for the layers."""
        offers = self.scope.offer(self.channel1.layer(), self.axes.text())
        self._form.setRowVisible(self.scope, offers)


def _whole_numbers(name: str, text: str) -> int | tuple[int, ...] | None:
    """Return one number, or several with commas; None of an empty text."""
    if not text.strip():
        return None
    try:
        numbers = tuple(int(part) for part in text.split(","))
    except ValueError:
        msg = (
            f"the {name} is {text!r}; a whole number is needed, or one for each axis as in 2,10,10"
        )
        raise ValueError(msg) from None
    return numbers[0] if len(numbers) == 1 else numbers
