"""The written form of thresholds and backgrounds: ``otsu``, ``percentile:95``, ``manual:120``."""

from __future__ import annotations

import math
from dataclasses import dataclass

from covoxel.thresholds.levels import METHODS

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
