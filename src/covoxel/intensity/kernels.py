"""Compiled loops over pixels: sums of the pixels of each region and class."""

from __future__ import annotations

from typing import Any

import numpy as np

from covoxel.core.compiled import compiled, compiled_sums
from covoxel.core.types import AnyArray, BoolArray, FloatArray, IntArray
from covoxel.intensity.wide_kernels import add_wide_integers

#: Pixels that are added up at once, while they are near the processor.
_NEAR = 1024
#: The class of pixels that do not count; a set of classes is one integer of 64 bits.
OUTSIDE = 63


@compiled
def _classify(
    values: AnyArray, limits: AnyArray, highest: AnyArray, step: int, classes: AnyArray
) -> None:
    """Raise the class of each pixel by `step` for each of the limits that it reaches."""
    weight = np.uint8(0)
    for k in range(limits.size):
        weight = np.uint8(weight + np.uint8(step))
        if k + 1 < limits.size and limits[k + 1] == limits[k]:
            continue
        if limits[k] <= highest[0]:
            limit = values.dtype.type(limits[k])
            for i in range(values.size):
                classes[i] = np.uint8(classes[i] + np.uint8(values[i] >= limit) * weight)
        weight = np.uint8(0)


@compiled
def _add_pixels(count: IntArray | None, classes: AnyArray, which: int, out: IntArray) -> None:
    n = np.int64(0)
    for i in range(classes.size):
        w = np.int64(classes[i] == np.uint8(which))
        if count is not None:
            w *= count[i]
        n += w
    out[0] += n


@compiled
def _add_narrow_intensities(
    value1: AnyArray, value2: AnyArray, classes: AnyArray, which: int, out: IntArray
) -> None:
    """Add numbers of 8 or 16 bits, whose sums near the processor fit 32 bits."""
    none = np.int32(0)
    n = s1 = s2 = none
    for i in range(value1.size):
        held = classes[i] == np.uint8(which)
        n = np.int32(n + np.int32(held))
        s1 = np.int32(s1 + (np.int32(value1[i]) if held else none))
        s2 = np.int32(s2 + (np.int32(value2[i]) if held else none))
    out[0] += n
    out[1] += s1
    out[2] += s2


@compiled
def _one_split(values: AnyArray, limits: IntArray) -> tuple[int, int, Any]:
    """Return how many limits all values reach, and how many, at what value, only some of them.

    A limit of another value that some reach makes it -1.
    """
    low = high = values[0]
    for i in range(values.size):
        low, high = min(low, values[i]), max(high, values[i])
    reached = split = 0
    at = np.int64(low)
    for limit in limits:
        if limit <= low:
            reached += 1
        elif limit <= high:
            if split == 0:
                at = limit
            split = split + 1 if limit == at and split >= 0 else -1
    return reached, split, at


@compiled
def _add_narrow_of_one_split(
    value1: AnyArray, value2: AnyArray, limit1: Any, limit2: Any, rows: Any, out: IntArray
) -> None:
    """Add numbers of 8 or 16 bits at once to the `rows` of the four classes of a limit each."""
    none = np.int32(0)
    n1 = n2 = n12 = none
    s1 = s2 = own1 = own2 = other1 = other2 = both1 = both2 = none
    for i in range(value1.size):
        above1, above2 = value1[i] >= limit1, value2[i] >= limit2
        both = above1 & above2
        a, b = np.int32(value1[i]), np.int32(value2[i])
        n1 = np.int32(n1 + np.int32(above1))
        n2 = np.int32(n2 + np.int32(above2))
        n12 = np.int32(n12 + np.int32(both))
        s1 = np.int32(s1 + a)
        s2 = np.int32(s2 + b)
        own1 = np.int32(own1 + (a if above1 else none))
        other2 = np.int32(other2 + (b if above1 else none))
        other1 = np.int32(other1 + (a if above2 else none))
        own2 = np.int32(own2 + (b if above2 else none))
        both1 = np.int32(both1 + (a if both else none))
        both2 = np.int32(both2 + (b if both else none))
    everything, passed1 = (np.int32(value1.size), s1, s2), (n1, own1, other2)
    passed2, passed12 = (n2, other1, own2), (n12, both1, both2)
    neither, second, first, two = rows
    for k in range(3):
        out[neither, k] += everything[k] - passed1[k] - passed2[k] + passed12[k]
        out[second, k] += passed2[k] - passed12[k]
        out[first, k] += passed1[k] - passed12[k]
        out[two, k] += passed12[k]


@compiled
def _add_integers(
    value1: AnyArray,
    value2: AnyArray,
    count: IntArray | None,
    classes: AnyArray | None,
    which: int,
    out: IntArray,
) -> None:
    """Add pixels to n, Σa, Σb, Σa², Σb², Σab, or to the first of them as far as `out` goes."""
    if classes is not None and out.size == 1:
        _add_pixels(count, classes, which, out)
        return
    if classes is not None and out.size == 3 and count is None and value1.itemsize <= 2:
        _add_narrow_intensities(value1, value2, classes, which, out)
        return
    n = s1 = s2 = s11 = s22 = s12 = np.int64(0)
    for i in range(value1.size):
        w = np.int64(1)
        if classes is not None:
            w = np.int64(classes[i] == np.uint8(which))
        if count is not None:
            w *= count[i]
        a, b = np.int64(value1[i]), np.int64(value2[i])
        wa, wb = w * a, w * b
        n, s1, s2, s11, s22, s12 = n + w, s1 + wa, s2 + wb, s11 + wa * a, s22 + wb * b, s12 + wa * b
    sums = n, s1, s2, s11, s22, s12
    for column in range(out.size):
        out[column] += sums[column]


@compiled
def _join(out: FloatArray, other: FloatArray) -> None:
    """Add other pixels to `out`, a row of `floats` of `add_sums`.

    Chan, Golub & LeVeque 1983, doi:10.1080/00031305.1983.10483115
    """
    if other[0] == 0:
        return
    if out[0] == 0:
        out[:] = other
        return
    total = out[0] + other[0]
    part, within = other[0] / total, out[0] * other[0] / total
    d1 = other[6] - out[6] + (other[1] - out[1])
    d2 = other[7] - out[7] + (other[2] - out[2])
    out[0] = total
    out[1] += d1 * part
    out[2] += d2 * part
    out[3] += other[3] + d1 * d1 * within
    out[4] += other[4] + d2 * d2 * within
    out[5] += other[5] + d1 * d2 * within


@compiled_sums
def _add_floats(
    value1: AnyArray,
    value2: AnyArray,
    count: IntArray | None,
    classes: AnyArray | None,
    which: int,
    out: FloatArray,
) -> None:
    """Add pixels about their means, which are exact where the pixels are equal."""
    shift1, shift2 = out[6], out[7]
    if out[0] == 0:
        first = 0
        if classes is not None:
            while classes[first] != np.uint8(which):
                first += 1
        shift1, shift2 = np.float64(value1[first]), np.float64(value2[first])
    n = s1 = s2 = 0.0
    for i in range(value1.size):
        w = 1.0
        if classes is not None:
            w = np.float64(classes[i] == np.uint8(which))
        if count is not None:
            w *= count[i]
        n += w
        s1 += w * (value1[i] - shift1)
        s2 += w * (value2[i] - shift2)
    mean1, mean2 = shift1 + s1 / n, shift2 + s2 / n
    s1 = s2 = s11 = s22 = s12 = 0.0
    for i in range(value1.size):
        w = 1.0
        if classes is not None:
            w = np.float64(classes[i] == np.uint8(which))
        if count is not None:
            w *= count[i]
        a, b = value1[i] - mean1, value2[i] - mean2
        s1 += w * a
        s2 += w * b
        s11 += w * a * a
        s22 += w * b * b
        s12 += w * a * b
    rest1, rest2 = s1 / n, s2 / n  # of rounding the means
    squares = s11 - rest1 * s1, s22 - rest2 * s2, s12 - rest1 * s2
    _join(out, np.array([n, rest1, rest2, *squares, mean1, mean2]))


@compiled
def add_sums(
    value1: AnyArray,
    value2: AnyArray,
    count: IntArray | None,
    inside: BoolArray | None,
    region: AnyArray | None,
    limits1: AnyArray,
    highest1: AnyArray,
    limits2: AnyArray,
    highest2: AnyArray,
    first: FloatArray,
    integers: IntArray | None,
    wide: AnyArray | None,
    floats: FloatArray | None,
) -> None:
    """Add pixels to the sums of their regions and classes.

    The class of a pixel is (limits of channel 1 that it reaches) · (K2 + 1) + (those of channel 2).

    Parameters
    ----------
    value1, value2 : (N,) array
        Finite.
    count : (N,) int array or None
        Pixels that each entry stands for; 1 without it.
    inside : (N,) bool array or None
        Which pixels count.
    region : (N,) uint32 array or None
        The region of each pixel, from 1; pixels of 0 do not count. None where there is one.
    limits1, limits2 : (R, K1), (R, K2) array
        The least value of a channel that passes each cut of a region.
    highest1, highest2 : (1,) array
        Limits beyond are out of reach.
    first : (R, 2) float array
        The first pair of each region; NaN is replaced.
    integers : (R, C, 6) int array or None
        n, Σa, Σb, Σa², Σb², Σab, or the first 1 or 3 of them; the sums of the call must fit.
    wide : (R, C, 16) uint64 array or None
        The same, each but n in three words.
    floats : (R, C, 8) float array or None
        n, how far the means ā, b̄ lie from the last two entries, Σ(a − ā)², Σ(b − b̄)²,
        Σ(a − ā)(b − b̄), and a value near each mean.
    """
    width2 = limits2.shape[1] + 1
    one_class = limits1.shape[1] + limits2.shape[1] == 0
    narrow = integers is not None and integers.shape[2] == 3 and value1.itemsize <= 2
    narrow = narrow and not one_class and inside is None and count is None
    near = np.empty(_NEAR, np.uint8)
    start = 0
    while start < value1.size:
        stop, r = min(start + _NEAR, value1.size), 0
        if region is not None:
            label, end = region[start], start + 1
            while end < stop and region[end] == label:
                end += 1
            stop, r = end, int(label) - 1
        at = slice(start, stop)
        start = stop
        if r < 0:
            continue
        a, b = value1[at], value2[at]
        if narrow and integers is not None:
            reached1, split1, at1 = _one_split(a, limits1[r])
            reached2, split2, at2 = _one_split(b, limits2[r])
            if split1 >= 0 and split2 >= 0:
                if np.isnan(first[r, 0]):
                    first[r, 0], first[r, 1] = a[0], b[0]
                row, down = reached1 * width2 + reached2, split1 * width2
                rows = row, row + split2, row + down, row + down + split2
                limit1, limit2 = value1.dtype.type(at1), value2.dtype.type(at2)
                _add_narrow_of_one_split(a, b, limit1, limit2, rows, integers[r])
                continue
        c = None if count is None else count[at]
        classes = near[: a.size]
        held = np.uint64(1)
        if inside is not None or not one_class:
            classes[:] = np.uint8(0)
            _classify(a, limits1[r], highest1, width2, classes)
            _classify(b, limits2[r], highest2, 1, classes)
            if inside is not None:
                counted = inside[at]
                for i in range(classes.size):
                    classes[i] = classes[i] if counted[i] else np.uint8(OUTSIDE)
            held = np.uint64(0)
            for i in range(classes.size):
                held |= np.uint64(1) << np.uint64(classes[i])
        if np.isnan(first[r, 0]):
            i = 0
            while held != np.uint64(1) and i < classes.size and classes[i] == OUTSIDE:
                i += 1
            if i < classes.size:
                first[r, 0], first[r, 1] = a[i], b[i]
        for k in range(OUTSIDE):
            bit = np.uint64(1) << np.uint64(k)
            if not held & bit:
                continue
            if held == bit:  # a loop that compares nothing is faster
                if integers is not None:
                    _add_integers(a, b, c, None, k, integers[r, k])
                if wide is not None:
                    add_wide_integers(a, b, c, None, k, wide[r, k])
                if floats is not None:
                    _add_floats(a, b, c, None, k, floats[r, k])
            else:
                if integers is not None:
                    _add_integers(a, b, c, classes, k, integers[r, k])
                if wide is not None:
                    add_wide_integers(a, b, c, classes, k, wide[r, k])
                if floats is not None:
                    _add_floats(a, b, c, classes, k, floats[r, k])


@compiled
def pool_classes(
    floats: AnyArray,
    classes: tuple[int, int],
    least1: IntArray,
    least2: IntArray,
    either: bool,
    out: AnyArray,
) -> None:
    """Pool the classes of each region that reach `least1` and `least2` limits, or either.

    Parameters
    ----------
    floats : (R, C1 · C2, 8) array
        The table of `add_sums`.
    classes : tuple of int
        C1, C2.
    least1, least2 : (S1, R), (S2, R) int array
    out : (S1, S2, R, 8) array, of 0
    """
    for one in range(len(least1)):
        for other in range(len(least2)):
            pooled = out[one, other]
            for r in range(len(pooled)):
                for i in range(classes[0]):
                    for j in range(classes[1]):
                        kept1, kept2 = i >= least1[one, r], j >= least2[other, r]
                        if (kept1 or kept2) if either else (kept1 and kept2):
                            _join(pooled[r], floats[r, i * classes[1] + j])
