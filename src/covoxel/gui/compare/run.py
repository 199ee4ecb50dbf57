"""One run of the Compare widget: measures, maps and what changed; no Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from covoxel.analysis.compare.analysis import COMPARE
from covoxel.analysis.compare.options import CompareOptions
from covoxel.analysis.frame_pair import FramePair
from covoxel.core.types import AnyArray, FloatArray, IntArray, Progress
from covoxel.gui.running.selection import Inputs, RunRecord, Selection
from covoxel.gui.running.sources import with_sources
from covoxel.similarity.changes import Changes, changed_boxes
from covoxel.similarity.compare import Comparison
from covoxel.similarity.fit import fit_images

if TYPE_CHECKING:
    import pandas as pd

#: Rectangles that are drawn at most, one a plane of each change; more stop the window.
_MOST = 1000
#: Share of the pixels of a difference that are beyond what is shown as largest.
_BEYOND = 0.001


@dataclass(frozen=True, eq=False)
class Drawn:
    """Rectangles for a Shapes layer, each with its row.

    Attributes
    ----------
    rectangles : list of (4, axes) array
        Corners in pixels of image 1.
    features : pandas.DataFrame
        One row a rectangle.
    count, drawn : int
        Changes in all, and how many of them, the largest, are drawn.
    """

    rectangles: list[FloatArray]
    features: pd.DataFrame
    count: int
    drawn: int


@dataclass(frozen=True, eq=False)
class CompareRun(RunRecord):
    """What a run found.

    Attributes
    ----------
    found : tuple of Comparison
        Of the rows, without their maps.
    images : (array, array)
        What was compared, on one grid: all axes of image 1, of length 1 where one was chosen.
    corner : int array
        Where that grid begins in image 1.
    difference : array
        Image 1 − image 2 on that grid, in single precision; NaN outside of the region.
    largest : float
        Its largest magnitude but for few pixels, for colours with 0 in their middle.
    ssim : array or None
        SSIM at each pixel, where it was asked for and defined.
    changes : Drawn
        Boxes about what changed.
    """

    region_as = "mask"
    options: CompareOptions
    found: tuple[Comparison, ...]
    images: tuple[AnyArray, AnyArray]
    corner: IntArray
    difference: FloatArray
    largest: float
    ssim: FloatArray | None
    changes: Drawn

    def row(self, t: int) -> int:
        """Return the row of a time point, or the first one."""
        return int(np.argmax((self.table["t"] == t).fillna(False).to_numpy(np.bool_)))


def compared(
    selection: Selection,
    inputs: Inputs,
    options: CompareOptions,
    progress: Progress,
    *,
    min_pixels: int = 1,
) -> CompareRun:
    """Compare the images of a selection; meant for a thread.

    Parameters
    ----------
    selection, inputs : Selection, Inputs
    options : CompareOptions
    progress : callable
        Called with (done, total); it may raise `Cancelled`.
    min_pixels : int
        Fewest pixels of a change that is drawn.

    Raises
    ------
    ValueError, TypeError
        Where nothing can be compared.
    """
    inputs = with_sources(inputs)
    result = COMPARE.run(
        *inputs.channels,
        mask=inputs.pooled_mask(),
        t=inputs.t,
        z=inputs.z,
        keep_maps=True,
        options=options,
        progress=progress,
    )
    fitted = [fit_images(*frame_pair.images(), options.fit) for frame_pair in result.frame_pairs]
    stacked = [
        _stack(inputs, [getattr(one, name).data for one in fitted]) for name in ("image1", "image2")
    ]
    differences = [one.difference for one in result.found if one.difference is not None]
    maps = [one.ssim_map for one in result.found if one.ssim_map is not None]
    complete = len(maps) == len(result.found)
    corner = _place(inputs, result.frame_pairs[0], np.asarray(fitted[0].corner))
    difference: AnyArray = _stack(inputs, differences).astype(np.float32)
    return CompareRun(
        selection,
        inputs,
        options,
        result,
        tuple(one.without_maps() for one in result.found),
        (stacked[0], stacked[1]),
        corner,
        difference,
        _largest(difference),
        _stack(inputs, maps).astype(np.float32) if complete else None,
        _drawn(inputs, result.frame_pairs, differences, np.asarray(fitted[0].corner), min_pixels),
    )


def _largest(values: AnyArray) -> float:
    known: FloatArray = np.abs(values[np.isfinite(values)])
    if not known.size:
        return 1.0
    most = float(np.quantile(known, 1 - _BEYOND)), float(known.max()), 1.0
    return next(limit for limit in most if limit > 0)


def _stack(inputs: Inputs, frames: Sequence[AnyArray]) -> AnyArray:
    """Return frames as one array with all axes of the images."""
    axes, shape = inputs.channels[0].axes, frames[0].shape
    times = (len(frames),) if "T" in axes else ()
    planes = (1,) if inputs.z is not None else ()
    whole = np.stack(frames) if len(frames) > 1 else frames[0]
    return whole.reshape(*times, *planes, *shape)


def _place(inputs: Inputs, frame_pair: FramePair, corner: IntArray) -> IntArray:
    """Return where the grid of frames begins, in pixels of image 1, along all of its axes."""
    times = [frame_pair.t] if "T" in inputs.channels[0].axes else []
    planes = [] if frame_pair.z is None else [frame_pair.z]
    return np.asarray([*times, *planes, *corner], np.int64)


def _drawn(
    inputs: Inputs,
    frame_pairs: Sequence[FramePair],
    differences: Sequence[FloatArray],
    corner: IntArray,
    min_pixels: int,
) -> Drawn:
    """Return the boxes of what changed, frame by frame."""
    import pandas as pd

    rectangles: list[FloatArray] = []
    rows: list[dict[str, float]] = []
    count = drawn = 0
    for frame_pair, difference in zip(frame_pairs, differences, strict=True):
        found = changed_boxes(difference, np.zeros_like(difference), min_pixels=min_pixels)
        count += len(found.boxes)
        kept = _kept(found, _MOST // len(frame_pairs))
        drawn += kept
        place = _place(inputs, frame_pair, corner)
        for rectangle, change in zip(*found.boxes.rectangles(), strict=True):
            if change < kept:
                within = np.zeros((4, len(place)))
                within[:, len(place) - difference.ndim :] = rectangle
                rectangles.append(within + place)
                rows.append(_row(found, int(change), frame_pair.t))
    return Drawn(rectangles, pd.DataFrame(rows), count, drawn)


def _kept(found: Changes, most: int) -> int:
    """Return how many changes, the largest first, have no more planes than can be drawn."""
    planes = np.prod((found.boxes.stop - found.boxes.start)[:, :-2], axis=1)
    return int(np.count_nonzero(np.cumsum(planes) <= max(most, 1)))


def _row(found: Changes, change: int, t: int) -> dict[str, float]:
    return {
        "change": change + 1,
        "t": t,
        "pixels": int(found.pixels[change]),
        "sum_of_differences": float(found.total[change]),
        "tolerance": found.tolerance,
    }
