"""Thresholds that nearly all pixels exceed."""

from __future__ import annotations

import numpy as np

from covoxel.core.types import FloatArray
from covoxel.quality.codes import MOSTLY_ABOVE
from covoxel.quality.findings import Finding

#: Where more than this share is above, a threshold leaves nothing out.
_NEARLY_ALL = 0.95


def above_findings(share1: FloatArray, share2: FloatArray) -> list[Finding]:
    """Find thresholds that nearly all pixels of a region exceed.

    Parameters
    ----------
    share1, share2 : (R,) float arrays
        Share of the pixels of each region that are above the threshold of channel 1 and 2; NaN
        without a threshold.
    """
    return [
        Finding(
            MOSTLY_ABOVE,
            "warning",
            share > _NEARLY_ALL,
            f"{{}} % of pixels of channel {channel} are above its threshold, so it leaves hardly "
            "anything out, and Manders' coefficients are near 1 by chance",
            (np.round(100 * share, 1),),
            channel,
        )
        for channel, share in ((1, share1), (2, share2))
    ]
