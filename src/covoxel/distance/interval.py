"""How sure parameters are that were fitted to correlated points."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import stats

from covoxel.core.types import FloatArray

LEVEL = 0.95
#: Blocks that a variance counts for which is known without them.
_KNOWN = 4.0


class Influence(NamedTuple):
    """What each block of the image adds to the error of fitted parameters, (B, parameters)."""

    parts: FloatArray

    def covariance(self) -> FloatArray:
        """Return the parameters' covariance, blocks being independent of each other."""
        count = len(self.parts)
        centred = self.parts - self.parts.mean(axis=0)
        return np.asarray(centred.T @ centred * (count / (count - 1)))

    def margin(self, parameter: int, known: float | None = None) -> float:
        """Return half the width of a parameter's interval.

        Student's quantile is that of as many blocks as really make up the error. The variance
        that noise alone would make, where `known`, is the least, and adds to what is certain.
        """
        variance = float(self.covariance()[parameter, parameter])
        squares = np.square(self.parts[:, parameter] - self.parts[:, parameter].mean())
        freedom = max(1.0, np.square(squares.sum()) / np.square(squares).sum() - 1)
        if known is not None:
            variance, freedom = max(variance, known), freedom + _KNOWN
        return float(stats.t.ppf((1 + LEVEL) / 2, freedom) * variance**0.5)


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
