"""One run of the Map widget: the map, what lies beyond chance, and a row a region; no Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.analysis.map_options import MapOptions
from covoxel.analysis.map_table import map_means
from covoxel.analysis.mapping import map_channels
from covoxel.core.types import AnyArray, FloatArray, Progress
from covoxel.gui.centroids import row_positions
from covoxel.gui.choice import Choice, Inputs
from covoxel.gui.in_view import pooled_mask
from covoxel.gui.region_file import drawn_labels
from covoxel.image.channel import Channel
from covoxel.image.region import as_region

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
    shares = _Shares(progress, 1 + _COPIES * beyond)
    labels = _labels(choice, inputs)
    found, frames = _computed(inputs, options, shares, 1)
    image, table = np.asarray(found.data), map_means(found, labels)
    marked: AnyArray | None = None
    thresholds: tuple[float, ...] = ()
    if beyond:
        far, more = _computed(inputs, replace(options, kind="beyond"), shares, _COPIES)
        thresholds = tuple(float(frame["threshold"]) for frame in more)
        marked = np.where(image < 0, np.uint8(NEGATIVE), np.uint8(POSITIVE))
        marked[~(far.data > 0)] = 0
        # what lies beyond is 0 or 1: its mean is a share
        table["beyond"] = map_means(far, labels)["mean"]
    table = _told(table, inputs, options, frames)
    positions = row_positions(table, inputs.channels[0], labels=_timed(labels, inputs))
    return MapRun(
        choice, inputs, options, image, tuple(frames), marked, thresholds, table, positions
    )


class _Shares:
    """Progress of several maps, each a share of the whole."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress, self._total, self.done = progress, total, 0.0

    def report(self, part: float) -> None:
        """Tell how much is done: what was, and a part of what is being made."""
        self._progress(round(_STEPS * (self.done + part)), _STEPS * self._total)


def _computed(
    inputs: Inputs, options: MapOptions, shares: _Shares, share: int
) -> tuple[Channel, list[dict[str, Any]]]:
    """Return a map in memory, and what there is to say of its frames."""
    frames = inputs.channels[0].n_frames if inputs.t is None else 1

    def report(done: int, total: int) -> None:
        before = max(0, len(lazy.data.records) - 1)
        shares.report(share * (before + done / total) / frames)

    lazy = map_channels(
        *inputs.channels,
        mask=pooled_mask(inputs),
        t=inputs.t,
        options=options,
        progress=report,
    )
    shares.report(0)
    image = np.asarray(lazy.data)
    shares.done += share
    return lazy.with_data(image), list(lazy.data.records.values())


def _labels(choice: Choice, inputs: Inputs) -> Any:
    """Return the regions that have a row each, on the grid of the map."""
    first, regions = inputs.channels[0], inputs.regions
    if "shapes" in regions:
        return drawn_labels(choice.region.name, regions["shapes"], first)
    if "labels" not in regions:
        return np.broadcast_to(np.uint8(1), first.spatial_shape)
    labels = regions["labels"]
    if inputs.t is None:
        return labels
    frames = (inputs.t,)
    region = as_region(None, labels, first.spatial_shape, n_frames=first.n_frames, frames=frames)
    return labels[inputs.t] if region.timed else labels


def _timed(labels: Any, inputs: Inputs) -> Any:
    """Return the regions as they lie on the grid of the channels."""
    given = inputs.regions.get("labels")
    return labels if given is None else given


def _told(
    table: pd.DataFrame, inputs: Inputs, options: MapOptions, frames: list[dict[str, Any]]
) -> pd.DataFrame:
    """Return a table that knows its channels, time points and parameters."""
    first, second = inputs.channels
    table = table.assign(
        channel_1=first.name,
        channel_2=second.name,
        t=(table["t"] if inputs.t is None else inputs.t),
        z=None,
    ).astype({"t": "Int64", "z": "Int64"})
    table.attrs["covoxel"] = {
        "version": version("covoxel"),
        "map": options.as_dict(),
        "frames": frames,
    }
    return table
