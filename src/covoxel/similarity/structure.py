"""Structural similarity: a reading of the local moments of two images."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from covoxel.core.types import AnyArray, FloatArray
from covoxel.correlation.blocks import within
from covoxel.image.channel import Channel, Slices, block_slices
from covoxel.image.regions import as_region
from covoxel.intensity.reading import NO_PIXELS
from covoxel.local.pair import MaskedPair
from covoxel.local.scan import BLOCK_VOXELS, Scan
from covoxel.local.window import SIMILARITY, Window, WindowReading
from covoxel.similarity.measures import ssim_edge
from covoxel.similarity.pair import Measured, Pair

#: Standard deviation of the Gaussian window in pixels; K1 and K2 of the constants.
_SIGMA, _K1, _K2 = 1.5, 0.01, 0.03


def ssim(
    pair: Pair, window: str, win_size: int | None, *, keep: bool = True
) -> tuple[Measured, FloatArray | None]:
    """Return the mean structural similarity and its map, of the images' shape, if it is kept.

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
    similar = np.empty(shape) if keep else None
    total, count = 0.0, 0
    for where, values in _similarities(pair, window, reach, data_range, similar):
        one, pixels = _added(pair, reach, where, values)
        total += one
        count += pixels
    if not count:
        lacking = "no window lies within the image and the mask" if pair.n_pixels else NO_PIXELS
        return (math.nan, lacking), similar
    note = "plane by plane, as there are fewer planes than a window has" if flat else ""
    return (total / count, note), similar


class _Mirrored:
    """An image with borders in which it is mirrored, which are made as they are read."""

    def __init__(self, image: AnyArray, reach: tuple[int, ...]) -> None:
        ways = zip(image.shape, reach, strict=True)
        self._image, self._reach = image, reach
        self.shape, self.dtype = tuple(n + 2 * r for n, r in ways), image.dtype

    def __getitem__(self, block: Slices) -> AnyArray:
        read, borders, cut = [], [], []
        for own, n, r in zip(block, self._image.shape, self._reach, strict=True):
            # what is mirrored is read in any case
            low, high = max(0, min(own.start - r, n - r)), min(n, max(own.stop - r, r))
            before, after = max(0, r - own.start), max(0, own.stop - r - n)
            first = own.start - (low + r - before)
            read.append(slice(low, high))
            borders.append((before, after))
            cut.append(slice(first, first + own.stop - own.start))
        return np.asarray(np.pad(self._image[tuple(read)], borders, "symmetric")[tuple(cut)])


def _similarities(
    pair: Pair,
    window: str,
    reach: tuple[int, ...],
    data_range: float,
    out: FloatArray | None,
) -> Iterator[tuple[Slices, FloatArray]]:
    """Yield SSIM at the pixels of each block of the images, written to `out` where it is given."""
    axes = "ZYX"[-len(reach) :]
    image1, image2 = (_Mirrored(image, reach) for image in (pair.image1, pair.image2))
    known = None if pair.known is None else _Mirrored(pair.known, reach)
    channels = Channel(image1, axes), Channel(image2, axes)
    local = MaskedPair(*channels, as_region(None, None, image1.shape), known)
    missing = (0,) * (3 - len(reach))
    kind, sigma = ("box", None) if window == "uniform" else ("gaussian", _SIGMA)
    scan = Scan(local, Window(kind, missing + reach, sigma), local.centres())
    # a window of all pixels: weights of a Gaussian do not add up to exactly their number
    fewest = math.prod(2 * r + 1 for r in reach) - 1e-6
    c1, c2 = (_K1 * data_range) ** 2, (_K2 * data_range) ** 2
    reading = WindowReading(SIMILARITY, fewest, (c1, c2, float(window == "uniform")))
    for block in block_slices(pair.image1.shape, BLOCK_VOXELS):
        values = np.empty([cut.stop - cut.start for cut in block]) if out is None else out[block]
        moved = (slice(cut.start + r, cut.stop + r) for cut, r in zip(block, reach, strict=True))
        scan.read_map(reading, values, (*(slice(0, 1) for _ in missing), *moved))
        yield block, values


def _added(
    pair: Pair, reach: tuple[int, ...], block: Slices, values: FloatArray
) -> tuple[float, int]:
    """Return the sum of a block's values whose window is within the image, and how many are."""
    where = tuple(
        slice(low := max(cut.start, r), max(low, min(cut.stop, n - r)))
        for cut, r, n in zip(block, reach, pair.image1.shape, strict=True)
    )
    inner = values[within(where, block)]
    total = float(inner.sum())
    if pair.inside is None and math.isfinite(total):
        return total, inner.size
    known = np.isfinite(inner)
    if pair.inside is not None:
        known &= pair.inside[where]
    return float(np.sum(inner, where=known)), int(np.count_nonzero(known))
