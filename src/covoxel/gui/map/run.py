"""One run of the Map widget: the map, what lies beyond chance, and a row a region; no Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.analysis.map.analysis import MAP
from covoxel.analysis.map.options import MapOptions
from covoxel.analysis.map.result import MapResult
from covoxel.core.types import AnyArray, FloatArray, Progress
from covoxel.gui.centroids import row_positions
from covoxel.gui.choice import Choice, Inputs
from covoxel.gui.origin import with_sources

if TYPE_CHECKING:
    import pandas as pd

#: How long what lies beyond chance takes, in maps.
_COPIES = 20
#: Steps of the progress that a map has.
_STEPS = 1000
#: Labels of what lies beyond chance, by the sign of the correlation.
POSITIVE, NEGATIVE = 1, 2


@dataclass(frozen=True, eq=False)
class MapRun:
    """What a run found.

    Attributes
    ----------
    choice, inputs, options
        What was asked.
    image : float32 array
        The map, with the axes of the channels, less time where one time point was asked for.
    frames : tuple of dict
        What there is to say of each time point.
    beyond : uint8 array or None
        1 where the correlation is beyond that of displaced copies, 2 where it is so and negative.
    thresholds : tuple of float
        The correlation that copies reach, for each time point; empty where it was not asked for.
    table : pandas.DataFrame
        One row a region and time point.
    positions : (rows, axes) float array
        Where each row's region lies.
    """

    choice: Choice
    inputs: Inputs
    options: MapOptions
    image: AnyArray
    frames: tuple[dict[str, Any], ...]
    beyond: AnyArray | None
    thresholds: tuple[float, ...]
    table: pd.DataFrame
    positions: FloatArray


def mapped(
    choice: Choice, inputs: Inputs, options: MapOptions, progress: Progress, *, beyond: bool
) -> MapRun:
    """Map two channels, frame by frame; meant for a thread.

    Parameters
    ----------
    choice, inputs : Choice, Inputs
        The channels; of a time series `inputs.t` alone is mapped, None each time point.
    options : MapOptions
    progress : callable
        Called with (done, total); it may raise `Cancelled`.
    beyond : bool
        Whether to look for what lies beyond chance, too.

    Raises
    ------
    ValueError
        If the radius does not fit the image, shapes overlap, or there is no room for copies.
    """
    inputs = with_sources(inputs)
    shares = _Shares(progress, 1 + _COPIES * beyond)
    found, image = _mapped(inputs, options, shares, 1)
    table = found.table
    marked: AnyArray | None = None
    thresholds: tuple[float, ...] = ()
    if beyond:
        far, marks = _mapped(inputs, replace(options, kind="beyond"), shares, _COPIES)
        marked = np.where(image < 0, np.uint8(NEGATIVE), np.uint8(POSITIVE))
        marked[~(marks > 0)] = 0
        thresholds = tuple(frame["threshold"] for frame in far.frames)
        # what lies beyond is 0 or 1: its mean is a share
        table = table.assign(beyond=far.table["mean"])
    frames = tuple(found.frames)
    table.attrs["covoxel"] = table.attrs["covoxel"] | {"frames": frames}
    positions = row_positions(table, inputs.channels[0], **inputs.regions)
    return MapRun(choice, inputs, options, image, frames, marked, thresholds, table, positions)


class _Shares:
    """Progress of several maps, each a share of the whole."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress, self._total, self.done = progress, total, 0.0

    def report(self, part: float) -> None:
        """Tell how much is done: what was, and a part of what is being made."""
        self._progress(round(_STEPS * (self.done + part)), _STEPS * self._total)


def _mapped(
    inputs: Inputs, options: MapOptions, shares: _Shares, share: int
) -> tuple[MapResult, AnyArray]:
    """Return a map, computed, and its values."""

    def report(done: int, total: int) -> None:
        shares.report(share * done / total)

    lazy = MAP.run(*inputs.channels, **inputs.regions, t=inputs.t, options=options, progress=report)
    shares.report(0)
    image: AnyArray = np.asarray(lazy.image.data)
    shares.done += share
    return lazy, image
