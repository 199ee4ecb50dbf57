"""Costes' randomisation: the correlation after one channel's blocks are shuffled."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy import ndimage, stats

from covoxel.core.checks import in_range, one_of
from covoxel.core.types import AnyArray, FloatArray, Progress
from covoxel.significance.pair import PixelPair, pixel_pair

#: Blocks that a permutation needs: 5 have 120 orders.
_MIN_BLOCKS = 5


@dataclass(frozen=True, slots=True)
class BlockPermutationTest:
    """A correlation beside those of a channel whose blocks are shuffled.

    Undefined values are NaN.

    Attributes
    ----------
    r : float
        Pearson's r of the pixels in blocks.
    mean, sd : float
        Mean and standard deviation of r over all permutations: exact, or of those drawn where
        `like` is "coloc2".
    p : float
        Share of permutations with at least this r, (k + 1)/(n + 1). Like Coloc 2: the normal
        probability of a smaller r, near 1 where the channels are associated.
    blocks : int
        Number of blocks.
    n_permutations : int
        Permutations drawn.
    reason : str
        Why values are NaN; empty if none is.
    """

    r: float
    mean: float = math.nan
    sd: float = math.nan
    p: float = math.nan
    blocks: int = 0
    n_permutations: int = 0
    reason: str = ""


def block_permutation_test(
    image1: Any,
    image2: Any,
    *,
    block: int,
    mask: Any = None,
    n_permutations: int = 999,
    like: Literal["covoxel", "coloc2"] = "covoxel",
    rng: int | np.random.Generator | None = 0,
    progress: Progress | None = None,
) -> BlockPermutationTest:
    """Compare a correlation with those of a channel whose blocks are shuffled, as Costes does.

    It is here for those who are asked for it. Blocks as wide as the PSF are not independent, so
    p is too often small; `correlation_test` holds its level.

    Parameters
    ----------
    image1, image2 : (Z, Y, X) or (Y, X) array-like, Channel or napari layer
        The channels, on one grid.
    block : int
        Side of the blocks in pixels along every axis, from 2: the width of the PSF, or better
        three times as much.
    mask : bool array-like, optional
        Where to test: only blocks that lie in it as a whole are used.
    n_permutations : int
        Permutations to draw, from 20.
    like : {"covoxel", "coloc2"}
        Whose randomisation. Coloc 2 tiles the bounding box of the mask, completes blocks at its
        end by mirroring, and blurs the shuffled channel 1 by a Gaussian of sigma `block`.
    rng : int or numpy.random.Generator, optional
        Seed of the permutations.
    progress : callable, optional
        Called with (permutations done, in all).

    Returns
    -------
    BlockPermutationTest

    Raises
    ------
    ValueError
        If the grids differ or an option is out of range.

    References
    ----------
    Costes et al. 2004, doi:10.1529/biophysj.103.038422

    Examples
    --------
    >>> from covoxel import simulate_pair
    >>> pair = simulate_pair(n_spots1=180, n_shared=120, rng=1)
    >>> found = block_permutation_test(pair.channel1, pair.channel2, block=12)
    >>> found.p, found.blocks
    (0.001, 441)
    """
    one_of("like", like, ("covoxel", "coloc2"))
    in_range("block", block, 2, 1e6)
    in_range("n_permutations", n_permutations, 20, 1e7)
    pair = pixel_pair(image1, image2, mask, None, cut=like != "coloc2")
    if pair is None:
        return BlockPermutationTest(math.nan, reason="no finite pixel inside the mask")
    if reason := pair.undefined(3):
        return BlockPermutationTest(math.nan, reason=reason)
    generator = np.random.default_rng(rng)
    permute = _like_coloc2 if like == "coloc2" else _whole_blocks
    return permute(pair, int(block), int(n_permutations), generator, progress or _silent)


def _silent(done: int, total: int) -> None:
    """Report nothing."""


def _whole_blocks(
    pair: PixelPair, block: int, n: int, rng: np.random.Generator, progress: Progress
) -> BlockPermutationTest:
    """Permute the blocks that lie in the mask as a whole."""
    inside = tiles(pair.area.mask, block).all(axis=1)
    blocks = int(np.count_nonzero(inside))
    if blocks < _MIN_BLOCKS:
        reason = f"{blocks} blocks of {block} pixels fit into the mask; {_MIN_BLOCKS} are needed"
        return BlockPermutationTest(math.nan, blocks=blocks, reason=reason)
    first, second = (_standardised(tiles(v, block)[inside]) for v in (pair.values1, pair.values2))
    if first is None or second is None:
        return BlockPermutationTest(math.nan, blocks=blocks, reason="a channel is constant")
    r = float(np.vdot(first, second))
    mean, sd = permutation_moments(first, second)
    narrow1, narrow2 = first.astype(np.float32), second.astype(np.float32)
    beyond = 0
    for index in range(n):
        shuffled = narrow2[rng.permutation(blocks)]
        beyond += float(np.vdot(narrow1, shuffled)) >= r - 1e-6
        progress(index + 1, n)
    return BlockPermutationTest(r, mean, sd, (beyond + 1) / (n + 1), blocks, n)


def tiles(values: AnyArray, block: int) -> AnyArray:
    """Return the whole blocks of an image, one a row; what is left at its end is dropped."""
    counts = [n // block for n in values.shape]
    cut = values[tuple(slice(0, n * block) for n in counts)]
    split = cut.reshape([size for n in counts for size in (n, block)])
    order = [*range(0, split.ndim, 2), *range(1, split.ndim, 2)]
    return split.transpose(order).reshape(math.prod(counts), block**values.ndim)


def untiled(rows: AnyArray, shape: tuple[int, ...], block: int) -> AnyArray:
    """Return the image of whole blocks, the reverse of `tiles`."""
    counts = [n // block for n in shape]
    split = rows.reshape([*counts, *[block] * len(counts)])
    order = [axis + part for axis in range(len(counts)) for part in (0, len(counts))]
    return split.transpose(order).reshape(shape)


def _standardised(rows: AnyArray) -> FloatArray | None:
    """Return values of mean 0 whose squares sum to 1; None if they are all equal."""
    if rows.min() == rows.max():
        return None
    values: FloatArray = np.asarray(rows, np.float64) / np.abs(rows).max()
    values -= values.mean()
    length = float(np.sqrt(np.sum(values * values)))
    return values / length


def permutation_moments(first: FloatArray, second: FloatArray) -> tuple[float, float]:
    """Return the mean and standard deviation of Σ first · second over all orders of its rows."""
    n = len(first)
    sums1, sums2 = first.sum(axis=0), second.sum(axis=0)
    spread1, spread2 = first - sums1 / n, second - sums2 / n
    variance = np.sum((spread1.T @ spread1) * (spread2.T @ spread2)) / (n - 1)
    return float(sums1 @ sums2 / n), math.sqrt(max(float(variance), 0))


def _like_coloc2(
    pair: PixelPair, block: int, n: int, rng: np.random.Generator, progress: Progress
) -> BlockPermutationTest:
    """Shuffle blocks of channel 1, blur it, and compare with channel 2 inside the mask."""
    box = ndimage.find_objects(pair.area.mask.view(np.uint8))[0]
    counts = [-(-(side.stop - side.start) // block) for side in box]
    ends = [side.start + n * block for side, n in zip(box, counts, strict=True)]
    missing = [(0, max(0, e - n)) for e, n in zip(ends, pair.area.mask.shape, strict=True)]
    image = np.pad(np.asarray(pair.values1, np.float64), missing, mode="symmetric")
    tiled = tuple(slice(side.start, end) for side, end in zip(box, ends, strict=True))
    padded = image[tiled]
    mask, second = pair.area.mask, np.asarray(pair.values2, np.float64)
    rows = tiles(padded, block)
    r = _pearson(np.asarray(pair.values1, np.float64)[mask], second[mask])
    blank, found = np.zeros(image.shape), np.empty(n)
    for index in range(n):
        blank[tiled] = untiled(rows[rng.permutation(len(rows))], padded.shape, block)
        whole = blank[tuple(slice(0, size) for size in mask.shape)]
        blurred = ndimage.gaussian_filter(whole, block, mode="mirror")
        found[index] = _pearson(blurred[mask], second[mask])
        progress(index + 1, n)
    mean, sd = float(found.mean()), float(found.std(ddof=1))
    p = float(stats.norm.cdf((r - mean) / sd)) if sd > 0 else math.nan
    reason = "" if sd > 0 else "no permutation changes r"
    return BlockPermutationTest(r, mean, sd, p, len(rows), n, reason)


def _pearson(first: FloatArray, second: FloatArray) -> float:
    first, second = first - first.mean(), second - second.mean()
    return float(first @ second / math.sqrt((first @ first) * (second @ second)))
