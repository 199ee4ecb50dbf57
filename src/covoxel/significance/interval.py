"""The interval of a correlation coefficient, from how its parts vary over the image."""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from covoxel.core.bounds import possible_interval
from covoxel.core.types import AnyArray, FloatArray
from covoxel.correlation.overlaps import weighted_pair_sum
from covoxel.significance.area import Area
from covoxel.significance.correlated import Correlated
from covoxel.significance.effective_size import Texture

#: Sides of the window over which influences are summed, in correlation lengths, and how many
#: windows the area should hold.
_WINDOWS = (6.0, 5.0, 4.0, 3.0)
_ENOUGH = 3.0
#: Distance of |r| from 1 that is rounding.
_ROUNDING = 1e-12


def correlation_interval(channels: Correlated, confidence: float) -> tuple[float, float, str]:
    """Return both bounds of r, or NaN and why.

    The variance of Fisher's z is the wider of 1/(n_eff - 3) and that of the influence of each
    pixel on r, summed over a window: the first knows nothing of what both channels share, the
    second nothing of what is beyond its window.
    """
    r, n_eff, area = channels.r, channels.n_eff, channels.area
    z1, z2 = channels.z
    influence = correlation_influence(z1, z2, r) / area.n
    places = area.participation(channels.products, channels.texture.length())
    if channels.few_objects:
        places = min(places, channels.places)
    error, freedom = influence_error(area, influence, channels.texture, places)
    if abs(r) >= 1 - _ROUNDING:
        return math.nan, math.nan, "no interval of a correlation of 1 or -1"
    if not math.isfinite(error) or n_eff <= 3:
        why = "no interval: the area holds too few independent windows"
        return math.nan, math.nan, why
    error = max(error / (1 - r * r), 1 / math.sqrt(n_eff - 3))
    half = float(special.stdtrit(freedom, 0.5 + confidence / 2)) * error
    z = math.atanh(r)
    return possible_interval(r, math.tanh(z - half), math.tanh(z + half), -1, 1)


def correlation_influence(z1: FloatArray, z2: FloatArray, r: float) -> FloatArray:
    """Return the influence of each pixel on a correlation, times their number."""
    from covoxel.significance.kernels import influence  # takes a while to load

    out = np.empty_like(z1)
    influence(z1.ravel(), z2.ravel(), r, out.ravel())
    return out


def influence_error(
    area: Area, influence: FloatArray, found: Texture, places: float | None = None
) -> tuple[float, float]:
    """Return the standard error of a sum of influences, and its degrees of freedom.

    NaN where the area holds too few windows within which influences depend on each other. What a
    window leaves out is made up for by the share of Σ N ρ₁ ρ₂ that it holds. The degrees of freedom
    are at most half the number of `places` on which the sum rests, by default counted in
    influences.
    """
    if places is None:
        places = area.participation(influence, found.length())
    ndim = area.mask.ndim
    window, windows = _window(area, found.length())
    freedom = min(1.5**ndim * windows - 1, max(places / 2, 1))
    if windows <= 1 or freedom < 1:
        return math.nan, freedom
    reach = zip(area.lags(window).high, area.step, strict=True)
    near = [_triangle(np.arange(limit + 1) * step, window) for limit, step in reach]
    variance = weighted_pair_sum(influence, near) * windows / (windows - 1)
    wide = [_triangle(found.at.lags.along(i) * step, window) for i, step in enumerate(area.step)]
    held = found.at.summed(found.products, wide)
    variance *= min(max(float(np.sum(found.products)) / held, 1), 3)
    return math.sqrt(max(variance, 0)), freedom


def _window(area: Area, length: float) -> tuple[float, float]:
    """Return the side of the window, and how many fit into the area.

    It is the widest of those of which enough fit; an area is no deeper than its bounding box.
    """
    for lengths in _WINDOWS:
        side = lengths * length
        extents = zip(area.mask.shape, area.step, strict=True)
        windows = area.n / math.prod(min(side / step, n) for n, step in extents)
        if windows >= _ENOUGH:
            break
    return side, windows


def _triangle(distances: AnyArray, window: float) -> FloatArray:
    return np.maximum(1 - np.abs(distances) / window, 0)
