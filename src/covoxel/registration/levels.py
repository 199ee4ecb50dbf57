"""Frames at a coarser level, as means over bins, and the detail that such a level lacks."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from covoxel.core.types import AnyArray
from covoxel.correlation.blocks import SidePair
from covoxel.correlation.frames import Frame
from covoxel.correlation.overlaps import MaskedBatch
from covoxel.image.channel import BLOCK_VOXELS, Slices, block_slices
from covoxel.image.surroundings import around, within
from covoxel.registration.overlapping import CUT, only, smoothed

_SINGLE = np.dtype(np.float32)


def binned(frame: Frame, bins: tuple[int, ...]) -> MaskedBatch:
    """Return standardised means over bins, of those at least half inside the mask."""
    if max(bins) == 1:
        return frame.side(_SINGLE)
    shape = tuple(n // b for n, b in zip(frame.values.shape, bins, strict=True))
    values = np.empty(shape, _SINGLE)
    inside = None if frame.mask is None else np.empty(shape, np.bool_)
    pixels = math.prod(bins)
    for block in block_slices(shape, max(1, BLOCK_VOXELS // pixels)):
        side = frame.part(_scaled(block, bins)).side(_SINGLE)
        sums = _sums(side.values, bins)
        if inside is None or side.mask is None:
            values[block] = sums / pixels
            continue
        count = _sums(side.mask.astype(_SINGLE), bins)
        inside[block] = count >= pixels / 2
        values[block] = np.where(inside[block], sums / np.maximum(count, 1), _SINGLE.type(0))
    return MaskedBatch(values, inside)


def _scaled(block: Slices, bins: Sequence[int]) -> Slices:
    return tuple(slice(s.start * b, s.stop * b) for s, b in zip(block, bins, strict=True))


def _sums(values: AnyArray, bins: tuple[int, ...]) -> AnyArray:
    shape = [size for n, b in zip(values.shape, bins, strict=True) for size in (n // b, b)]
    summed: AnyArray = values.reshape(shape).sum(axis=tuple(range(1, 2 * len(bins), 2)))
    return summed


def detail_pair(frame1: Frame, frame2: Frame, pair: SidePair, width: float) -> SidePair:
    """Return the standardised frames of a pair less their smoothed selves."""

    def parts(cut1: Slices, cut2: Slices) -> tuple[MaskedBatch, MaskedBatch]:
        return _detail(frame1, cut1, width), _detail(frame2, cut2, width)

    return SidePair(pair.shape1, pair.shape2, pair.dtype, pair.masked, parts)


def _detail(frame: Frame, block: Slices, width: float) -> MaskedBatch:
    shape = frame.values.shape
    near = around(block, [math.ceil(CUT * min(width, n / 8)) + 1 for n in shape], shape)
    side = frame.part(near).side(_SINGLE)
    fine = only(side.values - smoothed(side.values, side.mask, width, shape), side.mask)
    return MaskedBatch(fine, side.mask).part(within(block, near))
