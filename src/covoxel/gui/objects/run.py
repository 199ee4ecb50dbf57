"""Runs of the Objects widget; no Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.analysis.objects.analysis import OBJECTS, ObjectsResult
from covoxel.core.types import Progress
from covoxel.gui.running.selection import Inputs, RunRecord, Selection
from covoxel.gui.running.sources import with_sources

if TYPE_CHECKING:
    import pandas as pd

    from covoxel.analysis.objects.options import ObjectsOptions


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """Objects of a channel that are in a layer."""

    #: The objects, as `measure_objects` takes them; None where they are found in the image.
    source: Any = None
    #: The layer; empty without one.
    name: str = ""
    #: The file of the layer; empty where it is in none.
    path: str = ""


@dataclass(frozen=True, eq=False)
class ObjectsRun(RunRecord):
    """What was asked, and what was found."""

    options: ObjectsOptions
    result: ObjectsResult
    #: Of each channel.
    given: Sequence[Given] = (Given(), Given())

    @property
    def listed(self) -> str:
        """The table whose rows are points in the viewer: that of the objects."""
        return "objects"

    def objects_of(self, row: int) -> pd.DataFrame:
        """Return the objects of the frame that a row is of."""
        objects = self.result.objects
        chosen = np.ones(len(objects), np.bool_)
        for name in ("t", "z"):
            own, all_ = (one[name].to_numpy(np.int64, na_value=-1) for one in (self.table, objects))
            chosen &= all_ == own[row]
        return objects[chosen]


def run_objects(
    selection: Selection,
    inputs: Inputs,
    options: ObjectsOptions,
    given: Sequence[Given],
    progress: Progress,
) -> ObjectsRun:
    """Find and compare objects; runs in a thread."""
    inputs = with_sources(inputs)
    first, second = given
    result = OBJECTS.run(
        *inputs.channels,
        **inputs.given(OBJECTS),
        objects1=first.source,
        objects2=second.source,
        options=options,
        progress=progress,
    )
    run = ObjectsRun(selection, inputs, options, result, given)
    _ = run.layers
    return run
