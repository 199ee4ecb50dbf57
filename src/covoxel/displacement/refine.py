"""A displacement between pixels, as exact as the noise allows.

Near the peak of a correlation, noise makes the surface rough at the scale of pixels, and the edges
of a mask, which stand still, pull it towards zero. Both are avoided here by asking another
question: at which displacement δ is what is left of channel 1 after channel 2, a(x) − g·b(x + δ),
unrelated to the slopes of what both show? The slopes are taken from smoothed images, which noise
hardly touches, and count only as weights: at the true displacement nothing is left, whatever the
weights and the masks are, so the answer has no bias.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from covoxel._types import AnyArray, BoolArray, FloatArray
from covoxel.displacement.frames import Frame
from covoxel.displacement.overlaps import Lags, Transform, box_sums, boxes
from covoxel.displacement.peak import REACH, derivatives

#: Width of the smoothing, in pixels; wide enough that the slopes know little of the noise.
_SMOOTH = 2.5
#: Fewest pixels of overlap along an axis.
_FEWEST = 5
#: What interpolation across the edges of masks leaves, in pixels.
_LEAST = 1e-3
_ROUNDS, _PRECISE, _RECENTRED = 20, 1e-6, 4
#: Fewest pixels, and largest number, of the blocks along an axis that the uncertainty is from.
_BLOCK, _BLOCKS, _FEWEST_BLOCKS = 16, 8, 8


@dataclass(frozen=True, slots=True, eq=False)
class Refined:
    """A displacement with its standard error, in pixels, and the correlation there."""

    offset: FloatArray
    error: FloatArray
    height: float


def refine(
    frame1: Frame, frame2: Frame, offset: Sequence[int], workers: int | None = None
) -> Refined | None:
    """Return the displacement near `offset` to a fraction of a pixel.

    None where there is nothing to hold on to: too small an overlap, or no common structure.
    """
    start = np.asarray(offset, np.int64)
    for _ in range(_RECENTRED):
        pair = _overlap(frame1, frame2, start)
        if pair is None:
            return None
        moments = _Moments.of(*pair, workers)
        root = moments.root()
        if root is None:
            return None
        whole = np.rint(root).astype(np.int64)
        if not whole.any():
            return moments.refined(start, root)
        start = start + whole
    return None


def correlation_at(frame1: Frame, frame2: Frame, offset: Sequence[int]) -> tuple[float, float]:
    """Return Pearson's r at a displacement of whole pixels, and the share of frame 1 it is from."""
    pair = _overlap(frame1, frame2, np.asarray(offset, np.int64), least=1)
    if pair is None:
        return np.nan, 0.0
    a, b, mask1, mask2 = pair
    both = _intersection(mask1, mask2)
    pixels = a.size if both is None else int(both.sum())
    return _correlation(a, b, both), pixels / frame1.pixels


def _overlap(
    frame1: Frame, frame2: Frame, offset: AnyArray, least: int = _FEWEST
) -> tuple[AnyArray, AnyArray, BoolArray | None, BoolArray | None] | None:
    """Cut both frames to where they overlap; displacements count from `offset` then."""
    lag = offset + frame1.corner - frame2.corner
    cut1, cut2 = [], []
    for n1, n2, step in zip(frame1.values.shape, frame2.values.shape, lag, strict=True):
        low, high = max(0, -step), min(n1, n2 - step)
        if high - low < min(least, n1):
            return None
        cut1.append(slice(low, high))
        cut2.append(slice(low + step, high + step))
    parts = []
    for frame, cut in ((frame1, tuple(cut1)), (frame2, tuple(cut2))):
        mask = None if frame.mask is None else frame.mask[cut]
        parts.append((frame.values[cut], None if mask is None or mask.all() else mask))
    (a, mask1), (b, mask2) = parts
    return a, b, mask1, mask2


@dataclass(frozen=True, slots=True, eq=False)
class _Moments:
    """What is left of channel 1, weighted by the slopes, at the displacements around zero."""

    slopes: list[AnyArray]
    a: AnyArray
    gain: float
    both: BoolArray | None
    spectrum2: AnyArray
    within2: AnyArray | None
    at_lags: list[FloatArray]
    reach: list[int]
    transform: Transform

    @classmethod
    def of(
        cls,
        a: AnyArray,
        b: AnyArray,
        mask1: BoolArray | None,
        mask2: BoolArray | None,
        workers: int | None,
    ) -> _Moments:
        both = _intersection(mask1, mask2)
        a, b = _standardised(a, both), _standardised(b, both)
        common = _smoothed(a + b, both)
        gain = _sum(common * a, both) / _sum(common * b, both)
        reach = [min(REACH, (n - 1) // 2) for n in a.shape]
        lags = Lags.around((0,) * a.ndim, tuple(reach))
        transform = Transform(lags, lags.padded(a.shape, a.shape), a.dtype, workers)
        spectrum2 = transform.forward(_only(b, mask2))
        within2 = None if mask2 is None else transform.forward(mask2.astype(a.dtype))
        slopes, at_lags = [], []
        for axis, n in enumerate(a.shape):
            slope = _apart(np.gradient(common, axis=axis), common, both) if n > 1 else 0 * common
            left = transform.back(transform.forward(slope, conj=True) * spectrum2) * -gain
            if within2 is None:
                left = left + box_sums(slope * a, boxes(a.shape, a.shape, lags))
            else:
                left = left + transform.back(transform.forward(slope * a, conj=True) * within2)
            slopes.append(slope)
            at_lags.append(left.astype(np.float64))
        return cls(slopes, a, gain, both, spectrum2, within2, at_lags, reach, transform)

    @property
    def free(self) -> list[int]:
        """The axes along which there is something to compare."""
        return [axis for axis, reach in enumerate(self.reach) if reach]

    def root(self) -> FloatArray | None:
        """Return the displacement at which nothing is left, None where there is none near."""
        place = np.zeros(self.a.ndim)
        for _ in range(_ROUNDS):
            left, jacobian = self._expansion(place)
            if not _definite(jacobian):
                return None
            step = -np.linalg.solve(jacobian, left)
            place[self.free] += np.clip(step, -0.5, 0.5)
            if np.abs(place).max() > max(self.reach) / 2:
                return None
            if np.abs(step).max() < _PRECISE:
                return place
        return None

    def _expansion(self, place: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return what is left, and its derivatives."""
        unit = np.eye(place.size, dtype=np.int64)
        readers = [derivatives(self.at_lags[axis], self.reach, place) for axis in self.free]
        left = np.array([read((0,) * place.size) for read in readers])
        rows = [[read(tuple(unit[axis].tolist())) for axis in self.free] for read in readers]
        return left, np.array(rows)

    def refined(self, start: AnyArray, place: FloatArray) -> Refined:
        """Return the displacement with its standard error and the correlation there."""
        _, jacobian = self._expansion(place)
        shape = self.a.shape
        b = self.transform.displaced(self.spectrum2, place.tolist(), shape)
        a = self.a
        if self.within2 is not None:
            a = a * self.transform.displaced(self.within2, place.tolist(), shape)
        parts = np.array([_blocks(self.slopes[axis] * (a - self.gain * b)) for axis in self.free])
        error = np.zeros(place.size)
        inverse = np.linalg.inv(jacobian)
        count = parts.shape[1]
        spread = np.cov(parts, ddof=1).reshape(len(self.free), -1) * count
        error[self.free] = np.sqrt(np.diag(inverse @ spread @ inverse.T))
        error[self.free] = np.hypot(error[self.free], _LEAST if count >= _FEWEST_BLOCKS else np.nan)
        return Refined(start + place, error, _correlation(self.a, b, self.both))


def _definite(jacobian: FloatArray) -> bool:
    """Whether what is left changes with the displacement as it does around a peak."""
    if not np.isfinite(jacobian).all():
        return False
    return bool((np.linalg.eigvalsh((jacobian + jacobian.T) / 2) < 0).all())


def _intersection(mask1: BoolArray | None, mask2: BoolArray | None) -> BoolArray | None:
    if mask1 is None or mask2 is None:
        return mask1 if mask2 is None else mask2
    return mask1 & mask2


def _only(values: AnyArray, mask: BoolArray | None) -> AnyArray:
    return values if mask is None else np.where(mask, values, values.dtype.type(0))


def _sum(values: AnyArray, mask: BoolArray | None) -> float:
    return float(np.sum(values, dtype=np.float64, where=np.True_ if mask is None else mask))


def _standardised(values: AnyArray, mask: BoolArray | None) -> AnyArray:
    """Return values of mean 0 and variance 1 inside the mask."""
    where = np.True_ if mask is None else mask
    out: AnyArray = values.astype(np.float32)
    if values.dtype.kind == "f":
        out[~np.isfinite(values)] = 0
    out -= np.mean(values, dtype=np.float64, where=where).astype(np.float32)
    spread = np.std(out, dtype=np.float64, where=where)
    return out / np.float32(spread or 1)


def _smoothed(values: AnyArray, mask: BoolArray | None) -> AnyArray:
    """Smooth inside the mask, with nothing from outside."""
    widths = [min(_SMOOTH, n / 8) for n in values.shape]
    if mask is None:
        return np.asarray(ndimage.gaussian_filter(values, widths, mode="nearest", truncate=3))
    total = ndimage.gaussian_filter(_only(values, mask), widths, mode="constant", truncate=3)
    weight = ndimage.gaussian_filter(mask.astype(np.float32), widths, mode="constant", truncate=3)
    return np.asarray(total / np.maximum(weight, np.float32(1e-3)))


def _apart(slope: AnyArray, common: AnyArray, mask: BoolArray | None) -> AnyArray:
    """Take out of a slope what an offset or a gain between the channels would add to the sum."""
    n = slope.size if mask is None else int(mask.sum())
    slope = slope - np.float32(_sum(slope, mask) / n)
    level = common - np.float32(_sum(common, mask) / n)
    gain = _sum(slope * level, mask) / (_sum(level * level, mask) or 1.0)
    return _only(slope - np.float32(gain) * level, mask)


def _blocks(values: AnyArray) -> FloatArray:
    """Return sums over blocks of the image."""
    for axis, n in enumerate(values.shape):
        count = max(1, min(_BLOCKS, n // _BLOCK))
        starts = np.arange(count) * n // count
        values = np.add.reduceat(values, starts, axis=axis, dtype=np.float64)
    return np.asarray(values.ravel(), np.float64)


def _correlation(a: AnyArray, b: AnyArray, mask: BoolArray | None) -> float:
    """Return Pearson's r inside the mask; NaN where a channel is constant."""
    a, b = (_standardised(values, mask) for values in (a, b))
    n = a.size if mask is None else int(mask.sum())
    squares = _sum(a * a, mask) * _sum(b * b, mask)
    return _sum(a * b, mask) / squares**0.5 if squares and n > 2 else np.nan
