"""Thresholds and backgrounds of each region, from the image or from the region itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from covoxel._types import FloatArray
from covoxel.analysis.options import Settings
from covoxel.analysis.source import Source
from covoxel.intensity.gates import Gate
from covoxel.intensity.reading import Reasons, no_reasons
from covoxel.thresholds.choose import marginal_levels
from covoxel.thresholds.costes import CostesThreshold, costes_of
from covoxel.thresholds.spec import Spec

_ROLLING = "a rolling ball differs from pixel to pixel"


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """What was found, one entry a region.

    ``costes`` is None where no channel asked for it, else of all regions or of the image.
    """

    gate: Gate
    threshold_reasons: tuple[Reasons, Reasons]
    backgrounds: tuple[FloatArray, FloatArray]
    background_reasons: tuple[Reasons, Reasons]
    costes: CostesThreshold | None


def find_limits(
    settings: Settings,
    source: Source,
    whole: Callable[[], Source],
    control: Callable[[Spec, int], float],
    *,
    costes: bool,
) -> Limits:
    """Find the thresholds and backgrounds of the regions of a source.

    Parameters
    ----------
    settings : Settings
    source : Source
        The regions.
    whole : callable
        Returns the source of the whole image.
    control : callable
        Returns the threshold of a control file for a channel.
    costes : bool
        Whether Costes' crossing levels are asked for, if no threshold is.
    """
    n = source.n_regions
    regional = settings.threshold_scope == "region"
    base = source if regional else whole()
    line = None
    if costes or any(spec.kind == "costes" for spec in settings.threshold):
        histogram = base.histogram
        line = costes_of(histogram, base.sums().select(), settings.convention.costes_rule)
    thresholds, threshold_reasons = [], []
    for channel, spec in zip((1, 2), settings.threshold, strict=True):
        if spec.kind == "costes":
            assert line is not None
            found, reasons = getattr(line, f"threshold{channel}"), line.reason
        elif spec.kind == "control":
            found, reasons = np.full(1, control(spec, channel)), no_reasons(1)
        else:
            found, reasons = _levels(base, channel, spec)
        thresholds.append(_spread(found, n))
        threshold_reasons.append(_spread(reasons, n))
    backgrounds, background_reasons = [], []
    for channel, spec in zip((1, 2), settings.background, strict=True):
        found, reasons = _background(source, whole, channel, spec)
        backgrounds.append(_spread(found, n))
        background_reasons.append(_spread(reasons, n))
    gate = Gate(thresholds[0], thresholds[1], *(np.nan_to_num(b) for b in backgrounds))
    return Limits(
        gate,
        (threshold_reasons[0], threshold_reasons[1]),
        (backgrounds[0], backgrounds[1]),
        (background_reasons[0], background_reasons[1]),
        line,
    )


def _background(
    source: Source, whole: Callable[[], Source], channel: int, spec: Spec
) -> tuple[FloatArray, Reasons]:
    """Return the background: percentiles are of the image, modes of each region."""
    if spec.kind == "none":
        return np.zeros(1), no_reasons(1)
    if spec.kind == "rolling":
        return np.full(1, np.nan), np.full(1, _ROLLING, object)
    return _levels(source if spec.kind == "mode" else whole(), channel, spec)


def _levels(source: Source, channel: int, spec: Spec) -> tuple[FloatArray, Reasons]:
    if spec.kind in ("manual", "constant"):
        return np.full(1, spec.number), no_reasons(1)
    if spec.kind == "none":
        return np.full(1, np.nan), np.full(1, "no threshold was asked for", object)
    found, reasons = np.full(source.n_regions, np.nan), no_reasons(source.n_regions)
    for where, levels in source.marginals(channel):
        found[where], reasons[where] = marginal_levels(levels, spec)
    return found, reasons


def _spread(values: Any, n: int) -> Any:
    return np.broadcast_to(values, (n,)).copy()
