"""The result of a comparison, and its layers: maps, images on one grid, boxes of changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.analysis.channels import FramePair
from covoxel.analysis.image_layers import image_layer, place_of, symmetric_look
from covoxel.analysis.result import LayerData, Result
from covoxel.core.types import AnyArray, FloatArray
from covoxel.image.channel import Channel

if TYPE_CHECKING:
    import pandas as pd

    from covoxel.similarity.changes import Changes

#: Maps that can be kept.
_MAPS = ("ssim_map", "difference")
#: Share of the pixels of a difference that are beyond what is shown as largest.
_BEYOND = 0.001
#: Rectangles that are drawn at most, one a plane of each change; more stop a window.
_MOST = 1000


@dataclass(frozen=True, eq=False, repr=False)
class CompareResult(Result):
    """Comparisons; ``found`` holds the `Comparison` of each row, with maps if these were kept."""

    @property
    def frame_pairs(self) -> list[FramePair]:
        """The frames that each row compares."""
        return self.inputs.frame_pairs

    def maps(self, kind: str) -> list[Channel]:
        """Return the maps that were kept, a channel for each pair.

        Parameters
        ----------
        kind : {"ssim_map", "difference"}
            Which; in single precision, with the voxel size of image 1.

        Raises
        ------
        ValueError
            If there is none, or maps of one pair differ in size.
        """
        return [self._map(kind, rows) for rows in self.pairs()]

    def pairs(self) -> list[list[int]]:
        """Return the rows of each pair of channels."""
        pairs: dict[tuple[str, str], list[int]] = {}
        for row, frame_pair in enumerate(self.frame_pairs):
            pairs.setdefault((frame_pair.channel1.name, frame_pair.channel2.name), []).append(row)
        return [*pairs.values()]

    def _map(self, kind: str, rows: list[int]) -> Channel:
        maps = [getattr(self.found[row], kind) for row in rows]
        if any(one is None for one in maps):
            one = self.found[next(row for row, m in zip(rows, maps, strict=True) if m is None)]
            undefined = kind == "ssim_map" and np.isnan(one.get("ssim", 0))
            why = one.notes["ssim"] if undefined else "it was not kept"
            msg = f"there is no {kind}: {why}"
            raise ValueError(msg)
        first = self.frame_pairs[rows[0]]
        name = f"{kind} of {first.channel1.name} and {first.channel2.name}"
        return self.stacked(rows, [one.astype(np.float32) for one in maps], name)

    def stacked(self, rows: list[int], images: Sequence[AnyArray], name: str) -> Channel:
        """Return an image for each of several rows as one channel, with the axes that vary."""
        first = self.frame_pairs[rows[0]]
        counts = {axis: self.table[axis.lower()].iloc[rows].nunique() for axis in "TZ"}
        outer = "".join(axis for axis, n in counts.items() if n > 1)
        data = np.stack(images) if len(images) > 1 else images[0]
        data = data.reshape(*(counts[axis] for axis in outer), *images[0].shape)
        axes = outer + first.axes
        n_spatial = len(axes.replace("T", ""))
        spacing = first.channel1.spacing and first.channel1.spacing[-n_spatial:]
        return Channel(data, axes, spacing, first.channel1.time_step, name)


def compare_layers(result: CompareResult) -> list[LayerData]:
    """Return the maps that were kept as images, where they lie in image 1."""
    layers = []
    for kind in _MAPS:
        if all(getattr(one, kind) is not None for one in result.found):
            for rows, channel in zip(result.pairs(), result.maps(kind), strict=True):
                look = {"colormap": "viridis", "contrast_limits": (0, 1)}
                if kind == "difference":
                    look = symmetric_look(np.asarray(channel.data), _BEYOND)
                layers.append(_layer(result, rows[0], channel, **look))
    return layers


def fitted_layers(result: CompareResult) -> tuple[LayerData, LayerData]:
    """Return both images of the first pair on the grid on which they were compared."""
    rows = result.pairs()[0]
    pairs = [result.found[row].pair for row in rows]
    frame_pair = result.frame_pairs[rows[0]]

    def layer(images: list[AnyArray], name: str) -> LayerData:
        return _layer(result, rows[0], result.stacked(rows, images, name))

    return (
        layer([pair.image1 for pair in pairs], frame_pair.channel1.name),
        layer([pair.image2 for pair in pairs], frame_pair.channel2.name),
    )


def _layer(result: CompareResult, row: int, channel: Channel, **look: Any) -> LayerData:
    data, attributes, kind = image_layer(channel, **look)
    corner = np.zeros(len(channel.axes))
    begins = result.found[row].corner
    corner[len(corner) - len(begins) :] = begins
    return data, attributes | {"translate": tuple(corner * attributes["scale"])}, kind


@dataclass(frozen=True, eq=False)
class ChangeBoxes:
    """Boxes about what changed, the largest changes first."""

    #: Corners in pixels of image 1, a rectangle for each plane of a change.
    rectangles: list[FloatArray]
    #: One row a rectangle.
    features: pd.DataFrame
    #: Changes in all, and how many of them, the largest, have rectangles.
    count: int
    drawn: int


def change_boxes(result: CompareResult, min_pixels: int) -> ChangeBoxes:
    """Return the boxes of changes of `min_pixels` or more, frame by frame."""
    import pandas as pd

    from covoxel.similarity.changes import changed_boxes

    rectangles: list[FloatArray] = []
    features: list[dict[str, float]] = []
    count = drawn = 0
    for frame_pair, one in zip(result.frame_pairs, result.found, strict=True):
        difference: AnyArray = one.difference
        found = changed_boxes(difference, np.zeros_like(difference), min_pixels=min_pixels)
        kept = _kept(found, _MOST // len(result.frame_pairs))
        count, drawn = count + len(found.boxes), drawn + kept
        place = place_of(frame_pair.channel1, frame_pair.t, frame_pair.z)
        place[len(place) - len(one.corner) :] += one.corner
        for rectangle, change in zip(*found.boxes.rectangles(), strict=True):
            if change < kept:
                corners = np.tile(place, (4, 1))
                corners[:, len(place) - difference.ndim :] += rectangle
                rectangles.append(corners)
                features.append(_features(found, int(change), frame_pair.t))
    return ChangeBoxes(rectangles, pd.DataFrame(features), count, drawn)


def _kept(found: Changes, most: int) -> int:
    """Return how many changes, the largest first, have no more planes than can be drawn."""
    planes = np.prod((found.boxes.stop - found.boxes.start)[:, :-2], axis=1)
    return int(np.count_nonzero(np.cumsum(planes) <= max(most, 1)))


def _features(found: Changes, change: int, t: int) -> dict[str, float]:
    return {
        "change": change + 1,
        "t": t,
        "pixels": int(found.pixels[change]),
        "sum_of_differences": float(found.total[change]),
        "tolerance": found.tolerance,
    }
