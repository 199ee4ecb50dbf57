"""Thresholds and backgrounds: how they are written, and found by the method chosen."""

from __future__ import annotations

import math
from dataclasses import dataclass
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

THRESHOLDS = (
    "none",
    "costes",
    *METHODS,
    "percentile:P",
    "top:P",
    "max:P",
    "manual:T",
    "control:FILE",
)
#: How the bleed-through of one channel into the other is given: a coefficient, or a control image.
BLEEDS = ("none", "share:S", "control:FILE")
#: Backgrounds that are a level, and all of them.
BACKGROUND_LEVELS = ("none", "constant:B", "percentile:P", "mode")
BACKGROUNDS = (*BACKGROUND_LEVELS, "rolling:RADIUS")

#: What each method does, a sentence each.
MEANINGS = {
    "none": "Nothing is set or subtracted.",
    "costes": "Along the regression line down to where the pixels below no longer correlate.",
    "isodata": "Midway between the means of the pixels below and above.",
    "li": "Where the cross-entropy between the image and its two classes is least.",
    "mean": "The mean intensity.",
    "minimum": "In the valley between the two peaks of the smoothed histogram.",
    "otsu": "Where the pixels below and above vary least within themselves.",
    "triangle": "Farthest from the line between the histogram's peak and its far end.",
    "yen": "Where the classes below and above are most informative, by Yen's criterion.",
    "percentile": "The intensity that this percentage of pixels does not exceed.",
    "top": "The intensity that this percentage of pixels exceeds.",
    "max": "This percentage of the highest intensity.",
    "manual": "The intensity that is given.",
    "control": "Taken from the image of a single-stain control.",
    "constant": "The intensity that is given.",
    "mode": "The most frequent intensity.",
    "rolling": "What a ball of this radius in pixels touches from below, plane by plane.",
    "share": "The share that is given.",
}

_PERCENTS = ("percentile", "top", "max")
#: Largest number: what is subtracted from intensities is squared and summed.
_LARGEST = 1e140


@dataclass(frozen=True, slots=True)
class Spec:
    """A method and its number or file."""

    #: The word before the colon.
    kind: str
    #: The number after it (NaN where there is none).
    number: float = math.nan
    #: The file after it, for ``control``.
    path: str = ""

    def __str__(self) -> str:
        if self.path:
            return f"{self.kind}:{self.path}"
        if math.isnan(self.number):
            return self.kind
        return f"{self.kind}:{repr(self.number).removesuffix('.0')}"


def parse_threshold(name: str, text: str | float, allowed: tuple[str, ...] = THRESHOLDS) -> Spec:
    """Read one of the forms that are allowed; a bare number is a manual one.

    Examples
    --------
    >>> parse_threshold("threshold", "percentile:95")
    Spec(kind='percentile', number=95.0, path='')
    """
    return _parse(name, text, "manual", allowed)


def parse_background(name: str, text: str | float) -> Spec:
    """Read one of `BACKGROUNDS`; a bare number is a constant one.

    Examples
    --------
    >>> parse_background("background", 100)
    Spec(kind='constant', number=100.0, path='')
    """
    spec = _parse(name, text, "constant", BACKGROUNDS)
    if spec.kind == "rolling" and not spec.number >= 1:
        msg = f"{name} is {text!r}; the radius of a rolling ball must be at least 1 pixel"
        raise ValueError(msg)
    return spec


def parse_background_level(name: str, text: str | float) -> Spec:
    """Read one of `BACKGROUND_LEVELS`; a bare number is a constant one.

    Examples
    --------
    >>> parse_background_level("background", "percentile:50")
    Spec(kind='percentile', number=50.0, path='')
    """
    return _parse(name, text, "constant", BACKGROUND_LEVELS)


def parse_bleed(name: str, text: str | float) -> Spec:
    """Read one of `BLEEDS`; a bare number is a share, at least 0 and below 1.

    Examples
    --------
    >>> parse_bleed("bleed_1to2", 0.1)
    Spec(kind='share', number=0.1, path='')
    """
    spec = _parse(name, text, "share", BLEEDS)
    if spec.kind == "share" and not 0 <= spec.number < 1:
        msg = f"{name} is {text!r}; a share must be at least 0 and below 1"
        raise ValueError(msg)
    return spec


def _parse(name: str, text: str | float, bare: str, allowed: tuple[str, ...]) -> Spec:
    """Read one of the `allowed` forms, or a number, which is a `bare` one.

    Raises
    ------
    ValueError
        If it is none of them, or its number is not allowed.
    TypeError
        If it is neither text nor a number.
    """
    if not isinstance(text, str):
        number = _number(text)
        if number is None:
            msg = f"{name} is {text!r}; allowed are {', '.join(allowed)} or a number"
            raise TypeError(msg)
        return Spec(bare, _finite(name, text, number))
    kind, colon, rest = text.strip().partition(":")
    forms = {form.partition(":")[0]: ":" in form for form in allowed}
    if not colon and kind not in forms:
        number = _number(kind)
        if number is not None:
            return Spec(bare, _finite(name, text, number))
    if kind not in forms or forms[kind] != bool(colon):
        msg = f"{name} is {text!r}; allowed are {', '.join(allowed)} or a number"
        raise ValueError(msg)
    if kind == "control":
        if not rest:
            msg = f"{name} is {text!r}; control needs a file, as in control:FILE"
            raise ValueError(msg)
        return Spec(kind, path=rest)
    if not colon:
        return Spec(kind)
    number = _number(rest)
    if number is None:
        msg = f"{name} is {text!r}; {kind} needs a number, as in {kind}:10"
        raise ValueError(msg)
    if kind in _PERCENTS and not 0 <= number <= 100:
        msg = f"{name} is {text!r}; a percentage lies between 0 and 100"
        raise ValueError(msg)
    return Spec(kind, _finite(name, text, number))


def _number(text: str | float) -> float | None:
    try:
        return float(text)
    except (TypeError, ValueError, OverflowError):
        return None


def _finite(name: str, text: object, number: float) -> float:
    if not abs(number) <= _LARGEST:
        msg = f"{name} is {text!r}; a finite number is needed, up to {_LARGEST:g}"
        raise ValueError(msg)
    return number


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
        values, counts = levels.occupied(region)
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
