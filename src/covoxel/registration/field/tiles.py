"""Tiles of a displacement field: their grid, search, and refinement."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy import ndimage

from covoxel.core.types import AnyArray, BoolArray, FloatArray, IntArray
from covoxel.correlation.cross_correlogram import pearson_at
from covoxel.correlation.overlaps import Lags, Side, overlaps
from covoxel.image.channel import Slices
from covoxel.registration.field.validity import chance_level, second_peaks

#: Fewest known pixels of a tile in image 1 and at each displacement, as a share.
MIN_SHARE = 0.5
#: Standard deviation up to which a tile is constant, in those of the image.
_FLAT = 1e-7
#: Pixels transformed at a time; bounds the memory.
_CHUNK = 1 << 20
#: Central derivative over 5 pixels, exact for polynomials up to degree 4.
_SLOPE = np.array([1, -8, 0, 8, -1]) / 12
#: Pixels along an axis of the blocks for the standard error, wider than the smoothing, and their
#: largest number.
_BLOCK, _BLOCKS = 8, 8
#: Largest remaining displacement that slopes can measure, in pixels.
_FARTHEST = 1.0


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
class Matches:
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
    def none(cls, n: int, ndim: int) -> Matches:
        """Return empty matches of `n` tiles."""
        correlation, peak_ratio, chance = np.full((3, n), np.nan)
        displacement, error = np.full((2, n, ndim), np.nan)
        at_border, constant = np.zeros((2, n), np.bool_)
        pixels = np.zeros(n, np.int64)
        return cls(
            displacement, correlation, peak_ratio, chance, error, pixels, at_border, constant
        )


def match(
    side1: Side,
    side2: Side,
    tiles: Tiles,
    reach: tuple[int, ...],
    *,
    workers: int | None,
    report: Callable[[int], None],
) -> Matches:
    """Find tiles of image 1 in image 2, up to `reach` from their position.

    Each is compared with a window larger by `reach` on every side, so that it overlaps entirely at
    every displacement.
    """
    ndim = len(reach)
    found = Matches.none(len(tiles.corners), ndim)
    window = tuple(t + 2 * r for t, r in zip(tiles.tile, reach, strict=True))
    padding = [(r, r) for r in reach]
    views = [
        sliding_window_view(side1.values, tiles.tile),
        sliding_window_view(known_pixels(side1), tiles.tile),
        sliding_window_view(np.pad(side2.values, padding), window),
        sliding_window_view(np.pad(known_pixels(side2), padding), window),
    ]
    corners = tiles.corners
    low, high = corners - reach, corners + tiles.tile + reach
    cut = ((low < 0) | (high > tiles.shape)).any(axis=1)
    order = np.argsort(cut, kind="stable")  # masks are transformed for few then
    size = max(1, _CHUNK // math.prod(window))
    for start in range(0, order.size, size):
        rows = order[start : start + size]
        where = tuple(corners[rows].T)
        one, inside1, two, inside2 = (view[where] for view in views)
        _match_some(found, rows, (one, inside1), (two, inside2), reach, workers)
        report(start + rows.size)
    return found


def known_pixels(side: Side) -> BoolArray:
    """Return the mask of an image."""
    return np.ones(side.shape, np.bool_) if side.mask is None else side.mask


def _match_some(
    found: Matches,
    rows: IntArray,
    one: tuple[AnyArray, BoolArray],
    two: tuple[AnyArray, BoolArray],
    reach: tuple[int, ...],
    workers: int | None,
) -> None:
    """Fill rows of `found` from a batch of tiles and windows."""
    enough = MIN_SHARE * one[0][0].size
    found.pixels[rows] = one[1].reshape(rows.size, -1).sum(axis=1)
    side1, spread1 = _standardised(*one)
    side2, spread2 = _standardised(*two)
    found.constant[rows] = (spread1 <= _FLAT) | (spread2 <= _FLAT)
    lags = Lags((0,) * len(reach), tuple(2 * r for r in reach))
    sums = overlaps(side1, side2, lags, workers)
    sums = replace(sums, n=np.broadcast_to(sums.n, sums.s12.shape))
    unsearched = sums.n < enough
    r = np.where(unsearched, np.nan, pearson_at(sums, 0))
    flat = np.where(np.isnan(r), -np.inf, r).reshape(rows.size, -1)
    best = flat.argmax(axis=1)
    known = np.isfinite(flat.max(axis=1)) & (found.pixels[rows] >= enough)
    starts = np.stack(np.unravel_index(best, lags.shape), axis=1)
    second, found.at_border[rows] = second_peaks(r, starts, unsearched)
    found.chance[rows] = chance_level(side1, side2, workers)
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


def _standardised(values: AnyArray, known: BoolArray) -> tuple[Side, FloatArray]:
    """Return boxes with mean 0 and standard deviation 1 inside their masks, and the latter."""
    axes = tuple(range(1, values.ndim))
    n = np.maximum(known.sum(axis=axes, keepdims=True), 1)
    centred = values - np.sum(values, axis=axes, keepdims=True, where=known) / n
    centred[~known] = 0
    spread = np.sqrt(np.sum(np.square(centred), axis=axes, keepdims=True) / n)
    centred /= np.where(spread > _FLAT, spread, 1)
    return Side(centred, None if known.all() else known), spread.ravel()


def residual_displacements(
    side1: Side, warped: Side, tiles: Tiles, chosen: IntArray, free: tuple[bool, ...]
) -> Matches:
    """Return the remaining displacement of tiles `chosen`, along axes `free`, after warping.

    Solves for the displacement at which the residual of image 1 after image 2 is unrelated to the
    slopes of both, beside a gain and an offset. Unlike a correlation's peak this uses the same
    pixels throughout, so the edges of masks do not bias it.
    """
    found = Matches.none(len(tiles.corners), len(free))
    along = np.flatnonzero(free)
    slopes1, slopes2 = (
        [ndimage.correlate1d(side.values, _SLOPE, axis, mode="mirror") for axis in along.tolist()]
        for side in (side1, warped)
    )
    known = known_pixels(side1) & known_pixels(warped)
    blocks = _blocks(tiles.tile)
    for row in chosen:
        box = tiles.box(row)
        inside = known[box]
        a, b = side1.values[box][inside], warped.values[box][inside]
        if a.size <= 2 * along.size + 2 or not (a.std() > 0 and b.std() > 0):
            continue
        down1, down2 = (
            np.stack([slope[box][inside] for slope in slopes]) / values.std()
            for slopes, values in ((slopes1, a), (slopes2, b))
        )
        a, b = (a - a.mean()) / a.std(), (b - b.mean()) / b.std()
        solved = _solved(a, b, down1, down2, blocks[inside])
        if solved is None:
            continue
        rest, error = solved
        found.displacement[row], found.error[row] = 0, 0
        found.displacement[row, along], found.error[row, along] = rest, error
        found.correlation[row] = np.clip(np.mean(a * b), -1, 1)
    return found


def _solved(
    a: AnyArray, b: AnyArray, slopes1: AnyArray, slopes2: AnyArray, blocks: IntArray
) -> tuple[FloatArray, FloatArray] | None:
    """Return displacement and standard error; None where the tile is too flat or too far off."""
    n = len(slopes1)
    terms = np.concatenate([(slopes1 + slopes2) / 2, [(a + b) / 2, np.ones_like(a)]])
    system = terms @ terms.T
    cross = slopes1 @ slopes2.T  # the noise of two images is independent
    system[:n, :n] = (cross + cross.T) / 2
    if np.linalg.eigvalsh(system[:n, :n]).min() <= 1e-6 * a.size:
        return None
    inverse = np.linalg.inv(system)
    values = inverse @ (terms @ (a - b))
    products = terms * (a - b - values @ terms)
    scores = np.stack([np.bincount(blocks, product) for product in products])
    energy = np.bincount(blocks, np.square(terms[:n]).sum(axis=0))
    count = float(np.square(energy.sum()) / np.square(energy).sum())  # effective number of blocks
    if np.abs(values[:n]).max() > _FARTHEST:
        return None
    spread = inverse @ (scores @ scores.T) @ inverse.T * (count / max(count - n, 0.5))
    error = np.sqrt(np.diag(spread)[:n]) if count > 1 else np.full(n, np.nan)
    return values[:n], error


def _blocks(tile: tuple[int, ...]) -> IntArray:
    """Return the block of each pixel of a tile."""
    counts = [min(_BLOCKS, max(n // _BLOCK, 2 if n >= _BLOCK else 1)) for n in tile]
    parts = [np.arange(n) // math.ceil(n / k) for n, k in zip(tile, counts, strict=True)]
    return np.asarray(np.ravel_multi_index(np.ix_(*parts), counts), np.int64)
