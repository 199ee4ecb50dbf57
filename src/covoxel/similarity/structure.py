"""Structural similarity, and its map."""

from __future__ import annotations

import math

import numpy as np
from scipy import ndimage
from skimage.metrics import structural_similarity

from covoxel.core.types import BoolArray, FloatArray
from covoxel.image.channel import block_slices
from covoxel.intensity.reading import NO_PIXELS
from covoxel.similarity.pair import Found, Pair

#: Edge of the window in pixels, scikit-image's own.
WINDOW = 7
#: Pixels that are compared at a time.
_BLOCK = 1 << 20


def ssim(pair: Pair) -> tuple[Found, FloatArray | None]:
    """Return the mean structural similarity and its map, of the images' shape.

    The mean is taken of the pixels of the mask whose window lies within the image and holds
    finite pixels alone. In stacks of fewer planes than the window has, the window is a plane's.
    """
    shape = pair.values1.shape
    if min(shape[-2:]) < WINDOW or len(shape) < 2:
        return (math.nan, f"the image is smaller than the window of {WINDOW} pixels"), None
    if math.isnan(pair.span.data_range):
        return (math.nan, "the images are constant"), None
    flat = len(shape) > 2 and shape[0] < WINDOW
    similar = _map(pair, per_plane=flat)
    window = (1, WINDOW, WINDOW) if flat else (WINDOW,) * len(shape)
    lost = ndimage.maximum_filter(~pair.known, window)
    similar[lost] = np.nan
    whole = pair.mask & ~lost & _inner(lost.shape, window)
    if not whole.any():
        lacking = "no window lies within the image and the mask" if pair.inside.any() else NO_PIXELS
        return (math.nan, lacking), similar
    note = "plane by plane, as there are fewer planes than a window has" if flat else ""
    return (float(similar[whole].mean()), note), similar


def _map(pair: Pair, *, per_plane: bool) -> FloatArray:
    images, data_range = (pair.values1, pair.values2, pair.known), pair.span.data_range
    if not per_plane:
        return _similarity(*images, data_range)
    planes = zip(*images, strict=True)
    return np.stack([_similarity(one, other, known, data_range) for one, other, known in planes])


def _similarity(
    values1: FloatArray, values2: FloatArray, known: BoolArray, data_range: float
) -> FloatArray:
    """Return the similarity at each pixel, block by block, as it takes a dozen arrays."""
    out = np.empty(values1.shape)
    for where in block_slices(out.shape, _BLOCK):
        starts = [max(0, part.start - WINDOW) for part in where]
        near = tuple(slice(s, part.stop + WINDOW) for s, part in zip(starts, where, strict=True))
        one, other = (np.where(known[near], values[near], 0) for values in (values1, values2))
        found = structural_similarity(one, other, data_range=data_range, full=True)[1]
        inner = zip(where, starts, strict=True)
        out[where] = found[tuple(slice(p.start - s, p.stop - s) for p, s in inner)]
    return out


def _inner(shape: tuple[int, ...], window: tuple[int, ...]) -> BoolArray:
    """Return the pixels whose window lies within the image."""
    inner = np.zeros(shape, np.bool_)
    borders = zip(window, shape, strict=True)
    inner[tuple(slice(edge // 2, n - edge // 2) for edge, n in borders)] = True
    return inner
