"""Structural similarity: a reading of the local moments of two images."""

from __future__ import annotations

import math

import numpy as np

from covoxel.core.types import FloatArray
from covoxel.image.channel import Channel
from covoxel.image.region import as_region
from covoxel.intensity.reading import NO_PIXELS
from covoxel.local.pair import PixelPair
from covoxel.local.scan import Scan
from covoxel.local.window import SIMILARITY, Reading, Window
from covoxel.similarity.measures import ssim_edge
from covoxel.similarity.pair import Found, Pair

#: Standard deviation of the Gaussian window in pixels; K1 and K2 of the constants.
_SIGMA, _K1, _K2 = 1.5, 0.01, 0.03


def ssim(pair: Pair, window: str, win_size: int | None) -> tuple[Found, FloatArray | None]:
    """Return the mean structural similarity and its map, of the images' shape.

    The mean is taken over the pixels of the mask whose window is within the image and holds only
    finite pixels. At the border the map has the images mirrored. In stacks of fewer planes than
    the window has, the window is that of a plane. A uniform window has the sample variance, a
    Gaussian of standard deviation 1.5 the weighted one.
    """
    shape, edge = pair.image1.shape, ssim_edge(window, win_size)
    if len(shape) < 2 or min(shape[-2:]) < edge:
        return (math.nan, f"the image is smaller than the window of {edge} pixels"), None
    data_range = pair.span.data_range
    if math.isnan(data_range):
        return (math.nan, "the images are constant"), None
    flat = len(shape) > 2 and shape[0] < edge
    reach = tuple(0 if flat and axis == 0 else edge // 2 for axis in range(len(shape)))
    similar = np.asarray(_map(pair, window, reach, data_range))
    inner = tuple(slice(r, n - r) for r, n in zip(reach, shape, strict=True))
    values, inside = similar[inner], pair.inside
    mean = float(values.mean()) if inside is None else math.nan
    if math.isnan(mean):
        whole = values[np.isfinite(values) & (True if inside is None else inside[inner])]
        mean = float(whole.mean()) if whole.size else math.nan
    if math.isnan(mean):
        lacking = "no window lies within the image and the mask" if pair.n_pixels else NO_PIXELS
        return (math.nan, lacking), similar
    note = "plane by plane, as there are fewer planes than a window has" if flat else ""
    return (mean, note), similar


def _map(pair: Pair, window: str, reach: tuple[int, ...], data_range: float) -> FloatArray:
    borders = [(r, r) for r in reach]
    images = [np.pad(image, borders, "symmetric") for image in (pair.image1, pair.image2)]
    known = None if pair.known is None else np.pad(pair.known, borders, "symmetric")
    axes = "ZYX"[-len(reach) :]
    shape = images[0].shape
    channels = [Channel(image, axes) for image in images]
    local = PixelPair(channels[0], channels[1], as_region(None, None, shape), known)
    missing = (0,) * (3 - len(reach))
    kind, sigma = ("box", None) if window == "uniform" else ("gaussian", _SIGMA)
    scan = Scan(local, Window(kind, missing + reach, sigma), local.centres())
    # a window of all pixels: weights of a Gaussian do not add up to exactly their number
    fewest = math.prod(2 * r + 1 for r in reach) - 1e-6
    c1, c2 = (_K1 * data_range) ** 2, (_K2 * data_range) ** 2
    out = np.empty(shape)
    scan.read_map(Reading(SIMILARITY, fewest, (c1, c2, float(window == "uniform"))), out)
    return out[tuple(slice(r, n - r) for r, n in zip(reach, shape, strict=True))]
