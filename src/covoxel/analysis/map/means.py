"""Means of a map in each region, a row each, and the columns of maps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.analysis.map.options import MapOptions
from covoxel.analysis.notes import notes_text
from covoxel.analysis.schema import IDENTITY, SHIFTS, WARNINGS, Column, record_columns
from covoxel.core.types import AnyArray, FloatArray, IntArray
from covoxel.core.version import VERSION
from covoxel.image.channel import as_channel, block_slices
from covoxel.image.regions import Region, Regions
from covoxel.intensity.reading import NO_PIXELS

if TYPE_CHECKING:
    import pandas as pd

_MAP = Column("map", "", "Name of the map")
_T = Column("t", "frame", "Time point, from 0")
_LABEL = Column("label", "", "Label of the region")
_NUMBERS = (
    Column("pixels", "px", "Pixels or voxels of the region on which the map is defined"),
    Column("undefined", "px", "Pixels of the region on which the map is NaN"),
    Column("mean", "map", "Mean of the map over the region"),
    Column("standard_deviation", "map", "Standard deviation of the map over the region"),
    Column("minimum", "map", "Smallest value of the map in the region"),
    Column("maximum", "map", "Largest value of the map in the region"),
)

#: Voxels that are summed at a time, each of which takes about 50 bytes.
_BLOCK_VOXELS = 1 << 16

_VERSION, _, _NOTES = record_columns("Why cells are empty")

#: Of `map_means`, which has no channels.
MEANS_COLUMNS = (_MAP, _T, _LABEL, *_NUMBERS, _VERSION, _NOTES)
#: Of `map_channels`.
MAP_COLUMNS = (
    *IDENTITY,
    *SHIFTS,
    _MAP,
    *_NUMBERS,
    Column(
        "threshold",
        "",
        "Largest magnitude of Pearson's r that displaced copies reach",
        optional=True,
    ),
    WARNINGS,
    *record_columns("Reasons for empty cells, and remarks on others"),
)


UNDEFINED = "the map is undefined in the region"


def map_means(
    image: Any,
    labels: Any = None,
    *,
    mask: Any = None,
    shapes: Sequence[Any] | None = None,
    axes: str | None = None,
) -> pd.DataFrame:
    """Return the mean of a map in each region, and its extremes.

    Parameters
    ----------
    image : array-like, Channel or napari layer
        A map, such as the ``image`` of `map_channels`, or one of `local_correlation`. Pixels that
        are NaN are counted and left out.
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
        One row a region and time point, with the columns of `covoxel.analysis.map.means`. A mean
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
    shared = {"map": channel.name, "version": VERSION}
    rows = [
        row | shared | {"t": t, "notes": notes_text(row["notes"])}
        for t in range(channel.n_frames)
        for row in means(channel.read(t), regions.passes(channel, (t,)), t)
    ]
    table = pd.DataFrame(rows, columns=[column.name for column in MEANS_COLUMNS])
    options = getattr(channel.data, "options", None)
    record = options.as_dict() if isinstance(options, MapOptions) else {}
    table.attrs["covoxel"] = {"version": VERSION, "options": record, "inputs": {}}
    return table


def means(values: AnyArray, regions: Iterable[Region], t: int) -> list[dict[str, Any]]:
    """Return the columns of each region of one frame of a map, by label, with notes."""
    found = [row for region in regions for row in _of_region(values, region, t)]
    return sorted(found, key=itemgetter("label"))


def _of_region(values: AnyArray, region: Region, t: int) -> Iterator[dict[str, Any]]:
    n_regions = region.ids.size
    every, pixels = np.zeros((2, n_regions), np.int64)
    total, squares = np.zeros((2, n_regions))
    lowest, highest = np.full(n_regions, np.inf), np.full(n_regions, -np.inf)
    for index, block in _known(values, region, t, every):
        pixels += np.bincount(index, minlength=n_regions)
        total += np.bincount(index, block, n_regions)
        np.minimum.at(lowest, index, block)
        np.maximum.at(highest, index, block)
    count = np.where(pixels > 0, pixels, np.nan)
    mean = total / count
    for index, block in _known(values, region, t):
        squares += np.bincount(index, np.square(block - mean[index]), n_regions)
    columns: dict[str, Any] = {
        "label": region.ids,
        "pixels": pixels,
        "undefined": every - pixels,
        "mean": mean,
        "standard_deviation": np.sqrt(squares / count),
        "minimum": np.where(pixels > 0, lowest, np.nan),
        "maximum": np.where(pixels > 0, highest, np.nan),
    }
    for row in zip(*(np.asarray(column).tolist() for column in columns.values()), strict=True):
        values_of_row = dict(zip(columns, row, strict=True))
        reason = UNDEFINED if values_of_row["undefined"] else NO_PIXELS
        yield values_of_row | {"notes": [] if values_of_row["pixels"] else [("mean", reason)]}


def _known(
    values: AnyArray, region: Region, t: int, every: IntArray | None = None
) -> Iterator[tuple[IntArray, FloatArray]]:
    """Yield region indices and values of the pixels that are defined, block by block.

    `every` counts the pixels of each region, defined or not.
    """
    for where in block_slices(values.shape, _BLOCK_VOXELS):
        index, block = region.index(t, where).ravel(), values[where].astype(np.float64)
        if every is not None:
            every += np.bincount(index, minlength=region.ids.size + 1)[1:]
        known = np.isfinite(block.ravel()) & (index > 0)
        yield index[known] - 1, block.ravel()[known]
