"""Quality warnings on the selected layers, updated in the background."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from covoxel.core.types import BoolArray
from covoxel.gui.running.selection import Inputs, Selection
from covoxel.image.regions import Regions
from covoxel.quality.caution import Caution

if TYPE_CHECKING:
    from covoxel.gui.running.jobs import Jobs

#: Most pixels of a frame in which the shift between the channels is checked automatically.
_MOST_COMPARED = 1 << 24


class CautionWatch:
    """Checks the selection, and the shift once for the same layers, region and frame.

    `show`: called with the cautions that matter, whenever they change.
    `matters`: called with a caution; whether it affects what is measured with the current options.
    `checks`, `shifts`: run both; their results go to `update_checks` and `update_shift`. Without
        `shifts` no shift is searched for.
    """

    def __init__(
        self,
        show: Callable[[Sequence[Caution]], None],
        matters: Callable[[Caution], bool],
        checks: Jobs,
        shifts: Jobs | None = None,
    ) -> None:
        self._show, self._matters = show, matters
        self._checks, self._shifts = checks, shifts
        self._compared: tuple[int, ...] = ()
        self._found: Sequence[Caution] = ()
        self._shift: Sequence[Caution] = ()
        self._result: Sequence[Caution] = ()

    def check(self, selection: Selection, inputs: Inputs | None) -> None:
        """Check what is selected; earlier findings stay until there are new ones."""
        self._checks.cancel()
        self._result = ()
        compared = () if inputs is None else (*map(id, selection.layers[:3]), inputs.frame)
        if self._shifts is not None and compared != self._compared:
            self._compared, self._shift = compared, ()
            self._shifts.cancel()
            if inputs and np.prod(inputs.channels[0].spatial_shape) <= _MOST_COMPARED:
                self._shifts.run(lambda _: shift_caution(inputs))
        if inputs is None:
            self.update_checks(())
        else:
            self._checks.run(lambda _: pair_cautions(inputs))

    def update_checks(self, found: Sequence[Caution]) -> None:
        """Show what the checks found."""
        self._found = found
        self.show()

    def update_shift(self, found: Caution | None) -> None:
        """Show the shift that was found."""
        self._shift = () if found is None else (found,)
        self.show()

    def update_result(self, found: Sequence[Caution]) -> None:
        """Show what was found in the last result, until the selection changes."""
        self._result = found
        self.show()

    def show(self) -> None:
        """Show the cautions that matter now."""
        self._show(
            [one for one in (*self._found, *self._shift, *self._result) if self._matters(one)]
        )


def pair_cautions(inputs: Inputs) -> tuple[Caution, ...]:
    """Return the cautions of the frame in view, all regions pooled."""
    from covoxel.quality.pair import check_pair, check_series  # with transforms, loaded by a thread

    found = check_pair(*inputs.frames(), mask=_inside(inputs))
    assert isinstance(found, tuple)
    return (*(_named(one, inputs) for one in found), *check_series(*inputs.channels))


def shift_caution(inputs: Inputs) -> Caution | None:
    """Return the caution of a shift between the channels of the frame in view."""
    from covoxel.quality.shift import channel_shift

    found = channel_shift(*inputs.frames(), mask=_inside(inputs))
    return None if found is None else _named(found, inputs)


def _inside(inputs: Inputs) -> BoolArray | None:
    return Regions(**inputs.regions).pooled(inputs.channels[0], inputs.frame)


def _named(caution: Caution, inputs: Inputs) -> Caution:
    """Return a caution that names the time point in view."""
    return replace(caution, message=f"{inputs.view}: {caution.message}") if inputs.view else caution
