"""One displacement field of the Register widget, at one or all time points; no Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from covoxel.analysis.field_options import FieldOptions
from covoxel.analysis.fields import Fields, field_channels
from covoxel.analysis.registrations import Registrations
from covoxel.core.types import AnyArray, Progress
from covoxel.gui.choice import Choice, Inputs
from covoxel.gui.in_view import pooled_mask
from covoxel.gui.origin import with_sources

if TYPE_CHECKING:
    import pandas as pd

    from covoxel.registration.field.fit import FieldFit
    from covoxel.registration.field.record import DisplacementField


@dataclass(frozen=True, eq=False)
class FieldRun:
    """What a run found.

    Attributes
    ----------
    choice, inputs, options
        What was asked.
    fields : Fields
        The fields and what is fitted through them.
    lengths : float32 array
        How far each pixel is displaced, with the axes of the channels.
    kind : "field"
        What tells it from a `RegisterRun`, without an import of all that fields need.
    """

    choice: Choice
    inputs: Inputs
    options: FieldOptions
    fields: Fields
    lengths: AnyArray
    kind: Literal["field"] = "field"

    @property
    def calibration(self) -> None:
        """No file was applied instead."""

    @property
    def table(self) -> pd.DataFrame:
        """One row a tile."""
        return self.fields.table

    @property
    def registrations(self) -> Registrations:
        """The fits, to be saved.

        Raises
        ------
        ValueError
            If there is none.
        """
        return self.fields.registrations()

    @property
    def several(self) -> bool:
        """Whether time points differ."""
        return len(self.fields.found) > 1

    @property
    def times(self) -> list[int]:
        """The time point of each field."""
        return [int(t) for t in self.fields.fits["t"]]

    def at(self, t: int) -> tuple[DisplacementField, FieldFit | str]:
        """Return the field of a time point, and its fit or why there is none."""
        row = self.times.index(t) if self.several else 0
        reason = str(self.fields.fits["notes"].iat[row]).removeprefix("shift: ")
        return self.fields.found[row], self.fields.fitted[row] or reason


def field_found(
    choice: Choice, inputs: Inputs, options: FieldOptions, progress: Progress
) -> FieldRun:
    """Find the displacements tile by tile; meant for a thread.

    Parameters
    ----------
    choice, inputs : Choice, Inputs
        The channels. Of a time series `inputs.t` alone is looked at, None each time point; of a
        stack the plane `inputs.z`, None the volume.
    options : FieldOptions
    progress : callable
        Called with (done, total); it may raise `Cancelled`.

    Raises
    ------
    ValueError
        If tiles do not fit into the images.
    """
    inputs = with_sources(inputs)
    fields = field_channels(
        *inputs.channels,
        mask=pooled_mask(inputs),
        t=inputs.t,
        z=inputs.z,
        options=options,
        progress=progress,
    )
    axes = inputs.channels[0].axes
    lengths = np.asarray(fields.magnitude().data)
    shape = lengths.shape[-len(fields.found[0].shape) :]
    frames = (len(fields.found),) * ("T" in axes)
    planes = (1,) * (len(axes) - len(frames) - len(shape))
    return FieldRun(choice, inputs, options, fields, lengths.reshape(frames + planes + shape))
