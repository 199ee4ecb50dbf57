"""The inputs of `measure_objects`: two channels, a mask, cells, and objects that are given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.analysis.channels import FramePair
from covoxel.analysis.inputs import AnalysisInputs
from covoxel.analysis.opening import open_region
from covoxel.core.types import AnyArray, BoolArray, FloatArray, IntArray
from covoxel.image.channel import Channel
from covoxel.image.placement import between_layers, same_placement
from covoxel.image.regions import Region, Regions, array_of, as_region

if TYPE_CHECKING:
    import pandas as pd

    from covoxel.objects.object_set import ObjectSet
    from covoxel.quality.caution import Caution


#: Endings of files that hold tables of points, others are label images.
TABLES = (".csv", ".tsv", ".txt")
#: Names of the columns of coordinates, by how many µm their unit is; 0 stands for pixels.
_COLUMNS = {
    1.0: ("{0}_um", "{0} [um]", "{0} [µm]", "center_{0}_um", "position_{0}"),
    1e-3: ("{0}_nm", "{0} [nm]"),
    0.0: ("{0}", "center_{0}", "{0}_px", "{0} [px]"),
}
_TIMES = ("t", "frame")


@dataclass(frozen=True, slots=True, eq=False)
class GivenLabels:
    """Objects given as labels."""

    region: Region

    def objects(self, unit: FramePair, mask: BoolArray | None) -> ObjectSet:
        """Return the objects of a frame, or of its plane."""
        from covoxel.objects.object_set import labelled_objects

        whole = unit.where(unit.channel1)
        found = np.asarray(self.region.raw(unit.t, whole))
        solid = tuple(part.stop - part.start for part in whole)
        labels: AnyArray = np.broadcast_to(found, solid).reshape(unit.shape)
        spacing = unit.channel1.spacing
        return labelled_objects(labels, mask=mask, spacing=spacing and spacing[-len(unit.axes) :])


@dataclass(frozen=True, slots=True, eq=False)
class GivenPoints:
    """Objects given as points: places in pixels (N, spatial axes), and their time points."""

    places: FloatArray
    times: IntArray | None = None

    def objects(self, unit: FramePair, mask: BoolArray | None) -> ObjectSet:
        """Return the points of a frame, or of its plane; they keep their numbers."""
        from covoxel.objects.object_set import point_objects

        here = np.ones(len(self.places), np.bool_)
        if self.times is not None:
            here &= self.times == unit.t
        if unit.z is not None:
            here &= np.rint(self.places[:, 0]) == unit.z
        spacing = unit.channel1.spacing
        points = point_objects(
            self.places[here][:, -len(unit.axes) :],
            unit.shape,
            mask=mask,
            spacing=spacing and spacing[-len(unit.axes) :],
        )
        return replace(points, ids=np.flatnonzero(here) + 1)


def given_objects(
    name: str, given: Any, channel: Channel, image: Any
) -> GivenLabels | GivenPoints | None:
    """Return objects that were given under a name; None where there are none.

    `image` is what channel 1 was made of; layers of napari must lie on it. What this has returned
    before is returned as it is.

    Raises
    ------
    ValueError
        If labels or coordinates do not fit the channel, or are in µm of an unknown voxel size.
    """
    if given is None or isinstance(given, GivenLabels | GivenPoints):
        return given
    if isinstance(given, str | Path):
        given = _opened(Path(given))
    if hasattr(given, "columns"):
        return _of_table(name, given, channel)
    if hasattr(given, "symbol") and hasattr(given, "translate"):  # a Points layer
        between = between_layers(given, image) if hasattr(image, "translate") else np.eye(0)
        places = np.asarray(given.data, np.float64)
        n = max(len(between) - 1, 0)
        if n:
            places = places.copy()
            places[:, -n:] = places[:, -n:] @ between[:n, :n].T + between[:n, n]
        return _of_array(name, places, channel)
    same_placement(f"of image1 and {name}", image, given)
    array = array_of(given)
    shape, n_frames = channel.spatial_shape, channel.n_frames
    if len(array.shape) == 2 and not _is_frame(tuple(array.shape), channel):
        return _of_array(name, np.asarray(array), channel)
    frames = range(n_frames)
    return GivenLabels(as_region(None, given, shape, n_frames=n_frames, frames=frames, name=name))


def _is_frame(shape: tuple[int, ...], channel: Channel) -> bool:
    """Whether an array is a plane of the channel; another one of few columns holds points."""
    return shape == channel.spatial_shape[-2:] or shape[1] not in (
        len(channel.axes),
        len(channel.spatial_axes),
    )


def _opened(path: Path) -> Any:
    if path.name.lower().endswith(TABLES):
        from covoxel.io.sheets import read_sheet

        return read_sheet(path)
    return open_region(path)


def _of_array(name: str, places: AnyArray, channel: Channel) -> GivenPoints:
    """Return points in pixels, whose first column may be time."""
    n = len(channel.spatial_axes)
    places = np.asarray(places, np.float64)
    if places.size == 0:
        return GivenPoints(np.zeros((0, n)))
    timed = "T" in channel.axes and places.shape[1] == n + 1
    if places.ndim != 2 or places.shape[1] != n + timed:
        msg = f"{name} has shape {places.shape}; points need {n} columns, {channel.spatial_axes}"
        raise ValueError(msg)
    times = np.rint(places[:, 0]).astype(np.int64) if timed else None
    return GivenPoints(places[:, timed:], times)


def _of_table(name: str, table: pd.DataFrame, channel: Channel) -> GivenPoints:
    names = {str(one).strip().lower(): one for one in table.columns}
    table, units = _below_header(table, names)
    if all(f"axis-{i}" in names for i in range(len(channel.axes))):  # as napari writes points
        columns = [names[f"axis-{i}"] for i in range(len(channel.axes))]
        return _of_array(name, table[columns].to_numpy(np.float64), channel)
    places = np.column_stack(list(_coordinates(name, table, names, units, channel)))
    time = next((names[one] for one in _TIMES if one in names), None)
    if time is None or "T" not in channel.axes:
        return GivenPoints(places)
    return GivenPoints(places, np.rint(_numbers(name, table, time)).astype(np.int64))


def _below_header(table: pd.DataFrame, names: dict[str, Any]) -> tuple[pd.DataFrame, list[str]]:
    """Return a table without the rows of names and units that TrackMate writes, and the units."""
    import pandas as pd

    if "position_x" not in names:
        return table, []
    column = table[names["position_x"]]
    words = column.notna() & pd.to_numeric(column, errors="coerce").isna()
    rows = int(words.cummin().sum())
    return table.iloc[rows:], column.iloc[:rows].tolist()


def _numbers(name: str, table: pd.DataFrame, column: Any) -> FloatArray:
    import pandas as pd

    values = pd.to_numeric(table[column], errors="coerce")
    if values.isna().any():
        wrong = str(table[column].iloc[int(values.isna().to_numpy().argmax())])
        msg = f"{name} has {wrong!r} in the column {column}; allowed are numbers"
        raise ValueError(msg)
    return np.asarray(values, np.float64)


def _coordinates(
    name: str, table: pd.DataFrame, names: dict[str, Any], units: list[str], channel: Channel
) -> Iterator[FloatArray]:
    """Yield the coordinates along each axis in pixels."""
    for number, axis in enumerate(channel.spatial_axes.lower()):
        known = {form.format(axis): unit for unit, forms in _COLUMNS.items() for form in forms}
        found = next((one for one in known if one in names), None)
        if found is None:
            msg = (
                f"{name} has the columns {', '.join(map(str, table.columns))}; "
                f"one of {', '.join(known)} is needed"
            )
            raise ValueError(msg)
        values = _numbers(name, table, names[found])
        unit = 0.0 if "(pixel)" in units else known[found]
        if unit and channel.spacing is None:
            msg = f"{name} has the column {found}, but the voxel size is unknown; give spacing"
            raise ValueError(msg)
        yield values * unit / channel.spacing[number] if unit and channel.spacing else values


class ObjectsInputs(AnalysisInputs):
    """Two channels with their objects, where these are given; labels and shapes are cells.

    Attributes
    ----------
    sources : tuple
        Objects of each channel; None where they are looked for.
    """

    def __init__(
        self,
        image1: Any,
        image2: Any = None,
        *,
        objects1: Any = None,
        objects2: Any = None,
        **given: Any,
    ) -> None:
        super().__init__(image1, image2, **given)
        if self.registration is not None and objects2 is not None:
            msg = (
                "objects2 is given, and a registration; objects are taken where they lie, so find "
                "them in the registered channel 2"
            )
            raise ValueError(msg)
        if len(self.channels) > 2 and not (objects1 is None and objects2 is None):
            msg = f"objects are given of two channels, but there are {len(self.channels)} channels"
            raise ValueError(msg)
        grid = self.channels[0]
        first = image1[0] if isinstance(image1, list | tuple) else image1
        self.sources: tuple[GivenLabels | GivenPoints | None, ...] = (
            given_objects("objects1", objects1, grid, first),
            given_objects("objects2", objects2, grid, first),
        )
        mask, labels, shapes = (given.get(name) for name in ("mask", "labels", "shapes"))
        self._within = Regions(mask=mask)
        self._cells = None if labels is None and shapes is None else self.regions
        if shapes is not None and len(self.regions.passes(grid, (0,))) > 1:
            msg = "shapes overlap; cells of objects must lie apart"
            raise ValueError(msg)

    def mask_of(self, unit: FramePair) -> BoolArray | None:
        """Return where objects of a frame are looked for; None for everywhere."""
        mask: BoolArray | None = replace(unit, regions=self._within).masks().get("mask")
        return mask

    def cells_of(self, unit: FramePair) -> Any:
        """Return the cells of a frame, `ObjectSet`; None where there are none."""
        if self._cells is None:
            return None
        (region,) = self._cells.passes(unit.channel1, (unit.t,))
        return GivenLabels(region).objects(unit, None)


@dataclass(frozen=True, slots=True, eq=False)
class ObjectsFrame:
    """A frame of two channels whose objects are compared; ``series`` are cautions of all frames."""

    frame_pair: FramePair
    inputs: ObjectsInputs
    series: tuple[Caution, ...]
