"""Quality warnings on the selected layers, updated in the background."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from covoxel.core.types import BoolArray
from covoxel.gui.running.jobs import Jobs
from covoxel.gui.running.selection import Inputs, Selection
from covoxel.image.regions import Regions
from covoxel.quality.caution import Caution
from covoxel.quality.pair import check_pair, check_series
from covoxel.quality.shift import channel_shift

#: Pixels of a frame in which a shift between the channels is looked for without being asked.
_MOST_COMPARED = 1 << 24


class CautionWatch:
    """Checks what is chosen, and looks for a shift once for the same layers, region and frame.

    Parameters
    ----------
    show : callable
        Called with the cautions that matter, whenever they change.
    matters : callable
        Called with a caution; whether it bears on what is measured, as things are now.
    checks, shifts : Jobs
        What runs both; what they return is for `update_checks` and `update_shift`.
    """

    def __init__(
        self,
        show: Callable[[Sequence[Caution]], None],
        matters: Callable[[Caution], bool],
        checks: Jobs,
        shifts: Jobs,
    ) -> None:
        self._show, self._matters = show, matters
        self._checks, self._shifts = checks, shifts
        self._compared: tuple[int, ...] = ()
        self._found: Sequence[Caution] = ()
        self._shift: Caution | None = None
        self._measured: Sequence[Caution] = ()

    def check(self, selection: Selection, inputs: Inputs | None) -> None:
        """Look at what is chosen now; what was found stays until more is known."""
        self._checks.cancel()
        self._measured = ()
        self._look_for_shift(selection, inputs)
        if inputs is None:
            self._found = ()
            self.show()
        else:
            self._checks.run(lambda _: pair_cautions(inputs))

    def _look_for_shift(self, selection: Selection, inputs: Inputs | None) -> None:
        layers = selection.layer1, selection.layer2, selection.region
        compared = () if inputs is None else (*map(id, layers), inputs.frame)
        if compared == self._compared:
            return
        self._compared, self._shift = compared, None
        self._shifts.cancel()
        if inputs is not None and np.prod(inputs.channels[0].spatial_shape) <= _MOST_COMPARED:
            self._shifts.run(lambda _: shift_caution(inputs))

    def update_checks(self, found: Sequence[Caution]) -> None:
        """Take up what the checks found."""
        self._found = found
        self.show()

    def update_shift(self, found: Caution | None) -> None:
        """Take up what was found of a shift."""
        self._shift = found
        self.show()

    def update_result(self, found: Sequence[Caution]) -> None:
        """Take up what was found in the last result; it goes when something else is chosen."""
        self._measured = found
        self.show()

    def show(self) -> None:
        """Show what is known and matters now."""
        shift = [] if self._shift is None else [self._shift]
        known = *self._found, *shift, *self._measured
        self._show([caution for caution in known if self._matters(caution)])


def _inside(inputs: Inputs) -> BoolArray | None:
    """Return the pixels of all regions in the frame in view, None for the whole frame."""
    return Regions(**inputs.regions).pooled(inputs.channels[0], inputs.frame)


def pair_cautions(inputs: Inputs) -> tuple[Caution, ...]:
    """Return the cautions of the frame in view, all regions as one."""
    found = check_pair(*inputs.frames(), mask=_inside(inputs))
    assert isinstance(found, tuple)
    found = tuple(_named(caution, inputs) for caution in found)
    return found + check_series(*inputs.channels)


def shift_caution(inputs: Inputs) -> Caution | None:
    """Return what is to be said of a shift between the channels of the frame in view."""
    found = channel_shift(*inputs.frames(), mask=_inside(inputs))
    return None if found is None else _named(found, inputs)


def _named(caution: Caution, inputs: Inputs) -> Caution:
    """Return a caution that names the time point in view."""
    if not inputs.view:
        return caution
    return replace(caution, message=f"{inputs.view}: {caution.message}")
