"""Sums over the overlap of two images, which are cut into blocks where they are large.

Each block of image 1 is compared with the part of image 2 that the displacements reach from it; the
sums of the blocks add up to those of the images. Blocks follow from the shapes and displacements
alone, so that results depend on no machine.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from covoxel.core.memory import free_memory, in_words
from covoxel.core.types import FloatArray
from covoxel.correlation.overlaps import Lags, MaskedBatch, Overlaps, overlaps, pair_sums
from covoxel.image.channel import Slices


def around(block: Slices, halo: Sequence[int], shape: Sequence[int]) -> Slices:
    """Return a block with its halo, as far as there are pixels."""
    return tuple(
        slice(max(0, cut.start - reach), min(n, cut.stop + reach))
        for cut, reach, n in zip(block, halo, shape, strict=True)
    )


def within(part: Slices, whole: Slices) -> Slices:
    """Return where a part lies in what begins where `whole` does."""
    starts = zip(part, (cut.start for cut in whole), strict=True)
    return tuple(slice(cut.start - start, cut.stop - start) for cut, start in starts)


#: Bytes of the transforms beyond which images are cut in any case, and beyond which they are cut
#: where the blocks, with what overlaps, are hardly larger in all: smaller transforms are faster.
_MOST, _FAST = 1 << 28, 1 << 25
_HARDLY = 1.3
#: Share of its transform that a block must save when it is cut, else its edges are its size.
_SAVED = 0.25


@dataclass(frozen=True, slots=True, eq=False)
class SidePair:
    """Two images, of which parts are made as they are needed.

    ``parts`` returns both sides of a cut of each image.
    """

    shape1: tuple[int, ...]
    shape2: tuple[int, ...]
    dtype: np.dtype[Any]
    masked: bool
    parts: Callable[[Slices, Slices], tuple[MaskedBatch, MaskedBatch]]

    @classmethod
    def of(cls, side1: MaskedBatch, side2: MaskedBatch) -> SidePair:
        """Return a pair of images in memory."""
        return cls(
            side1.shape,
            side2.shape,
            side1.values.dtype,
            side1.mask is not None or side2.mask is not None,
            lambda cut1, cut2: (side1.part(cut1), side2.part(cut2)),
        )

    def overlaps(self, lags: Lags, workers: int | None = None) -> Overlaps:
        """Return the sums over the overlap at each displacement, see `overlaps`.

        Raises
        ------
        MemoryError
            If they would not fit into memory; raised before they are computed.
        """
        self._check_memory(lags)
        blocks = _BlockPlan.of(self.shape1, self.shape2, lags, self.dtype, masked=self.masked)
        total = Overlaps.zeros(lags)
        for sides, between in self._known(blocks):
            found = overlaps(*sides, between, workers)
            if blocks.count == 1:
                return found
            total.add(found)
        return total.astype(self.dtype)

    def products(self, lags: Lags, workers: int | None = None) -> FloatArray:
        """Return Σab alone at each displacement."""
        blocks = _BlockPlan.of(self.shape1, self.shape2, lags, self.dtype, masked=False)
        total = np.zeros(lags.shape)
        for (side1, side2), between in self._known(blocks):
            total += pair_sums(side1.values, between, side2.values, workers)
        return total

    def _known(self, blocks: _BlockPlan) -> Iterator[tuple[tuple[MaskedBatch, MaskedBatch], Lags]]:
        """Yield both sides of the blocks that hold known pixels of both."""
        for cut1, cut2, between in blocks:
            sides = self.parts(cut1, cut2)
            if all(side.mask is None or side.mask.any() for side in sides):
                yield sides, between

    def _check_memory(self, lags: Lags) -> None:
        needed = overlap_bytes(self.shape1, self.shape2, lags, self.dtype, masked=self.masked)
        free = free_memory()
        if needed > free:
            msg = (
                f"the transforms need about {in_words(needed)} of memory, but {in_words(free)} are "
                "free; give a smaller max_shift, crop to the region of interest, bin the images, "
                "or compute in float32"
            )
            raise MemoryError(msg)


def halo_blocks(shape: tuple[int, ...], halo: int) -> Iterator[tuple[Slices, Slices]]:
    """Yield blocks of an image, each with a halo as far as there are pixels."""
    lags = Lags.around((0,) * len(shape), (halo,) * len(shape))
    for block, near, _ in _BlockPlan.of(shape, shape, lags, np.float32, masked=True):
        yield block, near


def overlap_bytes(
    shape1: tuple[int, ...], shape2: tuple[int, ...], lags: Lags, dtype: DTypeLike, *, masked: bool
) -> int:
    """Return about how much memory the sums take, with the blocks of the images."""
    blocks = _BlockPlan.of(shape1, shape2, lags, dtype, masked=masked)
    item = int(np.dtype(dtype).itemsize) + 8 * (blocks.count > 1)
    return blocks.transform_bytes + math.prod(lags.shape) * (5 * item + 8)


@dataclass(frozen=True, slots=True)
class _Span:
    """A stretch of an axis of image 1, that of image 2, and the displacements between the two."""

    cut1: slice
    cut2: slice
    low: int
    high: int

    @property
    def size(self) -> int:
        """Pixels at which no displacement wraps around on another."""
        n1, n2 = self.cut1.stop - self.cut1.start, self.cut2.stop - self.cut2.start
        return int(max(self.high + n1, n2 - self.low, self.high - self.low + 1))


def _spans(n1: int, n2: int, low: int, high: int, count: int) -> list[_Span]:
    """Cut what displacements lead from to image 2 into stretches; empty ones are left out."""
    start, stop = max(0, -high), min(n1, n2 - low)
    edges = [start + max(0, stop - start) * i // count for i in range(count + 1)]
    spans = []
    for a, b in itertools.pairwise(edges):
        cut2 = slice(max(0, a + low), min(n2, b + high))
        if a < b and cut2.start < cut2.stop:
            moved = cut2.start - a
            spans.append(_Span(slice(a, b), cut2, low - moved, high - moved))
    return spans


@dataclass(frozen=True, slots=True)
class _BlockPlan:
    """Blocks, as the stretches that an axis is cut into; ``spectrum`` is bytes for each pixel."""

    axes: tuple[list[_Span], ...]
    spectrum: int

    @classmethod
    def of(
        cls,
        shape1: tuple[int, ...],
        shape2: tuple[int, ...],
        lags: Lags,
        dtype: DTypeLike,
        *,
        masked: bool,
    ) -> _BlockPlan:
        """Return the blocks."""

        def cut(counts: Sequence[int]) -> _BlockPlan:
            ways = zip(shape1, shape2, lags.low, lags.high, counts, strict=True)
            return cls(
                tuple(_spans(*way) for way in ways), (5 if masked else 4) * np.dtype(dtype).itemsize
            )

        counts = (1,) * len(shape1)
        blocks = whole = cut(counts)
        while blocks.transform_bytes > _FAST:
            finer = [tuple(k << (i == j) for j, k in enumerate(counts)) for i in range(len(counts))]
            counts = min(finer, key=lambda one: cut(one).pixels)
            tried = cut(counts)
            saves = tried.pixels <= (1 - _SAVED) * blocks.pixels
            hardly = tried.count * tried.pixels <= _HARDLY * whole.pixels
            if not saves or not (hardly or blocks.transform_bytes > _MOST):
                break
            blocks = tried
        return blocks

    @property
    def count(self) -> int:
        """Number of blocks."""
        return math.prod(map(len, self.axes))

    @property
    def pixels(self) -> int:
        """Size of the transform of the largest block."""
        return math.prod(max((span.size for span in axis), default=0) for axis in self.axes)

    @property
    def transform_bytes(self) -> int:
        """About how much memory the transforms of a block take."""
        return self.spectrum * self.pixels

    def __iter__(self) -> Iterator[tuple[Slices, Slices, Lags]]:
        """Yield the cuts of both images, and the displacements from one to the other."""
        for spans in itertools.product(*self.axes):
            low, high = tuple(one.low for one in spans), tuple(one.high for one in spans)
            cut1, cut2 = tuple(one.cut1 for one in spans), tuple(one.cut2 for one in spans)
            yield cut1, cut2, Lags(low, high)
