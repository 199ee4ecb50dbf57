"""Shells, or Gaussians of distance, on a slow baseline and bleed-through, fitted to a profile."""

from __future__ import annotations

import math
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass

import numpy as np
from scipy import optimize

from covoxel.core.types import FloatArray
from covoxel.distance.models import Model
from covoxel.distance.whitening import Space

#: Spreads tried first, in the finest length of the model.
_SPREADS = (0.0, 0.7, 1.2, 2.0, 3.0, 4.5)
#: Penalty on bleed-through below 0, as a share of its own squares. A bound at 0 would make the mean
#: bleed-through positive where there is none, and bias the distance upwards; no bound at all would
#: allow a shell nearer than the truth beside negative bleed-through.
_SOFT, _FIRM = 0.03, 1e6
#: Share of the largest volume that counts as all of it.
AT_LIMIT = 0.999


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


@dataclass(frozen=True, slots=True, eq=False)
class Bleed:
    """Bleed-through of a channel, 0 or 1, which has the shape of its own correlogram.

    ``blocks``, (B, used), are the blocks' parts of that correlogram without noise at the
    displacements used; ``seen``, (k,), is their sum as coordinates.
    """

    channel: int
    blocks: FloatArray
    seen: FloatArray


class Fit:
    """Curves of a model, and perhaps bleed-through, on the baseline of a space.

    No curve has a volume below 0 or above `most`: a very large one on an opposite baseline would
    fit anything smooth. Bleed-through below 0 is penalised, not excluded.

    `model`: its table begins that of the space.
    `largest`: largest distance.
    `most`: largest volume.
    `nearest`: smallest distance that is tried first.

    Attributes
    ----------
    rivals : list of Fit
        The same fit of other models, which may be true as well.
    """

    def __init__(
        self,
        model: Model,
        space: Space,
        largest: float,
        most: float = math.inf,
        bleed: Bleed | None = None,
        nearest: float = 0.0,
    ) -> None:
        self.model, self.space, self.largest, self.most = model, space, largest, most
        self.bleed, self.stiff = bleed, _SOFT
        self.rivals: list[Fit] = []
        self._bled = np.zeros(len(space.table)) if bleed is None else bleed.seen
        self._bled_size = float(np.linalg.norm(self._bled)) or 1.0
        self._tried, self._tried_seen, self._tried_size = self._grid(nearest)
        self._tried_bled = self._tried_seen @ self._bled / self._bled_size

    def firm(self) -> Fit:
        """Return the same fit with bleed-through that is not below 0."""
        other = copy(self)
        other.stiff = _FIRM
        other.rivals = [rival.firm() for rival in self.rivals]
        return other

    def seen(self, distance: float, variance: float) -> FloatArray:
        """Return the coordinates of a curve of volume 1."""
        weights = self.model.weights(distance, variance)
        return np.asarray(self.space.table[:, : weights.size] @ weights)

    def _grid(self, nearest: float) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return the (distance, spread) pairs tried first, their unit coordinates and norms."""
        step = self.model.finest / 2
        distances = np.arange(nearest, self.largest + step / 2, step)
        spreads = self.model.finest * np.asarray(_SPREADS)
        least = 1.5 * self.model.finest
        pairs = np.array([(d, s) for s in spreads for d in distances if s < max(d, least)])
        seen = np.stack([self.seen(d, s * s) for d, s in pairs])
        size = np.linalg.norm(seen, axis=1)
        return pairs, np.asarray(seen / size[:, None]), size

    def _drops(self, reduced: FloatArray) -> FloatArray:
        """Return the drop in squared residuals by each curve tried, beside bleed-through ≥ 0."""
        along = reduced @ self._tried_seen.T
        bled = (reduced @ self._bled / self._bled_size)[..., None]
        shared = self._tried_bled
        unshared = 1 - np.square(shared)
        taken = np.where(bled > along * shared, (along - shared * bled) / unshared, along)
        taken = np.clip(taken, 0, self.most * self._tried_size)
        left = np.maximum(bled - taken * shared, 0)
        return np.asarray(
            taken * (2 * along - taken) + np.square(left) - np.square(np.maximum(bled, 0))
        )

    def statistic(self, reduced: FloatArray) -> FloatArray:
        """Return the largest drop in squared residuals that a curve brings to each profile.

        It is that of the best model, as the model was chosen.
        """
        theirs = [rival.statistic(reduced) for rival in self.rivals]
        return np.asarray(np.max([self._drops(reduced).max(axis=-1), *theirs], axis=0))

    def best(self, reduced: FloatArray, count: int = 1) -> list[Shell]:
        """Return the curves that fit best, the one of the largest volume first."""
        start: list[float] = []
        rest, columns = reduced, np.zeros((reduced.size, 0))
        for _ in range(count):
            distance, spread = self._tried[np.argmax(self._drops(rest))]
            start += [distance**2, max(spread, 0.3 * self.model.finest) ** 2]
            start = self._refined(reduced, start)
            columns = self._columns(start)
            rest = reduced - columns @ self._volumes(columns, reduced)[: len(columns.T)]
        volumes = self._volumes(columns, reduced)
        found = [
            Shell(float(p) ** 0.5, float(q), float(v))
            for p, q, v in zip(start[::2], start[1::2], volumes[:count], strict=True)
        ]
        return sorted(found, key=lambda shell: -shell.volume)

    def _volumes(self, columns: FloatArray, reduced: FloatArray) -> FloatArray:
        """Return the volume of each curve, and the amount of bleed-through."""
        count = columns.shape[1]
        if count == 1:
            volume, bled = self._amounts(columns[:, 0], reduced)
            return np.array([volume, bled])
        if self.bleed is not None:
            columns = np.column_stack([columns, self._bled])
        high = np.append(np.full(count, self.most), np.full(columns.shape[1] - count, np.inf))
        found = optimize.lsq_linear(columns, reduced, (0, high)).x
        return np.append(found, 0.0)[: count + 1]

    def _amounts(self, seen: FloatArray, reduced: FloatArray) -> tuple[float, float]:
        """Return the volume of one curve, and the amount of bleed-through."""
        own, along, shared = (float(seen @ each) for each in (seen, reduced, self._bled))
        bled, volume, amount = float(self._bled @ reduced), 0.0, 0.0
        for stiff in (0.0, self.stiff):
            size = (1 + stiff) * self._bled_size**2
            volume = (along * size - shared * bled) / (own * size - shared**2)
            volume = min(max(volume, 0.0), self.most)
            amount = (bled - volume * shared) / size
            if amount >= 0:
                break
        return volume, amount

    def bleeding(self, reduced: FloatArray, shells: Sequence[Shell]) -> float:
        """Return the bleed-through beside fitted curves, in units of the channel's correlogram."""
        parts = [s.volume * self.seen(s.distance, s.variance) for s in shells]
        rest = reduced - np.asarray(sum(parts)) if parts else reduced
        amount = float(self._bled @ rest) / self._bled_size**2
        return amount if amount > 0 else amount / (1 + self.stiff)

    def _columns(self, squares: Sequence[float]) -> FloatArray:
        pairs = zip(squares[::2], squares[1::2], strict=True)
        return np.stack([self.seen(p**0.5, q) for p, q in pairs], axis=1)

    def _refined(self, reduced: FloatArray, start: list[float]) -> list[float]:
        """Minimise from a start in squared distances and variances, in which a shell is smooth.

        The parameters are squared distances, and variances above the least at that distance.
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
            *volumes, bled = self._volumes(columns, reduced)
            rest = reduced - columns @ volumes - bled * self._bled
            return np.append(rest, self._penalty(bled))

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
        return np.asarray(sum(parts)) if parts else np.zeros(self.space.root.size)

    def bled(self, amount: float) -> FloatArray:
        """Return the bleed-through at the displacements used."""
        if self.bleed is None:
            return np.zeros(self.space.root.size)
        return np.asarray(amount * self.bleed.blocks.sum(axis=0))

    def misfit(self, reduced: FloatArray, distance: float, variance: float) -> float:
        """Return the squared residuals that a curve leaves."""
        seen = self.seen(distance, variance)
        volume, bled = self._amounts(seen, reduced)
        rest = reduced - volume * seen - bled * self._bled
        return float(np.sum(np.square(rest))) + self._penalty(bled) ** 2

    def _penalty(self, bled: float) -> float:
        """Return the residual that bleed-through below 0 adds."""
        return math.sqrt(self.stiff) * self._bled_size * min(bled, 0.0)
