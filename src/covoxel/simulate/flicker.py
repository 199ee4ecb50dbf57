"""Brightness that changes over time, in channel 2 later than in channel 1."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from covoxel.core.types import FloatArray, IntArray
from covoxel.simulate.options import SimulateOptions

#: Points a frame that the brightness is drawn at, and frames that it takes to change.
_FINE, _SLOW = 10, 1.0


def flicker(
    options: SimulateOptions, labels: IntArray | None, rng: np.random.Generator
) -> FloatArray:
    """Return what the light of each voxel is multiplied by.

    Each cell has a brightness of its own, as has everything where there are no cells. Its
    logarithm is white noise smoothed over time; light that a cell sends beyond its edge follows
    the nearest cell.

    Parameters
    ----------
    options : SimulateOptions
        Frames, time step, ``flicker`` and ``delay``.
    labels : ndarray of int, (Z)YX, or None
        The cells.
    rng : numpy.random.Generator
        Source of the brightness.

    Returns
    -------
    ndarray of float, (2, frames, (Z)YX)
    """
    times = np.arange(options.frames)
    later = options.delay / options.time_step
    margin = int(np.ceil(abs(later))) + 1
    n_fine = (options.frames + 2 * margin) * _FINE
    n_cells = 1 if labels is None else int(labels.max())
    noise = ndimage.gaussian_filter1d(rng.normal(size=(n_cells, n_fine)), _SLOW * _FINE, axis=1)
    noise /= noise.std(axis=1, keepdims=True)
    fine = np.arange(n_fine) / _FINE - margin
    levels = [
        np.exp(options.flicker * np.array([np.interp(times - lag, fine, cell) for cell in noise]))
        for lag in (0.0, later)
    ]
    return np.moveaxis(np.stack(levels)[:, _nearest(labels, options.shape)], -1, 1)


def _nearest(labels: IntArray | None, shape: tuple[int, ...]) -> IntArray:
    """Return the index of the nearest cell of each voxel."""
    if labels is None:
        return np.zeros(shape, np.intp)
    indices = ndimage.distance_transform_edt(
        labels == 0, return_distances=False, return_indices=True
    )
    return np.asarray(labels[tuple(indices)] - 1, np.intp)
