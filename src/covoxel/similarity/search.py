"""A small image, looked for in a large one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import ndimage

from covoxel.core.types import AnyArray, BoolArray, FloatArray, IntArray
from covoxel.correlation.cross_correlogram import correlogram
from covoxel.correlation.overlaps import Lags, pair_sums
from covoxel.similarity.boxes import Boxes
from covoxel.similarity.pair import frame_of, mask_of

#: Share of the squares of a window below which its variance is what rounding leaves.
_FLAT = 1e-12
#: Digits beyond which scores count as equal: the first corner comes first then.
_DIGITS = 9


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Where a small image was found, the best place first."""

    #: Where the first pixel of the small image lies in the large one; negative where it sticks out,
    #: (N, D).
    corners: IntArray
    #: Pearson's r of the small image and what it lies on, in [−1, 1], (N,).
    scores: FloatArray
    #: Shape of the small image.
    shape: tuple[int, ...]

    @property
    def centers(self) -> FloatArray:
        """Centres of the places, (N, D), for a Points layer."""
        return self.corners + (np.asarray(self.shape) - 1) / 2

    @property
    def boxes(self) -> Boxes:
        """The places as boxes, for a Shapes layer."""
        return Boxes(self.corners, self.corners + np.asarray(self.shape))


def find_image(
    image: Any,
    template: Any,
    *,
    threshold: float = 0.8,
    mask: Any = None,
    template_mask: Any = None,
    min_distance: int | None = None,
    edges: float | None = None,
) -> Found:
    """Find every place where a small image correlates with a large one.

    Parameters
    ----------
    image : (Z, Y, X) or (Y, X) array-like, Channel or napari layer
        The large image.
    template : array-like, Channel or napari layer
        The small one, no larger along any axis; a plane is looked for in each plane of a stack.
    threshold : float
        Smallest correlation of a match, in (−1, 1).
    mask, template_mask : bool array-like, optional
        Pixels of the large and of the small image that count.
    min_distance : int, optional
        Places this near to a better one are left out; by default half the template's least edge.
    edges : float, optional
        Share of the template, in (0, 1], that must lie on the image (and within the masks); by
        default it must lie on it as a whole.

    Returns
    -------
    Found

    Raises
    ------
    ValueError
        If the template is larger than the image or constant, or an option is out of bounds.

    Notes
    -----
    Products are summed by real Fourier transforms, in double precision. With masks, edges or pixels
    that are not finite, they are those of the masked correlation of
    `covoxel.correlation.correlogram`. Where the image is constant there is no match.

    References
    ----------
    Lewis 1995, Fast normalized cross-correlation; Padfield 2012, doi:10.1109/TIP.2011.2181402

    Examples
    --------
    >>> import numpy as np
    >>> image = np.random.default_rng(0).normal(size=(40, 50))
    >>> found = find_image(image, image[10:20, 30:42])
    >>> found.corners.tolist(), found.scores.round(6).tolist()
    ([[10, 30]], [1.0])
    """
    large, small = frame_of("image", image).data, frame_of("template", template).data
    if small.ndim < large.ndim:
        small = small.reshape((1,) * (large.ndim - small.ndim) + small.shape)
    _check(large, small, threshold, edges, min_distance)
    inside, counted = (
        np.ones(image.shape, np.bool_) if where is None else where
        for image, where in (
            (large, mask_of(mask, large.shape)),
            (small, mask_of(template_mask, small.shape)),
        )
    )
    inside, counted = inside & np.isfinite(large), counted & np.isfinite(small)
    if not counted.any() or np.ptp(small[counted]) == 0:
        msg = "template is constant; there is nothing to look for"
        raise ValueError(msg)
    if edges is None and inside.all() and counted.all():
        scores, origin = _by_windows(large, small), (0,) * large.ndim
    else:
        share = 1.0 if edges is None else edges
        scores, origin = _by_sums(large, small, inside, counted, share)
    distance = max(1, min(small.shape) // 2) if min_distance is None else min_distance
    return _peaks(scores, origin, threshold, distance, small.shape)


def _check(
    large: AnyArray,
    small: AnyArray,
    threshold: float,
    edges: float | None,
    min_distance: int | None,
) -> None:
    if small.ndim != large.ndim or any(
        n > m for n, m in zip(small.shape, large.shape, strict=True)
    ):
        msg = f"template has shape {small.shape}; it must fit into the image of {large.shape}"
        raise ValueError(msg)
    if not -1 < threshold < 1:
        msg = f"threshold is {threshold}; a correlation between -1 and 1 is needed"
        raise ValueError(msg)
    if edges is not None and not 0 < edges <= 1:
        msg = f"edges is {edges}; a share of the template in (0, 1] is needed"
        raise ValueError(msg)
    if min_distance is not None and min_distance < 1:
        msg = f"min_distance is {min_distance}; it must be at least 1 pixel"
        raise ValueError(msg)


def _by_windows(large: AnyArray, small: AnyArray) -> FloatArray:
    """Return the correlation at each corner where the template lies on the image as a whole."""
    image, template = _standardised(large), _standardised(small)
    sums, squares = _window_sums(image, template.shape)
    spread = squares - np.square(sums, out=sums) / template.size
    spread[spread <= _FLAT * squares] = np.nan
    lags = Lags((0,) * image.ndim, tuple(n - 1 for n in spread.shape))
    scores = pair_sums(template, lags, image)
    scores /= np.sqrt(np.multiply(spread, template.size, out=spread), out=spread)
    return scores


def _standardised(values: AnyArray) -> FloatArray:
    out = values - np.mean(values, dtype=np.float64)
    out /= out.std() or 1
    return out


def _window_sums(image: FloatArray, window: tuple[int, ...]) -> FloatArray:
    """Return the sums of pixels and of their squares in the window from each pixel on, (2, …)."""
    from covoxel.similarity.kernels import row_sums, window_sums  # takes a while to load

    rows = image.reshape(-1, image.shape[-1])
    out = np.empty((2, len(rows), rows.shape[1] - window[-1] + 1))
    row_sums(rows, window[-1], out)
    shape = [*image.shape[:-1], out.shape[-1]]
    for axis, width in enumerate(window[:-1]):
        lines = out.reshape(2 * math.prod(shape[:axis]), shape[axis], -1)
        shape[axis] -= width - 1
        out = np.empty((len(lines), shape[axis], lines.shape[2]))
        window_sums(lines, width, out)
    return out.reshape(2, *shape)


def _by_sums(
    large: AnyArray, small: AnyArray, inside: BoolArray, counted: BoolArray, share: float
) -> tuple[FloatArray, tuple[int, ...]]:
    """Return the correlation at each corner, and the corner of the first.

    A displacement of the correlogram is where the template's corner lies, when it begins in the
    image's corner.
    """
    more = [(0, n - own) for n, own in zip(large.shape, small.shape, strict=True)]
    field, kept = np.pad(np.where(counted, small, 0), more), np.pad(counted, more)
    found = correlogram(np.where(inside, large, 0), field, mask1=inside, mask2=kept)
    least = share * np.count_nonzero(counted) - 0.5
    scores = np.where(found.sums.n > least, found.pearson(0.0), np.nan)
    # the image is channel 1, so that the template lies at minus the displacement
    return scores[(slice(None, None, -1),) * scores.ndim], tuple(-lag for lag in found.max_shift)


def _peaks(
    scores: FloatArray,
    origin: tuple[int, ...],
    threshold: float,
    distance: int,
    shape: tuple[int, ...],
) -> Found:
    from skimage.feature import peak_local_max

    high = scores > threshold
    if not high.any():
        return Found(np.zeros((0, len(shape)), np.int64), np.zeros(0), shape)
    (box,) = ndimage.find_objects(high.view(np.uint8))
    known = np.pad(np.where(high[box], scores[box], -2.0), 1, constant_values=-2.0)
    places = peak_local_max(
        known, min_distance=distance, threshold_abs=threshold, exclude_border=False
    )
    heights = np.clip(known[tuple(places.T)], -1, 1)
    order = np.lexsort((*places.T[::-1], -heights.round(_DIGITS)))
    start = np.add(origin, [cut.start - 1 for cut in box])
    return Found(places[order] + start, heights[order], shape)
