"""Shells, or Gaussians of distance, on a slow baseline, fitted to a profile."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy import optimize

from covoxel._types import BoolArray, FloatArray
from covoxel.displacement.association.profile import Rings

#: Spreads tried first, in the finest length of the model.
_SPREADS = (0.0, 0.7, 1.2, 2.0, 3.0, 4.5)
#: Share of the largest singular value below which a direction of the profile is noise.
_RANK = 1e-7
#: Degree in distance of the slow background that channels may share. A line would do for the
#: footprint of cells; smooth haze of the size of the range is bent.
_DEGREE = 3


class Model(Protocol):
    """A family of curves with a distance and its variance, as weights of the rows of a table.

    Curves are told apart down to a length of about `finest`.
    """

    table: FloatArray
    finest: float

    def least(self, distance: float) -> float:
        """Return the least variance."""

    def weights(self, distance: float, variance: float) -> FloatArray:
        """Return the weight of each row in a curve."""

    def exact(self, distance: float, variance: float) -> FloatArray:
        """Return a curve of volume 1 without the table."""


@dataclass(frozen=True, slots=True)
class Shell:
    """A fitted curve: its distance and variance, and its volume in units of the model's."""

    distance: float
    variance: float
    volume: float

    @property
    def spread(self) -> float:
        """Standard deviation; 0 where the variance is negative."""
        return math.sqrt(max(self.variance, 0.0))


class Fit:
    """Curves of a model on a slow baseline, at the displacements of `rings` that are `used`.

    A profile enters through its few coordinates in the space of all curves with the baseline
    taken out, so that many profiles are fitted as fast as one. No curve has a volume below 0 or
    above `most`: a vast one and a baseline that takes it back would fit anything smooth.
    """

    def __init__(
        self,
        model: Model,
        rings: Rings,
        used: BoolArray,
        weight: FloatArray,
        largest: float,
        most: float = math.inf,
    ) -> None:
        self.model, self.used, self.largest, self.most = model, used, largest, most
        self.root = np.sqrt(weight[used])
        length = rings.length[used]
        heights = [] if rings.axial is None else [rings.axial[used]]
        self._base = np.column_stack([length[:, None] ** np.arange(_DEGREE + 1), *heights])
        outer, _ = np.linalg.qr(self.root[:, None] * self._base)
        table = (self.root * model.table).T
        table -= outer @ (outer.T @ table)
        left, scale, right = np.linalg.svd(table, full_matrices=False)
        kept = scale > _RANK * scale[0]
        self._onto = left[:, kept].T * self.root
        self._table = scale[kept, None] * right[kept]
        self._tried, self._tried_seen, self._tried_size = self._grid()

    def reduced(self, profiles: FloatArray) -> FloatArray:
        """Return the coordinates, (…, k), of profiles, (…, G)."""
        return np.asarray(profiles[..., self.used] @ self._onto.T)

    def spread_out(self, values: FloatArray) -> FloatArray:
        """Return values at the displacements used as a profile of all, 0 elsewhere."""
        out = np.zeros((*values.shape[:-1], self.used.size))
        out[..., self.used] = values
        return out

    def seen(self, distance: float, variance: float) -> FloatArray:
        """Return the coordinates of a curve of volume 1."""
        return np.asarray(self._table @ self.model.weights(distance, variance))

    def _grid(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return the (distance, spread) pairs tried first, their directions and their sizes."""
        step = self.model.finest / 2
        distances = np.arange(0, self.largest + step / 2, step)
        spreads = self.model.finest * np.asarray(_SPREADS)
        least = 1.5 * self.model.finest
        pairs = np.array([(d, s) for s in spreads for d in distances if s < max(d, least)])
        seen = np.stack([self.seen(d, s * s) for d, s in pairs])
        size = np.linalg.norm(seen, axis=1)
        return pairs, np.asarray(seen / size[:, None]), size

    def _drops(self, reduced: FloatArray) -> FloatArray:
        """Return the drop in squared residuals that each curve tried brings."""
        along = reduced @ self._tried_seen.T
        taken = np.clip(along, 0, self.most * self._tried_size)
        return np.asarray(taken * (2 * along - taken))

    def statistic(self, reduced: FloatArray) -> FloatArray:
        """Return the largest drop in squared residuals that a curve brings to each profile."""
        return np.asarray(self._drops(reduced).max(axis=-1))

    def best(self, reduced: FloatArray, count: int = 1) -> list[Shell]:
        """Return the curves that fit best, the one of the largest volume first."""
        start: list[float] = []
        rest, columns = reduced, np.zeros((reduced.size, 0))
        for _ in range(count):
            distance, spread = self._tried[np.argmax(self._drops(rest))]
            start += [distance**2, max(spread, 0.3 * self.model.finest) ** 2]
            start = self._refined(reduced, start)
            columns = self._columns(start)
            rest = reduced - columns @ self._volumes(columns, reduced)
        volumes = self._volumes(columns, reduced)
        found = [
            Shell(float(p) ** 0.5, float(q), float(v))
            for p, q, v in zip(start[::2], start[1::2], volumes, strict=True)
        ]
        return sorted(found, key=lambda shell: -shell.volume)

    def _volumes(self, columns: FloatArray, reduced: FloatArray) -> FloatArray:
        return np.asarray(optimize.lsq_linear(columns, reduced, (0, self.most)).x)

    def _columns(self, squares: Sequence[float]) -> FloatArray:
        pairs = zip(squares[::2], squares[1::2], strict=True)
        return np.stack([self.seen(p**0.5, q) for p, q in pairs], axis=1)

    def _refined(self, reduced: FloatArray, start: list[float]) -> list[float]:
        """Climb down from a start in squared distances and variances, in which a shell is smooth.

        The steps are in squared distances, and in variances above the least at that distance.
        """
        unit = self.model.finest**2
        limit = self.largest**2 / unit

        def least(squares: FloatArray) -> list[float]:
            return [self.model.least(square**0.5) for square in squares[::2]]

        def squares(steps: FloatArray) -> FloatArray:
            out = steps * unit
            out[1::2] += least(out)
            return out

        def misfit(steps: FloatArray) -> FloatArray:
            columns = self._columns(squares(steps).tolist())
            return np.asarray(reduced - columns @ self._volumes(columns, reduced))

        first = np.asarray(start)
        first[1::2] -= least(first)
        high = np.tile([limit, limit / 4], len(start) // 2)
        found = optimize.least_squares(
            misfit,
            np.clip(first / unit, 1e-6, high * 0.999),
            bounds=(0, high),
            x_scale=np.maximum(first / unit, 1.0),
        )
        return list(squares(found.x))

    def curve(self, shells: Sequence[Shell]) -> FloatArray:
        """Return the sum of curves, without a baseline, at the displacements used."""
        parts = [s.volume * self.model.exact(s.distance, s.variance) for s in shells]
        return np.asarray(sum(parts))

    def baseline(self, values: FloatArray) -> FloatArray:
        """Return the baseline that fits values at the displacements used."""
        weighted = self.root[:, None] * self._base
        return np.asarray(self._base @ np.linalg.lstsq(weighted, self.root * values)[0])

    def misfit(self, reduced: FloatArray, distance: float, variance: float) -> float:
        """Return the squared residuals that a curve leaves."""
        seen = self.seen(distance, variance)
        volume = min(max(float(seen @ reduced / (seen @ seen)), 0.0), self.most)
        return float(np.sum(np.square(reduced - volume * seen)))
