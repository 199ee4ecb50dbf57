"""Correlograms averaged over displacements of equal length, as sums over blocks of the image."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import fft, sparse

from covoxel.core.types import AnyArray, BoolArray, FloatArray, Progress
from covoxel.correlation.blocks import SidePair, within
from covoxel.correlation.overlaps import Lags, MaskedBatch, Transform, box_counts
from covoxel.image.channel import Slices

#: Lengths within this share of the smallest pixel count as equal.
_FINENESS = 8
#: Largest number of blocks that the image is cut into.
MOST_BLOCKS = 100
#: Number of values transformed at a time.
_BATCH = 1 << 23

_Bounds = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Rings:
    """Displacements up to a length, grouped by their length in the plane and along z."""

    #: Largest displacement along each axis, in pixels.
    reach: tuple[int, ...]
    #: Mean length in the plane, (G,).
    in_plane: FloatArray
    #: Length along z; None in a plane, (G,).
    axial: FloatArray | None
    #: Which displacements, in C order, belong to each group, (G, lags).
    members: sparse.csr_array
    #: The same for each axis, with the displacements' cosines: along y and x within the plane,
    #: along z the sign.
    directions: tuple[sparse.csr_array, ...]

    @classmethod
    def up_to(cls, distance: float, step: tuple[float, ...], largest: tuple[int, ...]) -> Rings:
        """Return the groups up to a distance, and up to `largest` pixels along each axis."""
        reach = tuple(
            min(math.floor(distance / s + 1e-9), most)
            for s, most in zip(step, largest, strict=True)
        )
        squares = [np.square(np.arange(-r, r + 1) * s) for r, s in zip(reach, step, strict=True)]
        flat = np.sqrt(np.add.outer(squares[-2], squares[-1]))
        heights = np.zeros(1) if len(step) == 2 else np.sqrt(squares[0])
        length = np.sqrt(np.square(heights)[:, None, None] + np.square(flat)).ravel()
        kept = np.flatnonzero(length <= distance * (1 + 1e-9))
        flat = np.broadcast_to(flat, (heights.size, *flat.shape)).ravel()[kept]
        levels, plane = np.unique(heights, return_inverse=True)
        level = np.repeat(plane, length.size // heights.size)[kept]
        fine = np.rint(flat * (_FINENESS / min(step[-2:]))).astype(np.int64)
        _, group = np.unique(np.stack([level, fine]), axis=1, return_inverse=True)
        shape = (int(group.max()) + 1, length.size)
        members = sparse.csr_array((np.ones(kept.size), (group, kept)), shape)
        count: FloatArray = np.bincount(group).astype(np.float64)
        mean = np.bincount(group, flat) / count
        axial = None if len(step) == 2 else np.bincount(group, levels[level]) / count
        whole = np.unravel_index(kept, [2 * r + 1 for r in reach])
        directions = []
        for axis, (index, r, s) in enumerate(zip(whole, reach, step, strict=True)):
            lag = (index - r) * s
            cosine = np.sign(lag) if axis < len(step) - 2 else lag / np.maximum(flat, 1e-300)
            directions.append(sparse.csr_array((cosine, (group, kept)), shape))
        return cls(reach, mean, axial, members, tuple(directions))

    @property
    def place(self) -> tuple[FloatArray, ...]:
        """Lengths in the plane, and along z where there is one."""
        return (self.in_plane,) if self.axial is None else (self.in_plane, self.axial)

    @property
    def length(self) -> FloatArray:
        """Length of the displacements in each group."""
        return self.in_plane if self.axial is None else np.hypot(self.in_plane, self.axial)

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of displacements along each axis."""
        return tuple(2 * r + 1 for r in self.reach)

    @property
    def sizes(self) -> FloatArray:
        """Number of displacements in each group."""
        return np.asarray(self.members.sum(axis=1))

    def sums(self, surfaces: AnyArray) -> FloatArray:
        """Return sums over the groups, (…, G), of values at each displacement, (…, *shape)."""
        flat = surfaces.reshape(-1, math.prod(self.shape))
        return np.asarray((self.members @ flat.T).T)

    def tilts(self, surfaces: AnyArray) -> FloatArray:
        """Return sums as `sums` does, weighted by the cosine along each axis, (…, D, G)."""
        flat = surfaces.reshape(-1, math.prod(self.shape))
        return np.stack([(each @ flat.T).T for each in self.directions], axis=1)

    def within(self, low: float, high: float) -> BoolArray:
        """Return which groups lie in a range of lengths."""
        return (self.length >= low) & (self.length <= high)


@dataclass(frozen=True, slots=True, eq=False)
class BlockProfiles:
    """A profile as a sum over blocks of channel 1."""

    #: Each block's part of the mean covariance over a group of displacements, (B, G).
    values: FloatArray
    #: Share of all pairs of pixels that begin in the block, (B, G).
    shares: FloatArray
    #: Displacements in the group, each counted by its overlap over the largest one, (G,).
    weight: FloatArray
    #: As `values`, each displacement weighted by its cosine along each axis, (B, D, G).
    tilts: FloatArray

    @property
    def mean(self) -> FloatArray:
        """The profile."""
        return np.asarray(self.values.sum(axis=0))


def block_profiles(
    images: tuple[Any, ...],
    mask: BoolArray | None,
    pairs: list[tuple[int, int]],
    rings: Rings,
    step: tuple[float, ...],
    *,
    blocks: int = MOST_BLOCKS,
    workers: int | None = None,
    progress: Progress | None = None,
) -> list[BlockProfiles]:
    """Return the profiles of pairs of images, given by their indices.

    The images, arrays or what slices like them, are 0 on average, and 0 outside the mask. Each
    block of the first image of a pair is correlated with its surroundings in the second image. Of
    large images one block is made of several.
    """
    pooled = blocks == 1 and math.prod(images[0].shape) > _BATCH
    cut = _ProfileBlocks(images[0], step, rings, MOST_BLOCKS if pooled else blocks, workers)
    members = rings.sizes
    n = overlap_counts(images[0].shape, mask, rings.reach, workers)
    each = np.maximum(n, 1)
    batches = list(cut.batches())
    values: list[list[FloatArray]] = [[] for _ in pairs]
    tilts: list[list[FloatArray]] = [[] for _ in pairs]
    counts: list[FloatArray] = []
    for done, batch in enumerate(batches, start=1):
        if mask is None:
            begun = cut.counts(batch)
        else:
            begun = cut.transform.back(cut.fronts(mask, batch) * cut.backs(mask, batch))
            begun = np.maximum(np.rint(begun), 0)
        counts.append(rings.sums(begun / each))
        fronts = {one: cut.fronts(images[one], batch) for one, _ in pairs}
        backs = {two: cut.backs(images[two], batch) for _, two in pairs}
        for k, (one, two) in enumerate(pairs):
            covariance = cut.transform.back(fronts[one] * backs[two]) / each
            values[k].append(rings.sums(covariance))
            tilts[k].append(rings.tilts(covariance))
        if progress is not None:
            progress(done, len(batches))

    def over_blocks(parts: list[FloatArray]) -> FloatArray:
        found = np.concatenate(parts) / members
        return found.sum(axis=0, keepdims=True) if pooled else found

    shares = over_blocks(counts)
    kept = shares.any(axis=1)
    weight = rings.sums(n / n.max())[0]
    return [
        BlockProfiles(over_blocks(found)[kept], shares[kept], weight, over_blocks(tilted)[kept])
        for found, tilted in zip(values, tilts, strict=True)
    ]


class _ProfileBlocks:
    """Blocks of an image, each at least as large as the displacements are long."""

    def __init__(
        self,
        image: Any,
        step: tuple[float, ...],
        rings: Rings,
        most: int,
        workers: int | None,
    ) -> None:
        shape = image.shape
        extent = np.multiply(shape, step)
        edge = float(rings.length.max())
        while math.prod(counts := np.maximum(extent // edge, 1).astype(int).tolist()) > most:
            edge *= 1.05
        self.shape, self.reach, self.dtype = shape, rings.reach, np.dtype(image.dtype)
        self.edges = [
            np.linspace(0, n, k + 1).round().astype(int) for n, k in zip(shape, counts, strict=True)
        ]
        largest = [int(np.diff(edges).max()) for edges in self.edges]
        # nothing lies beside the only block along an axis, so one margin serves both sides
        self.after = tuple(r * (k > 1) for r, k in zip(self.reach, counts, strict=True))
        parts = zip(largest, self.reach, self.after, strict=True)
        size = tuple(
            fft.next_fast_len(b + r + a, real=axis == len(shape) - 1)
            for axis, (b, r, a) in enumerate(parts)
        )
        # windows begin a reach before their blocks, so that displacements begin at 0
        lags = Lags((0,) * len(shape), tuple(2 * r for r in self.reach))
        self.transform = Transform(lags, size, self.dtype, workers)

    def batches(self) -> Iterator[list[_Bounds]]:
        """Yield the blocks in batches that fit in memory."""
        spans = [list(itertools.pairwise(edges.tolist())) for edges in self.edges]
        blocks = itertools.product(*spans)
        some = max(1, _BATCH // math.prod(self.transform.size))
        while batch := list(itertools.islice(blocks, some)):
            yield batch

    def fronts(self, image: Any, batch: list[_Bounds]) -> AnyArray:
        """Return the conjugate spectra of blocks."""
        cuts = [image[tuple(slice(*span) for span in block)] for block in batch]
        return self.transform.forward(self._stacked(cuts), conj=True)

    def backs(self, image: Any, batch: list[_Bounds]) -> AnyArray:
        """Return the spectra of blocks with the margins that displacements reach."""
        return self.transform.forward(self._stacked([self._wide(image, block) for block in batch]))

    def _wide(self, image: Any, block: _Bounds) -> AnyArray:
        """Return a block with its margins, 0 outside the image."""
        spans = [
            (low - r, high + a)
            for (low, high), r, a in zip(block, self.reach, self.after, strict=True)
        ]
        held = tuple(
            slice(max(0, low), min(n, high))
            for (low, high), n in zip(spans, self.shape, strict=True)
        )
        out = np.zeros([high - low for low, high in spans], self.dtype)
        out[within(held, tuple(slice(*span) for span in spans))] = image[held]
        return out

    def _stacked(self, cuts: list[AnyArray]) -> AnyArray:
        """Return cuts as one array, smaller ones filled up with 0."""
        if len(cuts) == 1:
            return cuts[0][None].astype(self.dtype, copy=False)
        stack = np.zeros((len(cuts), *np.max([part.shape for part in cuts], axis=0)), self.dtype)
        for room, part in zip(stack, cuts, strict=True):
            room[tuple(slice(n) for n in part.shape)] = part
        return stack

    def counts(self, batch: list[_Bounds]) -> FloatArray:
        """Return how many pairs of pixels begin in each block, at each displacement."""
        out = np.ones((len(batch),) + (1,) * len(self.shape))
        for axis, (n, r) in enumerate(zip(self.shape, self.reach, strict=True)):
            lag = np.arange(-r, r + 1)
            low, high = np.transpose([block[axis] for block in batch])[:, :, None]
            length = np.minimum(high, n - lag) - np.maximum(low, -lag)
            form = [len(batch), *(1,) * len(self.shape)]
            form[axis + 1] = lag.size
            out = out * np.maximum(length, 0).reshape(form)
        return out


def overlap_counts(
    shape: tuple[int, ...], mask: BoolArray | None, reach: tuple[int, ...], workers: int | None
) -> AnyArray:
    """Return the number of pairs of pixels at each displacement."""
    lags = Lags.around((0,) * len(reach), reach)
    if mask is None:
        return box_counts(shape, lags)

    def parts(*cuts: Slices) -> tuple[MaskedBatch, MaskedBatch]:
        first, second = (MaskedBatch(mask[cut].astype(np.float32)) for cut in cuts)
        return first, second

    pair = SidePair(shape, shape, np.dtype(np.float32), False, parts)
    return np.rint(pair.products(lags, workers))
