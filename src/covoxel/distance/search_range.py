"""Range of distances that an association is searched in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from covoxel.core.types import FloatArray, Note
from covoxel.distance.gaussian_peak import REACH
from covoxel.distance.inputs import MaskedChannels
from covoxel.distance.profiles import Rings
from covoxel.distance.psf import FINEST, rough_variance

#: Default range, in standard deviations of both PSFs together, and in shares of the field.
_SIGMAS, _FIELD = 15.0, 0.25
#: A PSF is wider than the field where this many standard deviations do not fit into it.
_WIDEST = 8.0


@dataclass(frozen=True, slots=True, eq=False)
class SearchRange:
    """Displacements, the range of distances fitted, and rough widths.

    `variances` are those of the autocorrelograms of both channels, twice those of the PSFs.
    """

    rings: Rings
    fitted: tuple[float, float]
    variances: tuple[FloatArray, FloatArray]


def given_variance(
    name: str, psf: float | Sequence[float] | None, inputs: MaskedChannels
) -> FloatArray | None:
    """Return the variance of the autocorrelogram that a PSF of given sigma makes.

    Raises
    ------
    ValueError
        If it is not one positive number, or one for each axis; if y and x differ; or if it is
        wider than the field or much finer than a pixel.
    """
    if psf is None:
        return None
    values = np.asarray(psf, np.float64)
    if values.shape not in ((), (inputs.ndim,)) or not (np.isfinite(values) & (values > 0)).all():
        msg = (
            f"{name} is {psf!r}; one positive number, or one for each axis ({inputs.ndim}), is "
            "needed"
        )
        raise ValueError(msg)
    sigma = np.broadcast_to(values, inputs.ndim)[-len(inputs.step) :]
    if not math.isclose(sigma[-1], sigma[-2], rel_tol=0.2):
        msg = f"{name} is {psf!r}; along y and x it must be the same within 20 %"
        raise ValueError(msg)
    extent, unit = inputs.extent, inputs.unit
    if _WIDEST * sigma[-2:].max() > extent:
        msg = f"{name} is {psf!r} {unit}, too wide for a field of {extent:.4g} {unit}"
        raise ValueError(msg)
    finest = math.sqrt(FINEST / 2) * min(inputs.step[-2:])
    if sigma[-2:].min() < finest:
        msg = (
            f"{name} is {psf!r} {unit}; it is the standard deviation of an image of a point, and "
            f"at least {finest:.2g} {unit}, a third of a pixel"
        )
        raise ValueError(msg)
    return 2 * np.array([np.square(sigma[-2:]).mean(), *np.square(sigma[:-2])])


def association_range(
    inputs: MaskedChannels,
    given: Sequence[FloatArray | None],
    max_distance: float | None,
    fit_range: tuple[float, float] | None,
) -> SearchRange | Note:
    """Return the range, or the note on why there is none.

    Raises
    ------
    ValueError
        If max_distance or fit_range is beyond the image, or not a range.
    """
    extent, unit = inputs.extent, inputs.unit
    if max_distance is not None and not 0 < max_distance <= 2 / 3 * extent:
        msg = (
            f"max_distance is {max_distance!r}; it must be positive, and at most two thirds of the "
            f"field: {2 / 3 * extent:.4g} {unit}"
        )
        raise ValueError(msg)
    variances = []
    for number, (side, known) in enumerate(zip(inputs.sides, given, strict=True), start=1):
        rough = rough_variance(side, inputs.step) if known is None else known
        if rough is None or _WIDEST * math.sqrt(rough[0] / 2) > extent:
            reason = "the channel's own correlogram has no peak narrower than the field"
            return f"psf{number}", reason
        variances.append(rough)
    widest = math.sqrt(sum(v[0] for v in variances) / 2)
    if max_distance is None:
        max_distance = min(_SIGMAS * widest, _FIELD * extent)
        if fit_range is not None:
            max_distance = min(max(max_distance, fit_range[1]), 2 / 3 * extent)
    low, high = fit_range or (0.0, max_distance)
    if not 0 <= low < high <= max_distance:
        msg = (
            f"fit_range is {fit_range!r}; a lower and a higher distance from 0 to "
            f"{max_distance:.4g} {unit} are needed"
        )
        raise ValueError(msg)
    seen = max(max_distance, REACH * math.sqrt(max(v.max() for v in variances)))
    rings = Rings.up_to(
        min(seen, 2 / 3 * extent), inputs.step, tuple(2 * n // 3 for n in inputs.shape)
    )
    return SearchRange(rings, (low, high), (variances[0], variances[1]))
