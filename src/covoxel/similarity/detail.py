"""The fine detail of an image, its blocks, and the boxes in which it correlates.

Any two spots look alike, and so do neighbouring planes. Noise differs between exposures, so what
is finer than the optics resolve distinguishes copies from likeness.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from covoxel.core.types import AnyArray, FloatArray, IntArray

#: Width of the smoothing, in pixels, that detail is finer than.
_SMOOTH = 1.0
#: Edge of the neighbourhood in which an anchor has the largest detail.
_ANCHOR = 5
#: Pixels that share the detail of a block at least; fewer correlate by chance.
_EFFECTIVE = 32
_CHUNK = 1 << 22


def detail_of(stack: AnyArray) -> FloatArray:
    """Return a stack less its smoothed self, plane by plane."""
    values = stack.astype(np.float64)
    finite = np.isfinite(values)
    values = np.where(finite, values, 0)
    smooth = ndimage.gaussian_filter(values, (0, _SMOOTH, _SMOOTH), truncate=2)
    # what differs by rounding alone is flat
    rounding = 64 * np.finfo(np.float64).eps * np.abs(smooth)
    fine = np.where(np.abs(values - smooth) > rounding, values - smooth, 0)
    return np.asarray(np.where(finite, fine, 0), np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class DetailBlocks:
    """Blocks of detail around places that a copy has too."""

    #: First pixel of each, in C order, (N, 3).
    corners: IntArray
    #: Their pixels, less the mean and of length 1, (N, B).
    vectors: AnyArray
    #: Blocks beyond the bound that were left out, those of the least detail.
    left_out: int


def blocks_of(detail: FloatArray, block: tuple[int, int, int], most: int) -> DetailBlocks:
    """Return the blocks about the anchors, at most `most` of them, those of the most detail."""
    corners = _anchors(detail, block)
    vectors, lengths, kept = [], [], []
    step = max(1, _CHUNK // math.prod(block))
    for start in range(0, len(corners), step):
        part = corners[start : start + step]
        found, length, rich = _normal(cut(detail, part, block))
        vectors.append(found[rich].astype(np.float32))
        lengths.append(length[rich])
        kept.append(part[rich])
    corners = np.concatenate([np.zeros((0, 3), np.int64), *kept])
    rows = np.concatenate([np.zeros((0, math.prod(block)), np.float32), *vectors])
    strength = np.concatenate([np.zeros(0), *lengths])
    left_out = max(0, len(corners) - most)
    order = np.sort(np.argsort(-strength, kind="stable")[:most])
    return DetailBlocks(corners[order], rows[order], left_out)


def cut(detail: FloatArray, corners: IntArray, block: tuple[int, int, int]) -> FloatArray:
    """Return the pixels of blocks, a row each."""
    windows = np.lib.stride_tricks.sliding_window_view(detail, block)
    return np.asarray(windows[tuple(corners.T)].reshape(len(corners), math.prod(block)), np.float64)


def correlations(rows1: FloatArray, rows2: FloatArray) -> FloatArray:
    """Return Pearson's r of rows with rows; 0 where one is constant."""
    return np.asarray((_normal(rows1)[0] * _normal(rows2)[0]).sum(axis=1), np.float64)


def _anchors(detail: FloatArray, block: tuple[int, int, int]) -> IntArray:
    """Return the corners of blocks centred where detail is largest in its neighbourhood."""
    room = tuple(n - edge + 1 for n, edge in zip(detail.shape, block, strict=True))
    if min(room) < 1:
        return np.zeros((0, 3), np.int64)
    peaks = detail == ndimage.maximum_filter(detail, (1, _ANCHOR, _ANCHOR))
    corners = np.argwhere(peaks & (detail > 0)) - np.asarray(block) // 2
    fits = ((corners >= 0) & (corners < room)).all(axis=1)
    return np.asarray(corners[fits], np.int64)


def _normal(rows: FloatArray) -> tuple[FloatArray, FloatArray, AnyArray]:
    """Return rows less their mean and of length 1, their lengths, and which hold enough detail."""
    about = rows - rows.mean(axis=1, keepdims=True)
    squares = about**2
    power = squares.sum(axis=1)
    fourth = (squares**2).sum(axis=1)
    rich = power**2 >= _EFFECTIVE * np.maximum(fourth, np.finfo(np.float64).tiny)
    length = np.sqrt(power)
    return about / np.where(length > 0, length, 1)[:, None], length, rich


def correlated_pairs(
    blocks: DetailBlocks, least: float
) -> Iterator[tuple[int, IntArray, IntArray]]:
    """Yield the number of blocks done, and pairs of blocks (i < j) that correlate."""
    n = len(blocks.vectors)
    step = max(1, _CHUNK * 2 // max(1, n))
    for start in range(0, n, step):
        products = blocks.vectors[start : start + step] @ blocks.vectors[start:].T
        i, j = np.nonzero(products >= least)
        later = j > i
        done = min(start + step, n)
        yield done, (i[later] + start).astype(np.int64), (j[later] + start).astype(np.int64)


def box_correlation(detail: FloatArray, one: IntArray, other: IntArray) -> float:
    """Return the correlation of the detail in two boxes, (start, stop) each."""
    rows = [
        detail[tuple(slice(a, b) for a, b in box.T.tolist())].reshape(1, -1) for box in (one, other)
    ]
    return float(correlations(rows[0], rows[1])[0])


def grow_boxes(
    detail: FloatArray, one: IntArray, other: IntArray, least: float
) -> tuple[IntArray, IntArray]:
    """Move the sides of two boxes alike, pixel by pixel, as far as their detail correlates."""
    step = other[0] - one[0]
    box = one.copy()
    for axis in (1, 2, 0):  # planes last: what is well inside decides on them
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
    return box_correlation(detail, one, one + step)
