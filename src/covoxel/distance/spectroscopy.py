"""Which share of the particles of each channel is colocalized, from correlograms."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from covoxel.core.bounds import possible_interval
from covoxel.core.types import FloatArray, Note
from covoxel.distance.inputs import association_inputs
from covoxel.distance.interval import Influence
from covoxel.distance.peak_volumes import Correlograms, correlograms_of, cross_volume, own_volume
from covoxel.thresholds.spec import image_level, parse_background_level

#: Terms of the baseline under the peak of each model: a constant, and what decays slowly.
_TERMS = {"iccs": 1, "ppi": 3}
#: Fewest blocks that an interval is made from.
_BLOCKS = 8
#: Blocks that make a peak, below which an interval is doubtful.
_FEW = 12.0


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
        Bounds of each, as far as they are within 0 and 1.
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
    G₁₂(0)/G₂₂(0) and that of channel 2 is G₁₂(0)/G₁₁(0) (Comeau et al.). G(0) is the height of a
    Gaussian on a constant (ICCS), or on a baseline that decays slowly, as nonspecific stain does
    (PPI). Of PPI only the abstracts are followed. From Wu et al. are the fast and the slow part of
    correlation functions, the Gaussian that is fitted to the sharp peak, and that the index and
    Pearson's r are read from it; from Zinchuk et al. an index of each channel. The formula of the
    index is ours, the ratio of ICCS of the sharp parts: the root of `ppi1` times `ppi2` is then
    their Pearson's r. So are the shape of the baseline and the intervals. The published index may
    be normalised otherwise, and its median filter is left to the background. In place of heights,
    the integrals of the Gaussians are divided, so that the PSFs may differ. At displacement zero
    the noise of each channel correlates with itself, which is left out. The Gaussian of G₁₂ has the
    mean variance of the other two: particles farther apart than the PSF are not counted. Channels
    have to be registered. Particles of one channel are taken as equally bright, or bright in
    proportion to their partners; if their brightness varies independently, the shares are too
    small. A particle counts by its squared brightness. Intervals come from the influence of each of
    up to 100 blocks.

    References
    ----------
    Comeau, Costantino & Wiseman, "A guide to accurate fluorescence microscopy colocalization
    measurements", 2006, doi:10.1529/biophysj.106.089441

    Wu et al., "Quantitative determination of spatial protein-protein correlations in fluorescence
    confocal microscopy", 2010, doi:10.1016/j.bpj.2009.10.037

    Zinchuk et al., "Quantifying spatial correlations of fluorescent markers using enhanced
    background reduction with protein proximity index and correlation coefficient estimations",
    2011, doi:10.1038/nprot.2011.384

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
    correlograms = correlograms_of(inputs, workers)
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


def _fractions(
    given: Correlograms, scale: Sequence[float], above: Sequence[float], model: str
) -> tuple[dict[str, float], list[Note]]:
    """Return the shares of a model with their bounds, and the reasons for those that are NaN."""
    own = []
    for k in (0, 1):
        volume = own_volume(given, k, _TERMS[model])
        if volume is None:
            reason = f"the correlogram of channel {k + 1} has no peak above its noise"
            return {}, [(f"{model}1", reason), (f"{model}2", reason)]
        own.append(volume)
    shared, shared_error, chance = cross_volume(given, own, _TERMS[model])
    # of the mean intensities above the background
    change = [scale[k] * given.means[k] / above[k] for k in (0, 1)]
    found: dict[str, float] = {}
    notes: list[Note] = []
    for k, name in enumerate((f"{model}1", f"{model}2")):
        other = 1 - k
        factor = scale[k] * above[other] / (scale[other] * above[k]) / own[other].value
        value = shared * factor
        error = factor * shared_error + value * (change[other] - change[k] - own[other].error)
        margin = _margin(error, chance * factor**2)
        if value + margin < 0:
            notes.append((name, "both channels' correlogram has a dip in place of a peak"))
            continue
        low, high, why = possible_interval(value, value - margin, value + margin, 0, 1)
        if math.isnan(margin):
            few = f"the image is {error.size} blocks of the peak's width; {_BLOCKS} are needed"
            why = ", ".join(filter(None, (why, few)))
        if why:
            notes.append((name if math.isfinite(low) else f"{name}_low", why))
        if math.isfinite(low) and min(one.participation for one in own) < _FEW:
            few = "few bright particles make the peaks; the interval may be too narrow"
            notes.append((f"{name}_low", few))
        found |= {name: value, f"{name}_low": low, f"{name}_high": high}
    return found, notes


def _margin(error: FloatArray, chance: float) -> float:
    """Return half the width of an interval, NaN of too few blocks."""
    if error.size < _BLOCKS:
        return math.nan
    return Influence(error[:, None]).margin(0, chance)
