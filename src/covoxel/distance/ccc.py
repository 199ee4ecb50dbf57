"""An association as the CCC plugin of Fiji measures it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from covoxel.correlation.cross_correlogram import correlogram
from covoxel.distance.ccc_steps import ccc_like
from covoxel.distance.record import Association, AssociationProfile, Component


def ccc_association(
    image1: Any,
    image2: Any,
    mask: Any,
    spacing: Sequence[float] | None,
    like: str,
    components: int,
    workers: int | None,
) -> Association:
    """Return the plugin's mean, SD, height, confidence and R²; NaN where it cannot fit."""
    found = correlogram(image1, image2, mask=mask, spacing=spacing, workers=workers)
    if len(found.shape) == 1:
        msg = f"image1 has shape {found.shape}; a plane or a stack is needed"
        raise ValueError(msg)
    ccc = ccc_like(found, like, components)
    told = tuple(
        Component(
            distance=mean,
            distance_low=math.nan,
            distance_high=math.nan,
            spread=sd,
            amplitude=height,
            associated_fraction=math.nan,
            confidence=confidence,
        )
        for mean, sd, height, confidence in zip(
            ccc.mean, ccc.sd, ccc.height, ccc.confidence, strict=True
        )
        if not math.isnan(mean)
    )
    unknown = np.full(ccc.distance.size, np.nan)
    ndim = len(found.shape)
    first = told[0] if ccc.fitted else None
    notes = [] if first else ["distance: no Gaussian could be fitted"]
    if found.spacing is None:
        notes.append("unit: the voxel size is unknown, lengths are in pixels")
    return Association(
        distance=first.distance if first else math.nan,
        spread=first.spread if first else math.nan,
        combined=math.hypot(first.distance, first.spread) if first else math.nan,
        amplitude=first.amplitude if first else math.nan,
        confidence=first.confidence if first else math.nan,
        r_squared=ccc.r_squared,
        psf1=(math.nan,) * ndim,
        psf2=(math.nan,) * ndim,
        offset=(math.nan,) * ndim,
        unit=found.unit,
        model=like,
        fit_range=(0.0, float(ccc.distance[-1])),
        components=told,
        profile=AssociationProfile(
            distance=ccc.distance,
            correlation=ccc.subtracted,
            low=unknown,
            high=unknown,
            fit=ccc.fit if first else unknown,
            baseline=np.zeros(ccc.distance.size) if first else unknown,
            bleed=np.zeros(ccc.distance.size),
            null_low=unknown,
            null_high=unknown,
        ),
        notes=tuple(notes),
    )
