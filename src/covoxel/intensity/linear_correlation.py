"""Readings of how intensities vary together: Pearson's r, regression lines, Li's ICQ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from covoxel.core.checks import one_of
from covoxel.core.types import FloatArray, IntArray
from covoxel.intensity.blocks import Stream
from covoxel.intensity.cuts import Cut
from covoxel.intensity.histogram import JointHistogram
from covoxel.intensity.moments import Moments
from covoxel.intensity.reading import (
    MIN_PIXELS,
    Correlation,
    geometric_mean,
    ratio,
    read_sums,
    share,
    why_undefined,
)
from covoxel.intensity.sums import ClassSums, class_sums


@dataclass(frozen=True, slots=True)
class Regression:
    """The line intensity2 = slope · intensity1 + intercept, in raw units.

    Attributes
    ----------
    slope, intercept : float or (R,) float array
        NaN where undefined.
    reason : str or (R,) array of str
        Why; empty where defined.
    """

    slope: Any
    intercept: Any
    reason: Any


def pearson_of(moments: Moments) -> Correlation:
    """Return Pearson's r of sets of pixels."""
    spread = moments.spread()
    n = np.asarray(moments.n, np.int64)
    reasons = why_undefined(n, spread[0] <= 0, spread[1] <= 0)
    return Correlation(_coefficients(n, *spread), n, reasons)


def coefficients(moments: Moments) -> FloatArray:
    """Return Pearson's r of sets of pixels, NaN where it is undefined; of many in less time."""
    return _coefficients(np.asarray(moments.n, np.int64), *moments.spread())


def _coefficients(n: IntArray, v1: FloatArray, v2: FloatArray, c: FloatArray) -> FloatArray:
    mean, r = geometric_mean(v1, v2), np.full(n.shape, np.nan)
    defined = (n >= MIN_PIXELS) & (v1 > 0) & (v2 > 0) & (mean != 0)
    np.divide(c, mean, out=r, where=defined)
    clipped: FloatArray = np.minimum(np.maximum(r, -1), 1)  # faster than clip
    return clipped


def pearson(
    image1: Any, image2: Any = None, *, mask: Any = None, labels: Any = None
) -> Correlation:
    """Pearson's correlation coefficient of two channels.

    Parameters
    ----------
    image1, image2 : (Z, Y, X) or (Y, X) array-like, Channel or napari layer
        The channels, on one grid; or a JointHistogram as `image1` alone.
    mask : bool array-like, optional
        Where to measure.
    labels : int array-like, optional
        Regions to measure one by one.

    Returns
    -------
    Correlation
        r in [−1, 1]; NaN with a reason where a channel is constant or fewer than 3 pixels
        are finite.

    References
    ----------
    Manders et al., "Dynamics of three-dimensional replication patterns during the S-phase,
    analysed by double labelling of DNA and confocal microscopy", 1992,
    doi:10.1242/jcs.103.3.857

    Examples
    --------
    >>> import numpy as np
    >>> a = np.array([[1, 2], [3, 4]])
    >>> pearson(a, 3 * a + 7).value
    1.0
    """

    def reading(source: JointHistogram | Stream) -> Correlation:
        return pearson_of(class_sums(source).select())

    return read_sums(reading, image1, image2, mask, labels)


def regression_of(
    moments: Moments,
    kind: Literal["orthogonal", "ordinary"] = "orthogonal",
    *,
    skipped: FloatArray | None = None,
) -> Regression:
    """Return the regression line of sets of pixels.

    `skipped` is a pair of each region whose deviations from the means do not count: Coloc 2
    leaves the first one out.
    """
    one_of("kind", kind, ("orthogonal", "ordinary"))
    n = np.asarray(moments.n, np.int64)
    s1, s2, *_ = moments.about(np.zeros(n.size), np.zeros(n.size))
    v1, v2, c = moments.spread()
    unit1, unit2 = moments.units
    if skipped is not None:
        d1, d2 = n * (skipped[:, 0] / unit1) - s1, n * (skipped[:, 1] / unit2) - s2
        v1, v2, c = v1 - share(d1 * d1, n), v2 - share(d2 * d2, n), c - share(d1 * d2, n)
    reasons = why_undefined(n, v1 <= 0, v2 <= 0)
    most = max(unit1, unit2)  # the line is of both channels in one unit
    unit1, unit2 = unit1 / most, unit2 / most
    s1, s2 = s1 * unit1, s2 * unit2
    even = (reasons == "") & (c == 0)
    v1, v2, c = v1 * unit1 * unit1, v2 * unit2 * unit2, c * unit1 * unit2
    reasons[~even & (reasons == "") & (c == 0)] = "the slope is beyond 64-bit floats"
    if kind == "ordinary":
        slope = ratio(c, v1, reasons)
    else:
        reasons[even & (v1 < v2)] = "the line is vertical"
        reasons[even & (v1 == v2)] = "no line fits better than another"
        slope = ratio(_steep(v1, v2, c), 2 * c, reasons)
        slope[even & (v1 > v2)] = 0.0
    return Regression(slope, ratio(s2 - slope * s1, n, reasons) * most, reasons)


def _steep(v1: FloatArray, v2: FloatArray, c: FloatArray) -> FloatArray:
    """Return v2 − v1 + √((v2 − v1)² + 4c²), without cancellation where v1 > v2."""
    root = np.hypot(v2 - v1, 2 * c)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(v2 >= v1, v2 - v1 + root, 4 * c * c / (root + v1 - v2))


def regression(
    image1: Any,
    image2: Any = None,
    *,
    mask: Any = None,
    labels: Any = None,
    kind: Literal["orthogonal", "ordinary"] = "orthogonal",
) -> Regression:
    """Regression line of channel 2 on channel 1.

    Parameters
    ----------
    image1, image2, mask, labels
        As in `pearson`.
    kind : {"orthogonal", "ordinary"}
        Orthogonal (total least squares) treats both channels alike, as Costes asks;
        ordinary least squares takes channel 1 as free of error.

    Returns
    -------
    Regression

    References
    ----------
    Costes et al. 2004, doi:10.1529/biophysj.103.038422

    Examples
    --------
    >>> import numpy as np
    >>> a = np.array([[1, 2], [3, 4]])
    >>> regression(a, 2 * a + 1).slope
    2.0
    """

    def reading(source: JointHistogram | Stream) -> Regression:
        return regression_of(class_sums(source).select(), kind)

    return read_sums(reading, image1, image2, mask, labels)


Ties = Literal["neither", "positive"]


def mean_cuts(moments: Moments) -> tuple[list[Cut], list[Cut]]:
    """Return the cuts at each region's mean: above it, and on or above it."""
    s1, s2, *_ = moments.about(np.zeros(moments.n.size), np.zeros(moments.n.size))
    units = moments.units
    means = share(s1, moments.n) * units[0], share(s2, moments.n) * units[1]
    first, second = ([Cut(mean), Cut(mean, inclusive=True)] for mean in means)
    return first, second


def icq_of(moments: Moments, about_mean: ClassSums, ties: Ties = "neither") -> Correlation:
    """Return the quotient from the moments and the sums about the means."""
    n = np.asarray(moments.n, np.int64)
    (_, above2, on2), (above1, high, above1_on2), (on1, on1_above2, low) = about_mean.select_each(
        ((), (0,), (1,))
    ).n
    positive = high + (n - on1 - on2 + low)
    if ties == "positive":  # all that is not above one mean and below the other
        positive = n - (above1 - above1_on2) - (above2 - on1_above2)
    v1, v2, _ = moments.spread()
    reasons = why_undefined(n, v1 <= 0, v2 <= 0)
    value = share(positive, n) - 0.5
    value[reasons != ""] = np.nan
    return Correlation(value, n, reasons)


def li_icq(
    image1: Any,
    image2: Any = None,
    *,
    mask: Any = None,
    labels: Any = None,
    ties: Ties = "neither",
) -> Correlation:
    """Li's intensity correlation quotient (ICQ).

    The share of pixels whose intensities lie on the same side of both means,
    (a − ā)(b − b̄) > 0, minus ½.

    Parameters
    ----------
    image1, image2, mask, labels
        As in `pearson`.
    ties : {"neither", "positive"}
        Pixels exactly on a mean count for neither side, or (as in Coloc 2) as positive.

    Returns
    -------
    Correlation
        ICQ in [−0.5, 0.5].

    References
    ----------
    Li et al. 2004, doi:10.1523/JNEUROSCI.0346-04.2004

    Examples
    --------
    >>> import numpy as np
    >>> a = np.array([[1, 2], [3, 4]])
    >>> li_icq(a, a).value
    0.5
    """
    one_of("ties", ties, ("neither", "positive"))

    def reading(source: JointHistogram | Stream) -> Correlation:
        moments = class_sums(source).select()
        return icq_of(moments, class_sums(source, *mean_cuts(moments), 0), ties)

    return read_sums(reading, image1, image2, mask, labels)
