"""Objects as layers of napari: labels, centres, lines between matches, overlaps and cells."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.analysis.image_layers import place_of, placed, rings_look
from covoxel.analysis.result import LayerData, Result
from covoxel.core.types import AnyArray, FloatArray
from covoxel.image.channel import Channel
from covoxel.objects.object_set import ObjectSet
from covoxel.objects.several import common_overlaps

if TYPE_CHECKING:
    import pandas as pd

    from covoxel.analysis.objects.frame import FrameObjects

#: Colours of channel 1, channel 2 and matched objects, and of cells by what they are positive for.
_COLORS = {1: "magenta", 2: "lime"}
_MATCHED = "white"
_KINDS = {0: "transparent", 1: "#808080", 2: "#ff00ff", 3: "#00ff00", 4: "#ffffff", None: "black"}
_SYMBOLS = {1: "disc", 2: "square"}
#: Diameter of a point on the screen, in its pixels.
_POINT_SIZE = (6, 11)
#: Columns of features that come first.
_FIRST = (
    *("row", "label", "object", "matched", "match_distance", "center_distance", "edge_distance"),
    *("overlap", "jaccard", "mean1", "mean2", "size", "cut"),
)
_POINTS = "its objects are points, which have no pixels"
_NO_CELLS = "there are no cells; give labels"
#: What was found in a frame, its time point, and its plane.
_ObjectsAt = tuple["FrameObjects", int, int | None]


class _Frames:
    """What was found of one pair of channels in all frames, on the grid of the channels."""

    def __init__(self, result: Result, channels: tuple[str, str]) -> None:
        self.channel = result.channels[0]
        table = result.table
        chosen = (table["channel1"] == channels[0]) & (table["channel2"] == channels[1])
        planes = table["z"].to_numpy(np.int64, na_value=-1)
        self.frames: list[_ObjectsAt] = [
            (result.found[i], int(table["t"].iloc[i]), None if planes[i] < 0 else int(planes[i]))
            for i in np.flatnonzero(chosen)
            if result.found[i] is not None
        ]
        objects = result.tables["objects"]
        of_pair = (objects["channel1"] == channels[0]) & (objects["channel2"] == channels[1])
        self.objects = objects[of_pair]

    def of_channel(self, number: int) -> pd.DataFrame:
        """Return the rows of the objects of channel 1 or 2, with their place and their number."""
        own = self.objects[self.objects["channel"] == number]
        own = own.rename_axis("row").reset_index().assign(label=np.arange(1, len(own) + 1))
        return own[[*_FIRST, *(name for name in own if name not in _FIRST)]]

    def image(self, dtype: Any, draw: Callable[[FrameObjects], AnyArray]) -> AnyArray:
        """Return an image of what is drawn of each frame."""
        out = np.zeros(self.channel.shape, dtype)
        for found, t, z in self.frames:
            frame = out[t] if "T" in self.channel.axes else out
            (frame if z is None else frame[z])[...] = draw(found)
        return out

    def extended(self, places: FloatArray, t: int, z: int | None) -> FloatArray:
        """Return places with all axes of the channels."""
        lead = place_of(self.channel, t, z)[: len(self.channel.axes) - places.shape[1]]
        return np.column_stack([np.tile(lead, (len(places), 1)), places])

    def labels(self, number: int) -> AnyArray:
        """Return the numbers of the objects of a channel, counted through all frames."""
        before = 0

        def draw(found: FrameObjects) -> AnyArray:
            nonlocal before
            objects = found.sides[number - 1].objects
            index = _index(objects).astype(np.int32)
            image = np.where(index > 0, index + before, 0)
            before += len(objects)
            return image

        return self.image(np.int32, draw)

    def centers(self, number: int) -> FloatArray:
        """Return the centres of the objects of a channel."""
        parts = [
            self.extended(found.sides[number - 1].objects.centroids, t, z)
            for found, t, z in self.frames
        ]
        return np.concatenate(parts)

    def matches(self) -> FloatArray:
        """Return starts and directions of lines from objects of channel 1 to their partners."""
        drawn = []
        for found, t, z in self.frames:
            first, second = (side.objects.centroids for side in found.sides)
            start = self.extended(first[found.matches.first], t, z)
            end = self.extended(second[found.matches.second], t, z)
            drawn.append(np.stack([start, end - start], axis=1))
        return np.concatenate(drawn)

    def cells(self) -> AnyArray:
        """Return the kinds of cells: 1 neither, 2 and 3 channel 1 or 2 only, 4 both."""

        def draw(found: FrameObjects) -> AnyArray:
            if found.cells is None or found.coexpression is None:
                raise ValueError(_NO_CELLS)
            return found.coexpression.label_image(found.cells)

        return self.image(np.uint8, draw)


def _index(objects: ObjectSet) -> AnyArray:
    if objects.index is None:
        raise ValueError(_POINTS)
    return objects.index


def _overlaps(result: Result) -> AnyArray:
    """Return the numbers of the overlaps of all channels, counted through all frames."""
    table = result.table
    first = _Frames(result, tuple(table[["channel1", "channel2"]].iloc[0]))
    places = {(t, z): i for i, (_, t, z) in enumerate(first.frames)}
    sets: list[dict[str, ObjectSet]] = [{} for _ in places]
    for names in table[["channel1", "channel2"]].drop_duplicates().itertuples(index=False):
        for found, t, z in _Frames(result, tuple(names)).frames:
            own = zip(names, (side.objects for side in found.sides), strict=True)
            sets[places[t, z]] |= dict(own)
    remaining, before = iter(sets), 0

    def draw(_: FrameObjects) -> AnyArray:
        nonlocal before
        own = next(remaining).values()
        for objects in own:
            _index(objects)
        found = common_overlaps(*own)
        image = np.where(found.labels > 0, found.labels + before, 0)
        before += len(found.pixels)
        return image

    return first.image(np.int32, draw)


def label_image(result: Result, which: str) -> Channel:
    """Return an image of labels, see `covoxel.analysis.ObjectsResult`."""
    table = result.table
    frames = _Frames(result, tuple(table[["channel1", "channel2"]].iloc[0]))
    if not frames.frames:
        raise ValueError(table["notes"].iloc[0])
    grid = result.channels[0]
    images: dict[str, Callable[[], AnyArray]] = {
        "objects1": lambda: frames.labels(1),
        "objects2": lambda: frames.labels(2),
        "overlaps": lambda: _overlaps(result),
        "coexpression": frames.cells,
    }
    return Channel(images[which](), grid.axes, grid.spacing, grid.time_step, which)


def object_layers(result: Result) -> list[LayerData]:
    """Return labels and points of both channels, lines between matches, overlaps and cells.

    Row i of the features of points is object i of the channel, and so is row i of labels, whose
    row 0 is the background. Labels are numbered through the whole series. Of several pairs of
    channels it is the first.
    """
    table = result.table
    names = tuple(table[["channel1", "channel2"]].iloc[0])
    frames = _Frames(result, names)
    if not frames.frames:
        return []
    record = {**table.attrs["covoxel"], "derived": "objects"}
    common = {**placed(frames.channel), "metadata": {"covoxel": record}}
    return [
        (data, common | look, kind)
        for data, look, kind in (
            *_sides(frames, names),
            *_between(frames, names),
            *_areas(result, frames),
        )
    ]


def _sides(frames: _Frames, names: Sequence[str]) -> Iterator[LayerData]:
    for number, name in enumerate(names, start=1):
        rows = frames.of_channel(number)
        if all(found.sides[number - 1].objects.extended for found, *_ in frames.frames):
            features = rows.set_index("label").reindex(range(len(rows) + 1)).reset_index()
            look = {"name": f"Objects of {name}", "features": features, "opacity": 0.5}
            yield frames.labels(number), look, "labels"
        inside = rows["pixels"].to_numpy() > 0
        shown = rows[inside].reset_index(drop=True)
        colors = np.where(shown["matched"].notna(), _MATCHED, _COLORS[number]).tolist()
        size = max(1.0, min(frames.channel.spatial_shape[-2:]) / 60)
        look = rings_look(size, _POINT_SIZE, colors or _COLORS[number])
        look |= {"name": f"Centers of {name}", "features": shown, "symbol": _SYMBOLS[number]}
        yield frames.centers(number)[inside], look, "points"


def _between(frames: _Frames, names: Sequence[str]) -> Iterator[LayerData]:
    lines = frames.matches()
    if not len(lines):
        return
    rows = frames.of_channel(1)
    features = rows[rows["matched"].notna()].reset_index(drop=True)
    look: dict[str, Any] = {"name": f"Matches of {' and '.join(names)}", "features": features}
    look |= {"edge_color": _MATCHED, "edge_width": 0.5, "vector_style": "line"}
    yield lines, look, "vectors"


def _areas(result: Result, frames: _Frames) -> Iterator[LayerData]:
    sides = [side.objects for found, *_ in frames.frames for side in found.sides]
    if all(one.extended for one in sides) and any(len(f.sides[0].pairs) for f, *_ in frames.frames):
        yield _overlaps(result), {"name": "Overlaps", "opacity": 0.5, "visible": False}, "labels"
    if all(found.coexpression is not None for found, *_ in frames.frames):
        look = {"name": "Positive cells", "colormap": _KINDS, "opacity": 0.4, "visible": False}
        yield frames.cells(), look, "labels"
