"""The inputs of the Register widget."""

from __future__ import annotations

from typing import Any

from magicgui.widgets import CheckBox, Label, PushButton
from psygnal import Signal
from qtpy.QtWidgets import QFileDialog

from covoxel.analysis.field.options import FieldOptions
from covoxel.analysis.register.options import RegisterOptions
from covoxel.gui.forms.fields import ChoiceField
from covoxel.gui.forms.pair_form import PairForm

#: What is looked for: one transform of all of channel 2, or where each tile of it lies.
ONE, TILED = "one transform", "a field, tile by tile"
_LOAD, _SEARCH = "Load calibration…", "Search instead"
_MOVES = (
    "Lossless: the layer's affine is changed, no pixel is. But pixels then lie between those of "
    "channel 1, and Measure, which pairs pixels, needs the new layer that is made otherwise."
)
_LOADS = "Apply a registration that was saved, of beads say, instead of a search"


class RegisterForm(PairForm):
    """Layers, regions and options: of a search, or of a field."""

    proposes = False

    load_requested = Signal(str)
    unload_requested = Signal()

    def __init__(self, viewer: Any) -> None:
        super().__init__(viewer)
        what = "One movement of all of channel 2, or where each tile of it lies"
        self._finds = ChoiceField(choices=(ONE, TILED), name="finds", tooltip=what)
        self._moves = CheckBox(text="move the layer itself", name="moves", tooltip=_MOVES)
        self._drift_calibration = False
        self.calibration, self.load = Label(value="none"), PushButton(text=_LOAD, tooltip=_LOADS)
        self.add_layers(
            ("fixed channel", "moving channel"),
            "Pixels that are compared: inside these labels or shapes",
            scope="registers",
        )
        self._finds_row = self.add_row("finds", self._finds)
        self._search = self.add_options(RegisterOptions, (("transform",), ("max_shift",)))
        self._field = self.add_options(FieldOptions, (("tile",), ("overlap",), ("max_shift",)))
        self.add_row("calibration", self.calibration, self.load)
        self._moves_row = self.add_row("", self._moves)
        self._finds.changed.connect(self._show_rows)
        self._search.drift.changed.connect(self._follow)
        self.load.native.clicked.connect(lambda _: self._on_load())
        self.begin()
        self._show_rows()

    def resample(self) -> None:
        """Have a new layer made, rather than the layer itself moved."""
        self._moves.value = False

    @property
    def calibrated(self) -> bool:
        """Whether a calibration is applied instead of a search."""
        return bool(self.load.text != _LOAD)

    @property
    def tiled(self) -> bool:
        """Whether displacements are searched tile by tile."""
        return not self.calibrated and self._finds.value == TILED

    @property
    def by_time(self) -> bool:
        """Whether time points are registered, for which one layer is enough."""
        if self.calibrated:
            return self._drift_calibration
        return bool(not self.tiled and self._search.drift.value)

    def read_options(self) -> RegisterOptions | FieldOptions:
        """Return the options; ValueError where one is not as it must be."""
        if self.calibrated:
            return RegisterOptions(drift=self._drift_calibration)
        found: RegisterOptions | FieldOptions = (
            self._field if self.tiled else self._search
        ).read_options()
        return found

    def show_options(self, options: RegisterOptions | FieldOptions) -> None:
        """Show the options of a search, or of a field."""
        self._finds.value = TILED if isinstance(options, FieldOptions) else ONE
        super().show_options(options)

    def request(self) -> tuple[Any, ...]:
        """Return all that a registration depends on, the layers aside."""
        return self.read_options(), self._moves.value, self.calibration.value

    def show_calibration(self, name: str, *, drift: bool = False) -> None:
        """Show the file that is applied instead of a search; empty for none."""
        self._drift_calibration = drift
        self.calibration.value = name or "none"
        self.calibration.tooltip = name
        self.load.text = _SEARCH if name else _LOAD
        self._show_rows()

    def _on_load(self) -> None:
        if self.calibrated:
            self.unload_requested.emit()
            return
        path, _ = QFileDialog.getOpenFileName(
            self.native, "Calibration", "", "Registration (*.json)"
        )
        if path:
            self.load_requested.emit(path)

    def _follow(self) -> None:
        """Offer no time point where all of them are registered."""
        self.two_layers, self.scope_axes = not self.by_time, "z" if self.by_time else "tz"
        super()._follow()

    def _show_rows(self) -> None:
        """Show the options of the chosen way: search, tiles, or calibration."""
        self._finds_row.visible = not self.calibrated
        self._search.visible = not self.calibrated and not self.tiled
        self._field.visible = self.tiled
        self._moves_row.visible = not self.tiled
        self._follow()
