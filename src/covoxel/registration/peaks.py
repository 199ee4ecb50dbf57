"""Peaks of a correlation: their probability by chance, and ridges along which none is unique."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy import ndimage

from covoxel.core.types import AnyArray, BoolArray, FloatArray, IntArray
from covoxel.registration.surface import Surface

#: Entries on either side that a maximum is the highest of.
_BETWEEN = 3
#: Fewest far maxima that the height of chance peaks is estimated from, and the level of the test.
FEWEST, LEVEL = 30, 0.03
_HEAVIEST = -0.3
#: Distance of a far maximum from the peak, in widths of the peak's own hill, and pixels.
_FAR, _LEAST = 2.0, 3
#: Standard errors within which another peak is as high, and the largest one, as a share of z.
_EQUAL, _LOOSEST = 3.0, 0.1
#: Correlation, and standard errors of its z, from which a peak beside equal ones is no chance.
_HIGH, _CERTAIN = 0.5, 8.0
#: Share of the equal peaks of a lattice that have others opposite of them, those at the edge aside.
_ON_BOTH_SIDES = 2 / 3
#: Along a ridge the gradients have at most this share of the energy that they have across, …
_FLAT = 0.1
#: … and the correlation stays above this share of its height to the edge of the known part.
_STAYS = 0.85
#: Pixels on either side in which a ridge that is not quite straight is searched, and its shortest
#: length.
_BESIDE, _SHORTEST = 2, 4
#: Largest distance from the line across a ridge, in steps of the surface.
_NEAR = 0.75


@dataclass(frozen=True, eq=False)
class Peaks:
    """A surface, its local maxima, and the hill around its candidate."""

    surface: Surface
    #: Where the candidate may lie.
    searched: BoolArray
    #: Where a correlation is defined at enough overlap.
    known: BoolArray
    #: Entry of the candidate.
    top: tuple[int, ...]
    base: float
    #: Entries around it that are above half of its height.
    hill: BoolArray

    @classmethod
    def of(
        cls,
        surface: Surface,
        searched: BoolArray,
        min_overlap: float,
        among: BoolArray | None = None,
    ) -> Peaks | None:
        """Return the peak with the best evidence, `among` entries; None without any."""
        allowed = searched if among is None else searched & among
        if not allowed.any():
            return None
        evidence = np.where(allowed, surface.evidence, -np.inf)
        top = np.unravel_index(np.argmax(evidence), evidence.shape)
        return cls.at(surface, searched, min_overlap, tuple(int(i) for i in top))

    @classmethod
    def at(
        cls, surface: Surface, searched: BoolArray, min_overlap: float, top: tuple[int, ...]
    ) -> Peaks:
        """Return the peak at an entry."""
        known = surface.searched(None, min_overlap)
        base = float(np.median(surface.r[known])) if known.any() else 0.0
        high = known & (surface.r > (surface.r[top] + base) / 2)
        return cls(surface, searched, known, top, base, _hill(high, top))

    @property
    def height(self) -> float:
        """Correlation of the candidate."""
        return float(self.surface.r[self.top])

    @property
    def offset(self) -> tuple[int, ...]:
        """Displacement of the candidate, in pixels."""
        return self.surface.offset(self.top)

    @property
    def evidence(self) -> float:
        """See `Surface.evidence`."""
        return float(self.surface.evidence[self.top])

    @cached_property
    def second(self) -> float:
        """Correlation of the highest other peak; NaN without one."""
        others = self.others
        return float(self.surface.r[others].max()) if others.any() else math.nan

    @cached_property
    def equals(self) -> IntArray:
        """The entries of other peaks that are as high within their noise, (N, axes)."""
        places, surface = np.argwhere(self.others), self.surface
        entries = tuple(places.T)
        equal = self.as_high(surface.z[entries], surface.share[entries])
        return np.asarray(places[equal])

    def rivals(self) -> list[tuple[int, ...]]:
        """Return the displacements of other peaks that are as high within their noise."""
        return [self.surface.offset(entry) for entry in self.equals]

    def as_high(self, z: AnyArray | float, share: AnyArray | float) -> BoolArray:
        """Return whether peaks of these z and shares of overlap are as high within their noise."""
        within = np.minimum(self._spread / np.sqrt(share), _LOOSEST * abs(self._z))
        return np.asarray(z >= self._z - _EQUAL * within, np.bool_)

    def repeats(self) -> bool:
        """Whether the peaks that are as high lie on both sides of this one alike, as in a lattice.

        Few bright spots make equal peaks too, which lie anywhere.
        """
        opposite = 2 * np.array(self.top) - self.equals
        inside = ((opposite >= 0) & (opposite < self.known.shape)).all(axis=1)
        entries = tuple(opposite[inside].T)
        z = ndimage.maximum_filter(np.where(self.known, self.surface.z, -np.inf), size=3)[entries]
        seen = np.isfinite(z)
        equal = self.as_high(z[seen], self.surface.share[entries][seen])
        return bool(equal.size and equal.mean() > _ON_BOTH_SIDES)

    def nearest(self, among: BoolArray | None = None) -> Peaks:
        """Return the peak nearest to 0 of those that are as high, `among` entries."""
        entries = [tuple(one) for one in self.equals.tolist()]
        nearer = [one for one in entries if among is None or among[one]]
        tops = [self.top, *nearer]
        best = min(tops, key=lambda top: math.hypot(*self.surface.offset(top)))
        return self if best == self.top else self._at(best)

    @property
    def entry(self) -> tuple[float, float]:
        """Fisher's z of the candidate, and its share of overlap."""
        return self._z, float(self.surface.share[self.top])

    @property
    def clear(self) -> bool:
        """Whether the correlation is high, by itself and next to its noise."""
        return self.height > _HIGH and self._z > _CERTAIN * self._spread

    @property
    def _z(self) -> float:
        return float(self.surface.z[self.top])

    @property
    def _spread(self) -> float:
        """Standard error of z at full overlap, by the number of grains as wide as the hill."""
        grain = max(1.0, (1.5 * self.width) ** self.hill.ndim)
        return math.sqrt(grain / self.surface.pixels)

    def _at(self, top: tuple[int, ...]) -> Peaks:
        """Return another peak of the same search."""
        high = self.known & (self.surface.r > (self.surface.r[top] + self.base) / 2)
        return replace(self, top=top, hill=_hill(high, top))

    def best(self, count: int, nearly: float, among: BoolArray) -> IntArray:
        """Return the entries, `among` some, of peaks nearly as good as the candidate."""
        evidence = np.where(self.searched & among, self.surface.evidence, -np.inf)
        tops = evidence == ndimage.maximum_filter(evidence, size=3)
        tops &= evidence >= nearly * evidence[self.top]
        places = np.argwhere(tops)
        order = np.argsort(-evidence[tuple(places.T)], kind="stable")
        return np.asarray(places[order][:count])

    def elsewhere(self) -> Peaks | None:
        """Return a better peak outside the search, if there is one."""
        beyond = np.isfinite(self.surface.r) & ~self.searched & (self.surface.r > self.height)
        other = Peaks.of(self.surface, beyond, 0) if beyond.any() else None
        if other is None or other.evidence <= self.evidence or not other.chance() < LEVEL:
            return None
        return other

    @cached_property
    def others(self) -> BoolArray:
        """Return the local maxima that are no part of the hill, nor at the edge of the search."""
        r = np.where(self.searched, self.surface.r, -np.inf)
        tops = (r == ndimage.maximum_filter(r, size=3)) & self.searched & ~self.hill
        edge = ndimage.minimum_filter(
            np.pad(self.searched, [(int(n > 2), int(n > 2)) for n in r.shape]),
            size=[3 if n > 2 else 1 for n in r.shape],
            mode="nearest",
        )
        inner = tuple(slice(1, -1) if n > 2 else slice(None) for n in r.shape)
        return np.asarray(tops & edge[inner], np.bool_)

    @cached_property
    def width(self) -> float:
        """Return half of the width of the hill where it is narrowest, in entries."""
        places = np.argwhere(self.hill)[:, np.array(self.hill.shape) > 1]
        if len(places) < 2:
            return 0.0
        spread = np.atleast_2d(np.cov(places.T, bias=True))
        return 2 * math.sqrt(max(0.0, float(np.linalg.eigvalsh(spread)[0])))

    def around(self) -> BoolArray:
        """Return the hill and its surroundings, which belong to the same peak."""
        reach = max(_LEAST, math.ceil(_FAR * self.width))
        return np.asarray(ndimage.maximum_filter(self.hill, size=2 * reach + 1))

    def chance(self) -> float:
        """Return the probability of so high a peak by chance; NaN with too few far maxima.

        The highest of all maxima searched counts (Šidák).
        """
        heights = np.where(self.known, self.surface.evidence, -np.inf)
        tops = (heights == ndimage.maximum_filter(heights, size=2 * _BETWEEN + 1)) & self.known
        far = tops & ~self.around()
        if far.sum() < FEWEST:
            return math.nan
        return _exceeded(heights[far], heights[self.top], 1 + int((tops & self.searched).sum()))


def _hill(high: BoolArray, top: tuple[int, ...]) -> BoolArray:
    """Return the entries that are connected with one of them."""
    hills, _ = ndimage.label(high)
    hill = hills == hills[top] if hills[top] else np.zeros_like(high)
    hill[top] = True
    return np.asarray(hill, np.bool_)


def _exceeded(far: FloatArray, height: float, searched: int) -> float:
    """Return the probability that the highest of `searched` maxima like `far` exceeds a height.

    A generalised extreme value distribution by L-moments (Hosking et al. 1985,
    doi:10.1080/00401706.1985.10488049), with a tail that is at least as heavy as Gumbel's: few
    bright spots make one.
    """
    ordered, n = np.sort(far), far.size
    rank = np.arange(n)
    mean = float(ordered.mean())
    first = float(np.mean(ordered * rank / (n - 1)))
    second = float(np.mean(ordered * rank * (rank - 1) / ((n - 1) * (n - 2))))
    spread = max(2 * first - mean, 1e-9)
    skew = (6 * second - 6 * first + mean) / spread
    c = 2 / (3 + skew) - math.log(2) / math.log(3)
    shape = max(_HEAVIEST, min(0.0, 7.8590 * c + 2.9554 * c * c))
    if abs(shape) < 1e-6:
        scale = spread / math.log(2)
        reduced = (height - mean) / scale + np.euler_gamma
    else:
        gamma = math.gamma(1 + shape)
        scale = spread * shape / (gamma * (1 - 2**-shape))
        middle = mean - scale * (1 - gamma) / shape
        reduced = -math.log(max(1e-12, 1 - shape * (height - middle) / scale)) / shape
    one = -math.expm1(-math.exp(-reduced))
    return -math.expm1(max(1, searched) * math.log1p(-min(one, 1 - 1e-12)))


def reaches_edge(peaks: Peaks) -> bool:
    """Return whether the hill goes on to where no correlation is known."""
    padding = [(int(n > 1), int(n > 1)) for n in peaks.hill.shape]
    unknown = np.pad(~peaks.known, padding, constant_values=True)
    size = [3 if n > 1 else 1 for n in peaks.hill.shape]
    beside = ndimage.maximum_filter(unknown, size)
    inner = tuple(slice(a, -a or None) for a, _ in padding)
    return bool((beside[inner] & peaks.hill).any())


def ridges(peaks: Peaks, tensor: FloatArray) -> FloatArray:
    """Return unit vectors of undetermined directions, (k, D).

    `tensor`: mean products of the gradients of both channels at the peak, (D, D).
    """
    energy, directions = np.linalg.eigh(tensor)
    flat = directions.T[energy < _FLAT * energy[-1]]
    used = np.array(peaks.surface.r.shape) > 1
    flat = flat[np.abs(flat) @ used > 0.5]
    kept = [u for u in flat if _stays(peaks, u)]
    return np.array(kept).reshape(-1, tensor.shape[0])


def _stays(peaks: Peaks, direction: FloatArray) -> bool:
    """Whether the correlation stays high both ways along a direction, to the edge."""
    surface = peaks.surface
    level = peaks.base + _STAYS * (peaks.height - peaks.base)
    size = [2 * _BESIDE + 1 if n > 2 * _BESIDE else 1 for n in surface.r.shape]
    high = ndimage.maximum_filter(np.where(peaks.known, surface.r, -np.inf), size) >= level
    unit = direction / surface.step
    steps = np.arange(1, int(np.linalg.norm(surface.r.shape) / np.abs(unit).max()))
    for sign in (1, -1):
        places = np.rint(np.array(peaks.top) + sign * steps[:, None] * unit).astype(np.int64)
        there = ((places >= 0) & (places < surface.r.shape)).all(axis=1)
        entries = tuple(places[there].T)
        on = peaks.known[entries]
        end = int(np.argmin(on)) if not on.all() else on.size
        if end < _SHORTEST or not high[entries][:end].all():
            return False
    return True


def across(surface: Surface, directions: FloatArray) -> BoolArray:
    """Return the displacements that do not go along any of the directions."""
    out = np.ones(surface.r.shape, np.bool_)
    for direction in directions:
        near = _NEAR * float(np.abs(direction) @ surface.step)
        out &= np.abs(surface.projected(direction)) <= near
    return out
