"""Units of length and time as microscope files write them."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

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
