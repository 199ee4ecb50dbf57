"""What pixels hold, which decides how they are added up."""

from __future__ import annotations

from typing import Any

import numpy as np

from covoxel.core.types import AnyArray
from covoxel.intensity.blocks import Pixels, read_only
from covoxel.intensity.value_codes import EXACT


def surveys(pixels: Pixels) -> list[tuple[bool, float, bool]]:
    """Return of each channel whether it is finite, its peak, and whether it is whole."""
    return [_survey(values) for values in pixels.values]


def _survey(values: AnyArray) -> tuple[bool, float, bool]:
    from covoxel.intensity.survey_kernels import all_whole, highest_bits

    if values.dtype.kind != "f":
        return True, max(int(values.max(initial=0)), -int(values.min(initial=0))), True
    values = read_only(values)
    bits = np.array([highest_bits(values.view(f"u{values.itemsize}"))], f"u{values.itemsize}")
    peak = float(bits.view(values.dtype)[0])
    return peak < np.inf, peak, peak < EXACT and all_whole(values)


def whole_type(values: AnyArray, peak: float) -> type[np.integer[Any]]:
    """Return the type of 64 bits that holds whole numbers up to a peak."""
    return np.uint64 if values.dtype.kind == "u" and peak > np.iinfo(np.int64).max else np.int64
