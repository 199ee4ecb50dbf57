"""Groups of displacements of equal length, over which a correlogram is averaged."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from covoxel.core.types import AnyArray, BoolArray, FloatArray

#: Lengths within this share of the smallest pixel count as equal.
_FINENESS = 8


@dataclass(frozen=True, slots=True, eq=False)
class Rings:
    """Displacements up to a length, grouped by their length in the plane and along z.

    Attributes
    ----------
    reach : tuple of int
        Largest displacement along each axis, in pixels.
    in_plane : (G,) ndarray of float
        Mean length in the plane.
    axial : (G,) ndarray of float or None
        Length along z; None in a plane.
    members : (G, lags) sparse array
        Which displacements, in C order, belong to each group.
    directions : tuple of (G, lags) sparse array
        The same for each axis, with the displacements' cosines: along y and x within the plane,
        along z the sign.
    """

    reach: tuple[int, ...]
    in_plane: FloatArray
    axial: FloatArray | None
    members: sparse.csr_array
    directions: tuple[sparse.csr_array, ...]

    @classmethod
    def up_to(cls, distance: float, step: tuple[float, ...], largest: tuple[int, ...]) -> Rings:
        """Return the groups up to a distance, and up to `largest` pixels along each axis."""
        reach = tuple(
            min(math.floor(distance / s + 1e-9), most)
            for s, most in zip(step, largest, strict=True)
        )
        squares = [np.square(np.arange(-r, r + 1) * s) for r, s in zip(reach, step, strict=True)]
        flat = np.sqrt(np.add.outer(squares[-2], squares[-1]))
        heights = np.zeros(1) if len(step) == 2 else np.sqrt(squares[0])
        length = np.sqrt(np.square(heights)[:, None, None] + np.square(flat)).ravel()
        kept = np.flatnonzero(length <= distance * (1 + 1e-9))
        flat = np.broadcast_to(flat, (heights.size, *flat.shape)).ravel()[kept]
        levels, plane = np.unique(heights, return_inverse=True)
        level = np.repeat(plane, length.size // heights.size)[kept]
        fine = np.rint(flat * (_FINENESS / min(step[-2:]))).astype(np.int64)
        _, group = np.unique(np.stack([level, fine]), axis=1, return_inverse=True)
        shape = (int(group.max()) + 1, length.size)
        members = sparse.csr_array((np.ones(kept.size), (group, kept)), shape)
        count: FloatArray = np.bincount(group).astype(np.float64)
        mean = np.bincount(group, flat) / count
        axial = None if len(step) == 2 else np.bincount(group, levels[level]) / count
        whole = np.unravel_index(kept, [2 * r + 1 for r in reach])
        directions = []
        for axis, (index, r, s) in enumerate(zip(whole, reach, step, strict=True)):
            lag = (index - r) * s
            cosine = np.sign(lag) if axis < len(step) - 2 else lag / np.maximum(flat, 1e-300)
            directions.append(sparse.csr_array((cosine, (group, kept)), shape))
        return cls(reach, mean, axial, members, tuple(directions))

    @property
    def length(self) -> FloatArray:
        """Length of the displacements in each group."""
        if self.axial is None:
            return self.in_plane
        return np.hypot(self.in_plane, self.axial)

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of displacements along each axis."""
        return tuple(2 * r + 1 for r in self.reach)

    def sums(self, surfaces: AnyArray) -> FloatArray:
        """Return sums over the groups, (…, G), of values at each displacement, (…, *shape)."""
        flat = surfaces.reshape(-1, math.prod(self.shape))
        return np.asarray((self.members @ flat.T).T)

    def tilts(self, surfaces: AnyArray) -> FloatArray:
        """Return sums as `sums` does, weighted by the cosine along each axis, (…, D, G)."""
        flat = surfaces.reshape(-1, math.prod(self.shape))
        return np.stack([(each @ flat.T).T for each in self.directions], axis=1)

    @property
    def place(self) -> tuple[FloatArray, ...]:
        """Lengths in the plane, and along z where there is one."""
        return (self.in_plane,) if self.axial is None else (self.in_plane, self.axial)

    def within(self, low: float, high: float) -> BoolArray:
        """Return which groups lie in a range of lengths."""
        return (self.length >= low) & (self.length <= high)
