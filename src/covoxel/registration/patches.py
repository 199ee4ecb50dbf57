"""Patches: what an alignment is refined in of an image that is too large to be warped whole."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import product

import numpy as np

from covoxel.core.resample import Mapping, moved
from covoxel.core.sharing import in_threads
from covoxel.core.types import AnyArray, IntArray
from covoxel.correlation.blocks import within
from covoxel.correlation.frames import Frame
from covoxel.image.channel import Slices
from covoxel.registration.field.tiles import MIN_SHARE, Tiles
from covoxel.registration.guess import binned_means
from covoxel.registration.overlapping import Sides, only, pearson_of_blocks
from covoxel.registration.record import Registration

#: Pixels of all patches, and pixels around what a spline interpolates.
_PIXELS, _BESIDE = 1 << 22, 12
#: Pixels along an edge of what is warped at a time.
_BLOCK = 512


@dataclass(frozen=True, slots=True, eq=False)
class Patches:
    """Squares spread over the mask of image 1, each with a tile in its middle.

    They are put side by side in one image, of ``grid`` patches along each axis. ``starts`` are
    their first pixels in image 1, (K, D).
    """

    frame1: Frame
    frame2: Frame
    tile: tuple[int, ...]
    size: tuple[int, ...]
    grid: tuple[int, ...]
    starts: IntArray
    workers: int | None

    @classmethod
    def of(cls, frame1: Frame, frame2: Frame, tile: int, workers: int | None) -> Patches:
        """Lay patches with tiles of a size, of which at least half is inside the mask."""
        reach = tile // 4
        edge = tile + 2 * reach
        wanted = max(1, _PIXELS // edge**2)
        apart = math.sqrt(frame1.values.size / wanted)
        starts = _inside(frame1, edge, reach, apart)
        if len(starts) < wanted and frame1.mask is not None:  # closer, as most are outside
            apart = max(tile, apart * math.sqrt(len(starts) / wanted))  # no pixel counts twice
            starts = _inside(frame1, edge, reach, apart)
        columns = math.isqrt(min(wanted, len(starts)))
        rows = min(wanted, len(starts)) // max(1, columns)
        spread = np.linspace(0, len(starts) - 1, rows * columns)
        chosen = starts[np.rint(spread).astype(np.int64)]
        return cls(frame1, frame2, (tile,) * 2, (edge,) * 2, (rows, columns), chosen, workers)

    @property
    def tiles(self) -> Tiles:
        """The tiles in the image of all patches."""
        shape = tuple(np.multiply(self.grid, self.size).tolist())
        return Tiles(shape, self.tile, self.size)

    @property
    def centers(self) -> AnyArray:
        """Centre of each tile in image 1, (K, D)."""
        return np.asarray(self.starts + (np.asarray(self.size) - 1) / 2)

    def image1(self) -> AnyArray:
        """Return the patches of image 1, NaN outside its mask."""
        return self._side_by_side(list(map(partial(values_in, self.frame1), self._places())))

    def aligned(self, found: Registration) -> AnyArray:
        """Return the patches of the aligned image 2, NaN outside its mask."""
        parts = in_threads(
            partial(aligned_in, self.frame2, found), list(self._places()), self.workers
        )
        return self._side_by_side(list(parts))

    def _places(self) -> Iterator[Slices]:
        for start in self.starts.tolist():
            yield tuple(slice(s, s + n) for s, n in zip(start, self.size, strict=True))

    def _side_by_side(self, parts: list[AnyArray]) -> AnyArray:
        stacked = np.reshape(parts, (*self.grid, *self.size))
        return stacked.swapaxes(1, 2).reshape(self.tiles.shape)


def _inside(frame: Frame, edge: int, reach: int, apart: float) -> IntArray:
    """Return the first pixels of squares, about so far apart, whose middle is inside the mask."""
    counts = (max(1, int(n / apart)) for n in frame.values.shape)
    pairs = zip(frame.values.shape, counts, strict=True)
    along = [np.rint(np.linspace(0, n - edge, count)).astype(np.int64) for n, count in pairs]
    starts = np.stack(np.meshgrid(*along, indexing="ij"), axis=-1).reshape(-1, len(along))
    if frame.mask is not None:
        middles = (
            tuple(slice(n + reach, n + edge - reach) for n in start) for start in starts.tolist()
        )
        starts = starts[[bool(frame.mask[middle].mean() >= MIN_SHARE) for middle in middles]]
    return np.asarray(starts + frame.corner, np.int64)


def values_in(frame: Frame, where: Slices) -> AnyArray:
    """Return a part of an image less its mean, NaN outside the mask."""
    out = np.full([cut.stop - cut.start for cut in where], np.nan, np.float32)
    pairs = zip(where, frame.box, strict=True)
    shared = tuple(slice(max(a.start, b.start), min(a.stop, b.stop)) for a, b in pairs)
    if all(cut.start < cut.stop for cut in shared):
        part = frame.part(within(shared, frame.box))
        inside = np.isfinite(part.values) if part.mask is None else part.mask
        out[within(shared, where)] = np.where(inside, part.values - frame.mean, np.nan)
    return out


def aligned_in(frame2: Frame, found: Registration, where: Slices) -> AnyArray:
    """Return the aligned image 2 in a part of image 1, NaN where it has no pixels."""
    mapping = found.mapping(frame2.shape)
    corners = np.array(list(product(*((cut.start, cut.stop - 1) for cut in where))))
    reached = corners @ mapping.matrix.T + mapping.offset
    low = np.maximum(np.floor(reached.min(axis=0)).astype(np.int64) - _BESIDE, 0)
    high = np.minimum(np.ceil(reached.max(axis=0)).astype(np.int64) + _BESIDE + 1, frame2.shape)
    shape = tuple(cut.stop - cut.start for cut in where)
    if (low >= high).any():
        return np.full(shape, np.nan, np.float32)
    near = values_in(frame2, tuple(map(slice, low.tolist(), high.tolist())))
    start = np.array([cut.start for cut in where])
    offset = mapping.matrix @ start + mapping.offset - low
    return moved(near, Mapping(mapping.matrix, offset), shape=shape)


def aligned_match(
    frame1: Frame, frame2: Frame, found: Registration, workers: int | None
) -> tuple[float, float]:
    """Return Pearson's r once image 2 is aligned, and the share of image 1 that it covers.

    Computed block by block, so that no image is warped whole.
    """
    covered = []

    def sides(block: Slices) -> Sides:
        a, b = values_in(frame1, block), aligned_in(frame2, found, block)
        both = np.isfinite(a) & np.isfinite(b)
        covered.append(np.count_nonzero(both))
        return only(a, both), only(b, both), both

    ends = ([slice(i, min(i + _BLOCK, n)) for i in range(0, n, _BLOCK)] for n in frame1.shape)
    r = pearson_of_blocks(in_threads(sides, list(product(*ends)), workers))
    return r, sum(covered) / frame1.pixels


def binned_frame(frame: Frame, factor: int) -> AnyArray:
    """Return means over squares of `factor` pixels, NaN where less than half is known."""
    shape = [n // factor for n in frame.shape]
    out = np.empty(shape, np.float32)
    rows = max(1, (1 << 22) // (frame.shape[-1] * factor))
    for first in range(0, shape[0], rows):
        last = min(first + rows, shape[0])
        where = slice(first * factor, last * factor), slice(0, shape[1] * factor)
        out[first:last] = binned_means(values_in(frame, where), (factor, factor))
    return out
