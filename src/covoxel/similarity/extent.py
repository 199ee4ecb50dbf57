"""How far a copy reaches: its box is fitted to where the detail of both places agrees."""

from __future__ import annotations

import numpy as np

from covoxel.core.types import FloatArray, IntArray
from covoxel.similarity.detail import correlations


def between(detail: FloatArray, one: IntArray, other: IntArray) -> float:
    """Return the correlation of the detail in two boxes, (start, stop) each."""
    rows = [
        detail[tuple(slice(a, b) for a, b in box.T.tolist())].reshape(1, -1) for box in (one, other)
    ]
    return float(correlations(rows[0], rows[1])[0])


def fitted(
    detail: FloatArray, one: IntArray, other: IntArray, least: float
) -> tuple[IntArray, IntArray]:
    """Move the sides of two boxes alike, pixel by pixel, to where they stop to correlate."""
    step = other[0] - one[0]
    box = one.copy()
    for axis in (1, 2, 0):  # planes last: they are told by what lies well inside
        for side in (0, 1):
            _move(detail, box, step, axis, side, least)
    return box, box + step


def _move(
    detail: FloatArray, box: IntArray, step: IntArray, axis: int, side: int, least: float
) -> None:
    """Take slices off one side while they do not correlate; else add some while they do."""
    outwards = 1 if side else -1
    shrunk = False
    while box[1, axis] - box[0, axis] > 1 and _slice(detail, box, step, axis, side, 0) < least:
        box[side, axis] -= outwards
        shrunk = True
    while not shrunk and _slice(detail, box, step, axis, side, outwards) >= least:
        box[side, axis] += outwards


def _slice(
    detail: FloatArray, box: IntArray, step: IntArray, axis: int, side: int, beyond: int
) -> float:
    """Return the correlation of the outermost slice, or of the next; −1 outside the image."""
    one = box.copy()
    place = (box[1, axis] - 1 if side else box[0, axis]) + beyond
    one[:, axis] = place, place + 1
    ends = np.concatenate([one, one + step])
    if ends.min() < 0 or (ends > detail.shape).any():
        return -1.0
    return between(detail, one, one + step)
