"""Which tiles of a displacement field are to be believed."""

from __future__ import annotations

import itertools
import math

import numpy as np
from scipy import fft, ndimage

from covoxel.core.types import BoolArray, FloatArray, IntArray
from covoxel.correlation.overlaps import Side, available_workers

#: A correlation counts from so many times what unrelated tiles have by chance, or from this one.
MIN_OVER_CHANCE, ALIKE = 3.0, 0.95
#: The peak must be so many times as high as the next one, or that miss so many times as much.
MIN_PEAK_RATIO, MIN_MISSING = 1.2, 4.0
#: Largest standard error along an axis, in pixels.
MAX_ERROR = 0.25
#: A tile may differ from its neighbours so many times as much as they do among themselves …
MAX_MEDIAN_RESIDUAL = 2.0
#: … and by so many pixels in any case: the noise of a displacement.
NOISE = 0.1
#: Neighbours that a tile is compared with at least.
_FEWEST = 3
#: Pixels about a peak within which another maximum is its own roughness.
_ONE_PEAK = 2


def like_chance(correlation: FloatArray, chance: FloatArray) -> BoolArray:
    """Return which tiles are no more alike than unrelated ones.

    However coarse the structure of a tile is, perfect data are more alike.
    """
    return np.asarray(correlation <= np.minimum(MIN_OVER_CHANCE * chance, ALIKE), np.bool_)


def rivalled(correlation: FloatArray, peak_ratio: FloatArray) -> BoolArray:
    """Return which tiles have another peak that is nearly as high.

    Next to a nearly perfect one, another counts by what it misses.
    """
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


def chance_level(side1: Side, side2: Side, workers: int | None = None) -> FloatArray:
    """Return the standard deviation of r between unrelated tiles of these textures.

    Bartlett's formula, Σ ρ₁(k) ρ₂(k) / N: the fewer independent grains a tile has, the more two
    tiles resemble each other by chance.
    """
    axes, size = tuple(range(1, side2.values.ndim)), side2.shape[1:]
    threads = available_workers(workers)
    both = np.conj(fft.rfftn(side1.values, size, axes, workers=threads))
    both *= fft.rfftn(side2.values, axes=axes, workers=threads)
    products = fft.irfftn(both, size, axes, overwrite_x=True, workers=threads)
    n1, n2 = (
        np.float64(math.prod(side.shape[1:]))
        if side.mask is None
        else np.maximum(side.mask.sum(axes), 1)
        for side in (side1, side2)
    )
    return np.asarray(np.sqrt(np.sum(np.square(products), axis=axes) / n2) / n1)


def unlike_neighbours(
    displacement: FloatArray, valid: BoolArray, grid: tuple[int, ...], noise: float = NOISE
) -> BoolArray:
    """Return which valid tiles fail the normalised median test, worst first.

    A tile is refused if it differs from the median of its neighbours by more than
    `MAX_MEDIAN_RESIDUAL` times the median of their own differences, to which `noise` is added, and
    as much from what they predict: opposite ones their mean, two in a row how they go on straight,
    three in a row how they go on bent. So the edges of a strained field, with neighbours on one
    side alone, pass. Then the test is made anew without it. One whose neighbours are mostly
    refused goes with them.

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


def _normalised(displacement: FloatArray, told: FloatArray, noise: float) -> FloatArray:
    out = np.full(len(displacement), np.nan)
    some = np.isfinite(told[..., 0]).any(axis=0)
    middle = np.nanmedian(told[:, some], axis=0)
    spread = np.nanmedian(np.abs(told[:, some] - middle), axis=0)
    out[some] = np.linalg.norm((displacement[some] - middle) / (spread + noise), axis=1)
    return out


def _predictions(known: FloatArray, grid: tuple[int, ...]) -> list[FloatArray]:
    """Return the neighbours of each tile, and what they predict of it, each (n, K, D)."""
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
    """Return the index of every tile's neighbours, (K, n), and whether there are such."""
    steps = [np.array(o) for o in itertools.product(range(-reach, reach + 1), repeat=len(grid))]
    offsets = np.array([o for o in steps if centre or o.any()])
    places = np.indices(grid).reshape(len(grid), -1).T[:, None] + offsets
    exists = ((places >= 0) & (places < grid)).all(axis=-1)
    clipped = np.clip(places, 0, np.asarray(grid) - 1)
    index = np.ravel_multi_index(tuple(np.moveaxis(clipped, -1, 0)), grid)
    return np.asarray(index, np.int64), exists
