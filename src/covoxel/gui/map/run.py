"""One run of the Map widget: the map, what lies beyond chance, and a row a region; no Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.analysis.map.analysis import MAP
from covoxel.analysis.map.options import MapOptions
from covoxel.analysis.map.result import MapResult
from covoxel.core.types import AnyArray, Progress
from covoxel.gui.running.selection import Inputs, RunRecord, Selection
from covoxel.gui.running.sources import with_sources

if TYPE_CHECKING:
    import pandas as pd

#: How long what lies beyond chance takes, in maps.
_COPIES = 20
#: Labels of what lies beyond chance, by the sign of the correlation.
POSITIVE, NEGATIVE = 1, 2


@dataclass(frozen=True, eq=False)
class MapRun(RunRecord):
    """What a run found."""

    options: MapOptions
    result: MapResult
    #: The map, with the axes of the channels, less time where one time point was selected.
    image: AnyArray
    #: The map of what lies beyond chance, if it was requested.
    significance: MapResult | None = None
    #: 1 where the correlation is beyond that of displaced copies, 2 where it is so and negative.
    beyond: AnyArray | None = None

    @property
    def frames(self) -> list[dict[str, Any]]:
        """Numbers of each time point."""
        return self.result.frames

    @property
    def thresholds(self) -> list[float]:
        """The correlation that displaced copies reach at each time point, if computed."""
        return (
            [] if self.significance is None else [f["threshold"] for f in self.significance.frames]
        )

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a region and time point."""
        table = self.result.table
        if self.significance is not None:  # values are 0 or 1: their mean is a share
            table = table.assign(beyond=self.significance.table["mean"])
        table.attrs["covoxel"] = self.result.table.attrs["covoxel"] | {"frames": self.frames}
        return table


def run_map(
    selection: Selection, inputs: Inputs, options: MapOptions, progress: Progress, *, beyond: bool
) -> MapRun:
    """Map two channels, and what is `beyond` chance too; meant for a thread."""
    inputs = with_sources(inputs)
    total = 1 + _COPIES * beyond

    def map_of(options: MapOptions, first: int, share: int) -> tuple[MapResult, AnyArray]:
        """Return a map and its values, which are computed as they are read."""

        def report(done: int, of: int) -> None:
            progress(1000 * first + 1000 * share * done // of, 1000 * total)

        given = inputs.given(MAP)
        result = MAP.run(*inputs.channels, **given, options=options, progress=report)
        report(0, 1)
        return result, np.asarray(result.image.data)

    result, image = map_of(options, 0, 1)
    run = MapRun(selection, inputs, options, result, image)
    if beyond:
        significance, marks = map_of(replace(options, kind="beyond"), 1, _COPIES)
        marked = np.where(image < 0, np.uint8(NEGATIVE), np.uint8(POSITIVE))
        marked[~(marks > 0)] = 0
        run = replace(run, significance=significance, beyond=marked)
    _ = run.positions
    return run
