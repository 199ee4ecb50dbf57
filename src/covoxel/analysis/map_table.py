"""map_means: what a map is like in each region, a row each."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.analysis.map_schema import MAP_COLUMNS
from covoxel.analysis.mapping import Maps
from covoxel.core.types import AnyArray
from covoxel.image.channel import as_channel
from covoxel.image.region import Region
from covoxel.image.regions import Regions
from covoxel.intensity.reading import NO_PIXELS

if TYPE_CHECKING:
    import pandas as pd


def map_means(
    image: Any,
    labels: Any = None,
    *,
    mask: Any = None,
    shapes: Sequence[Any] | None = None,
    axes: str | None = None,
) -> pd.DataFrame:
    """Tell what a map is like in each region.

    Parameters
    ----------
    image : array-like, Channel or napari layer
        A map, such as `map_channels` or `local_correlation` gives. Pixels that are NaN are
        counted and left out.
    labels : array-like, optional
        Regions, a row each: bool, integers or whole floats; 0 is outside. Of the shape of a frame,
        its planes, or the series.
    mask, shapes
        As in `measure`.
    axes : str, optional
        Letters out of ``"TZYX"``; needed for 4-D arrays.

    Returns
    -------
    pandas.DataFrame
        One row a region and time point, with the columns of `covoxel.analysis.map_schema`. A mean
        of correlations is that of the values themselves. ``attrs["covoxel"]`` holds the options of
        `map_channels`.

    Raises
    ------
    ValueError, TypeError
        If mask, labels or shapes do not fit the map; the message names what was given.

    Examples
    --------
    >>> import numpy as np
    >>> table = map_means(np.array([[0.5, 1.0, np.nan]]), np.array([[1, 1, 2]]))
    >>> table[["label", "pixels", "undefined", "mean", "notes"]].to_numpy().tolist()
    [[1, 2, 0, 0.75, ''], [2, 0, 1, nan, 'mean: the map is undefined in the region']]
    """
    import pandas as pd

    channel = as_channel(image, axes=axes)
    regions = Regions(mask, labels, shapes)
    regions.place_on(image)
    frames = range(channel.n_frames)
    columns = [column.name for column in MAP_COLUMNS]
    tables = [
        pd.DataFrame(_of_frame(channel.read(t), region, t))
        for t in frames
        for region in regions.passes(channel, (t,))
    ]
    table = pd.concat(tables, ignore_index=True).sort_values(["t", "label"], ignore_index=True)
    table["map"], table["version"] = channel.name, version("covoxel")
    reasons = np.where(table["undefined"] > 0, "the map is undefined in the region", NO_PIXELS)
    table["notes"] = np.where(table["pixels"] == 0, "mean: " + reasons.astype(object), "")
    table = table[columns]
    options = channel.data.options.as_dict() if isinstance(channel.data, Maps) else {}
    table.attrs["covoxel"] = {"version": version("covoxel"), "options": options, "inputs": {}}
    return table


def _of_frame(values: AnyArray, region: Region, t: int) -> dict[str, Any]:
    """Return the columns of one frame."""
    found = region.read(t, tuple(slice(0, n) for n in values.shape))
    index = (
        np.broadcast_to(np.asarray(1 if found is None else found), values.shape)
        .ravel()
        .astype(np.intp)
    )
    flat = values.ravel().astype(np.float64)
    n_regions = region.ids.size
    every = np.bincount(index, minlength=n_regions + 1)[1:]
    known = np.isfinite(flat) & (index > 0)
    index, flat = index[known] - 1, flat[known]
    pixels = np.bincount(index, minlength=n_regions)
    count = np.where(pixels > 0, pixels, np.nan)
    mean = np.bincount(index, flat, n_regions) / count
    squares = np.bincount(index, np.square(flat - mean[index]), n_regions)
    lowest, highest = np.full(n_regions, np.inf), np.full(n_regions, -np.inf)
    np.minimum.at(lowest, index, flat)
    np.maximum.at(highest, index, flat)
    columns: dict[str, Any] = {
        "label": region.ids,
        "pixels": pixels,
        "undefined": every - pixels,
        "mean": mean,
        "standard_deviation": np.sqrt(squares / count),
        "minimum": np.where(pixels > 0, lowest, np.nan),
        "maximum": np.where(pixels > 0, highest, np.nan),
    }
    return {"t": t} | columns
