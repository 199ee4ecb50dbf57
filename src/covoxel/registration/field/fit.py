"""Robust fit of one transform to a displacement field."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from scipy import linalg

from covoxel.core.types import BoolArray, FloatArray
from covoxel.registration.record import Registration

#: Tukey's biweight has 95 % efficiency on normal residuals with this many robust sigmas.
_TUKEY = 4.685
#: Residual below which no tile is an outlier, in pixels: the interpolation's own error.
_EXACT = 1e-3
#: Rounds of each kind of weights.
_ROUNDS = 10


@dataclass(frozen=True, slots=True, eq=False)
class FieldFit:
    """A transform fitted to a displacement field.

    A point at x of channel 1 lies at ``matrix @ (x − c) + c + offset`` of channel 2, with c the
    centre of the image; `registration` is the inverse.

    Attributes
    ----------
    registration : Registration
        The transform that aligns channel 2 with channel 1.
    matrix : (D, D) ndarray of float
        Rotation, magnification and shear of channel 2 relative to channel 1.
    offset : (D,) ndarray of float
        Position of channel 2 relative to channel 1 at the image's centre, in pixels.
    residuals : (K, D) ndarray of float
        Displacement of each tile minus that of the fit, in pixels; NaN where a tile has none.
    used : (K,) ndarray of bool
        Which tiles were fitted: the valid ones without outliers.
    rms : float
        Root mean square length of the residuals of the tiles used, in pixels.
    magnification : tuple of float
        Stretch of channel 2 relative to channel 1 along each axis.
    rotation : dict of str to float
        Rotation of channel 2 relative to channel 1 in degrees in each plane; ``"yx"`` is from
        the y axis to the x axis.
    """

    registration: Registration
    matrix: FloatArray
    offset: FloatArray
    residuals: FloatArray
    used: BoolArray
    rms: float
    magnification: tuple[float, ...]
    rotation: dict[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class LinearFit:
    """Displacements as ``offset + tensor @ position``, and the weight of each in [0, 1]."""

    offset: FloatArray
    tensor: FloatArray
    weight: FloatArray
    covariance: FloatArray

    def at(self, positions: FloatArray) -> FloatArray:
        """Return the displacements at positions, (K, D)."""
        return np.asarray(self.offset + positions @ self.tensor.T)


def bases(transform: str, step: FloatArray) -> FloatArray:
    """Return the displacement tensors that span a transform, (n, D, D); `step` is the pixel size.

    A similarity rotates and magnifies the planes only.
    """
    ndim = step.size
    if transform == "affine":
        return np.eye(ndim**2).reshape(-1, ndim, ndim)
    out = np.zeros((2 if transform == "similarity" else 0, ndim, ndim))
    if transform == "similarity":
        out[0, -2:, -2:] = np.eye(2)
        out[1, -2:, -2:] = [[0, -step[-1] / step[-2]], [step[-2] / step[-1], 0]]
    return out


def linear_fit(positions: FloatArray, displacement: FloatArray, tensors: FloatArray) -> LinearFit:
    """Fit ``offset + tensor @ position``, the tensor a combination of `tensors`, robustly.

    Positions are centred, so that a coordinate shared by all of them adds no slope.
    """
    middle = positions.mean(axis=0)
    design = _linear(positions - middle, tensors)
    values, weight, covariance = _robust(design, displacement)
    tensor = np.einsum("t,tij->ij", values[len(middle) :], tensors)
    (origin,) = _linear(-middle[None], tensors)
    return LinearFit(origin @ values, tensor, weight, origin @ covariance @ origin.T)


def _linear(positions: FloatArray, tensors: FloatArray) -> FloatArray:
    even = np.broadcast_to(np.eye(positions.shape[1]), (len(positions), *tensors.shape[1:]))
    return np.concatenate([even, np.einsum("kj,tij->kit", positions, tensors)], axis=2)


def _robust(
    design: FloatArray, displacement: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return values, weights of the tiles and covariance of ``design @ values = displacement``.

    Least absolute residuals first, then Tukey's biweight: tiles beyond 4.685 robust standard
    deviations have no weight.
    """
    ndim = displacement.shape[1]
    weight, flat = np.ones(len(design)), design.reshape(-1, design.shape[2])
    for turn in range(2 * _ROUNDS):
        weighted = (weight[:, None, None] * design).reshape(-1, design.shape[2])
        inverse = np.linalg.pinv(flat.T @ weighted, rcond=1e-10, hermitian=True)
        values = inverse @ (displacement.ravel() @ weighted)
        residual = displacement - design @ values
        length = np.linalg.norm(residual, axis=1)
        before, sigma = weight, 1.4826 * np.median(np.abs(residual))
        if turn < _ROUNDS:
            weight = 1 / np.maximum(length, _EXACT)
        else:
            reach = max(_TUKEY * sigma, _EXACT)
            weight = np.square(np.maximum(1 - np.square(length / reach), 0))
        if turn > _ROUNDS and np.abs(weight - before).max() < 1e-3:
            break
    freedom = max(ndim * before.sum() - values.size, 1)
    spread = np.sum(before * np.square(length)) / freedom
    return np.asarray(values, np.float64), before, np.asarray(spread * inverse)


def stretch_and_turn(
    matrix: FloatArray, step: FloatArray, axes: str
) -> tuple[tuple[float, ...], dict[str, float]]:
    """Return the magnification along each axis and the rotation in each plane, in degrees."""
    turn, stretch = linalg.polar(matrix * step[:, None] / step)
    planes = itertools.combinations(range(step.size), 2)
    angles = {
        f"{axes[i]}{axes[j]}".lower(): float(
            np.degrees(np.arctan2(turn[j, i] - turn[i, j], turn[i, i] + turn[j, j]))
        )
        for i, j in planes
    }
    return tuple(np.diag(stretch).tolist()), angles
