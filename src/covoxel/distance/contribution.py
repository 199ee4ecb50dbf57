"""Contribution of each voxel to an association."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy import signal

from covoxel.core.types import AnyArray, FloatArray
from covoxel.distance.inputs import MaskedChannels, association_inputs
from covoxel.distance.models import spread_shell
from covoxel.distance.record import Association
from covoxel.image.channel import whole_array

#: Reach of the kernel beyond the distance, in its standard deviations.
_REACH = 3.5


class Contributions(NamedTuple):
    """Contribution of each voxel of channel 1 and of channel 2; of the shape of the images."""

    image1: AnyArray
    image2: AnyArray


def contribution_images(
    image1: Any,
    image2: Any,
    association: Association,
    *,
    mask: Any = None,
    spacing: Sequence[float] | None = None,
) -> Contributions:
    """Return the contribution of each voxel of both channels to an association.

    The product of each channel with the other one averaged over the fitted shell, both with their
    mean subtracted: bright where a particle has something at the fitted distance.

    Parameters
    ----------
    image1, image2 : (Z, Y, X) or (Y, X) array-like, Channel or napari layer
        The channels that the association was measured on.
    association : Association
        From `association_distance`.
    mask : bool array-like, optional
        The mask that it was measured in.
    spacing : sequence of float, optional
        Pixel size in µm along each axis; overrides that of the images.

    Returns
    -------
    Contributions
        Two float images, in products of standard deviations; 0 outside the mask. The mean of
        either inside the mask is about the correlation over the shell.

    Raises
    ------
    ValueError
        If no association was found, or its unit is not that of the images.

    References
    ----------
    McCall, "Colocalization by cross-correlation, a new method of colocalization suited for
    super-resolution microscopy", 2024, doi:10.1186/s12859-024-05804-1

    Examples
    --------
    >>> from covoxel import simulate_pair
    >>> from covoxel.distance import association_distance
    >>> pair = simulate_pair(n_spots1=180, n_shared=120, association_distance=0.6, rng=4)
    >>> found = association_distance(pair.channel1, pair.channel2)
    >>> images = contribution_images(pair.channel1, pair.channel2, found)
    >>> images.image1.shape
    (256, 256)
    """
    if not association.components:
        msg = "association holds no distance, to which voxels could contribute"
        raise ValueError(msg)
    inputs = association_inputs(image1, image2, mask, spacing)
    if inputs.reason:
        raise ValueError(inputs.reason)
    if association.unit == "µm" != inputs.unit:
        msg = "the association is in µm, but the pixel size is unknown; pass spacing="
        raise ValueError(msg)
    step = inputs.step if association.unit == "µm" else (1.0,) * len(inputs.step)
    kernel = _kernel(association, inputs, step)
    ours, theirs = (whole_array(side.values) for side in inputs.sides)
    first, second = (_around(values, kernel) for values in (ours, theirs))
    return Contributions(inputs.placed(ours * second), inputs.placed(theirs * first))


def _around(values: AnyArray, kernel: FloatArray) -> AnyArray:
    """Return the mean over the shell about each voxel."""
    return np.asarray(signal.oaconvolve(values, kernel.astype(values.dtype), mode="same"))


def _kernel(
    association: Association, inputs: MaskedChannels, step: tuple[float, ...]
) -> FloatArray:
    """Return the fitted shells at the displacements they reach, with a sum of 1."""
    sigma = _sigma(association, len(step))
    widths = sigma or (0.0,) * len(step)
    far = max(c.distance + _REACH * c.spread for c in association.components)
    axes = []
    for s, width, n in zip(step, widths, inputs.shape, strict=True):
        reach = min(math.ceil((far + _REACH * width) / s), n - 1)
        axes.append(np.arange(-reach, reach + 1) * s)
    in_plane = np.hypot(*np.meshgrid(axes[-2], axes[-1], indexing="ij"))
    place: tuple[FloatArray, ...] = (in_plane,)
    if len(step) == 3:
        full = (axes[0].size, *in_plane.shape)
        height = np.broadcast_to(np.abs(axes[0])[:, None, None], full)
        place = (np.broadcast_to(in_plane, full), height)
    out = np.zeros(place[0].shape)
    for c in association.components:
        if sigma:
            blur = (sigma[-1], *sigma[:-2])
            out += c.associated_fraction * spread_shell(place, blur, c.distance, c.spread**2)
        else:
            length = np.hypot(*place) if len(place) == 2 else place[0]
            out += c.amplitude * np.exp(-np.square((length - c.distance) / c.spread) / 2)
    return np.asarray(out / out.sum())


def _sigma(association: Association, ndim: int) -> tuple[float, ...]:
    """Return both PSFs together along each axis, empty where the model has none."""
    both = zip(association.psf1[-ndim:], association.psf2[-ndim:], strict=True)
    sigma = tuple(math.hypot(one, two) for one, two in both)
    return () if any(math.isnan(s) for s in sigma) else sigma
