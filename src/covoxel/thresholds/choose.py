"""One threshold or background a region, from one channel's marginal."""

from __future__ import annotations

from typing import Any

import numpy as np

from covoxel.core.types import FloatArray
from covoxel.image.channel import as_channel
from covoxel.image.regions import as_region
from covoxel.intensity.blocks import Stream, checked_pair
from covoxel.intensity.histogram import MEMORY_BUDGET
from covoxel.intensity.marginal import Marginal
from covoxel.intensity.reading import NO_PIXELS, Reasons, no_reasons
from covoxel.intensity.stream_levels import stream_marginals
from covoxel.thresholds.levels import (
    METHODS,
    ONE_LEVEL,
    UNIT_BINS,
    method_threshold,
    mode_level,
    otsu_levels,
    percentile_level,
    top_level,
)
from covoxel.thresholds.spec import Spec, parse_threshold


def marginal_levels(levels: Marginal, spec: Spec) -> tuple[FloatArray, Reasons]:
    """Return what `spec` picks in each region of a marginal, with reasons for NaN.

    Every kind but ``costes``, ``control`` and ``rolling``, which need more than one
    channel's levels.
    """
    n = levels.starts.size - 1
    reasons = no_reasons(n)
    if spec.kind == "none":
        reasons[:] = "no threshold was asked for"
        return np.full(n, np.nan), reasons
    if spec.kind in ("manual", "constant"):
        return np.full(n, spec.number), reasons
    if spec.kind == "otsu" and levels.values.dtype.kind in "ui":
        lowest, highest = levels.extremes()
        if not (highest - lowest >= UNIT_BINS).any():
            out = otsu_levels(levels.values, levels.counts, levels.starts)
            reasons[np.isnan(out)] = ONE_LEVEL.format(spec.kind)
            reasons[np.isnan(lowest)] = NO_PIXELS
            return out, reasons
    out = np.full(n, np.nan)
    for region in range(n):
        at = slice(levels.starts[region], levels.starts[region + 1])
        held = levels.counts[at] > 0
        values, counts = levels.values[at][held], levels.counts[at][held]
        if not values.size:
            reasons[region] = NO_PIXELS
        elif spec.kind in METHODS:
            out[region], reasons[region] = method_threshold(values, counts, spec.kind)
        elif spec.kind == "percentile":
            out[region] = percentile_level(values, counts, spec.number)
        elif spec.kind == "top":
            out[region] = top_level(values, counts, spec.number)
        elif spec.kind == "max":
            out[region] = float(values[-1]) * spec.number / 100
        else:
            out[region] = mode_level(values, counts)
    return out, reasons


def threshold(image: Any, method: str | float, *, mask: Any = None) -> float:
    """Threshold of one image.

    Parameters
    ----------
    image : (Z, Y, X) or (Y, X) array-like, Channel or napari layer
        One channel.
    method : str or float
        ``otsu``, ``li``, ``yen``, ``isodata``, ``triangle``, ``minimum``, ``mean`` (as in
        scikit-image), ``percentile:95``, ``top:10`` (the brightest 10 % lie above),
        ``max:15`` (15 % of the maximum), ``manual:120`` or a number.
    mask : bool array-like, optional
        Where to look.

    Returns
    -------
    float
        In raw units; NaN if the method finds none. Above means ``>``.

    Raises
    ------
    ValueError
        If the method is unknown, or needs both channels (``costes``) or a file.

    Examples
    --------
    >>> import numpy as np
    >>> threshold(np.arange(100).reshape(10, 10), "top:10")
    89.0
    """
    spec = parse_threshold("method", method)
    if spec.kind in ("costes", "control"):
        msg = f"method is {method!r}, which needs more than one image; use covoxel.measure"
        raise ValueError(msg)
    return image_level(image, spec, mask)


def image_level(image: Any, spec: Spec, mask: Any = None) -> float:
    """Return the threshold or background of one image, as `marginal_levels` finds it."""
    channel = as_channel(image)
    channel, _ = checked_pair(channel, channel)
    stream = Stream(channel, channel, as_region(mask, None, channel.spatial_shape))
    (levels,) = stream_marginals(stream, MEMORY_BUDGET, (1,))
    return float(marginal_levels(levels, spec)[0][0])
