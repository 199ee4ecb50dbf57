"""What is left of each tile's displacement once image 2 is bent back."""

from __future__ import annotations

import math

import numpy as np
from scipy import ndimage

from covoxel.core.types import AnyArray, FloatArray, IntArray
from covoxel.correlation.overlaps import Side
from covoxel.registration.field.tiles import Matches, Tiles, known_pixels

#: Central derivative over 5 pixels, exact for polynomials up to degree 4.
_SLOPE = np.array([1, -8, 0, 8, -1]) / 12
#: Pixels along an axis of the blocks that the standard error is from, wider than the smoothing
#: reaches, and their largest number.
_BLOCK, _BLOCKS = 8, 8
#: A rest that is larger is no rest: what the slopes tell ends there.
_FARTHEST = 1.0


def remainders(
    side1: Side, warped: Side, tiles: Tiles, chosen: IntArray, free: tuple[bool, ...]
) -> Matches:
    """Return what is left of the displacement of tiles `chosen`, along axes `free`.

    Solves for the displacement at which what is left of image 1 after image 2 is unrelated to the
    slopes of both, beside a gain and an offset. Unlike a correlation's peak this uses the same
    pixels throughout, so the edges of masks do not hold it back.
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
    """Return displacement and standard error; None where the tile does not tell them."""
    n = len(slopes1)
    terms = np.concatenate([(slopes1 + slopes2) / 2, [(a + b) / 2, np.ones_like(a)]])
    system = terms @ terms.T
    cross = slopes1 @ slopes2.T  # of two images, whose noises have nothing in common
    system[:n, :n] = (cross + cross.T) / 2
    if np.linalg.eigvalsh(system[:n, :n]).min() <= 1e-6 * a.size:
        return None
    inverse = np.linalg.inv(system)
    values = inverse @ (terms @ (a - b))
    products = terms * (a - b - values @ terms)
    scores = np.stack([np.bincount(blocks, product) for product in products])
    energy = np.bincount(blocks, np.square(terms[:n]).sum(axis=0))
    count = float(np.square(energy.sum()) / np.square(energy).sum())  # of blocks that say something
    if np.abs(values[:n]).max() > _FARTHEST:
        return None
    spread = inverse @ (scores @ scores.T) @ inverse.T * (count / max(count - n, 0.5))
    error = np.sqrt(np.diag(spread)[:n]) if count > 1 else np.full(n, np.nan)
    return values[:n], error


def _blocks(tile: tuple[int, ...]) -> IntArray:
    """Return which of a tile's blocks each pixel belongs to, of the tile's shape."""
    counts = [min(_BLOCKS, max(n // _BLOCK, 2 if n >= _BLOCK else 1)) for n in tile]
    parts = [np.arange(n) // math.ceil(n / k) for n, k in zip(tile, counts, strict=True)]
    return np.asarray(np.ravel_multi_index(np.ix_(*parts), counts), np.int64)
