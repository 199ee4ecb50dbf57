"""One displacement field of the Register widget, at one or all time points; no Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from covoxel.analysis.field.analysis import FIELD, FieldResult, FittedField
from covoxel.analysis.field.options import FieldOptions
from covoxel.analysis.registrations import Registrations
from covoxel.analysis.result import LayerData
from covoxel.core.types import Progress
from covoxel.gui.running.selection import Inputs, RunRecord, Selection
from covoxel.gui.running.sources import with_sources

if TYPE_CHECKING:
    pass


@dataclass(frozen=True, eq=False)
class FieldRun(RunRecord):
    """What a run found.

    Attributes
    ----------
    layers : list of LayerData
        The lengths of the displacements as an image, the arrows, and the tiles.
    kind : "field"
        What tells it from a `RegisterRun`, without an import of all that fields need.
    """

    options: FieldOptions
    result: FieldResult
    layers: list[LayerData]
    kind: Literal["field"] = "field"

    @property
    def calibration(self) -> None:
        """No file was applied instead."""

    @property
    def registrations(self) -> Registrations:
        """The fits, to be saved.

        Raises
        ------
        ValueError
            If there is none.
        """
        return self.result.registrations()

    @property
    def several(self) -> bool:
        """Whether time points differ."""
        return len(self.result.found) > 1

    @property
    def fields(self) -> dict[int, FittedField]:
        """The fields by time point, without those where nothing could be compared."""
        rows = zip(self.result.table["t"], self.result.found, strict=True)
        return {int(t): one for t, one in rows if one is not None}

    def at(self, t: int) -> FittedField | str:
        """Return the field of a time point, or of the only one; or why there is none."""
        times = [int(time) for time in self.result.table["t"]]
        row = times.index(t) if self.several else 0
        return self.result.found[row] or str(self.result.table["notes"].iat[row])


def field_found(
    selection: Selection, inputs: Inputs, options: FieldOptions, progress: Progress
) -> FieldRun:
    """Find the displacements tile by tile; meant for a thread.

    Parameters
    ----------
    selection, inputs : Selection, Inputs
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
    result = FIELD.run(
        *inputs.channels,
        mask=inputs.pooled_mask(),
        t=inputs.t,
        z=inputs.z,
        options=options,
        progress=progress,
    )
    return FieldRun(selection, inputs, options, result, result.layers())
