"""Metadata of one image of a file, and voxel sizes from the tags of a TIFF."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from typing import Any

import numpy as np

from covoxel.core.types import IntArray
from covoxel.image.channel import VOXEL_UM

_MICROMETERS = {
    "µm": 1.0, "um": 1.0, "micron": 1.0, "microns": 1.0, "micrometer": 1.0, "micrometers": 1.0,
    "micrometre": 1.0, "micrometres": 1.0,
    "nm": 1e-3, "nanometer": 1e-3, "nanometers": 1e-3, "nanometre": 1e-3, "nanometres": 1e-3,
    "pm": 1e-6, "å": 1e-4, "angstrom": 1e-4, "ångström": 1e-4,
    "mm": 1e3, "millimeter": 1e3, "millimeters": 1e3, "millimetre": 1e3, "millimetres": 1e3,
    "cm": 1e4, "centimeter": 1e4, "centimeters": 1e4, "centimetre": 1e4, "centimetres": 1e4,
    "m": 1e6, "meter": 1e6, "metre": 1e6,
    "in": 25400.0, "inch": 25400.0, "inches": 25400.0, '"': 25400.0,
}  # fmt: skip
_SECONDS = {
    "s": 1.0, "sec": 1.0, "secs": 1.0, "second": 1.0, "seconds": 1.0,
    "ms": 1e-3, "msec": 1e-3, "millisecond": 1e-3, "milliseconds": 1e-3,
    "µs": 1e-6, "us": 1e-6, "microsecond": 1e-6, "microseconds": 1e-6, "ns": 1e-9,
    "min": 60.0, "mins": 60.0, "minute": 60.0, "minutes": 60.0,
    "h": 3600.0, "hr": 3600.0, "hour": 3600.0, "hours": 3600.0, "d": 86400.0, "day": 86400.0,
}  # fmt: skip


def micrometers(value: object, unit: str | None) -> float | None:
    r"""Return a length in µm, None where the number or the unit says nothing.

    Examples
    --------
    >>> micrometers("65", "nm"), micrometers(0.1, "\\u00B5m"), micrometers(1, "pixel")
    (0.065, 0.1, None)
    """
    return _convert(value, unit, _MICROMETERS)


def seconds(value: object, unit: str | None) -> float | None:
    """Return a time in seconds, None where the number or the unit says nothing.

    Examples
    --------
    >>> seconds(2, "min"), seconds("500", "ms"), seconds(0, "s")
    (120.0, 0.5, None)
    """
    return _convert(value, unit, _SECONDS)


def _convert(value: Any, unit: str | None, table: dict[str, float]) -> float | None:
    factor = table.get(_plain(unit or ""))
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    if factor is None or not math.isfinite(number) or number <= 0:
        return None
    # rounded once: 65 nm is 0.065 µm, and 1e-07 m are 0.1 µm, not 0.09999999999999999
    size = float(Decimal(repr(number)) * Decimal(repr(factor)))
    return size if math.isfinite(size) and size > 0 else None


def _plain(unit: str) -> str:
    """One spelling of a unit: ImageJ's escapes, the two letters mu, the Å sign, and case."""
    unit = unit.strip().lower().replace("\\u00b5", "µ").replace("\\u00c5", "å")
    return unit.replace("\u03bc", "µ").replace("\u212b", "å").replace("âµ", "µ")


#: Letter, name and first number of the axes, in the order of the sentence.
_AXES = (("T", "time points", 0), ("Z", "Z", 0), ("C", "channels", 1))


@dataclass(frozen=True, slots=True)
class MissingPlanes:
    """What is opened of the axes that are incomplete, and why the rest is missing.

    `opened` has the name of each such axis, runs of numbers (first and last) and its length.

    Examples
    --------
    >>> str(MissingPlanes((("time points", ((0, 2), (4, 4)), 9),)))
    'planes are missing: opened are time points 0 to 2, 4 of 9'
    """

    opened: tuple[tuple[str, tuple[tuple[int, int], ...], int], ...]
    why: str = ""

    def __str__(self) -> str:
        words = [f"{name} {_text(runs)} of {size}" for name, runs, size in self.opened]
        reason = f" ({self.why})" if self.why else ""
        return f"planes are missing{reason}: opened are {', '.join(words)}"


def missing_planes(
    kept: Mapping[str, IntArray], sizes: Mapping[str, int], why: str = ""
) -> MissingPlanes | None:
    """Return what is missing of axes of `sizes` of which the indices `kept` are opened."""
    opened = tuple(
        (name, _runs(kept[axis] + first), sizes[axis])
        for axis, name, first in _AXES
        if len(kept.get(axis, ())) < sizes.get(axis, 0)
    )
    return MissingPlanes(opened, why) if opened else None


def _runs(indices: IntArray) -> tuple[tuple[int, int], ...]:
    ends = np.flatnonzero(np.diff(indices) != 1)
    firsts = indices[[0, *(ends + 1).tolist()]].tolist()
    return tuple(zip(firsts, indices[[*ends.tolist(), -1]].tolist(), strict=True))


def _text(runs: tuple[tuple[int, int], ...]) -> str:
    parts = [str(first) if first == last else f"{first} to {last}" for first, last in runs]
    return ", ".join([*parts[:5], "…"] if len(parts) > 6 else parts)


#: Pixels of light microscopes in µm; others get a note.
FINEST_UM, COARSEST_UM = 1e-3, 100.0
#: Time points are even if each step is within this share of the mean one.
EVEN = 0.1
#: Coarser pixels in a TIFF's resolution tags (72, 96, 300 … 4800 dots per inch) are those of
#: screens, printers and scanners, not of microscopes.
COARSEST_TAG_UM = 5.0


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a file contains about one series besides its pixels."""

    #: Of the channels in order: name, ``"#rrggbb"`` or None, lowest and highest value displayed.
    #: Empty where the file says nothing.
    names: tuple[str, ...] = ()
    colors: tuple[str | None, ...] = ()
    ranges: tuple[tuple[float, float], ...] = ()
    #: Voxel size in µm for those of Z, Y and X that the file gives.
    steps: Mapping[str, float] = field(default_factory=dict)
    #: Seconds between time points.
    time_step: float | None = None
    #: Where the stage stood, in µm along those of Z, Y and X that the file gives.
    position: Mapping[str, float] = field(default_factory=dict)
    #: What to know before measuring; they are kept with every channel and table, as text.
    notes: tuple[str | MissingPlanes, ...] = ()
    #: More notes, which only `covoxel info` prints.
    remarks: tuple[str, ...] = ()


def possible(steps: Mapping[str, float]) -> dict[str, float]:
    """Keep the lengths that a channel can have."""
    least, most = VOXEL_UM
    return {axis: step for axis, step in steps.items() if least <= step <= most}


def known(**lengths: float | None) -> dict[str, float]:
    """Keep the lengths that are known."""
    return {axis: length for axis, length in lengths.items() if length is not None}


def hex_color(red: float, green: float, blue: float) -> str:
    """Return bytes as ``"#rrggbb"``."""
    return f"#{int(red) & 255:02x}{int(green) & 255:02x}{int(blue) & 255:02x}"


def step_of_times(times: Mapping[int, float]) -> tuple[float | None, tuple[str, ...]]:
    """Return the mean step of time points in seconds, and a note where they are uneven.

    Examples
    --------
    >>> step_of_times({0: 0.5, 1: 2.5, 2: 4.5})
    (2.0, ())
    """
    frames = sorted(times)
    gaps = [(times[b] - times[a]) / (b - a) for a, b in pairwise(frames)]
    if not gaps or not min(gaps) > 0:
        return None, ()
    step = (times[frames[-1]] - times[frames[0]]) / (frames[-1] - frames[0])
    if max(abs(gap - step) for gap in gaps) <= EVEN * step:
        return step, ()
    steps = f"{min(gaps):g} to {max(gaps):g} s apart"
    return step, (f"its time points are {steps}, {step:g} s on average",)


def plausible(step: float | None) -> bool:
    """Whether a pixel in µm can be one of a light microscope."""
    return step is not None and FINEST_UM <= step <= COARSEST_UM


def implausible(steps: Mapping[str, float]) -> tuple[str, ...]:
    """Return a note about voxel sizes that can hardly be true."""
    sizes = ", ".join(f"{a} {step:g} µm" for a, step in steps.items() if not plausible(step))
    if not sizes:
        return ()
    ignored = "" if len(possible(steps)) == len(steps) else " (ignored)"
    reason = f"the voxel size {sizes} is outside 1 nm to 100 µm{ignored}"
    return (f"{reason}: check it, or give spacing=",)


def resolution(page: Any, axis: str) -> float | None:
    """Pixels per unit of length in the tags of a page, along ``"X"`` or ``"Y"``."""
    tag = page.tags.get(f"{axis}Resolution")
    if tag is None or not isinstance(tag.value, tuple) or len(tag.value) != 2:
        return None
    number, divisor = tag.value
    return number / divisor if number > 0 and divisor > 0 else None


def resolution_unit(page: Any) -> str | None:
    """Return the unit of the resolution tags of a page, None where they have none."""
    return {2: "inch", 3: "cm"}.get(int(page.tags.valueof("ResolutionUnit", 2)))


def pixel_size(page: Any, unit: str, unit_y: str | None = None) -> tuple[dict[str, float], str]:
    """Read the size of a pixel from the resolution tags and a unit that is given beside them.

    A tag in centimetres or inches is exact, the word may be a habit: the tag counts if its pixel is
    one of a microscope, else the word. Returned are the sizes along X and Y in µm that are known,
    and their unit in the file.
    """
    per_x, per_y = resolution(page, "X"), resolution(page, "Y")

    def steps(unit_x: str, unit_y: str) -> dict[str, float]:
        return known(
            Y=micrometers(1 / per_y, unit_y) if per_y else None,
            X=micrometers(1 / per_x, unit_x) if per_x else None,
        )

    exact = resolution_unit(page)
    by_word = steps(unit, unit_y or unit)
    by_tag = steps(exact, exact) if exact else {}
    finest = COARSEST_TAG_UM if not by_word else COARSEST_UM
    if by_tag and all(FINEST_UM <= step < finest for step in by_tag.values()):
        return by_tag, str(exact)
    return by_word, unit


def from_tags(page: Any) -> Metadata:
    """Read the resolution tags of a plain TIFF.

    They are used if their unit is a centimetre or an inch and the pixels are finer than 5 µm:
    what is coarser is the resolution of a screen, a printer or a scanner.
    """
    per_x, per_y = resolution(page, "X"), resolution(page, "Y")
    unit = resolution_unit(page)
    if per_x is None or per_y is None or unit is None:
        return Metadata()
    steps = known(Y=micrometers(1 / per_y, unit), X=micrometers(1 / per_x, unit))
    if len(steps) < 2:
        return Metadata()
    if max(steps.values()) >= COARSEST_TAG_UM:
        given = f"{per_x:g} pixels per {unit}"
        return Metadata(remarks=(f"its resolution of {given} is one of screens or print: ignored",))
    return Metadata(steps=steps)
