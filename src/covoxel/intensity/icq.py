"""Li's intensity correlation quotient."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from covoxel.core.checks import one_of
from covoxel.intensity.blocks import Stream
from covoxel.intensity.cuts import Cut
from covoxel.intensity.histogram import JointHistogram
from covoxel.intensity.moments import Moments
from covoxel.intensity.reading import Correlation, read_sums, share, why_undefined
from covoxel.intensity.sums import ClassSums, class_sums

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
