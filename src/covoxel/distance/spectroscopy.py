"""Which share of the particles of each channel is colocalized, from correlograms."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from covoxel.core.types import BoolArray, FloatArray, Note
from covoxel.distance.gaussian_peak import (
    REACH,
    Peak,
    Points,
    block_residuals,
    peak_spread,
    settled_variance,
)
from covoxel.distance.inputs import Inputs, association_inputs
from covoxel.distance.interval import Influence
from covoxel.distance.profiles import BlockProfiles, Rings, block_profiles
from covoxel.distance.psf import rough_variance
from covoxel.distance.whitening import Noise
from covoxel.thresholds.choose import image_level
from covoxel.thresholds.spec import parse_background_level

#: Terms of the baseline under the peak of each model: a constant, and what decays slowly.
_TERMS = {"iccs": 1, "ppi": 3}
#: Displacements computed, in the range that is fitted first: widths found may be larger.
_MARGIN = 1.5
#: Fewest blocks that an interval is made from.
_BLOCKS = 8
#: Standard errors by which a channel's own peak has to stand out of its noise.
_SURE = 4.0
#: Least variance of such a peak, in pixels: no image of a particle is finer.
_FINEST = 0.2
#: Blocks that make a peak, below which an interval is doubtful.
_FEW = 12.0
#: Relative step of derivatives by a variance.
_STEP = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class ColocalizedFractions:
    """Shares of the particles of each channel that are at those of the other one.

    Undefined values are NaN, with the reason in `notes`. The bounds are those of 95 % intervals.

    Attributes
    ----------
    iccs1, iccs2 : float
        By image cross-correlation spectroscopy: of channel 1, of channel 2.
    ppi1, ppi2 : float
        The protein proximity index: the same from the sharp part of the correlograms alone.
    iccs1_low, iccs1_high, … : float
        Bounds of each.
    background1, background2 : float
        What was subtracted from the mean intensities.
    notes : tuple of (str, str)
        The name of an attribute, and the reason.
    """

    iccs1: float = math.nan
    iccs1_low: float = math.nan
    iccs1_high: float = math.nan
    iccs2: float = math.nan
    iccs2_low: float = math.nan
    iccs2_high: float = math.nan
    ppi1: float = math.nan
    ppi1_low: float = math.nan
    ppi1_high: float = math.nan
    ppi2: float = math.nan
    ppi2_low: float = math.nan
    ppi2_high: float = math.nan
    background1: float = math.nan
    background2: float = math.nan
    notes: tuple[Note, ...] = ()


def colocalized_fractions(
    image1: Any,
    image2: Any,
    *,
    mask: Any = None,
    spacing: Sequence[float] | None = None,
    background1: str | float = "percentile:50",
    background2: str | float = "percentile:50",
    workers: int | None = None,
) -> ColocalizedFractions:
    """Estimate the colocalized share of each channel's particles from correlograms.

    The number of particles behind a correlogram is read from its peak at zero, so that they need
    not be resolved. Random overlap takes no part.

    Parameters
    ----------
    image1, image2 : (Z, Y, X) or (Y, X) array-like, Channel or napari layer
        The channels, on one grid, without a time axis. A pixel that is not finite in either is
        left out.
    mask : bool array-like, optional
        Where particles may be; not a segmentation of them.
    spacing : sequence of float, optional
        Pixel size in µm along each axis; overrides that of the images.
    background1, background2 : str or float
        Level of each channel without particles: ``none``, ``constant:B``, ``percentile:P``,
        ``mode`` or a number. The shares are proportional to the ratio of the mean intensities
        above it. The median, the default, is right where particles cover little of the mask.
    workers : int, optional
        Threads of the transforms; all by default.

    Returns
    -------
    ColocalizedFractions
        In the mean from 0 to 1 where partners are equally bright; single values may lie beyond.

    Raises
    ------
    ValueError
        If images or masks do not fit each other, or a background is not as above.
    TypeError
        If an image is complex or RGB.
    MemoryError
        If the transforms would not fit into memory.

    Notes
    -----
    With G the covariance over the product of both mean intensities, the share of channel 1 is
    G₁₂(0)/G₂₂(0) and that of channel 2 is G₁₂(0)/G₁₁(0). G(0) is the height of a Gaussian on a
    constant (ICCS), or on a baseline that decays slowly, as nonspecific stain does (PPI). In
    place of heights, the integrals of the Gaussians are divided, so that the PSFs may differ. At
    displacement zero the noise of each channel correlates with itself, which is left out. The
    Gaussian of G₁₂ has the mean variance of the other two: particles farther apart than the PSF
    are not counted. Channels have to be registered. Particles of one channel are taken as equally
    bright, or bright in proportion to their partners; if their brightness varies independently,
    the shares are too small. A particle counts by its squared brightness. Intervals come from the
    influence of each of up to 100 blocks.

    References
    ----------
    Comeau, Costantino & Wiseman, "A guide to accurate fluorescence microscopy colocalization
    measurements", 2006, doi:10.1529/biophysj.106.089441

    Wu et al., "Quantitative determination of spatial protein-protein correlations in fluorescence
    confocal microscopy", 2010, doi:10.1016/j.bpj.2009.10.037

    Examples
    --------
    >>> from covoxel import simulate_pair
    >>> pair = simulate_pair(n_spots1=200, n_spots2=100, n_shared=50, rng=1)
    >>> found = colocalized_fractions(pair.channel1, pair.channel2)
    >>> found.iccs1_low < 0.25 < found.iccs1_high, found.iccs2_low < 0.5 < found.iccs2_high
    (True, True)
    """
    specs = (
        parse_background_level("background1", background1),
        parse_background_level("background2", background2),
    )
    inputs = association_inputs(image1, image2, mask, spacing)
    if inputs.reason:
        return _undefined(inputs.reason)
    levels = [
        0.0 if spec.kind == "none" else image_level(image, spec, mask)
        for image, spec in zip((image1, image2), specs, strict=True)
    ]
    empty = ColocalizedFractions(background1=levels[0], background2=levels[1])
    above = [mean - level for mean, level in zip(inputs.mean, levels, strict=True)]
    for channel, mean in enumerate(above, start=1):
        if mean <= 0:
            reason = f"the mean intensity of channel {channel} is not above its background"
            return replace(empty, notes=_everywhere(reason))
    correlograms = _correlograms(inputs, workers)
    if isinstance(correlograms, str):
        return replace(empty, notes=_everywhere(correlograms))
    found: dict[str, float] = {}
    notes: list[Note] = []
    for model in _TERMS:
        values, reasons = _fractions(correlograms, inputs.scale, above, model)
        found |= values
        notes += reasons
    return replace(empty, **found, notes=tuple(notes))


def _undefined(reason: str) -> ColocalizedFractions:
    return ColocalizedFractions(notes=_everywhere(reason))


def _everywhere(reason: str) -> tuple[Note, ...]:
    return tuple((f"{model}{channel}", reason) for model in _TERMS for channel in (1, 2))


@dataclass(frozen=True, slots=True, eq=False)
class _Correlograms:
    """Profiles of both channels together and of each; and each block's part of their means.

    All are of values of mean 0 and variance 1.
    """

    rings: Rings
    cross: BlockProfiles
    own: tuple[BlockProfiles, BlockProfiles]
    means: tuple[FloatArray, FloatArray]
    start: tuple[FloatArray, FloatArray]
    pixels: int

    def chance(self, weights: FloatArray, inner: BoolArray, first: int, second: int) -> float:
        """Return the variance of a weighted sum over a profile of channels that share nothing."""
        rows = np.zeros((1, inner.size))
        rows[0, inner] = weights
        noise = Noise(self.rings, (self.own[first], self.own[second]), self.pixels)
        return float(noise.covariance(rows)[0, 0])


def _correlograms(inputs: Inputs, workers: int | None) -> _Correlograms | str:
    start = [rough_variance(side, inputs.step) for side in inputs.sides]
    for number, variance in enumerate(start, start=1):
        if variance is None:
            return f"the correlogram of channel {number} has no peak"
    first, second = (np.asarray(variance) for variance in start)
    distance = _MARGIN * REACH * math.sqrt(max(first.max(), second.max()))
    rings = Rings.up_to(
        min(distance, 2 / 3 * inputs.extent), inputs.step, tuple(2 * n // 3 for n in inputs.shape)
    )
    values = [side.values for side in inputs.sides]
    inside = np.ones_like(values[0]) if inputs.mask is None else inputs.mask.astype(values[0].dtype)
    pairs = [(0, 1), (0, 0), (1, 1), (0, 2), (1, 2)]
    cross, own1, own2, *sums = block_profiles(
        (*values, inside), inputs.mask, pairs, rings, inputs.step, workers=workers
    )
    zero = int(np.argmin(rings.length))
    mean1, mean2 = (each.values[:, zero] for each in sums)
    own, means = (own1, own2), (mean1, mean2)
    return _Correlograms(rings, cross, own, means, (first, second), inputs.pixels)


@dataclass(frozen=True, slots=True, eq=False)
class _Volume:
    """Integral of a Gaussian, and each block's part of its relative error and of its variance's.

    ``participation`` is about how many blocks make it.
    """

    value: float
    variance: FloatArray
    error: FloatArray
    variance_error: FloatArray
    participation: float


def _fractions(
    given: _Correlograms, scale: Sequence[float], above: Sequence[float], model: str
) -> tuple[dict[str, float], list[Note]]:
    """Return the shares of a model with their bounds, and the reasons for those that are NaN."""
    own = []
    for k in (0, 1):
        volume = _own_volume(given, k, _TERMS[model])
        if volume is None:
            reason = f"the correlogram of channel {k + 1} has no peak above its noise"
            return {}, [(f"{model}1", reason), (f"{model}2", reason)]
        own.append(volume)
    shared, shared_error, chance = _cross_volume(given, own, _TERMS[model])
    # of the mean intensities above the background
    change = [scale[k] * given.means[k] / above[k] for k in (0, 1)]
    found: dict[str, float] = {}
    notes: list[Note] = []
    for k, name in enumerate((f"{model}1", f"{model}2")):
        other = 1 - k
        factor = scale[k] * above[other] / (scale[other] * above[k]) / own[other].value
        value = shared * factor
        error = factor * shared_error + value * (change[other] - change[k] - own[other].error)
        low, high = _interval(value, error, chance * factor**2)
        if math.isnan(low):
            room = f"the image is {error.size} blocks of the peak's width; {_BLOCKS} are needed"
            notes.append((f"{name}_low", room))
        elif high < 0:
            notes.append((name, "both channels' correlogram has a dip in place of a peak"))
            continue
        elif min(one.participation for one in own) < _FEW:
            few = "few bright particles make the peaks; the interval may be too narrow"
            notes.append((f"{name}_low", few))
        found |= {name: value, f"{name}_low": low, f"{name}_high": high}
    return found, notes


def _own_volume(given: _Correlograms, k: int, terms: int) -> _Volume | None:
    """Return the peak of a channel's own correlogram; None where none stands out."""
    profiles = given.own[k]
    points = _points(given.rings, profiles, terms, with_zero=False)
    variance = settled_variance(points, given.start[k])
    inner = None if variance is None else points.inside(variance)
    finest = _FINEST * float(np.square(given.rings.length[given.rings.length > 0].min()))
    if variance is None or inner is None or variance[0] < finest:
        return None
    fit = Peak(points, inner)
    linear = fit.linear(variance)
    weights = np.linalg.pinv(fit.weighted(variance))[0]
    # pairs of pixels of one channel are there twice, once in either direction
    by_chance = math.sqrt(2 * given.chance(weights * fit.root, inner, k, k))
    if linear[0] <= _SURE * by_chance:
        return None
    residuals = block_residuals(fit, inner, profiles, variance, linear)
    parts = residuals @ np.linalg.pinv(fit.slopes(variance, linear)).T
    n = variance.size
    spread = peak_spread(variance)
    grown = np.log(_grown(peak_spread, variance) / spread) / _STEP
    error = parts[:, n] / linear[0] + (parts[:, :n] / variance) @ grown
    made = profiles.values[:, inner] @ (weights * fit.root)
    participation = float(np.square(made.sum()) / np.square(made).sum())
    return _Volume(float(linear[0]) * spread, variance, error, parts[:, :n], participation)


def _cross_volume(
    given: _Correlograms, own: Sequence[_Volume], terms: int
) -> tuple[float, FloatArray, float]:
    """Return the peak of both channels' correlogram, each block's part of its error, its chance.

    That is its variance if the channels share nothing: few particles that meet by chance, or none,
    vary less among the blocks than they do between images.
    """
    profiles = given.cross
    points = _points(given.rings, profiles, terms, with_zero=True)
    variance = (own[0].variance + own[1].variance) / 2
    inner = points.inside(variance)
    assert inner is not None  # more are fitted than in either channel's own
    fit = Peak(points, inner)

    def volume(tried: FloatArray) -> float:
        return float(fit.linear(tried)[0]) * peak_spread(tried)

    linear = fit.linear(variance)
    residuals = block_residuals(fit, inner, profiles, variance, linear)
    weights = np.linalg.pinv(fit.weighted(variance))[0] * peak_spread(variance)
    chance = given.chance(weights * fit.root, inner, 0, 1)
    wider = (own[0].variance_error + own[1].variance_error) / 2
    slope = (_grown(volume, variance) - volume(variance)) / (_STEP * variance)
    error = residuals @ weights + wider @ slope
    return volume(variance), error, chance


def _points(rings: Rings, profiles: BlockProfiles, terms: int, *, with_zero: bool) -> Points:
    squares = [np.square(length) for length in rings.place]
    return Points(squares, rings.length, profiles.mean, profiles.weight, terms, with_zero=with_zero)


def _grown(function: Any, variance: FloatArray) -> FloatArray:
    """Return a function of variances where each of them by itself is a little larger."""
    steps = np.diag(_STEP * variance)
    return np.array([function(variance + step) for step in steps])


def _interval(value: float, error: FloatArray, chance: float) -> tuple[float, float]:
    if error.size < _BLOCKS:
        return math.nan, math.nan
    margin = Influence(error[:, None]).margin(0, chance)
    return value - margin, value + margin
