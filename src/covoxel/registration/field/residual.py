"""What remains of the displacement of tiles once image 2 is warped."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from covoxel.core.sharing import in_threads
from covoxel.core.types import AnyArray, BoolArray, FloatArray, IntArray
from covoxel.correlation.overlaps import MaskedBatch
from covoxel.registration.field.tiles import CHUNK, FLAT, TileMatches, Tiles, in_stack, known_pixels

#: Central derivative over 5 pixels, exact for polynomials up to degree 4.
_SLOPE = np.array([1, -8, 0, 8, -1]) / 12
#: Pixels along an axis of the blocks for the standard error, wider than the smoothing, and their
#: largest number.
_BLOCK, _BLOCKS = 8, 8
#: Largest remaining displacement that slopes can measure, in pixels.
_FARTHEST = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Sloped:
    """An image and its slopes in float32, (1 + n, Z, Y, X), and which pixels are known."""

    terms: AnyArray
    known: BoolArray

    @classmethod
    def of(cls, side: MaskedBatch, axes: IntArray) -> Sloped:
        """Return an image with its slopes along some axes."""
        terms = np.empty((1 + axes.size, *side.shape), np.float32)
        terms[0] = side.values
        for axis, out in zip(axes.tolist(), terms[1:], strict=True):
            ndimage.correlate1d(side.values, _SLOPE, axis, output=out, mode="mirror")
        shape = in_stack(side.shape)
        return cls(terms.reshape(-1, *shape), known_pixels(side).reshape(shape))


def residual_displacements(
    image1: Sloped,
    image2: Sloped,
    tiles: Tiles,
    chosen: IntArray,
    axes: IntArray,
    workers: int | None = None,
) -> TileMatches:
    """Return the remaining displacement of tiles `chosen`, along `axes`, after warping.

    Solves for the displacement at which the residual of image 1 after image 2 is unrelated to the
    slopes of both, beside a gain and an offset. Unlike a correlation's peak this uses the same
    pixels throughout, so the edges of masks do not bias it.
    """
    from covoxel.registration.field.kernels import block_products  # takes a while to load

    found = TileMatches.none(*tiles.corners.shape)
    tile, block = in_stack(tiles.tile), in_stack(_block(tiles.tile))
    blocks = math.prod(math.ceil(n / m) for n, m in zip(tile, block, strict=True))
    corners = np.pad(tiles.corners, [(0, 0), (3 - len(tiles.tile), 0)])
    known, terms = image1.known & image2.known, 2 * len(image1.terms) + 1
    size = max(1, CHUNK // (blocks * terms**2))

    def solve(rows: IntArray) -> None:
        products = np.empty((rows.size, blocks, terms, terms))
        block_products(image1.terms, image2.terms, known, corners[rows], tile, block, products)
        solved, rest, error, correlation = _solved(products)
        rows = rows[solved]
        found.displacement[rows], found.error[rows] = 0, 0
        found.displacement[np.ix_(rows, axes)] = rest
        found.error[np.ix_(rows, axes)] = error
        found.correlation[rows] = correlation

    for _ in in_threads(
        solve, [chosen[i : i + size] for i in range(0, chosen.size, size)], workers
    ):
        pass
    return found


def _solved(products: FloatArray) -> tuple[IntArray, FloatArray, FloatArray, FloatArray]:
    """Return the tiles that are neither too flat nor too far off, and what is solved for.

    That is the displacement, its standard error and the correlation, from the products of image 1,
    its slopes, image 2, its slopes and 1 over the blocks of each tile.
    """
    n = products.shape[-1] // 2 - 1
    total = products.sum(axis=1)
    some = np.flatnonzero(total[:, -1, -1] > 2 * n + 2)
    variance = np.stack([_variance(total[some], image) for image in (0, n + 1)])
    some = some[(variance > FLAT**2).all(axis=0)]
    one, two = (_standardised(total[some], image) for image in (0, n + 1))
    cross = one[:, 1:] @ total[some] @ two[:, 1:].mT  # the noise of two images is independent
    cross = (cross + cross.mT) / 2
    steep = np.linalg.eigvalsh(cross).min(axis=1) > 1e-6 * total[some, -1, -1]
    some, one, two, cross = some[steep], one[steep], two[steep], cross[steep]
    products, total = products[some], total[some]
    terms = np.roll(one + two, -1, axis=1) / 2  # slopes, then the image
    terms = np.concatenate([terms, np.broadcast_to(np.eye(2 * n + 3)[-1:], one[:, :1].shape)], 1)
    system = terms @ total @ terms.mT
    system[:, :n, :n] = cross
    inverse = np.linalg.inv(system)
    difference = one[:, :1] - two[:, :1]
    values = difference @ total @ terms.mT @ inverse.mT
    left = difference - values @ terms
    error = _errors(products, terms, left, inverse)
    correlation = np.clip((one @ total @ two.mT)[:, 0, 0] / total[:, -1, -1], -1, 1)
    rest = values[:, 0, :n]
    near = np.abs(rest).max(axis=1) <= _FARTHEST
    return some[near], rest[near], error[near], correlation[near]


def _errors(
    products: FloatArray, terms: FloatArray, left: FloatArray, inverse: FloatArray
) -> FloatArray:
    """Return the standard error of displacements, by the scatter of the residual among blocks."""
    n = terms.shape[1] - 2
    scores = np.einsum("kbij,kj->kbi", products, left[:, 0]) @ terms.mT
    energy = np.einsum("kbij,kti,ktj->kb", products, terms[:, :n], terms[:, :n])
    count = np.square(energy.sum(axis=1)) / np.square(energy).sum(axis=1)  # of effective blocks
    spread = inverse @ scores.mT @ scores @ inverse.mT
    factor = np.where(count > 1, count / np.maximum(count - n, 0.5), np.nan)
    variance = np.diagonal(spread, axis1=1, axis2=2)[:, :n] * factor[:, None]
    return np.asarray(np.sqrt(variance))


def _variance(total: FloatArray, image: int) -> FloatArray:
    """Return the variance of a term over tiles."""
    mean = total[:, image, -1] / total[:, -1, -1]
    return np.asarray(total[:, image, image] / total[:, -1, -1] - np.square(mean))


def _standardised(total: FloatArray, image: int) -> FloatArray:
    """Return what combines terms to an image with mean 0 and variance 1, and to its slopes."""
    size = total.shape[-1]
    rows = np.tile(np.eye(size)[image : image + size // 2], (len(total), 1, 1))
    rows[:, 0, -1] = -total[:, image, -1] / total[:, -1, -1]
    return np.asarray(rows / np.sqrt(_variance(total, image))[:, None, None])


def _block(tile: tuple[int, ...]) -> tuple[int, ...]:
    """Return the size of the blocks of a tile."""
    counts = [min(_BLOCKS, max(n // _BLOCK, 2 if n >= _BLOCK else 1)) for n in tile]
    return tuple(math.ceil(n / k) for n, k in zip(tile, counts, strict=True))
