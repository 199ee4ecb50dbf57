"""Content that occurs twice in one image: copies, which no two exposures are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from covoxel.core.types import AnyArray, BoolArray, FloatArray, IntArray, Progress
from covoxel.similarity.boxes import Boxes
from covoxel.similarity.detail import (
    DetailBlocks,
    blocks_of,
    box_correlation,
    correlated_pairs,
    correlations,
    cut,
    detail_of,
    grow_boxes,
)
from covoxel.similarity.pair import frame_of

#: By how much a copy correlates more than its place does moved by one pixel.
_SHARP = 0.2
#: Beyond this, two blocks are one and the same.
_EXACT = 0.9999
#: A block that is found more often than this belongs to a pattern, not to a copy.
_PATTERN = 16
#: Most pairs of places in a result.
_MOST = 500
#: Pairs of blocks that are looked at together, which bounds memory.
_PAIRS = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Repeats:
    """Pairs of places with one content."""

    #: The places; the second of each pair follows the first in the order Z Y X.
    boxes1: Boxes
    boxes2: Boxes
    #: Pearson's r of the fine detail of both, (N,).
    correlation: FloatArray
    #: Overlapping blocks that were found to be alike, (N,).
    blocks: IntArray
    #: Blocks that were correlated with one another.
    examined: int
    #: Blocks beyond `max_blocks`, those of the least detail.
    left_out: int
    #: Blocks that were found at many places, and dropped as a pattern.
    patterned: int
    #: Pairs of places beyond the 500 with the most blocks.
    unlisted: int

    def __len__(self) -> int:
        return len(self.correlation)


def find_repeats(
    image: Any,
    *,
    block: tuple[int, ...] = (16, 16),
    threshold: float = 0.8,
    max_blocks: int = 30_000,
    progress: Progress | None = None,
) -> Repeats:
    """Find content that occurs twice in an image or stack.

    Overlapping blocks around the points of most detail are correlated with one another. What is
    compared is what a smoothed image lacks: noise is never the same twice, so that only copies
    correlate, in another plane too, brighter or darker (straight above, in the next plane, they
    must be exact, since sharp images change little from plane to plane). Turned, mirrored and
    magnified copies are not found; drawn images, masks and strongly compressed ones do repeat
    themselves.

    Parameters
    ----------
    image : (Z, Y, X) or (Y, X) array-like, Channel or napari layer
        Pixels that are not finite are left out.
    block : tuple of int
        Edges of a block in pixels, (Y, X) or (Z, Y, X); a copy must be larger by a few pixels.
    threshold : float
        Smallest correlation of copies, in (0, 1).
    max_blocks : int
        Most blocks that are compared, which bounds time (its square) and memory; those of the most
        detail come first.
    progress : callable, optional
        Called with (blocks done, blocks in all); it may raise `Cancelled`.

    Returns
    -------
    Repeats

    Raises
    ------
    ValueError
        If a block is larger than the image or below 8 pixels in its plane, or an option is out of
        bounds.

    References
    ----------
    Christlein et al. 2012, doi:10.1109/TIFS.2012.2218597 (copies within an image)

    Examples
    --------
    >>> import numpy as np
    >>> image = np.random.default_rng(0).poisson(40, (4, 64, 64)).astype(np.uint16)
    >>> len(find_repeats(image))
    0
    >>> image[3, 30:60, 30:60] = image[1, 2:32, 4:34]
    >>> found = find_repeats(image)
    >>> (found.boxes2.start - found.boxes1.start).tolist()
    [[2, 28, 26]]
    """
    values = frame_of("image", image).data
    ndim = values.ndim
    stack, shape = _checked(values, block, threshold, max_blocks)
    detail = detail_of(stack)
    blocks = blocks_of(detail, shape, max_blocks)
    n = len(blocks.corners)
    first, second = _pairs(blocks, threshold, progress)
    often = np.bincount(np.concatenate([first, second]), minlength=n)
    pattern = often > _PATTERN
    kept = ~(pattern[first] | pattern[second])
    starts1, starts2 = blocks.corners[first[kept]], blocks.corners[second[kept]]
    copies = _copies(detail, starts1, starts2, shape)
    ones, others, counts = _grouped(starts1[copies], starts2[copies], shape)
    pairs = _listed(detail, ones, others, counts, threshold)
    correlation = np.array(
        [box_correlation(detail, one, other) for one, other, _ in pairs], np.float64
    )
    return Repeats(
        _boxes([one for one, _, _ in pairs], ndim),
        _boxes([other for _, other, _ in pairs], ndim),
        correlation,
        np.array([count for *_, count in pairs], np.int64),
        n,
        blocks.left_out,
        int(np.count_nonzero(pattern)),
        max(0, len(counts) - _MOST),
    )


def _listed(
    detail: FloatArray, ones: IntArray, others: IntArray, counts: IntArray, threshold: float
) -> list[tuple[IntArray, IntArray, int]]:
    """Return the fitted boxes and the blocks of each, those of the most blocks first.

    What was moved alike and lies within a box that has been fitted is of the same copy.
    """
    kept: list[tuple[IntArray, IntArray, int]] = []
    for number in np.argsort(-counts, kind="stable")[:_MOST].tolist():
        one, other = ones[number], others[number]
        middle, step = one.mean(axis=0), other[0] - one[0]
        if not any(
            (first[0] <= middle).all() and (middle <= first[1]).all() and (shift == step).all()
            for first, shift in ((first, second[0] - first[0]) for first, second, _ in kept)
        ):
            kept.append((*grow_boxes(detail, one, other, threshold), int(counts[number])))
    return kept


def _checked(
    values: AnyArray, block: tuple[int, ...], threshold: float, max_blocks: int
) -> tuple[AnyArray, tuple[int, int, int]]:
    """Return the image as a stack, and the block of a stack."""
    stack = values.reshape((1,) * (3 - values.ndim) + values.shape)
    edges = (1,) * (3 - len(block)) + tuple(block)
    fits = len(edges) == 3 and all(1 <= e <= n for e, n in zip(edges, stack.shape, strict=True))
    if not fits or min(edges[1:]) < 8:
        msg = (
            f"block is {tuple(block)}; edges of 8 at least in the plane are needed, and no more "
            f"than the image has, {values.shape}"
        )
        raise ValueError(msg)
    if not 0 < threshold < 1:
        msg = f"threshold is {threshold}; a correlation between 0 and 1 is needed"
        raise ValueError(msg)
    if max_blocks < 2:
        msg = f"max_blocks is {max_blocks}; it must be at least 2"
        raise ValueError(msg)
    return stack, (edges[0], edges[1], edges[2])


def _pairs(
    blocks: DetailBlocks, threshold: float, progress: Progress | None
) -> tuple[IntArray, IntArray]:
    """Return the blocks that are alike."""
    pairs = [(np.zeros(0, np.int64), np.zeros(0, np.int64))]
    for done, first, second in correlated_pairs(blocks, threshold):
        pairs.append((first, second))
        if progress is not None:
            progress(done, len(blocks.corners))
    first, second = (np.concatenate(side) for side in zip(*pairs, strict=True))
    return first, second


def _copies(
    detail: FloatArray, starts1: IntArray, starts2: IntArray, block: tuple[int, int, int]
) -> BoolArray:
    """Return which pairs do not overlap, and are equal or correlate at this pixel only."""
    out: BoolArray = (np.abs(starts2 - starts1) >= np.asarray(block)).any(axis=1)
    separate = np.flatnonzero(out)
    for start in range(0, len(separate), _PAIRS):
        part = separate[start : start + _PAIRS]
        out[part] = _sharp(detail, starts1[part], starts2[part], block)
    return out


def _sharp(
    detail: FloatArray, starts1: IntArray, starts2: IntArray, block: tuple[int, int, int]
) -> BoolArray:
    rows = cut(detail, starts1, block)
    own = correlations(rows, cut(detail, starts2, block))
    beside = np.full(len(own), -1.0)
    room = np.asarray(detail.shape) - np.asarray(block)
    for step in (*np.eye(3, dtype=np.int64), *-np.eye(3, dtype=np.int64)):
        moved = starts2 + step
        inside = ((moved >= 0) & (moved <= room)).all(axis=1)
        near = correlations(rows[inside], cut(detail, moved[inside], block))
        beside[inside] = np.maximum(beside[inside], near)
    return np.asarray((own >= _EXACT) | (own - beside >= _SHARP), np.bool_)


def _grouped(
    starts1: IntArray, starts2: IntArray, block: tuple[int, int, int]
) -> tuple[IntArray, IntArray, IntArray]:
    """Join blocks that were moved alike and touch; return both boxes (start, stop) and counts."""
    n = len(starts1)
    if n == 0:
        return np.zeros((0, 2, 3), np.int64), np.zeros((0, 2, 3), np.int64), np.zeros(0, np.int64)
    edges = np.asarray(block)
    places = starts1 / np.maximum(edges, 2)
    far = 4.0 * (1 + np.abs(places).max())
    # blocks that were moved otherwise are too far away to touch
    touching = cKDTree(np.hstack([places, far * (starts2 - starts1)])).query_pairs(
        1.0, p=np.inf, output_type="ndarray"
    )
    links = coo_array((np.ones(len(touching)), tuple(touching.T)), shape=(n, n))
    count, group = connected_components(links, directed=False)
    order = np.argsort(group, kind="stable")
    begin = np.searchsorted(group[order], np.arange(count))
    ends = []
    for starts in (starts1, starts2):
        low = np.minimum.reduceat(starts[order], begin)
        high = np.maximum.reduceat(starts[order], begin) + edges
        ends.append(np.stack([low, high], axis=1))
    return ends[0], ends[1], np.bincount(group, minlength=count)


def _boxes(ends: list[IntArray], ndim: int) -> Boxes:
    found = np.array(ends, np.int64).reshape(-1, 2, 3)[..., 3 - ndim :]
    return Boxes(found[:, 0], found[:, 1])
