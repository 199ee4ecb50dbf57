"""Correlation without the noise, from a second image of each channel."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from scipy import special

from covoxel.core.bounds import possible_interval
from covoxel.core.checks import in_range, one_of, same_shape
from covoxel.core.types import AnyArray, FloatArray
from covoxel.image.channel import as_channel
from covoxel.significance.interval import correlation_influence, influence_error
from covoxel.significance.pair import pixel_pair
from covoxel.significance.prepared import prepared

#: Standard errors by which the correlation of replicates has to exceed 0.
_SURE = 3.0


@dataclass(frozen=True, slots=True)
class ReplicateCorrelation:
    """A correlation coefficient, corrected for the noise of both channels.

    Undefined values are NaN.

    Attributes
    ----------
    r : float
        The corrected coefficient; by chance it may lie beyond −1 and 1.
    low, high : float
        Bounds of its confidence interval, as far as it is within −1 and 1.
    factor : float
        What the measured coefficient is multiplied by, 1/√(quality1 · quality2).
    measured : float
        Mean coefficient of the four pairs of an image of channel 1 and one of channel 2.
    quality1, quality2 : float
        Coefficient of each channel and its replicate; 1 without noise.
    reason : str
        Why values are NaN, or what to mind; empty otherwise.
    """

    r: float = math.nan
    low: float = math.nan
    high: float = math.nan
    factor: float = math.nan
    measured: float = math.nan
    quality1: float = math.nan
    quality2: float = math.nan
    reason: str = ""


def replicate_correlation(
    image1: Any,
    image2: Any,
    *,
    replicate1: Any,
    replicate2: Any,
    mask: Any = None,
    method: Literal["pearson", "spearman"] = "pearson",
    spacing: Sequence[float] | None = None,
    confidence: float = 0.95,
) -> ReplicateCorrelation:
    """Correct a correlation for noise by a second image of each channel (RBNCC).

    Noise makes a coefficient too small, and it differs between two images of the same sample:
    how far these correlate less than fully tells by how much.

    Parameters
    ----------
    image1, image2 : (Z, Y, X) or (Y, X) array-like, Channel or napari layer
        The channels, on one grid.
    replicate1, replicate2 : array-like, Channel or napari layer
        The same field of either channel, recorded again with the same settings. Nothing may have
        moved or bleached much in between.
    mask : bool array-like, optional
        Where to look.
    method : {"pearson", "spearman"}
        Coefficient.
    spacing : sequence of float, optional
        Pixel size in µm along each axis; by default that of the channels.
    confidence : float
        Confidence level of the interval, from 0.5 to 0.999.

    Returns
    -------
    ReplicateCorrelation
        NaN with a reason where a channel and its replicate are not correlated beyond chance.

    Raises
    ------
    ValueError
        If the grids differ or an option is out of range.

    Notes
    -----
    The interval comes from the influence of each pixel on all six coefficients, summed over
    windows, and is no narrower than that of unrelated channels with as many independent pixels.
    What both images of a channel share, such as fixed patterns of the camera, is no noise to it.

    References
    ----------
    Adler, Pagakis & Parmryd, "Replicate-based noise corrected correlation for accurate measurements
    of colocalization", 2008, doi:10.1111/j.1365-2818.2008.01967.x

    Examples
    --------
    >>> import numpy as np
    >>> from covoxel import simulate_pair
    >>> pair = simulate_pair(structure="textures", shared_fraction=0.6, poisson=False, rng=1)
    >>> rng = np.random.default_rng(1)
    >>> image1, image2, again1, again2 = (
    ...     channel.data + rng.normal(0, 40, channel.shape)
    ...     for channel in (pair.channel1, pair.channel2) * 2
    ... )
    >>> found = replicate_correlation(image1, image2, replicate1=again1, replicate2=again2)
    >>> truth = pair.truth["pearson_noise_free"][0]
    >>> found.measured < 0.7 * truth, found.low < truth < found.high
    (True, True)
    """
    one_of("method", method, ("pearson", "spearman"))
    in_range("confidence", confidence, 0.5, 0.999)
    named = {
        "image1": image1,
        "image2": image2,
        "replicate1": replicate1,
        "replicate2": replicate2,
    }
    grid = as_channel(image1, spacing=spacing)
    spacing = grid.spacing if spacing is None else spacing
    images = [_values(name, image, grid.spatial_shape) for name, image in named.items()]
    missing = ~np.isfinite(images).all(axis=0)
    for image in images:
        image[missing] = np.nan
    return _corrected(images, mask, method, spacing, confidence)


def _values(name: str, image: Any, shape: tuple[int, ...]) -> FloatArray:
    values: AnyArray = as_channel(image).read()
    same_shape("image1", shape, name, values.shape)
    return np.array(values, np.float64)


def _corrected(
    images: Sequence[FloatArray],
    mask: Any,
    method: str,
    spacing: Sequence[float] | None,
    confidence: float,
) -> ReplicateCorrelation:
    a, b, again_a, again_b = images
    ranks = method == "spearman"
    given = prepared((a + again_a) / 2, (b + again_b) / 2, mask, None, spacing, ranks=ranks)
    if isinstance(given, str):
        return ReplicateCorrelation(reason=given)
    area, n = given.pair.area, given.pair.area.n
    pairs = [
        pixel_pair(first, second, mask, spacing) for first, second in ((a, b), (again_a, again_b))
    ]
    values = []
    for pair in pairs:
        assert pair is not None  # the pixels are those of the means
        if reason := pair.undefined(3):
            return ReplicateCorrelation(reason=reason)
        pair = pair.ranked() if ranks else pair
        values.append(pair.standardised())
    (z1, z2), (again1, again2) = values

    def read(first: FloatArray, second: FloatArray) -> tuple[float, FloatArray]:
        """Return a coefficient, and each pixel's influence on it."""
        r = float(np.sum(first * second) / n)
        return r, correlation_influence(first, second, r) / n

    cross = [read(first, second) for first in (z1, again1) for second in (z2, again2)]
    measured = float(np.mean([r for r, _ in cross]))
    (q1, own1), (q2, own2) = read(z1, again1), read(z2, again2)
    found = ReplicateCorrelation(measured=measured, quality1=q1, quality2=q2)
    for number, quality, own in ((1, q1, own1), (2, q2, own2)):
        error, _ = influence_error(area, own, given.correlated.texture)
        if not quality > _SURE * (0 if math.isnan(error) else error):
            reason = f"channel {number} and its replicate are not correlated beyond chance"
            return replace(found, reason=reason)
    factor = 1 / math.sqrt(q1 * q2)
    r = measured * factor
    found = replace(found, r=r, factor=factor)
    if given.reason:
        return replace(found, reason=f"no interval: {given.reason}")
    influence = factor * np.mean([one for _, one in cross], axis=0)
    influence -= r / 2 * (own1 / q1 + own2 / q2)
    error, freedom = influence_error(area, influence, given.correlated.texture)
    n_eff = given.correlated.n_eff
    if math.isnan(error) or n_eff <= 3:
        return replace(found, reason="no interval: the area holds too few independent windows")
    # unrelated means of both images of each channel
    chance = factor * math.sqrt((1 + q1) * (1 + q2) / 4 / (n_eff - 3)) * max(1 - r * r, 0)
    half = float(special.stdtrit(freedom, 0.5 + confidence / 2)) * max(error, chance)
    low, high, reason = possible_interval(r, r - half, r + half, -1, 1)
    return replace(found, low=low, high=high, reason=reason)
