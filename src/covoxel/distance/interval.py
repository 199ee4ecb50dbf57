"""How sure parameters are that were fitted to correlated points."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import stats

from covoxel.core.types import FloatArray

LEVEL = 0.95


class Influence(NamedTuple):
    """What each block of the image adds to the error of fitted parameters, (B, parameters)."""

    parts: FloatArray

    def covariance(self) -> FloatArray:
        """Return the parameters' covariance, blocks being independent of each other."""
        count = len(self.parts)
        centred = self.parts - self.parts.mean(axis=0)
        return np.asarray(centred.T @ centred * (count / (count - 1)))

    def quantile(self, parameter: int) -> float:
        """Return Student's quantile for as many blocks as really make up a parameter's error."""
        squares = np.square(self.parts[:, parameter] - self.parts[:, parameter].mean())
        freedom = max(1.0, np.square(squares.sum()) / np.square(squares).sum() - 1)
        return float(stats.t.ppf((1 + LEVEL) / 2, freedom))


def influence(slopes: FloatArray, residuals: FloatArray) -> Influence:
    """Return the influence of blocks on a least-squares fit.

    Parameters
    ----------
    slopes : (points, parameters) ndarray of float
        Derivatives of the model.
    residuals : (B, points) ndarray of float
        What each block adds to the residuals.
    """
    return Influence(np.asarray(residuals @ np.linalg.pinv(slopes).T))
