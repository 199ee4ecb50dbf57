"""Registering one channel on another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from covoxel.displacement.correlogram import correlogram
from covoxel.displacement.peak import subpixel_peak
from covoxel.displacement.registration import Registration


def register(
    image1: Any,
    image2: Any,
    *,
    mask: Any = None,
    mask1: Any = None,
    mask2: Any = None,
    max_shift: int | Sequence[int] | None = None,
    spacing: Sequence[float] | None = None,
    workers: int | None = None,
) -> Registration:
    """Find the movement that lays channel 2 on channel 1."""
    found = correlogram(
        image1,
        image2,
        mask=mask,
        mask1=mask1,
        mask2=mask2,
        spacing=spacing,
        max_lag=max_shift,
        workers=workers,
    )
    r = found.pearson(0.3)
    start = tuple(int(i) for i in np.unravel_index(np.nanargmax(r), r.shape))
    peak = subpixel_peak(r, start)
    offset = peak.position - np.asarray(found.max_lag)
    return Registration.from_shift(
        tuple((-offset).tolist()),
        found.shape,
        found.spacing,
        method="ncc",
        ncc_before=float(r[tuple(found.max_lag)]),
        ncc_after=peak.height,
    )
