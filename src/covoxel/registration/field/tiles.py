"""Tiles of a displacement field: their grid and search."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy import ndimage

from covoxel.core.sharing import in_threads
from covoxel.core.types import AnyArray, BoolArray, FloatArray, IntArray
from covoxel.correlation.cross_correlogram import pearson_at
from covoxel.correlation.overlaps import Lags, MaskedBatch, Transform, overlaps
from covoxel.image.channel import Slices
from covoxel.registration.field.validity import chance_level, second_peaks

#: Fewest known pixels of a tile in image 1 and at each displacement, as a share.
MIN_SHARE = 0.5
#: Standard deviation up to which a tile is constant, in those of the image.
FLAT = 1e-7
#: Pixels transformed at a time; bounds the memory.
CHUNK = 1 << 18


@dataclass(frozen=True, slots=True, eq=False)
class Tiles:
    """Boxes of one size at even steps, in the middle of an image; in C order of their grid."""

    shape: tuple[int, ...]
    tile: tuple[int, ...]
    step: tuple[int, ...]

    @property
    def grid(self) -> tuple[int, ...]:
        """How many there are along each axis."""
        sizes = zip(self.shape, self.tile, self.step, strict=True)
        return tuple(1 + (n - t) // s for n, t, s in sizes)

    @property
    def corners(self) -> IntArray:
        """First pixel of each tile, (K, D)."""
        extent = (np.asarray(self.grid) - 1) * self.step + self.tile
        index = np.indices(self.grid).reshape(len(self.grid), -1).T
        start = (np.asarray(self.shape) - extent) // 2
        return np.asarray(start + index * np.asarray(self.step), np.int64)

    @property
    def centers(self) -> FloatArray:
        """Centre of each tile in pixels, (K, D)."""
        return np.asarray(self.corners + (np.asarray(self.tile) - 1) / 2)

    def box(self, row: int) -> Slices:
        """Return the pixels of one tile."""
        ends = zip(self.corners[row].tolist(), self.tile, strict=True)
        return tuple(slice(start, start + length) for start, length in ends)


@dataclass(frozen=True, slots=True, eq=False)
class TileMatches:
    """The match of each tile; NaN where there is none."""

    displacement: FloatArray
    correlation: FloatArray
    peak_ratio: FloatArray
    chance: FloatArray
    error: FloatArray
    pixels: IntArray
    at_border: BoolArray
    constant: BoolArray

    @classmethod
    def none(cls, n: int, ndim: int) -> TileMatches:
        """Return empty matches of `n` tiles."""
        correlation, peak_ratio, chance = np.full((3, n), np.nan)
        displacement, error = np.full((2, n, ndim), np.nan)
        at_border, constant = np.zeros((2, n), np.bool_)
        pixels = np.zeros(n, np.int64)
        return cls(
            displacement, correlation, peak_ratio, chance, error, pixels, at_border, constant
        )


def match(
    side1: MaskedBatch,
    side2: MaskedBatch,
    tiles: Tiles,
    reach: tuple[int, ...],
    *,
    workers: int | None,
    report: Callable[[int], None],
) -> TileMatches:
    """Find tiles of image 1 in image 2, up to `reach` from their position.

    Each is compared with a window larger by `reach` on every side, so that it overlaps entirely at
    every displacement. Both are cropped to the box around all known pixels, in which those at the
    edge of an image need no mask.
    """
    ndim = len(reach)
    found = TileMatches.none(len(tiles.corners), ndim)
    window = tuple(t + 2 * r for t, r in zip(tiles.tile, reach, strict=True))
    enough = MIN_SHARE * math.prod(tiles.tile)
    padding = [(r, r) for r in reach]
    views = [
        sliding_window_view(side1.values, tiles.tile),
        sliding_window_view(known_pixels(side1), tiles.tile),
        sliding_window_view(np.pad(side2.values, padding), window),
        sliding_window_view(np.pad(known_pixels(side2), padding), window),
    ]
    corners = tiles.corners
    crops = np.stack(
        [*_crops(side1, corners, tiles.tile), *_crops(side2, corners - reach, window)], axis=1
    )
    size = Lags((0,) * ndim, tuple(2 * r for r in reach)).padded(tiles.tile, window)
    most = max(1, CHUNK // math.prod(window))
    alike = [np.flatnonzero((crops == crop).all((1, 2))) for crop in np.unique(crops, axis=0)]
    chunks = [rows[i : i + most] for rows in alike for i in range(0, rows.size, most)]

    def fill(rows: IntArray) -> int:
        where, (first1, last1, first2, last2) = tuple(corners[rows].T), crops[rows[0]]
        cut1, cut2 = (..., *map(slice, first1, last1)), (..., *map(slice, first2, last2))
        boxes = [
            view[where][cut] for view, cut in zip(views, (cut1, cut1, cut2, cut2), strict=True)
        ]
        if all(box.size for box in boxes):
            axes = tuple(range(1, ndim + 1))
            found.pixels[rows] = boxes[1].sum(axis=axes)
            low = first1 - first2
            lags = Lags(tuple(low.tolist()), tuple((low + 2 * np.asarray(reach)).tolist()))
            whole = boxes[1].all(axes) & boxes[3].all(axes)  # without masks less is transformed
            for some in (whole, ~whole):
                if some.any():
                    one, inside1, two, inside2 = (box[some] for box in boxes)
                    _match_some(
                        found, rows[some], (one, inside1), (two, inside2), lags, size, enough
                    )
        return rows.size

    for done in itertools.accumulate(in_threads(fill, chunks, workers)):
        report(done)
    return found


def _crops(
    side: MaskedBatch, corners: IntArray, size: tuple[int, ...]
) -> tuple[IntArray, IntArray]:
    """Return where the box around the known pixels starts and ends in boxes of a size, (K, D)."""
    (box,) = ndimage.find_objects(known_pixels(side).view(np.uint8)) or (None,)
    ends = np.array([(part.start, part.stop) for part in box or [slice(0, 0)] * len(size)]).T
    first, last = (np.clip(end - corners, 0, size) for end in ends)
    return first, last


def in_stack(numbers: Sequence[int], first: int = 1) -> tuple[int, int, int]:
    """Return a number for each axis of a stack; a plane is one of which the first is given."""
    z, y, x = (first, *numbers)[-3:]
    return z, y, x


def known_pixels(side: MaskedBatch) -> BoolArray:
    """Return the mask of an image."""
    return np.ones(side.shape, np.bool_) if side.mask is None else side.mask


def _match_some(
    found: TileMatches,
    rows: IntArray,
    one: tuple[AnyArray, BoolArray],
    two: tuple[AnyArray, BoolArray],
    lags: Lags,
    size: tuple[int, ...],
    enough: float,
) -> None:
    """Fill rows of `found` from a batch of tiles and windows."""
    side1, spread1 = _standardised(*one)
    side2, spread2 = _standardised(*two)
    found.constant[rows] = (spread1 <= FLAT) | (spread2 <= FLAT)
    reach = np.asarray(lags.shape) // 2
    grid = Transform(lags, size, side1.values.dtype, workers=1)
    spectra = grid.spectra(side1, side2)
    sums = overlaps(side1, side2, lags, 1, grid, spectra)
    sums = replace(sums, n=np.broadcast_to(sums.n, sums.s12.shape))
    unsearched = sums.n < enough
    r = np.where(unsearched, np.nan, pearson_at(sums, 0))
    flat = np.where(np.isnan(r), -np.inf, r).reshape(rows.size, -1)
    best = flat.argmax(axis=1)
    known = np.isfinite(flat.max(axis=1)) & (found.pixels[rows] >= enough)
    starts = np.stack(np.unravel_index(best, lags.shape), axis=1)
    second, found.at_border[rows] = second_peaks(r, starts, unsearched)
    found.chance[rows] = chance_level(side1, side2, grid, spectra)
    top = flat[np.arange(rows.size), best]
    found.displacement[rows[known]] = (starts + _between(r, starts) - reach)[known]
    found.correlation[rows[known]] = top[known]
    found.peak_ratio[rows[known]] = (top / second)[known]


def _between(r: FloatArray, starts: IntArray) -> FloatArray:
    """Return the vertex of a parabola along each axis, relative to the highest pixel."""
    out = np.zeros(starts.shape)
    for axis, n in enumerate(r.shape[1:]):
        unit = np.eye(starts.shape[1], dtype=np.int64)[axis]
        at = [np.clip(starts + k * unit, 0, np.array(r.shape[1:]) - 1) for k in (-1, 0, 1)]
        left, middle, right = (r[(np.arange(len(r)), *places.T)] for places in at)
        bend = left - 2 * middle + right
        inner = (starts[:, axis] > 0) & (starts[:, axis] < n - 1) & (bend < 0)
        out[inner, axis] = ((left - right) / np.where(inner, 2 * bend, 1))[inner]
    return out


def _standardised(values: AnyArray, known: BoolArray) -> tuple[MaskedBatch, FloatArray]:
    """Return boxes with mean 0 and standard deviation 1 inside their masks, and the latter."""
    axes = tuple(range(1, values.ndim))
    n = np.maximum(known.sum(axis=axes, keepdims=True), 1)
    everywhere = bool(known.all())
    inside: Any = True if everywhere else known
    centred = values - np.sum(values, axis=axes, keepdims=True, where=inside) / n
    if not everywhere:
        centred[~known] = 0
    spread = np.sqrt(np.sum(np.square(centred), axis=axes, keepdims=True) / n)
    centred /= np.where(spread > FLAT, spread, 1)
    return MaskedBatch(centred, None if everywhere else known), spread.ravel()
