"""Validity of the tiles of a displacement field."""

from __future__ import annotations

import itertools
import math

import numpy as np
from scipy import ndimage

from covoxel.core.types import AnyArray, BoolArray, FloatArray, IntArray
from covoxel.correlation.overlaps import MaskedBatch, Transform

#: Smallest correlation, in multiples of that of unrelated tiles by chance, or in any case.
MIN_OVER_CHANCE, ALIKE = 3.0, 0.95
#: Smallest ratio of the peak to the next one, or of their distances from 1.
MIN_PEAK_RATIO, MIN_MISSING = 1.2, 4.0
#: Largest standard error along an axis, in pixels.
MAX_ERROR = 0.25
#: Largest difference of a tile from its neighbours, in multiples of that among them …
MAX_MEDIAN_RESIDUAL = 2.0
#: … plus the noise of a displacement, in pixels.
NOISE = 0.1
#: Fewest neighbours that a tile is compared with.
_FEWEST = 3
#: Pixels about a peak within which another maximum is its own roughness.
_ONE_PEAK = 2


def like_chance(correlation: FloatArray, chance: FloatArray) -> BoolArray:
    """Return which tiles correlate no more than unrelated ones; nearly perfect ones always do."""
    return np.asarray(correlation <= np.minimum(MIN_OVER_CHANCE * chance, ALIKE), np.bool_)


def rivalled(correlation: FloatArray, peak_ratio: FloatArray) -> BoolArray:
    """Return which tiles have another peak nearly as high, by ratio and by distance from 1."""
    missing = 1 - correlation / peak_ratio
    return np.asarray(
        (peak_ratio < MIN_PEAK_RATIO) & (missing < MIN_MISSING * (1 - correlation)), np.bool_
    )


def second_peaks(
    r: FloatArray, starts: IntArray, unsearched: BoolArray
) -> tuple[FloatArray, BoolArray]:
    """Return the next highest maximum of each surface (NaN: none above 0), and border peaks.

    A peak is at the border if what lies beside it is beyond the search, or `unsearched`.
    """
    ndim = r.ndim - 1
    known = np.where(np.isnan(r), -np.inf, r)
    wide, near = (1, *(2 * _ONE_PEAK + 1,) * ndim), (1, *(3,) * ndim)
    top = ndimage.maximum_filter(known, wide, mode="constant", cval=-np.inf)
    other = (known == top) & (known > 0)
    far = np.zeros((1,) * r.ndim, np.bool_)
    for axis, at in enumerate(starts.T, start=1):
        away = np.abs(np.arange(r.shape[axis]) - at[:, None]) > _ONE_PEAK
        shape = [1] * r.ndim
        shape[0], shape[axis] = away.shape
        far = far | away.reshape(shape)
    second = np.max(known, axis=tuple(range(1, r.ndim)), where=other & far, initial=0.0)
    padding = [(0, 0), *((0, 0) if n == 1 else (1, 1) for n in r.shape[1:])]
    unknown = np.pad(unsearched, padding, constant_values=True)
    beside = ndimage.maximum_filter(unknown, near, mode="constant", cval=False)
    inner = tuple(slice(a, n - a) for (a, _), n in zip(padding, unknown.shape, strict=True))
    border: BoolArray = np.asarray(beside, np.bool_)[inner][(np.arange(len(r)), *starts.T)]
    return np.where(second > 0, second, np.nan), border


def chance_level(
    side1: MaskedBatch, side2: MaskedBatch, grid: Transform, spectra: tuple[AnyArray, AnyArray]
) -> FloatArray:
    """Return the standard deviation of r between unrelated tiles of these textures.

    Bartlett's formula, Σ ρ₁(k) ρ₂(k) / N: the fewer independent grains a tile has, the more two
    tiles resemble each other by chance. The sum is that of the squared products at all
    displacements, and so of the squared spectra (Parseval).
    """
    axes, n = tuple(range(1, side2.values.ndim)), grid.size[-1]
    power = grid.squared(spectra[0])
    power *= grid.squared(spectra[1])
    weight = np.full(power.shape[-1], 2.0)  # half of the frequencies are there
    weight[[0, -1] if n % 2 == 0 else 0] = 1
    squares = power.sum(axis=axes[:-1]) @ weight / math.prod(grid.size)
    n1, n2 = (
        np.float64(math.prod(side.shape[1:]))
        if side.mask is None
        else np.maximum(side.mask.sum(axes), 1)
        for side in (side1, side2)
    )
    return np.asarray(np.sqrt(squares / n2) / n1)


def unlike_neighbours(
    displacement: FloatArray, valid: BoolArray, grid: tuple[int, ...], noise: float = NOISE
) -> BoolArray:
    """Return which valid tiles fail the normalised median test, worst first.

    A tile is refused if it differs from the median of its neighbours by more than
    `MAX_MEDIAN_RESIDUAL` times the median of their own differences, to which `noise` is added, and
    by as much from their predictions: the mean of opposite ones, the linear extrapolation of two in
    a row, the quadratic one of three. So the edges of a strained field, with neighbours on one side
    only, pass. The test is repeated without refused tiles, and tiles most of whose neighbours are
    refused are refused, too.

    References
    ----------
    Westerweel & Scarano 2005, doi:10.1007/s00348-005-0016-6
    """
    neighbours, exists = neighbours_of(grid, 1, centre=False)
    judged = exists & valid[neighbours]
    left = valid.copy()
    while left.any():
        score = np.where(left, _residuals(displacement, left, grid, noise), 0)
        worst = np.max(score[neighbours], axis=1, where=exists, initial=0)
        refused = left & (score > MAX_MEDIAN_RESIDUAL) & (score >= worst)
        if not refused.any():
            break
        left &= ~refused
    trusted = np.sum(exists & left[neighbours], axis=1)
    left &= 2 * trusted >= judged.sum(axis=1)
    return valid & ~left


def _residuals(
    displacement: FloatArray, left: BoolArray, grid: tuple[int, ...], noise: float
) -> FloatArray:
    """Return the smallest normalised residual of each tile; 0 with fewer than 3 neighbours."""
    plain, *predicted = _predictions(np.where(left[:, None], displacement, np.nan), grid)
    score = _normalised(displacement, plain, noise)
    judged = np.isfinite(plain[..., 0]).sum(axis=0) >= _FEWEST
    for values in predicted:
        score = np.fmin(score, _normalised(displacement, values, noise))
    return np.where(judged, score, 0)


def _normalised(displacement: FloatArray, around: FloatArray, noise: float) -> FloatArray:
    out = np.full(len(displacement), np.nan)
    some = np.isfinite(around[..., 0]).any(axis=0)
    middle = _median(around[:, some])
    spread = _median(np.abs(around[:, some] - middle))
    out[some] = np.linalg.norm((displacement[some] - middle) / (spread + noise), axis=1)
    return out


def _median(values: FloatArray) -> FloatArray:
    """Return the medians along the first axis without NaN; `numpy.nanmedian` is slow on a few."""
    n = np.isfinite(values).sum(axis=0, keepdims=True)
    ascending = np.sort(values, axis=0)  # NaN come last
    low, high = (np.take_along_axis(ascending, at, axis=0)[0] for at in ((n - 1) // 2, n // 2))
    return np.asarray((low + high) / 2)


def _predictions(known: FloatArray, grid: tuple[int, ...]) -> list[FloatArray]:
    """Return the neighbours of each tile, and their predictions of it, each (n, K, D)."""
    padding = [(3, 3)] * len(grid) + [(0, 0)]
    wide = np.pad(known.reshape(*grid, -1), padding, constant_values=np.nan)
    steps = np.array([o for o in itertools.product((-1, 0, 1), repeat=len(grid)) if any(o)])

    def away(distance: int) -> FloatArray:
        boxes = [
            tuple(slice(3 + o, 3 + o + n) for o, n in zip(offset, grid, strict=True))
            for offset in distance * steps
        ]
        return np.stack([wide[box].reshape(known.shape) for box in boxes])

    first, second, third = away(1), away(2), away(3)
    means = (first + first[::-1])[: len(steps) // 2] / 2  # the steps come with their opposites
    straight, bent = 2 * first - second, 3 * (first - second) + third
    return [first, np.concatenate([straight, means]), bent]


def neighbours_of(
    grid: tuple[int, ...], reach: int, *, centre: bool = True
) -> tuple[IntArray, BoolArray]:
    """Return the indices of every tile's neighbours, (K, n), and whether they exist."""
    steps = [np.array(o) for o in itertools.product(range(-reach, reach + 1), repeat=len(grid))]
    offsets = np.array([o for o in steps if centre or o.any()])
    places = np.indices(grid).reshape(len(grid), -1).T[:, None] + offsets
    exists = ((places >= 0) & (places < grid)).all(axis=-1)
    clipped = np.clip(places, 0, np.asarray(grid) - 1)
    index = np.ravel_multi_index(tuple(np.moveaxis(clipped, -1, 0)), grid)
    return np.asarray(index, np.int64), exists
