"""Correlograms block by block: what intervals are made from."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import fft

from covoxel.core.types import AnyArray, BoolArray, FloatArray, Progress
from covoxel.correlation.overlaps import Lags, Side, Transform, overlaps
from covoxel.distance.profile import Rings

#: How many blocks the image is cut into, at most.
MOST_BLOCKS = 100
#: Values transformed at a time.
_BATCH = 1 << 23

_Block = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, eq=False)
class BlockProfiles:
    """A profile as a sum over blocks of channel 1.

    Attributes
    ----------
    values : (B, G) ndarray of float
        What each block adds to the mean covariance over a group of displacements.
    shares : (B, G) ndarray of float
        The share of all pairs of pixels that begin in it.
    weight : (G,) ndarray of float
        Displacements in the group, each counted by its overlap over the largest one.
    tilts : (B, D, G) ndarray of float
        As `values`, each displacement weighted by its cosine along each axis.
    """

    values: FloatArray
    shares: FloatArray
    weight: FloatArray
    tilts: FloatArray

    @property
    def mean(self) -> FloatArray:
        """The profile."""
        return np.asarray(self.values.sum(axis=0))

    def residuals(self, model: FloatArray) -> FloatArray:
        """Return what each block adds to the difference from a model."""
        return self.values - self.shares * model


def block_profiles(
    images: tuple[AnyArray, ...],
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

    The images are 0 on average, and 0 outside the mask. Each block of the first image of a pair
    meets the second image as far around it as the displacements reach.
    """
    cut = _Cut(images[0], step, rings, blocks, workers)
    surfaces = [_Surface(image, cut) for image in images]
    inside = None if mask is None else _Surface(mask.astype(images[0].dtype), cut)
    members = np.asarray(rings.members.sum(axis=1))
    n = _overlap(images[0].shape, mask, rings.reach, workers)
    each = np.maximum(n, 1)
    batches = list(cut.batches())
    values: list[list[FloatArray]] = [[] for _ in pairs]
    tilts: list[list[FloatArray]] = [[] for _ in pairs]
    counts: list[FloatArray] = []
    for done, batch in enumerate(batches, start=1):
        counts.append(rings.sums(_counted(inside, cut, batch) / each))
        fronts = {one: surfaces[one].blocks(batch) for one, _ in pairs}
        backs = {two: surfaces[two].windows(batch) for _, two in pairs}
        for k, (one, two) in enumerate(pairs):
            covariance = cut.transform.back(fronts[one] * backs[two]) / each
            values[k].append(rings.sums(covariance))
            tilts[k].append(rings.tilts(covariance))
        if progress is not None:
            progress(done, len(batches))
    shares = np.concatenate(counts) / members
    kept = shares.any(axis=1)
    weight = rings.sums(n / n.max())[0]
    return [
        BlockProfiles(
            (np.concatenate(found) / members)[kept],
            shares[kept],
            weight,
            (np.concatenate(tilted) / members)[kept],
        )
        for found, tilted in zip(values, tilts, strict=True)
    ]


class _Cut:
    """How an image is cut into blocks, and how far they see."""

    def __init__(
        self,
        image: AnyArray,
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
        self.shape, self.reach = shape, rings.reach
        self.edges = [
            np.linspace(0, n, k + 1).round().astype(int) for n, k in zip(shape, counts, strict=True)
        ]
        largest = [int(np.diff(edges).max()) for edges in self.edges]
        # beside the only block along an axis there is nothing, so one margin serves both sides
        self.after = tuple(r * (k > 1) for r, k in zip(self.reach, counts, strict=True))
        parts = zip(largest, self.reach, self.after, strict=True)
        size = tuple(
            fft.next_fast_len(b + r + a, real=axis == len(shape) - 1)
            for axis, (b, r, a) in enumerate(parts)
        )
        # windows begin a reach before their blocks, so that displacements begin at 0
        lags = Lags((0,) * len(shape), tuple(2 * r for r in self.reach))
        self.transform = Transform(lags, size, image.dtype, workers)

    def batches(self) -> Iterator[list[_Block]]:
        """Return the blocks, as many at a time as memory should hold."""
        spans = [list(itertools.pairwise(edges.tolist())) for edges in self.edges]
        blocks = itertools.product(*spans)
        some = max(1, _BATCH // math.prod(self.transform.size))
        while batch := list(itertools.islice(blocks, some)):
            yield batch


class _Surface:
    """One image, transformed block by block."""

    def __init__(self, image: AnyArray, cut: _Cut) -> None:
        self.image, self.cut = image, cut
        self.padded = np.pad(image, list(zip(cut.reach, cut.after, strict=True)))

    def blocks(self, batch: list[_Block]) -> AnyArray:
        """Return the conjugate spectra of blocks."""
        cuts = [self.image[tuple(slice(*span) for span in block)] for block in batch]
        return self.cut.transform.forward(_stacked(cuts), conj=True)

    def windows(self, batch: list[_Block]) -> AnyArray:
        """Return the spectra of blocks with all that displacements reach."""
        more = [r + a for r, a in zip(self.cut.reach, self.cut.after, strict=True)]
        spans = [
            [(low, high + m) for (low, high), m in zip(block, more, strict=True)] for block in batch
        ]
        cuts = [self.padded[tuple(slice(*span) for span in block)] for block in spans]
        return self.cut.transform.forward(_stacked(cuts))


def _stacked(cuts: list[AnyArray]) -> AnyArray:
    """Return cuts side by side, smaller ones filled up with 0."""
    if len(cuts) == 1:
        return cuts[0][None]
    stack = np.zeros((len(cuts), *np.max([part.shape for part in cuts], axis=0)), cuts[0].dtype)
    for room, part in zip(stack, cuts, strict=True):
        room[tuple(slice(n) for n in part.shape)] = part
    return stack


def _overlap(
    shape: tuple[int, ...], mask: BoolArray | None, reach: tuple[int, ...], workers: int | None
) -> AnyArray:
    """Return how many pairs of pixels there are at each displacement."""
    if mask is not None:
        side = Side(mask.astype(np.float32))
        lags = Lags.around((0,) * len(reach), reach)
        return np.rint(overlaps(side, side, lags, workers).s12)
    lengths = [n - np.abs(np.arange(-r, r + 1)) for n, r in zip(shape, reach, strict=True)]
    return np.asarray(math.prod(np.ix_(*lengths)), np.float64)


def _counted(inside: _Surface | None, cut: _Cut, batch: list[_Block]) -> AnyArray:
    """Return how many pairs of pixels begin in each block, at each displacement."""
    if inside is not None:
        counts = cut.transform.back(inside.blocks(batch) * inside.windows(batch))
        return np.maximum(np.rint(counts), 0)
    out = np.ones((len(batch),) + (1,) * len(cut.shape))
    for axis, (n, r) in enumerate(zip(cut.shape, cut.reach, strict=True)):
        lag = np.arange(-r, r + 1)
        low, high = np.transpose([block[axis] for block in batch])[:, :, None]
        length = np.minimum(high, n - lag) - np.maximum(low, -lag)
        form = [len(batch), *(1,) * len(cut.shape)]
        form[axis + 1] = lag.size
        out = out * np.maximum(length, 0).reshape(form)
    return out
