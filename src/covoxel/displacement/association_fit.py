"""Shells on a linear baseline, fitted to a profile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import optimize

from covoxel._types import BoolArray, FloatArray
from covoxel.displacement.profile import Rings
from covoxel.displacement.shell import Shells, spread_shell

#: Spreads tried first, in standard deviations of the PSF.
_SPREADS = (0.0, 0.7, 1.2, 2.0, 3.0)
#: Share of the largest singular value below which a direction of the profile is noise.
_RANK = 1e-7


@dataclass(frozen=True, slots=True)
class Shell:
    """A fitted shell: its distance and spread, and the integral over all displacements."""

    distance: float
    spread: float
    volume: float


class ShellFit:
    """Shells of any distance and spread, seen at the displacements of `rings` that are `used`.

    The profile enters through `reduced`, its few coordinates in the space of all shells with the
    baseline taken out, so that many profiles are fitted as fast as one.
    """

    def __init__(
        self,
        rings: Rings,
        used: BoolArray,
        weight: FloatArray,
        sigma: tuple[float, ...],
        largest: float,
    ) -> None:
        self.used, self.sigma, self.largest = used, sigma, largest
        self.root = np.sqrt(weight[used])
        self.in_plane = rings.in_plane[used]
        self.axial = None if rings.axial is None else rings.axial[used]
        self._shells = Shells(self.in_plane, self.axial, sigma, largest + 4 * max(sigma))
        length = rings.length[used]
        heights = [] if self.axial is None else [self.axial]
        self._base = np.column_stack([np.ones_like(length), length, *heights])
        outer, _ = np.linalg.qr(self.root[:, None] * self._base)
        table = (self.root * self._shells.table).T
        table -= outer @ (outer.T @ table)
        left, scale, right = np.linalg.svd(table, full_matrices=False)
        kept = scale > _RANK * scale[0]
        self._onto = left[:, kept].T * self.root
        self._table = scale[kept, None] * right[kept]
        self.grid, self._grid_seen = self._tried()

    def reduced(self, profiles: FloatArray) -> FloatArray:
        """Return the coordinates, (…, k), of profiles, (…, G)."""
        return np.asarray(profiles[..., self.used] @ self._onto.T)

    def seen(self, distance: float, spread: float) -> FloatArray:
        """Return the coordinates of a shell of volume 1."""
        return np.asarray(self._table @ self._shells.weights(distance, spread))

    def _tried(self) -> tuple[FloatArray, FloatArray]:
        """Return the (distance, spread) pairs tried first, and their normalised coordinates."""
        step = min(self.sigma) / 2
        distances = np.arange(0, self.largest + step / 2, step)
        spreads = min(self.sigma) * np.asarray(_SPREADS)
        pairs = np.array([(d, s) for s in spreads for d in distances if s < max(d, self.sigma[0])])
        seen = np.stack([self.seen(d, s) for d, s in pairs])
        return pairs, seen / np.linalg.norm(seen, axis=1, keepdims=True)

    def statistic(self, reduced: FloatArray) -> FloatArray:
        """Return the largest drop in squared residuals that a shell brings to each profile."""
        return np.square(np.maximum((reduced @ self._grid_seen.T).max(axis=-1), 0))

    def best(self, reduced: FloatArray, count: int = 1) -> list[Shell]:
        """Return the shells that fit best, the one of the largest volume first."""
        start: list[float] = []
        rest = reduced
        for _ in range(count):
            distance, spread = self.grid[np.argmax(self._grid_seen @ rest)]
            start += [distance**2, max(spread, 0.3 * min(self.sigma)) ** 2]
            start = self._refined(reduced, start)
            columns = self._columns(start)
            rest = reduced - columns @ np.linalg.lstsq(columns, reduced)[0]
        volumes = np.linalg.lstsq(columns, reduced)[0]
        found = [
            Shell(float(p) ** 0.5, float(q) ** 0.5, float(v))
            for p, q, v in zip(start[::2], start[1::2], volumes, strict=True)
        ]
        return sorted(found, key=lambda shell: -shell.volume)

    def _columns(self, squares: Sequence[float]) -> FloatArray:
        return np.stack(
            [self.seen(p**0.5, q**0.5) for p, q in zip(squares[::2], squares[1::2], strict=True)],
            axis=1,
        )

    def _refined(self, reduced: FloatArray, start: list[float]) -> list[float]:
        """Climb down from a start in squared distances and spreads, in which a shell is smooth."""
        unit = min(self.sigma) ** 2

        def misfit(squares: FloatArray) -> FloatArray:
            columns = self._columns(list(squares * unit))
            return reduced - columns @ np.linalg.lstsq(columns, reduced)[0]

        limit = self.largest**2 / unit
        top = np.tile([limit, limit / 4], len(start) // 2)
        found = optimize.least_squares(
            misfit,
            np.clip(np.asarray(start) / unit, 1e-6, top * 0.999),
            bounds=(np.zeros(top.size), top),
            x_scale=np.maximum(np.asarray(start) / unit, 1.0),
        )
        return list(found.x * unit)

    def model(self, shells: Sequence[Shell], sigma: tuple[float, ...] | None = None) -> FloatArray:
        """Return the profile of shells, without a baseline, at the displacements used."""
        parts = [
            shell.volume
            * spread_shell(
                self.in_plane, self.axial, sigma or self.sigma, shell.distance, shell.spread
            )
            for shell in shells
        ]
        return np.asarray(sum(parts))

    def baseline(self, values: FloatArray) -> FloatArray:
        """Return the baseline that fits values at the displacements used."""
        weighted = self.root[:, None] * self._base
        return np.asarray(self._base @ np.linalg.lstsq(weighted, self.root * values)[0])

    def misfit(self, reduced: FloatArray, distance: float, spread: float) -> float:
        """Return the squared residuals that a shell leaves."""
        seen = self.seen(distance, spread)
        return float(reduced @ reduced - max(seen @ reduced, 0.0) ** 2 / (seen @ seen))
