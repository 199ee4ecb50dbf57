"""Van Steensel's curve: correlation against displacement along a line."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from scipy import ndimage, optimize

from covoxel.core.checks import one_of
from covoxel.core.types import FloatArray, Note
from covoxel.correlation.cross_correlogram import MIN_OVERLAP, Correlogram

#: Width at half of its height of a Gaussian of standard deviation 1.
FWHM = 2 * math.sqrt(2 * math.log(2))
#: Fewest points that a Gaussian on a baseline is fitted to.
_FEWEST = 6
#: Offsets and sigmas at which a Gaussian is looked for before it is fitted.
_MOST_OFFSETS, _SIGMAS = 400, 25
#: Sum of squares of a Gaussian on the curve's points below which it is flat.
_FLAT = 1e-12
#: Share of the curve's variance that a fit must explain to be called a peak or dip.
_EXPLAINED = 0.7


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VanSteensel:
    """Pearson's r against displacement, and the Gaussian that fits it.

    Attributes
    ----------
    displacement : (N,) ndarray of float
        Displacements of channel 2 relative to channel 1, in `unit`; distances for the radial
        mean.
    correlation : (N,) ndarray of float
        Pearson's r at each, in [−1, 1]; NaN where the channels overlap too little.
    fit : (N,) ndarray of float
        ``baseline + (peak − baseline) · exp(−(x − offset)² / 2 sigma²)``; NaN if it failed, or if
        its extreme lies beyond the displacements.
    peak, baseline, offset, sigma : float
        Of that Gaussian. In a dip `peak` is below `baseline`; `offset` of the radial mean is 0.
    fwhm : float
        Its full width at half maximum.
    r_squared : float
        Share of the curve's variance that it explains.
    highest, lowest : (float, float)
        Displacement and correlation of the curve's own extremes.
    unit : str
        ``"µm"``, or ``"px"`` where the voxel size is unknown.
    notes : tuple of (str, str)
        The name of an attribute and a remark: whether the channels are shifted, exclude each
        other, or the fit failed.
    """

    displacement: FloatArray
    correlation: FloatArray
    fit: FloatArray
    peak: float
    baseline: float
    offset: float
    sigma: float
    fwhm: float
    r_squared: float
    highest: tuple[float, float]
    lowest: tuple[float, float]
    unit: str
    notes: tuple[Note, ...] = field(default=())


def van_steensel(
    correlogram: Correlogram,
    axis: str | Sequence[float] | None = "x",
    *,
    extreme: Literal["peak", "dip"] | None = None,
    max_distance: float | None = None,
    min_overlap: float = MIN_OVERLAP,
) -> VanSteensel:
    """Return van Steensel's curve of a correlogram.

    Parameters
    ----------
    correlogram : Correlogram
        Of two channels.
    axis : {"x", "y", "z"}, sequence of float or None
        The axis, or a direction: one number for each axis, Z Y X, in physical units. None is
        the mean over all displacements of equal length.
    extreme : {"peak", "dip"}, optional
        What to fit; by default whichever fits better.
    max_distance : float, optional
        Longest displacement, in the correlogram's unit; all of it by default.
    min_overlap : float
        Share of the largest overlap, in [0, 1], below which the correlation is NaN.

    Returns
    -------
    VanSteensel
        The distance between points is a pixel along an axis, the smallest pixel otherwise.

    Raises
    ------
    ValueError
        If the axis or extreme is unknown, the direction has no length, or max_distance is beyond
        the correlogram.

    References
    ----------
    van Steensel et al., "Partial colocalization of glucocorticoid and mineralocorticoid receptors
    in discrete compartments in nuclei of rat hippocampus neurons", 1996,
    doi:10.1242/jcs.109.4.787

    Examples
    --------
    >>> from covoxel import simulate_pair
    >>> from covoxel.correlation import correlogram
    >>> pair = simulate_pair(offset=(0, 3), rng=1)
    >>> curve = van_steensel(correlogram(pair.channel1, pair.channel2, max_shift=20))
    >>> round(curve.offset, 1), curve.unit
    (0.3, 'µm')
    """
    one_of("extreme", extreme, (None, "peak", "dip"))
    r = correlogram.pearson(min_overlap)
    step = np.asarray(correlogram.step)
    reach = np.asarray(correlogram.max_shift)
    if axis is None:
        limit = _limit(max_distance, float((reach * step)[reach > 0].max(initial=0)))
        place, curve = _radial(correlogram.distance(), r, float(step.min()), limit)
    else:
        ray = _direction(axis, step.size) / step
        along = np.abs(ray) > 0
        spacing = float(step[along].min())
        limit = _limit(max_distance, float((reach[along] / np.abs(ray[along])).min()))
        whole = math.floor(limit / spacing + 1e-9)
        place = np.asarray(np.arange(-whole, whole + 1) * spacing, np.float64)
        points = reach[:, None] + ray[:, None] * place
        curve = ndimage.map_coordinates(r, points, order=1, mode="nearest")
    return _fit(place, curve, correlogram.unit, extreme, radial=axis is None)


def _limit(max_distance: float | None, reach: float) -> float:
    if max_distance is None:
        return reach
    if not 0 < max_distance <= reach * (1 + 1e-9):
        msg = f"max_distance is {max_distance!r}; the correlogram reaches {reach:.4g} that way"
        raise ValueError(msg)
    return max_distance


def _direction(axis: str | Sequence[float], ndim: int) -> FloatArray:
    """Return a unit vector, Z Y X."""
    names = "zyx"[-ndim:]
    if isinstance(axis, str):
        if len(axis) != 1 or axis.lower() not in names:
            msg = f"axis is {axis!r}; allowed are {', '.join(names)}, a direction and None"
            raise ValueError(msg)
        return np.asarray(np.eye(ndim)[names.index(axis.lower())])
    vector = np.asarray(axis, np.float64)
    length = float(np.linalg.norm(vector)) if vector.shape == (ndim,) else math.nan
    if not (math.isfinite(length) and length > 0):
        msg = f"axis is {axis!r}; a direction has one number for each axis ({ndim}), not all 0"
        raise ValueError(msg)
    return np.asarray(vector / length)


def _radial(
    distance: FloatArray, r: FloatArray, width: float, limit: float
) -> tuple[FloatArray, FloatArray]:
    """Return the mean over displacements of equal length, to the nearest pixel."""
    known = np.isfinite(r) & (distance <= limit * (1 + 1e-9))
    bins = np.rint(distance[known] / width).astype(int)
    count = np.bincount(bins)
    kept = count > 0
    place = np.bincount(bins, distance[known])[kept] / count[kept]
    return place, np.bincount(bins, r[known])[kept] / count[kept]


def _fit(
    place: FloatArray, curve: FloatArray, unit: str, extreme: str | None, *, radial: bool
) -> VanSteensel:
    known = np.isfinite(curve)
    parameters, r_squared = np.full(4, np.nan), math.nan
    extremes = [(math.nan, math.nan)] * 2
    notes = [("correlation", "a channel is constant, or the channels overlap too little")]
    if known.any():
        best = int(np.nanargmax(curve)), int(np.nanargmin(curve))
        extremes = [(float(place[k]), float(curve[k])) for k in best]
        parameters, r_squared = _best_gaussian(place[known], curve[known], extreme, radial=radial)
        if _beyond(place[known], curve[known], *parameters[1:3], radial=radial):
            parameters, r_squared = np.full(4, np.nan), math.nan
            notes = [("offset", "the extreme lies beyond the displacements looked at")]
        else:
            notes = _notes(parameters, r_squared, place[known], unit)
    baseline, height, offset, sigma = (float(p) for p in parameters)
    return VanSteensel(
        displacement=place,
        correlation=curve,
        fit=_gaussian(place, *parameters),
        peak=baseline + height,
        baseline=baseline,
        offset=offset,
        sigma=sigma,
        fwhm=FWHM * sigma,
        r_squared=r_squared,
        highest=extremes[0],
        lowest=extremes[1],
        unit=unit,
        notes=tuple(notes),
    )


def _gaussian(
    x: FloatArray, baseline: float, height: float, offset: float, sigma: float
) -> FloatArray:
    return np.asarray(baseline + height * np.exp(-np.square((x - offset) / sigma) / 2))


def _best_gaussian(
    x: FloatArray, y: FloatArray, extreme: str | None, *, radial: bool
) -> tuple[FloatArray, float]:
    """Return baseline, height, offset and sigma of the best Gaussian, a peak or a dip, and R²."""
    span, total = float(np.ptp(x)), float(np.square(y - y.mean()).sum())
    if x.size < _FEWEST or total == 0:
        return np.full(4, np.nan), math.nan
    finest = span / (x.size - 1)
    offsets = (0.0, 1e-12) if radial else (x.min() - span, x.max() + span)
    heights = (0.0 if extreme == "peak" else -np.inf, 0.0 if extreme == "dip" else np.inf)
    low, high = zip((-np.inf, np.inf), heights, offsets, (finest / 4, 4 * span), strict=True)

    def misfit(parameters: FloatArray) -> FloatArray:
        return _gaussian(x, *parameters) - y

    def slopes(parameters: FloatArray) -> FloatArray:
        _, height, offset, sigma = parameters
        away = (x - offset) / sigma
        shape = np.exp(-np.square(away) / 2)
        rise = height * shape * away / sigma
        return np.stack([np.ones_like(x), shape, rise, rise * away], axis=1)

    found = [
        optimize.least_squares(misfit, start, slopes, bounds=(low, high), x_scale="jac")
        for start in _starts(x, y, low[2:], high[2:], extreme)
    ]
    if not found:
        return np.array([y.mean(), 0.0, 0.0, finest]), 0.0
    best = min(found, key=lambda each: float(each.cost))
    fitted = np.asarray(best.x)
    if radial:
        fitted[2] = 0
    return fitted, 1 - 2 * float(best.cost) / total


def _starts(
    x: FloatArray,
    y: FloatArray,
    low: tuple[float, float],
    high: tuple[float, float],
    extreme: str | None,
) -> Iterator[list[float]]:
    """Yield the best peak and dip on a grid of offsets and sigmas, of those that are looked for.

    Baseline and height of each are those of least squares.
    """
    offsets = np.linspace(low[0], high[0], min(6 * x.size, _MOST_OFFSETS))
    sigmas = np.geomspace(low[1], high[1], _SIGMAS)
    shapes = np.exp(-np.square((x - offsets[:, None, None]) / sigmas[:, None]) / 2)
    centred = shapes - shapes.mean(axis=-1, keepdims=True)
    own = np.square(centred).sum(axis=-1)
    shared = centred @ (y - y.mean())
    explained = np.divide(np.square(shared), own, out=np.zeros_like(own), where=own > _FLAT)
    for sign, name in ((1, "peak"), (-1, "dip")):
        fits = np.where(sign * shared > 0, explained, 0)
        if extreme not in (None, name) or not fits.any():
            continue
        at = np.unravel_index(np.argmax(fits), fits.shape)
        height = shared[at] / own[at]
        baseline = y.mean() - height * shapes[at].mean()
        yield [float(one) for one in (baseline, height, offsets[at[0]], sigmas[at[1]])]


def _beyond(x: FloatArray, y: FloatArray, height: float, offset: float, *, radial: bool) -> bool:
    """Return whether the extreme lies beyond the curve, or a dip stands for a peak that does."""
    strongest = int(np.argmax(np.abs(y)))
    at_end = strongest == y.size - 1 or (strongest == 0 and not radial)
    other = at_end and height * y[strongest] < 0
    return bool(other or offset < x.min() or offset > x.max())


def _notes(parameters: FloatArray, r_squared: float, x: FloatArray, unit: str) -> list[Note]:
    _, height, offset, _ = parameters
    if not np.isfinite(parameters).all():
        return [("offset", "too few points, or a flat curve, to fit")]
    if r_squared < _EXPLAINED:
        explained = f"the fit explains {100 * r_squared:.0f} % of the curve, no clear peak or dip"
        return [("offset", explained)]
    kind = "peak" if height > 0 else "dip"
    notes: list[Note] = []
    if height < 0:
        notes.append(("peak", "the curve has a dip, the channels exclude each other there"))
    if abs(offset) > float(np.ptp(x)) / (x.size - 1) / 2:
        shifted = f"the {kind} is {offset:.3g} {unit} off zero; are channels shifted?"
        notes.append(("offset", shifted))
    return notes
