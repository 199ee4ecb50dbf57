"""Costes' automatic threshold, by our rule and by other programs'."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, dataclass
from typing import Any

import numpy as np

from covoxel.core.checks import one_of
from covoxel.core.types import AnyArray, FloatArray, Progress
from covoxel.intensity.cells import Group
from covoxel.intensity.histogram import JointHistogram
from covoxel.intensity.linear_correlation import Regression, coefficients, pearson_of, regression_of
from covoxel.intensity.marginal import marginal
from covoxel.intensity.moments import Moments, whole_moments
from covoxel.intensity.reading import MIN_PIXELS, no_reasons, read
from covoxel.intensity.sums import class_sums
from covoxel.intensity.threshold_path import SingleRegion, path_moments, pearson_below_path

#: Most steps of 1 that are walked; integers of 16 bits need at most 65 536.
_MOST_STEPS = 1 << 20

#: Products of sums below this fit int64.
_SAFE = 1 << 62

_TOO_MANY = "Costes failed: too wide a range to walk down in steps of 1"

_BEYOND_FLOATS = "Costes failed: squares of intensities are beyond 64-bit floats; rescale them"
_STAYS_POSITIVE = "Costes failed: r stays positive down to the lowest level"

RULES = ("crossing", "coloc2", "coloc2-bisection", "jacop", "ezcolocalization")


@dataclass(frozen=True, slots=True)
class CostesThreshold:
    """Thresholds on a regression line below which the channels do not correlate.

    Each a number or (R,) array, `reason` text.
    """

    #: In raw units; NaN where none was found.
    threshold1: Any
    threshold2: Any
    #: Lowest and highest level of channel 1 above which r changes its sign along the line: where
    #: they differ, the threshold is ambiguous within them.
    low: Any
    high: Any
    #: The line, intensity2 = slope · intensity1 + intercept.
    slope: Any
    intercept: Any
    #: r of the pixels below, as the rule last evaluated it.
    pearson_below: Any
    #: Why there is no threshold; empty where there is.
    reason: Any


@dataclass(frozen=True, slots=True)
class _CostesLine:
    """One region and its line, and what a rule needs to know of them."""

    region: SingleRegion
    slope: float
    intercept: float
    levels1: FloatArray
    levels2: FloatArray

    def at(self, level1: FloatArray) -> FloatArray:
        return self.slope * level1 + self.intercept

    def inverse(self, level2: FloatArray) -> FloatArray:
        return (level2 - self.intercept) / self.slope


@dataclass(frozen=True, slots=True)
class _RuleResult:
    threshold1: float = np.nan
    threshold2: float = np.nan
    low: float = np.nan
    high: float = np.nan
    pearson_below: float = np.nan
    reason: str = ""


def costes_threshold(
    image1: Any,
    image2: Any = None,
    *,
    mask: Any = None,
    labels: Any = None,
    rule: str = "crossing",
    progress: Progress | None = None,
) -> CostesThreshold:
    """Costes' automatic threshold of two channels.

    The pair of thresholds walks down the orthogonal regression line, over every level that
    either channel has, until one of them is at its channel's minimum; r of the pixels that
    are not above both is known at each. The threshold is the first level, from the top, at
    which r is not positive; r needs at least 3 pixels. r may cross zero several times:
    `low` and `high` tell between which levels. A line that does not rise, or an r that stays
    positive, is a failure.

    Parameters
    ----------
    image1, image2, mask, labels
        As in `pearson`.
    rule : {"crossing", "coloc2", "coloc2-bisection", "jacop", "ezcolocalization"}
        The rule above, or that of another program, with its line, steps, rounding, clamping
        and stops.
    progress : callable, optional
        Called with (regions done, regions in all).

    Returns
    -------
    CostesThreshold

    References
    ----------
    Costes et al. 2004, doi:10.1529/biophysj.103.038422

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(1)
    >>> a = rng.poisson(10, (64, 64))
    >>> a[:16] += 100 + rng.poisson(50, (16, 64))
    >>> b = np.where(a > 60, a, rng.poisson(10, (64, 64)))
    >>> 10 < costes_threshold(a, b).threshold1 < 40
    True
    """
    one_of("rule", rule, RULES)

    def reading(histogram: JointHistogram) -> CostesThreshold:
        moments = class_sums(histogram).select()
        return costes_of(histogram, moments, rule, progress)

    return read(reading, image1, image2, mask, labels)


def costes_line(histogram: JointHistogram, moments: Moments, rule: str) -> Regression:
    """Return the regression line that a rule walks along."""
    if rule in ("jacop", "ezcolocalization"):
        return regression_of(moments, "ordinary")
    skipped = histogram.first if rule.startswith("coloc2") else None
    return regression_of(moments, skipped=skipped)


def costes_of(
    histogram: JointHistogram, moments: Moments, rule: str, progress: Progress | None = None
) -> CostesThreshold:
    """Return Costes' thresholds of all regions of a histogram."""
    line = costes_line(histogram, moments, rule)
    n = histogram.regions.size
    columns = np.full((5, n), np.nan)
    reasons = no_reasons(n)
    for group in histogram.groups():
        quick = _quick_crossings(histogram, group, line, moments) if rule == "crossing" else {}
        for region in range(group.start, group.stop):
            if progress is not None:
                progress(region, n)
            if moments.units != (1.0, 1.0):
                found = _RuleResult(reason=_BEYOND_FLOATS)
            else:
                one = SingleRegion(histogram, group, region)
                found = quick.get(region) or _find(one, line, rule)
            *columns[:, region], reasons[region] = astuple(found)
    if progress is not None:
        progress(n, n)
    threshold1, threshold2, low, high, below = columns
    return CostesThreshold(
        threshold1, threshold2, low, high, line.slope, line.intercept, below, reasons
    )


def _quick_crossings(
    histogram: JointHistogram, group: Group, line: Regression, moments: Moments
) -> dict[int, _RuleResult]:
    """Return what `_crossing` finds in regions of a group, as far as int64 holds all that it needs.

    There are none unless intensities have 16 bits at most.
    """
    codes = histogram.codes1, histogram.codes2
    if len(group.parts) > 1 or any(one.kind != "narrow" for one in codes):
        return {}
    from covoxel.thresholds.kernels import crossings

    here, (cells,) = group.slice, group.load()
    slope, intercept = line.slope[here], line.intercept[here]
    squares = np.maximum(moments.s11[here], moments.s22[here])
    wanted = (slope > 0) & (np.asarray(squares, np.float64) * moments.n[here] < _SAFE)
    first, second = (
        (one.starts, one.values, one.counts, one.place(cells))
        for one in (marginal(histogram, group, channel) for channel in (1, 2))
    )
    own = cells.starts, cells.count
    found, sums = crossings(wanted, slope, intercept, own, first, second, MIN_PIXELS)
    r = pearson_of(whole_moments(sums.T)).value
    return {
        group.start + at: _RuleResult(one[0], one[1], one[2], one[0], r[at])
        if one[0] == one[0]
        else _RuleResult(reason=_STAYS_POSITIVE)
        for at, one in enumerate(found.tolist())
        if wanted[at]
    }


def _find(region: SingleRegion, line: Regression, rule: str) -> _RuleResult:
    at = region.number
    if line.reason[at]:
        return _RuleResult(reason=f"Costes failed: {line.reason[at]}")
    levels1, levels2 = (m.values[m.counts > 0].astype(np.float64) for m in region.levels)
    slope, intercept = float(line.slope[at]), float(line.intercept[at])
    if slope == 0:
        return _RuleResult(reason="Costes failed: the regression line is flat")
    return _RULES[rule](_CostesLine(region, slope, intercept, levels1, levels2))


def _crossing(line: _CostesLine) -> _RuleResult:
    if line.slope <= 0:
        return _RuleResult(reason="Costes failed: the regression line does not rise")
    path1, path2 = _all_levels(line)
    held = (path1 >= line.levels1[0]) & (path2 >= line.levels2[0])
    path1, path2 = path1[held], path2[held]
    below = path_moments(line.region, path1, path2, side="not above", inclusive=False)
    r = coefficients(below)
    usable = np.flatnonzero(np.isfinite(r))
    crossed = usable[r[usable] <= 0]
    if not crossed.size:
        return _RuleResult(reason=_STAYS_POSITIVE)
    best = crossed[-1]
    sign = r[usable] <= 0
    turns = usable[np.flatnonzero(sign[1:] != sign[:-1])]
    low = path1[turns[0]] if turns.size else path1[best]
    return _RuleResult(
        float(path1[best]), float(path2[best]), float(low), float(path1[best]), float(r[best])
    )


def _all_levels(line: _CostesLine) -> tuple[FloatArray, FloatArray]:
    """Return the thresholds at every level of either channel, ascending in channel 1."""
    along1 = np.concatenate([line.levels1, line.inverse(line.levels2)])
    along2 = np.concatenate([line.at(line.levels1), line.levels2])
    order = np.argsort(along1, kind="stable")
    path1, path2 = along1[order], along2[order]
    monotone = np.maximum if line.slope > 0 else np.minimum
    return path1, monotone.accumulate(path2)  # rounding may not break the order


def _coloc2_path(line: _CostesLine, steps: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return Coloc 2's thresholds: rounded half up and clamped to the pixel type's range."""
    first = -1 < line.slope < 1
    paths = (steps, line.at(steps)) if first else (line.inverse(steps), steps)
    codes = (line.region.histogram.codes1, line.region.histogram.codes2)
    out = []
    for path, code in zip(paths, codes, strict=True):
        limit = np.iinfo(code.dtype) if code.dtype.kind in "ui" else np.finfo(np.float32)
        out.append(np.clip(np.floor(path + 0.5), float(limit.min), float(limit.max)))
    return out[0], out[1]


def _coloc2_levels(line: _CostesLine) -> FloatArray:
    return line.levels1 if -1 < line.slope < 1 else line.levels2


def _coloc2(line: _CostesLine) -> _RuleResult:
    """Walk down by 1; stop where r < 0.0001, where r rises, or at the bottom."""
    top = _coloc2_levels(line)[-1]
    if top > _MOST_STEPS:
        return _RuleResult(reason=_TOO_MANY)
    steps = top - np.arange(max(1, int(np.ceil(top))))
    path1, path2 = _coloc2_path(line, steps)
    r = pearson_below_path(line.region, path1, path2)
    before = np.concatenate([[1.0], r[:-1]])
    stop = np.flatnonzero((r < 1e-4) | (r > before) | (steps - 1 < 1))
    last = stop[0] if stop.size else steps.size - 1
    return _stopped(path1, path2, r, last)


def _coloc2_bisection(line: _CostesLine) -> _RuleResult:
    """Halve the step, upwards where r < 0 and downwards where r > 0, until it is below 1."""
    levels = _coloc2_levels(line)
    before, step = float(levels[-1]), float(levels[-1] + levels[0]) / 2
    path1 = path2 = r = np.full(1, np.nan)
    for _ in range(101):
        path1, path2 = _coloc2_path(line, np.array([step]))
        r = pearson_below_path(line.region, path1, path2)
        width = abs(step - before)
        before = step
        step += width / 2 * (int(r[0] < 0) - int(r[0] > 0))
        if abs(step - before) < 1:
            break
    return _stopped(path1, path2, r, 0)


def _jacop(line: _CostesLine) -> _RuleResult:
    """Walk down by 1 over the pixels below both; keep the last running minimum of r."""
    start = min(line.levels1[-1], float(line.inverse(line.levels2[-1:])[0]))
    end = max(line.levels1[0], float(line.inverse(line.levels2[:1])[0]))
    if start < end:
        maxima = np.array([line.levels1[-1]]), np.array([line.levels2[-1]])
        return _stopped(*maxima, np.array([np.nan]), 0)
    if start - end > _MOST_STEPS:
        return _RuleResult(reason=_TOO_MANY)
    path1 = start - np.arange(int(start - end) + 1.0)
    path2 = np.trunc(line.at(path1))
    below = path_moments(line.region, path1, path2, side="below", inclusive=True)
    r = coefficients(below)
    if np.isnan(r).all():
        return _stopped(path1, path2, r, r.size - 1)
    return _stopped(np.trunc(path1), path2, r, r.size - 1 - int(np.nanargmin(r[::-1])))


def _ezcolocalization(line: _CostesLine) -> _RuleResult:
    """Take the level at which r² of the pixels not above both is least.

    Of equal ones the highest level of channel 1 wins, then the highest of channel 2.
    """
    path1, path2 = _all_levels(line)
    below = path_moments(line.region, path1, path2, side="not above", inclusive=False)
    r = coefficients(below)
    if np.isnan(r).all():
        return _RuleResult(reason="Costes failed: r is undefined at every level")
    square = np.square(r)
    tied = np.flatnonzero(square <= np.nanmin(square) * (1 + 1e-12))
    own = tied[np.isin(path1[tied], line.levels1)]
    return _stopped(path1, path2, r, own[-1] if own.size else tied[-1])


def _stopped(path1: AnyArray, path2: AnyArray, r: AnyArray, at: int) -> _RuleResult:
    t1, t2 = float(path1[at]), float(path2[at])
    return _RuleResult(t1, t2, t1, t1, float(r[at]))


_RULES: dict[str, Callable[[_CostesLine], _RuleResult]] = {
    "crossing": _crossing,
    "coloc2": _coloc2,
    "coloc2-bisection": _coloc2_bisection,
    "jacop": _jacop,
    "ezcolocalization": _ezcolocalization,
}
