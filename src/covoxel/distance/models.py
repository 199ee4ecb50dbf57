"""Curves that are fitted to a profile: shells behind the PSF of both channels, and Gaussians."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from copy import copy
from functools import cache
from typing import NamedTuple, Protocol

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.special import i0e

from covoxel.core.types import FloatArray

#: Lengths of displacements in the plane, and along z where there is one.
AxisOffsets = tuple[FloatArray, ...]
#: Radii of a table of shells, per standard deviation of the PSF.
_PER_SIGMA = 4
#: Where a normal distribution of radii is sampled, in its standard deviations.
_NODES = np.linspace(-3.5, 3.5, 21)
_WEIGHTS = np.exp(-np.square(_NODES) / 2) / np.exp(-np.square(_NODES) / 2).sum()
#: Where one of negative variance is sampled, in standard deviations of the PSF, …
_STEPS = np.arange(-4, 5) / 2
#: … and the matrix from moments of order 0, 2, … 8 to weights there.
_OF_MOMENTS = np.linalg.pinv(_STEPS ** np.arange(0, 9, 2)[:, None])
#: Moments of a normal distribution of variance 1.
_MOMENTS = np.array([1.0, 1.0, 3.0, 15.0, 105.0])
#: Directions between two shells, per radius of the table.
_DIRECTIONS = 1.0
#: The most negative variance, in those of the PSF and in squared distances.
_LEAST, _LEAST_NEAR = -0.4, -0.25


class Model(Protocol):
    """A family of curves with a distance and its variance, as weights of the rows of a table.

    `finest` is about the smallest difference in length that curves resolve.
    """

    table: FloatArray
    finest: float

    def least(self, distance: float) -> float:
        """Return the smallest variance."""

    def weights(self, distance: float, variance: float) -> FloatArray:
        """Return the weight of each row in a curve."""

    def exact(self, distance: float, variance: float) -> FloatArray:
        """Return a curve of volume 1 without the table."""


class Gaussians:
    """Gaussians of distance at fixed lengths, as weights of a table; their volume is their height.

    They need no PSF.
    """

    def __init__(self, length: FloatArray, step: float) -> None:
        self.length, self.finest = length, step
        far = float(length.max())
        self.radii = np.linspace(0, far, max(8, math.ceil(2 * far / step) + 1))
        between = CubicSpline(self.radii, np.eye(self.radii.size))
        self.table = np.asarray(between(length)).T

    def least(self, distance: float) -> float:
        """Return the variance of the narrowest Gaussian, half a step wide."""
        return (self.finest / 2) ** 2

    def weights(self, distance: float, variance: float) -> FloatArray:
        """Return the heights of a Gaussian at the radii of the table."""
        return self._at(self.radii, distance, variance)

    def exact(self, distance: float, variance: float) -> FloatArray:
        """Return a Gaussian of height 1 at the lengths."""
        return self._at(self.length, distance, variance)

    def _at(self, lengths: FloatArray, distance: float, variance: float) -> FloatArray:
        variance = max(variance, self.least(distance))
        return np.asarray(np.exp(-np.square(lengths - distance) / (2 * variance)))


def blurred_ring(distance: FloatArray, radius: float | FloatArray, sigma: float) -> FloatArray:
    """Return the density of a thin ring in a plane, blurred by a Gaussian.

    Rice's distribution over the circumference: the integral over the plane is 1.
    """
    width = sigma * sigma
    peak = np.exp(-np.square(distance - radius) / (2 * width)) / (2 * math.pi * width)
    return np.asarray(peak * i0e(distance * radius / width))


def blurred_shells(
    in_plane: FloatArray,
    axial: FloatArray,
    radii: Iterable[float],
    sigma: float,
    sigma_axial: float,
) -> Iterator[FloatArray]:
    """Yield the densities of thin shells in space, blurred by a Gaussian that is longer axially.

    A shell is rings at all heights; the integral over space is 1.
    """
    narrow = min(sigma, sigma_axial)
    # displacements of a grid repeat few lengths
    planes, plane_at = np.unique(in_plane, return_inverse=True)
    depths, depth_at = np.unique(axial, return_inverse=True)
    at = plane_at.reshape(in_plane.shape), depth_at.reshape(axial.shape)
    for radius in radii:
        heights, shares = _heights(max(16, math.ceil(3 * radius / narrow)))
        rings = blurred_ring(planes, radius * np.sqrt(1 - heights**2)[:, None], sigma)
        z = (radius * heights)[:, None]
        up, down = (np.exp(-np.square((depths + h) / sigma_axial) / 2) for h in (z, -z))
        height = (up + down) / (2 * math.sqrt(2 * math.pi) * sigma_axial)
        density = (shares[:, None] * rings).T @ height
        yield density[at]


@cache
def _heights(count: int) -> tuple[FloatArray, FloatArray]:
    """Return heights of the upper half of a sphere of radius 1, and the share of each."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return (nodes + 1) / 2, weights / 2


def spread_shell(
    place: AxisOffsets, sigma: tuple[float, ...], distance: float, variance: float
) -> FloatArray:
    """Return the density of a blurred shell whose radii are normally distributed.

    A negative radius counts as its absolute value. A negative variance makes the shell thinner
    than the PSF, as a shell of few particles may appear by chance.

    `place`: lengths of the displacements in the plane, and along z where there is one.
    `sigma`: standard deviation of both PSFs together, in the plane and along z.
    """
    if variance == 0:
        return next(thin_shells(place, sigma, [distance]))
    radii, weights = _normal(distance, variance, min(sigma))
    thin = thin_shells(place, sigma, radii)
    return np.asarray(sum(weight * each for weight, each in zip(weights, thin, strict=True)))


def _normal(distance: float, variance: float, sigma: float) -> tuple[FloatArray, FloatArray]:
    """Return radii, none below 0, and their weights."""
    if variance >= 0:
        return np.abs(distance + math.sqrt(variance) * _NODES), _WEIGHTS
    moments = _MOMENTS * (variance / sigma**2) ** np.arange(_MOMENTS.size)
    return np.abs(distance + sigma * _STEPS), np.asarray(_OF_MOMENTS @ moments)


def thin_shells(
    place: AxisOffsets, sigma: tuple[float, ...], radii: Iterable[float]
) -> Iterator[FloatArray]:
    """Yield the densities of blurred shells of radii; see `spread_shell`."""
    if len(place) == 1:
        return (blurred_ring(place[0], radius, sigma[0]) for radius in radii)
    return blurred_shells(place[0], place[1], radii, sigma[0], sigma[1])


class Neighbours(NamedTuple):
    """Thin shells, (K, R, R), that make a shell moved by each of K steps, and volumes by block.

    `mixed`, (R, R), are those that make a shell with all its neighbours.
    """

    moved: FloatArray
    volumes: FloatArray
    mixed: FloatArray


class Shells:
    """Shells of any radius and spread at fixed displacements, as weights of a table of thin ones.

    Parameters as in `spread_shell`; `largest` is the largest radius.
    """

    neighbours: Neighbours | None = None

    def __init__(self, place: AxisOffsets, sigma: tuple[float, ...], largest: float) -> None:
        self.place, self.sigma = place, sigma
        self.finest = min(sigma)
        count = max(8, math.ceil(_PER_SIGMA * largest / self.finest) + 1)
        self.radii = np.linspace(0, largest, count)
        self.table = np.stack(list(thin_shells(place, sigma, self.radii)))
        # a shell is the same on either side of radius 0
        self._between = CubicSpline(self.radii, np.eye(count), bc_type=("clamped", "not-a-knot"))
        # shared by copies that have neighbours
        self._thin_weights = cache(self._thin_of)

    def least(self, distance: float) -> float:
        """Return the least variance of radii; it is less certain for nearer shells."""
        return max(_LEAST * self.finest**2, _LEAST_NEAR * distance**2)

    def weights(self, distance: float, variance: float) -> FloatArray:
        """Return the weight of each thin shell in one whose radii vary."""
        thin = self._thin_weights(distance, variance)
        return thin if self.neighbours is None else np.asarray(thin @ self.neighbours.mixed)

    def _thin_of(self, distance: float, variance: float) -> FloatArray:
        radii, weights = _normal(distance, variance, self.finest)
        return np.asarray(weights @ self._between(np.minimum(radii, self.radii[-1])))

    def exact(self, distance: float, variance: float) -> FloatArray:
        """Return the density of a shell of volume 1, without the table if it has no neighbours."""
        if self.neighbours is None:
            return spread_shell(self.place, self.sigma, distance, variance)
        return np.asarray(self.weights(distance, variance) @ self.table)

    def by_block(self, distance: float, variance: float) -> FloatArray | None:
        """Return each block's part of the density, (B, …); None without neighbours."""
        if self.neighbours is None:
            return None
        thin = self._thin_weights(distance, variance) @ self.neighbours.moved
        return np.asarray(self.neighbours.volumes @ (thin @ self.table))

    def among(self, radii: FloatArray, volumes: FloatArray) -> Shells:
        """Return shells whose particles have neighbours, each a pair with the partner too.

        `radii`: distances to the neighbours; 0 is the particle itself, (K,).
        `volumes`: number of neighbours in each block of the image, (B, K).
        """
        moved = np.stack([self._moved(radius) for radius in radii])
        mixed = np.tensordot(volumes.sum(axis=0), moved, axes=1)
        out = copy(self)
        out.neighbours = Neighbours(moved, volumes, mixed)
        return out

    def _moved(self, step: float) -> FloatArray:
        """Return the weights of thin shells, (R, R), in each that moved a step in any direction."""
        if step == 0:
            return np.eye(self.radii.size)
        count = math.ceil(_DIRECTIONS * self.radii.size) + 8
        share = (np.arange(count) + 0.5) / count
        # in a plane angles are equally likely, in space their cosines
        cosine = np.cos(np.pi * share) if len(self.place) == 1 else 2 * share - 1
        squares = np.add.outer(np.square(self.radii) + step**2, np.zeros(count))
        radii = np.sqrt(np.maximum(squares + 2 * step * np.outer(self.radii, cosine), 0))
        inside = radii <= self.radii[-1]
        weights = self._between(np.where(inside, radii, 0)) * inside[..., None]
        return np.asarray(weights.mean(axis=1))
