"""What the Register widget does, without Qt: selection → run → layers, and back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from covoxel.analysis.field.options import FieldOptions
from covoxel.analysis.registrations import Registrations, as_registrations
from covoxel.core.types import Work
from covoxel.gui.running.cautions import CautionWatch
from covoxel.gui.running.presenter import PairPresenter
from covoxel.gui.running.selection import Inputs, Selection, inputs_of
from covoxel.quality.caution import Caution
from covoxel.quality.kinds import MOVED_LAYER, ONE_PLANE, TIME_SERIES, UNVERIFIED_REGISTRATION

if TYPE_CHECKING:
    from covoxel.core.types import Progress
    from covoxel.gui.register.run import FieldRun, RegisterRun
    from covoxel.gui.register.widget import RegisterWidget


class RegisterPresenter(PairPresenter):
    """Registers channels, finds displacement fields, and applies saved calibrations."""

    _view: RegisterWidget
    last: RegisterRun | FieldRun | None
    cautions: CautionWatch
    searches_shift = False

    def __init__(self, view: RegisterWidget) -> None:
        super().__init__(view)
        self.calibration: Registrations | None = None
        self._file: str | None = None

    def _checked(self) -> Inputs:
        selection = self._view.selection()
        if self._view.layers.is_moved(selection.layer2):
            msg = f"layer {selection.layer2.name!r} is moved already; Undo to register it again"
            raise ValueError(msg)
        options = self._view.read_options()
        if isinstance(options, FieldOptions):
            return inputs_of(selection)
        inputs = inputs_of(selection, one_layer=options.drift)
        if options.drift and inputs.channels[0].n_frames < 2:
            name = selection.layer1.name
            msg = f"layer {name!r} has one time point; a series is needed for drift"
            raise ValueError(msg)
        if self._view.form.moves.value:
            self._refuse_parts(inputs, by_plane=options.each == "plane")
        return inputs

    def _refuse_parts(self, inputs: Inputs, *, by_plane: bool) -> None:
        """Refuse to move a layer whose time points or planes are moved one by one."""
        channel = inputs.channels[0]
        if self.calibration is not None:
            by_plane = any(z is not None for _, z in self.calibration.held)
        for part, several in (
            ("time point", inputs.t is None and channel.n_frames > 1),
            ("plane", by_plane and inputs.z is None and "Z" in channel.axes),
        ):
            if several:
                msg = f"each {part} moves by itself, which one layer cannot; let a new one be made"
                raise ValueError(msg)

    def selection_changed(self) -> Inputs | None:
        """Check the selected layers in the background."""
        inputs = super().selection_changed()
        self.edited()
        return inputs

    def edited(self) -> None:
        """Say what should be known of the options."""
        inputs = self.inputs()
        if inputs is None or isinstance(self._view.read_options(), FieldOptions):
            self.cautions.update_result(())  # a field moves nothing
        else:
            warning = "" if self.calibration is None else self.calibration.warning
            moves_layer = self._view.form.moves.value
            found = cautions(inputs, moves_layer=moves_layer, warning=warning)
            self.cautions.update_result(found)

    def load(self, path: str | Path) -> None:
        """Take a saved calibration, to apply it instead of registering.

        Raises
        ------
        ValueError, OSError
            If it is none, or has no shift to apply; the one before is kept.
        """
        found = as_registrations(path)
        found.refuse()
        self.calibration, self._file = found, str(Path(path).absolute())
        self._view.show_calibration(Path(path).name, drift=found.drift)
        self.edited()

    def unload(self) -> None:
        """Register again."""
        self.calibration = self._file = None
        self._view.show_calibration("")
        self.edited()

    def _work(self, selection: Selection, inputs: Inputs) -> Work:
        options, file = self._view.read_options(), self._file
        calibration, resample = self.calibration, not self._view.form.moves.value

        def work(progress: Progress) -> RegisterRun | FieldRun:
            from covoxel.gui.register.run import run_field, run_register  # take a while to load

            if isinstance(options, FieldOptions):
                return run_field(selection, inputs, options, progress)
            run = run_register(selection, inputs, options, calibration, progress, resample=resample)
            return replace(run, calibration=file)

        return work

    def done(self, run: RegisterRun | FieldRun) -> None:
        """Show a result."""
        super().done(run)
        self._view.show_run(run)

    def go_back(self, run: RegisterRun | FieldRun | None) -> None:
        """Show an earlier result again, or none, after the last was undone or lost its layers."""
        self.last = run
        self._view.show_run(run)
        self.selection_changed()


def cautions(inputs: Inputs, *, moves_layer: bool, warning: str = "") -> list[Caution]:
    """Return what should be known before a run; `warning` is that of the calibration."""
    channel, found = inputs.channels[0], []
    if warning:
        found.append(Caution.of(UNVERIFIED_REGISTRATION, reason=f"calibration: {warning}"))
    if channel.n_frames > 1 and inputs.t is not None:
        found.append(Caution.of(TIME_SERIES, t=inputs.t, n_frames=channel.n_frames))
    if inputs.z is not None:
        found.append(Caution.of(ONE_PLANE, z=inputs.z))
    if moves_layer:
        found.append(Caution.of(MOVED_LAYER))
    return found
