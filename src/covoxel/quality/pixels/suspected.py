"""A shift between the channels that a quick look hints at."""

from __future__ import annotations

import numpy as np

from covoxel.core.types import AnyArray
from covoxel.image.channel import Slices
from covoxel.quality.caution import Caution

#: A shift is suspected where a neighbour adds this share to such a correlation, of pixels or of
#: squares of so many on edge.
_HINT, _RELATED, _SQUARE = 0.02, 0.1, 4
#: Edge of what is looked at for that, and of what is registered then.
_LOOKED_AT, _SEARCHED = 192, 512
#: Fewest pixels along an axis that can hint at anything.
_FEWEST = 32


def suspected_shift(plane1: AnyArray, plane2: AnyArray, place: Slices) -> Caution | None:
    """Warn of a shift, as `channel_shift`, around a place in planes that hints at one.

    It does where pixels, or squares of them, correlate better with a neighbour than with the same
    one, which is quickly seen.
    """
    inner = tuple(_around(part, _LOOKED_AT, part.stop) for part in place)
    if not _hint(plane1[inner], plane2[inner]):
        return None
    from covoxel.quality.shift import channel_shift  # brings the transforms along

    outer = tuple(_around(part, _SEARCHED, n) for part, n in zip(place, plane1.shape, strict=True))
    return channel_shift(plane1[outer], plane2[outer])


def _around(part: slice, edge: int, end: int) -> slice:
    """Return a slice of so many pixels about the middle of one, or as many as end there."""
    first = max(0, min((part.start + part.stop - edge) // 2, end - edge))
    return slice(first, min(first + edge, end))


def _hint(plane1: AnyArray, plane2: AnyArray) -> bool:
    """Whether two planes correlate better at a displacement of a pixel, or of a square of them."""
    if min(plane1.shape) < _FEWEST:
        return False
    one, two = (_centred(plane) for plane in (plane1, plane2))
    return _nearer(one, two) or _nearer(_in_squares(one), _in_squares(two))


def _centred(plane: AnyArray) -> AnyArray:
    """Return pixels less their mean, in units that keep squares; 0 where they are not finite."""
    values = plane.astype(np.float64)
    if plane.dtype.kind == "f" and not (finite := np.isfinite(values)).all():
        values[~finite] = values.mean(where=finite) if finite.any() else 0.0
    values -= values.mean()
    values /= max(values.max(), -values.min(), np.finfo(np.float64).tiny)
    centred: AnyArray = values.astype(np.float32)
    return centred


def _in_squares(values: AnyArray) -> AnyArray:
    height, width = (n // _SQUARE for n in values.shape)
    rows = values[: height * _SQUARE, : width * _SQUARE].reshape(height, _SQUARE, -1).sum(1)
    squares: AnyArray = rows.reshape(height, width, _SQUARE).sum(2)
    return squares


def _nearer(one: AnyArray, two: AnyArray) -> bool:
    """Whether pixels correlate better with one of their neighbours than with the same pixel."""
    inner = one[1:-1, 1:-1]
    height, width = inner.shape
    products = [
        float(np.einsum("yx,yx->", inner, two[y : y + height, x : x + width]))
        for y, x in np.ndindex(3, 3)
    ]
    scale = float(np.linalg.norm(inner) * np.linalg.norm(two))
    here, most = products[4], max(products)
    return most > _RELATED * scale and most - here > _HINT * (scale - here)
