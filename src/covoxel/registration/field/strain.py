"""Strain, and smooth surfaces through the displacements of neighbouring tiles."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from covoxel.core.types import BoolArray, FloatArray, IntArray
from covoxel.registration.field.validity import neighbours_of


@dataclass(frozen=True, slots=True, eq=False)
class Strain:
    """Local strain at each tile; NaN with too few neighbours."""

    #: ``gradient[:, i, j]`` is the change of displacement i along axis j, without unit: lengths are
    #: in µm where the pixel size is known, (K, D, D).
    gradient: FloatArray
    #: The axes, out of ``"ZYX"``.
    axes: str

    @property
    def tensor(self) -> FloatArray:
        """The symmetric part of the gradient, (K, D, D): stretch (> 0) and shear."""
        return (self.gradient + np.swapaxes(self.gradient, 1, 2)) / 2

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the components, ``("yy", "yx", "xx")`` in 2-D."""
        pairs = itertools.combinations_with_replacement(self.axes.lower(), 2)
        return tuple("".join(pair) for pair in pairs)

    def components(self) -> dict[str, FloatArray]:
        """Return each component of the tensor by its name."""
        axes, tensor = self.axes.lower(), self.tensor
        return {name: tensor[:, axes.index(name[0]), axes.index(name[1])] for name in self.names}


def gradients(displacement: FloatArray, valid: BoolArray, grid: tuple[int, ...]) -> FloatArray:
    """Return the change of displacements a step of the grid, (K, D, D), by least squares.

    A plane through each tile and its next neighbours; NaN for tiles that are not valid or have too
    few neighbours, and along axes with one tile.
    """
    ndim = len(grid)
    weight = valid.astype(np.float64)
    moments, products = _normal_equations(displacement, weight, grid, degree=1, reach=1)
    out = np.full((len(valid), ndim, ndim), np.nan)
    along = np.flatnonzero(np.array(grid) > 1)
    used = np.append(0, along + 1)
    moments = moments[:, used[:, None], used]
    solid = valid & (np.linalg.matrix_rank(moments, hermitian=True) == used.size)
    slopes = np.linalg.solve(moments[solid], products[solid][:, used])[:, 1:]
    out[np.ix_(np.flatnonzero(solid), np.arange(ndim), along)] = np.swapaxes(slopes, 1, 2)
    return out


@dataclass(frozen=True, slots=True, eq=False)
class Surfaces:
    """A quadratic surface through the displacements about each tile."""

    coefficients: FloatArray
    grid: tuple[int, ...]

    @classmethod
    def through(
        cls, displacement: FloatArray, weight: FloatArray, grid: tuple[int, ...], reach: int
    ) -> Surfaces:
        """Fit weighted tiles up to `reach` steps away; a small ridge flattens fits of few."""
        moments, products = _normal_equations(displacement, weight, grid, degree=2, reach=reach)
        ridge = np.full(moments.shape[1], 1e-3)
        ridge[0] = 1e-9  # with one neighbour its own displacement, with none zero
        return cls(np.linalg.solve(moments + np.diag(ridge), products).astype(np.float64), grid)

    def padded(self, margin: int) -> FloatArray:
        """Return the surfaces' values on the grid, extended by `margin` tiles on every side."""
        places = np.indices([n + 2 * margin for n in self.grid]).reshape(len(self.grid), -1).T
        places -= margin
        nearest = np.clip(places, 0, np.asarray(self.grid) - 1)
        rows = np.ravel_multi_index(tuple(nearest.T), self.grid)
        terms = _polynomial(places - nearest, degree=2)
        values = np.einsum("pt,ptd->pd", terms, self.coefficients[rows])
        return np.asarray(values.reshape(*(n + 2 * margin for n in self.grid), -1))


def _normal_equations(
    displacement: FloatArray, weight: FloatArray, grid: tuple[int, ...], *, degree: int, reach: int
) -> tuple[FloatArray, FloatArray]:
    neighbours, exists = neighbours_of(grid, reach)
    around = np.where(exists, weight[neighbours], 0.0)
    known = np.where(weight[:, None] > 0, displacement, 0)
    steps = itertools.product(range(-reach, reach + 1), repeat=len(grid))
    terms = _polynomial(np.array(list(steps)), degree)
    pairs = np.einsum("nt,ns->nts", terms, terms).reshape(len(terms), -1)
    moments = (around @ pairs).reshape(len(weight), terms.shape[1], terms.shape[1])
    products = np.stack([(around * column[neighbours]) @ terms for column in known.T], axis=-1)
    return moments, products


def _polynomial(places: IntArray, degree: int) -> FloatArray:
    """Return the terms of a polynomial up to degree 2 at places, (n, terms): 1, x, products."""
    columns = [np.ones(len(places)), *(places.T if degree else ())]
    if degree == 2:
        pairs = itertools.combinations_with_replacement(range(places.shape[1]), 2)
        columns += [places[:, i] * places[:, j] for i, j in pairs]
    return np.stack([np.asarray(column, np.float64) for column in columns], axis=1)
