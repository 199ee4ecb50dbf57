"""The displacement of whole pixels at which two frames correlate best, and whether it is one."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from covoxel.core.types import AnyArray, FloatArray, IntArray
from covoxel.correlation.blocks import SidePair, around, within
from covoxel.correlation.frames import Frame, side_pair
from covoxel.correlation.overlaps import Lags, MaskedBatch
from covoxel.image.channel import BLOCK_VOXELS, Slices, block_slices
from covoxel.registration.overlapping import CUT, agreement, gradient_tensor, only, smoothed
from covoxel.registration.peaks import LEVEL, Peaks, across, reaches_edge, ridges
from covoxel.registration.surface import Surface

#: Smallest overlap of a displacement, as a share of the largest.
MIN_OVERLAP = 0.3
#: Images up to this size along an axis are searched at every displacement.
_COARSE = 192
#: Pixels beyond the bound of the search in which the height of chance peaks is measured, in the
#: planes of images of 1, 2 or 3 axes.
_MARGIN = (64, 64, 24)
#: Smallest overlap along an axis, as a share of the smaller image.
_LOWEST = 0.05
#: Coarse peaks that are compared at full resolution, and their evidence relative to the highest.
_CANDIDATES, _NEARLY = 3, 0.85
#: Agreement between blocks, mean over standard error, that is more than chance.
_AGREED, _AGREED_ELSEWHERE = 8.0, 5.0
#: Below this ratio to the second peak, another displacement fits nearly as well.
_CLEAR = 1.1
#: Structure finer than so many pixels or half of the peak counts as fine; largest distance from
#: the peak at which it must agree, in pixels.
_FINEST, _AT = 2.0, 2


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """Bound of the displacement (None: none), threads, and the smallest share of overlap."""

    reach: tuple[int, ...] | None = None
    workers: int | None = None
    min_overlap: float = MIN_OVERLAP


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A peak outside the search, its share of overlap, and whether that would be enough."""

    offset: tuple[int, ...]
    height: float
    share: float
    enough: bool


@dataclass(frozen=True, slots=True, eq=False)
class BestDisplacement:
    """The best displacement.

    ``offset`` is the position of image 2 relative to image 1 in pixels; ``height`` its correlation;
    ``second`` that of the highest other peak, NaN without one; ``undetermined`` unit vectors,
    (k, D), along which any displacement fits as well; ``rival`` another displacement with as high a
    peak; ``elsewhere`` a better one outside the search.
    """

    offset: tuple[int, ...]
    height: float
    second: float
    at_border: bool
    registrable: bool | None = None
    undetermined: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))
    rival: tuple[int, ...] | None = None
    elsewhere: Elsewhere | None = None

    @property
    def ratio(self) -> float:
        """Height over that of the second peak; NaN without one."""
        return self.height / self.second if self.second > 0 else math.nan

    @property
    def ambiguous(self) -> bool:
        """Whether another displacement fits nearly as well."""
        return self.rival is not None or self.ratio < _CLEAR

    def swapped(self) -> BestDisplacement:
        """Return the displacement of image 1 relative to image 2."""
        rival = None if self.rival is None else _opposite(self.rival)
        other = self.elsewhere
        if other is not None:
            other = replace(other, offset=_opposite(other.offset))
        return replace(self, offset=_opposite(self.offset), rival=rival, elsewhere=other)


def _opposite(offset: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(-step for step in offset)


def search(frame1: Frame, frame2: Frame, options: SearchOptions) -> BestDisplacement | None:
    """Return the displacement with the highest correlation, None where none is defined.

    With a bound every displacement within it is compared, and some beyond it to measure the height
    of chance peaks. Without one, large images are binned first, and the best coarse displacements
    are compared at full resolution.
    """
    pair = side_pair(frame1, frame2, np.dtype(np.float32))
    corner = np.subtract(frame1.corner, frame2.corner)
    return _Search((frame1, frame2), pair, corner, options).found()


@dataclass(frozen=True, slots=True, eq=False)
class _Search:
    frames: tuple[Frame, Frame]
    pair: SidePair
    corner: IntArray
    options: SearchOptions

    def found(self) -> BestDisplacement | None:
        """Return the displacement with its verdict."""
        bins = bins_for(np.maximum(self.pair.shape1, self.pair.shape2))
        whole = self.options.reach is None and max(bins) > 1
        surface = (
            self._everywhere(bins)
            if self.options.reach is None
            else self._about(self.options.reach)
        )
        peaks = self._peaks(surface)
        if peaks is None:
            return None
        undetermined = self._undetermined(peaks)
        if len(undetermined):
            peaks = self._peaks(surface, undetermined) or peaks
        peaks = peaks.nearest(across(surface, undetermined))
        probability = peaks.chance()
        if math.isnan(probability) and self.options.reach is not None:
            probability = self._coarse_chance(bins, peaks)
        near = self._in_full(peaks, undetermined, probability) if whole else peaks
        if near is None:
            return None
        offset = near.offset
        if math.isnan(probability):
            probability = self._fine_chance(offset, peaks.width * max(surface.step))
        equal = peaks if whole and not near.rivals() else near
        rivals = equal.rivals()
        second = near.second if not whole else peaks.second * near.height / peaks.height
        return BestDisplacement(
            offset,
            near.height,
            second,
            self._at_border(offset),
            self._verdict(probability, offset, periodic=near.clear and equal.repeats()),
            undetermined,
            min(rivals, key=lambda one: math.hypot(*one), default=None),
            self._elsewhere(peaks),
        )

    def _about(self, reach: tuple[int, ...]) -> Surface:
        """Return the correlation at displacements within the bound, and beyond it in the planes."""
        ndim = len(reach)
        margin = np.where(np.arange(ndim) >= ndim - 2, _MARGIN[ndim - 1], 0)
        center, most = self.corner, np.add(reach, margin)
        first, last = self._ends(self.pair)
        high = np.maximum(np.minimum(last, center + most), first)
        low = np.minimum(np.maximum(first, center - most), high)
        return self._surface(self.pair, low, high, (1,) * ndim)

    def _everywhere(self, bins: tuple[int, ...]) -> Surface:
        """Return the correlation of binned images at all displacements with some overlap."""
        coarse = SidePair.of(*(binned(frame, bins) for frame in self.frames))
        return self._surface(coarse, *self._ends(coarse), bins)

    def _ends(self, pair: SidePair) -> tuple[IntArray, IntArray]:
        """Return the first and last displacements with a sufficient overlap of the boxes."""
        least = _LOWEST if len(pair.shape1) < 3 else self.options.min_overlap
        pairs = np.array([pair.shape1, pair.shape2])
        shared = np.maximum(1, np.floor(least * pairs.min(axis=0))).astype(np.int64)
        return shared - pairs[0], pairs[1] - shared

    def _surface(
        self,
        pair: SidePair,
        low: IntArray,
        high: IntArray,
        step: tuple[int, ...],
        most: int | None = None,
    ) -> Surface:
        lags = Lags(tuple(low.tolist()), tuple(high.tolist()))
        workers = self.options.workers
        return Surface.of(pair, lags, corner=self.corner, step=step, workers=workers, most=most)

    def _peaks(self, surface: Surface, undetermined: FloatArray | None = None) -> Peaks | None:
        """Return the best peak, without a component along undetermined directions."""
        searched = surface.searched(self.options.reach, self.options.min_overlap)
        among = None if undetermined is None else across(surface, undetermined)
        return Peaks.of(surface, searched, self.options.min_overlap, among)

    def _undetermined(self, peaks: Peaks) -> FloatArray:
        """Return the directions along which the peak is a ridge."""
        none = np.zeros((0, len(peaks.top)))
        if not reaches_edge(peaks):
            return none
        tensor = gradient_tensor(*self.frames, peaks.offset)
        return none if tensor is None else ridges(peaks, tensor)

    def _in_full(self, peaks: Peaks, undetermined: FloatArray, probability: float) -> Peaks | None:
        """Return the best of the coarse peaks at full resolution; of poor ones, near 0 too."""
        best = peaks.best(_CANDIDATES, _NEARLY, across(peaks.surface, undetermined))
        centers = [peaks.offset, *(peaks.surface.offset(entry) for entry in best)]
        if not probability < LEVEL or peaks.rivals():
            centers.append((0,) * len(peaks.top))
        most = peaks.surface.pixels * math.prod(peaks.surface.step)
        found = []
        for center in dict.fromkeys(centers):
            middle, reach = np.add(center, self.corner), 2 * np.array(peaks.surface.step)
            step = (1,) * len(center)
            near = self._surface(self.pair, middle - reach, middle + reach, step, most)
            one = self._peaks(near, undetermined)
            if one is not None:
                found.append(one)
        if not found:
            return None
        top = max(found, key=lambda one: one.evidence)
        equal = [one for one in found if top.as_high(*one.entry)]
        return min(equal, key=lambda one: math.hypot(*one.offset))

    def _coarse_chance(self, bins: tuple[int, ...], peaks: Peaks) -> float:
        """Return the probability of the peak by chance, where structure is as coarse as bins."""
        surface = self._everywhere(bins)
        around = surface.near(peaks.offset, bins)
        place = Peaks.of(surface, around & surface.searched(None, self.options.min_overlap), 0)
        if place is None:
            return math.nan
        searched = surface.searched(self.options.reach, self.options.min_overlap)
        return Peaks.at(surface, searched, self.options.min_overlap, place.top).chance()

    def _fine_chance(self, offset: tuple[int, ...], width: float) -> float:
        """Return the probability that structure finer than the peak agrees there by chance.

        NaN unless it is small: that only coarse structure agrees is no evidence of chance.
        """
        detail = detail_pair(*self.frames, self.pair, max(_FINEST, width / 2))
        center, most = np.add(offset, self.corner), _MARGIN[len(offset) - 1]
        first, last = self._ends(detail)
        low, high = np.maximum(first, center - most), np.minimum(last, center + most)
        surface = self._surface(detail, np.minimum(low, high), high, (1,) * len(offset))
        near = surface.near(offset, (_AT,) * len(offset))
        peaks = Peaks.of(
            surface,
            surface.searched(None, self.options.min_overlap) & near,
            self.options.min_overlap,
        )
        probability = math.nan if peaks is None else peaks.chance()
        return probability if probability < LEVEL else math.nan

    def _verdict(
        self, probability: float, offset: tuple[int, ...], *, periodic: bool
    ) -> bool | None:
        """Return whether the peak is more than chance; None where that is unknown.

        `periodic` if it is one of several that are too high for chance: these make no null.
        """
        if probability < LEVEL or periodic or agreement(*self.frames, offset) > _AGREED:
            return True
        return None if math.isnan(probability) else False

    def _elsewhere(self, peaks: Peaks) -> Elsewhere | None:
        """Return a better peak outside the search, where the image agrees on it."""
        other = peaks.elsewhere()
        if other is None or agreement(*self.frames, other.offset) < _AGREED_ELSEWHERE:
            return None
        share = float(peaks.surface.share[other.top])
        return Elsewhere(other.offset, other.height, share, share >= self.options.min_overlap)

    def _at_border(self, offset: tuple[int, ...]) -> bool:
        shape = zip(self.pair.shape1, self.pair.shape2, strict=True)
        return self.options.reach is not None and any(
            max(pair) > 1 and 0 < most == abs(step)
            for pair, most, step in zip(shape, self.options.reach, offset, strict=True)
        )


def bins_for(sizes: Iterable[int]) -> tuple[int, ...]:
    """Return the pixels of a bin along each axis at which large images are searched first."""
    return tuple(2 ** max(0, math.ceil(math.log2(n / _COARSE))) for n in sizes)


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
