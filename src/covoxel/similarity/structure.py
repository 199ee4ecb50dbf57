"""Structural similarity: a reading of the local moments of two images."""

from __future__ import annotations

import math

import numpy as np

from covoxel.core.types import AnyArray, FloatArray
from covoxel.image.channel import Channel, Slices
from covoxel.image.region import as_region
from covoxel.image.surroundings import within
from covoxel.intensity.reading import NO_PIXELS
from covoxel.local.pair import PixelPair
from covoxel.local.scan import Scan
from covoxel.local.window import SIMILARITY, Reading, Window
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
    found = _Similarity(pair, reach, keep=keep)
    _scan(pair, window, reach, data_range, found)
    if not found.count:
        lacking = "no window lies within the image and the mask" if pair.n_pixels else NO_PIXELS
        return (math.nan, lacking), found.map
    note = "plane by plane, as there are fewer planes than a window has" if flat else ""
    return (found.total / found.count, note), found.map


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


class _Similarity:
    """The sum of SSIM, and its map if it is kept, of values written for a mirrored image."""

    dtype = np.dtype(np.float64)

    def __init__(self, pair: Pair, reach: tuple[int, ...], *, keep: bool) -> None:
        self._shape, self._reach, self._inside = pair.image1.shape, reach, pair.inside
        self.map = np.empty(self._shape) if keep else None
        self.total, self.count = 0.0, 0

    def __getitem__(self, block: Slices) -> None:
        """Return nothing: values are handed over."""

    def __setitem__(self, block: Slices, values: FloatArray) -> None:
        whole = tuple(slice(0, n) for n in self._shape)
        window = tuple(slice(r, n - r) for r, n in zip(self._reach, self._shape, strict=True))
        if self.map is not None:
            where, part = self._common(block, whole)
            self.map[where] = values[part]
        where, part = self._common(block, window)
        known = np.isfinite(values[part])
        if self._inside is not None:
            known &= self._inside[where]
        self.total += float(np.sum(values[part], where=known))
        self.count += int(np.count_nonzero(known))

    def _common(self, block: Slices, area: Slices) -> tuple[Slices, Slices]:
        """Return where a block of the mirrored image covers an area, and where that is in it."""
        ways = list(zip(block, area, self._reach, strict=True))
        where = tuple(
            slice(low := max(a.start, b.start - r), max(low, min(a.stop, b.stop - r)))
            for b, a, r in ways
        )
        moved = tuple(slice(b.start - r, b.stop - r) for b, _, r in ways)
        return where, within(where, moved)


def _scan(
    pair: Pair, window: str, reach: tuple[int, ...], data_range: float, found: _Similarity
) -> None:
    """Write SSIM at each pixel of the mirrored images."""
    axes = "ZYX"[-len(reach) :]
    image1, image2 = (_Mirrored(image, reach) for image in (pair.image1, pair.image2))
    known = None if pair.known is None else _Mirrored(pair.known, reach)
    channels = Channel(image1, axes), Channel(image2, axes)
    local = PixelPair(*channels, as_region(None, None, image1.shape), known)
    missing = (0,) * (3 - len(reach))
    kind, sigma = ("box", None) if window == "uniform" else ("gaussian", _SIGMA)
    scan = Scan(local, Window(kind, missing + reach, sigma), local.centres())
    # a window of all pixels: weights of a Gaussian do not add up to exactly their number
    fewest = math.prod(2 * r + 1 for r in reach) - 1e-6
    c1, c2 = (_K1 * data_range) ** 2, (_K2 * data_range) ** 2
    scan.read_map(Reading(SIMILARITY, fewest, (c1, c2, float(window == "uniform"))), found)
