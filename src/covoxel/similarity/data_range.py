"""The range of intensities that a comparison is relative to: the detector's, where it is known."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from covoxel.core.checks import in_range
from covoxel.core.types import AnyArray

#: Depths of detectors and of files; what holds 0 and 1 alone is a mask.
_DEPTHS = (1, 8, 10, 12, 14, 16, 32, 64)
_MAX_BINS = 256
#: Ranges that are allowed: their squares, and sums of these, are numbers.
_RANGES = (1e-100, 1e100)


@dataclass(frozen=True, slots=True)
class Extremes:
    """Least and largest finite intensity (NaN without any), and whether all are whole numbers."""

    low: float = math.nan
    high: float = math.nan
    whole: bool = True

    def __or__(self, other: Extremes) -> Extremes:
        """Return the extremes of both."""
        low, high = np.fmin(self.low, other.low), np.fmax(self.high, other.high)
        return Extremes(float(low), float(high), self.whole and other.whole)


def extremes(blocks: Iterable[AnyArray]) -> Extremes:
    """Return the extremes of pixels that come block by block."""
    found = Extremes()
    for block in blocks:
        values = block
        if values.dtype.kind == "f":
            values = values[np.isfinite(values)]
        if values.size:
            whole = values.dtype.kind != "f" or bool((values == np.rint(values)).all())
            found |= Extremes(float(values.min()), float(values.max()), whole)
    return found


@dataclass(frozen=True, slots=True)
class DataRange:
    """The range that PSNR, SSIM and the histograms are relative to."""

    #: Largest possible difference of two intensities; NaN if unknown.
    data_range: float
    #: Ends of the histograms.
    low: float
    high: float
    #: Bins of the histograms.
    bins: int
    #: Where the range is from.
    source: str
    #: What may be wrong with the range for PSNR and SSIM; empty for most.
    note: str = ""


def data_range_of(
    found: Extremes, *, data_range: float | None = None, bits: int | None = None
) -> DataRange:
    """Return the range of a pair of images from their common extremes.

    Whole numbers, whatever their data type, have the smallest depth that holds the largest of
    them: 12 bits where a 16-bit file goes to 4000. Fractions and negative numbers have no depth;
    then the range is from the least to the largest.

    Raises
    ------
    ValueError
        If both are given, or one does not fit.

    Examples
    --------
    >>> import numpy as np
    >>> data_range_of(extremes([np.array([100, 3900], np.uint16)])).source
    '12 bits'
    """
    if data_range is not None and bits is not None:
        msg = "both data_range and bits are given; pass one of them"
        raise ValueError(msg)
    largest = max(abs(found.low), abs(found.high))
    if 0 < largest < _RANGES[0] or largest > _RANGES[1]:
        msg = (
            f"the intensities run from {found.low:g} to {found.high:g}; squares and sums need "
            f"magnitudes from {_RANGES[0]:g} to {_RANGES[1]:g}, so rescale the images first"
        )
        raise ValueError(msg)
    if bits is not None:
        return _of_bits(_checked_bits(bits, found), f"{bits} bits, as given")
    if data_range is not None:
        in_range("data_range", data_range, *_RANGES)
        low = min(0.0, 0.0 if math.isnan(found.low) else found.low)
        high = float(np.fmax(low + data_range, found.high))
        return DataRange(float(data_range), low, high, _MAX_BINS, "as given")
    if found.whole and found.low >= 0:
        depth = next((depth for depth in _DEPTHS if found.high < 2**depth), None)
        if depth is not None:
            return _of_bits(depth, f"{depth} bits" if depth > 1 else "1 bit")
    width = found.high - found.low
    data_range = width if width > 0 else math.nan
    return DataRange(data_range, found.low, found.high, _MAX_BINS, "extremes of both", _note(found))


def _note(found: Extremes) -> str:
    """Return a note on fractions that probably are shares of the range of the detector."""
    inside = found.low >= 0 and found.high <= 1
    if found.whole or not inside or (found.low, found.high) == (0, 1):
        return ""
    return (
        f"fractions from {found.low:.3g} to {found.high:.3g}, of which the extremes are taken as "
        "the range, pass data_range=1 if 1 is the detector's maximum"
    )


def _of_bits(bits: int, source: str) -> DataRange:
    return DataRange(float(2**bits - 1), 0.0, float(2**bits), min(2**bits, _MAX_BINS), source)


def _checked_bits(bits: int, found: Extremes) -> int:
    if isinstance(bits, bool) or not isinstance(bits, int | np.integer):
        msg = f"bits is {bits!r}; expected an integer from 1 to 64"
        raise TypeError(msg)
    if not 1 <= bits <= 64:
        msg = f"bits is {bits}; allowed are 1 to 64"
        raise ValueError(msg)
    if found.high >= 2 ** int(bits) or found.low < 0:
        msg = (
            f"bits is {bits}, but the intensities run from {found.low:g} to {found.high:g}; "
            "more bits are needed, or data_range"
        )
        raise ValueError(msg)
    return int(bits)
