"""By how much one channel lags the other in time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import interpolate, signal, stats

from covoxel.core.checks import refuse_kind, same_shape
from covoxel.core.types import BoolArray, FloatArray, Note
from covoxel.correlation.cross_correlogram import pearson_at
from covoxel.correlation.overlaps import Lags, MaskedBatch, overlaps
from covoxel.correlation.peak import REACH, curve_peak

#: Fewest frames that a delay is read from.
_FEWEST = 10
#: Resamples of the series, with a fixed seed, and fewest blocks that they are made of.
_RESAMPLES, _BLOCKS = 1000, 10
_LEVEL = 0.95
#: Where resampled curves are interpolated around their highest point, in frames.
_FINE = np.linspace(-1, 1, 21)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Delay:
    """By how much channel 2 lags channel 1; arrays where several traces were given.

    Attributes
    ----------
    delay : float or (K,) ndarray
        Positive where channel 2 is later, in `unit`; NaN where no delay stands out.
    delay_low, delay_high : float or (K,) ndarray
        Its 95 % interval.
    correlation : float or (K,) ndarray
        Pearson's r at the delay.
    lags : (L,) ndarray
        The delays that were compared.
    curve : (L,) or (K, L) ndarray
        Pearson's r at each.
    null : float or (K,) ndarray
        Height that independent traces of the same smoothness stay below in 95 % of cases, at all
        delays together.
    unit : str
        ``"s"``, or ``"frames"`` where the time step is unknown.
    notes : tuple of (str, str), or a tuple of these for each trace
        ``"delay"`` and the reason, where there is no delay.
    """

    delay: Any
    delay_low: Any
    delay_high: Any
    correlation: Any
    lags: FloatArray
    curve: FloatArray
    null: Any
    unit: str
    notes: tuple[Any, ...]


def delay(
    trace1: Any,
    trace2: Any,
    *,
    time_step: float | None = None,
    max_delay: float | None = None,
    detrend: bool = True,
) -> Delay:
    """Measure by how much the intensity of channel 2 lags that of channel 1.

    The delay is the highest peak of both traces' correlogram, interpolated between frames. Its
    interval comes from resampling blocks of frames, with a fixed seed.

    Parameters
    ----------
    trace1, trace2 : (T,) or (K, T) array-like
        Intensity over time, of one region or one a row. Frames that are not finite in either
        are left out.
    time_step : float, optional
        Seconds between frames; without it delays are in frames.
    max_delay : float, optional
        Longest delay, in seconds (or frames); a third of the series by default.
    detrend : bool
        Whether a straight line, such as bleaching, is subtracted from each trace first.

    Returns
    -------
    Delay
        NaN with a reason where the series has fewer than 10 frames, a trace is constant, or no
        peak rises above what independent traces give.

    Raises
    ------
    ValueError
        If shapes differ, or time_step or max_delay is out of range.
    TypeError
        If a trace is complex.

    References
    ----------
    Bartlett, "Some aspects of the time-correlation problem in regard to tests of significance",
    1935, doi:10.2307/2342284

    Examples
    --------
    >>> import numpy as np
    >>> t = np.arange(200) * 5.0
    >>> rng = np.random.default_rng(1)
    >>> events = rng.uniform(0, 1000, 60)
    >>> first, second = (
    ...     np.exp(-np.square((t[:, None] - events - lag) / 8)).sum(axis=1) for lag in (0, 12)
    ... )
    >>> found = delay(first, second, time_step=5)
    >>> round(found.delay), found.unit
    (12, 's')
    """
    first, second = _trace("trace1", trace1), _trace("trace2", trace2)
    same_shape("trace1", first.shape, "trace2", second.shape)
    if time_step is not None and not (math.isfinite(time_step) and time_step > 0):
        msg = f"time_step is {time_step!r}; a positive number of seconds is needed"
        raise ValueError(msg)
    step = 1.0 if time_step is None else float(time_step)
    frames = first.shape[-1]
    reach = _reach(max_delay, step, frames)
    rows = [
        _row(a, b, reach, detrend=detrend)
        for a, b in zip(np.atleast_2d(first), np.atleast_2d(second), strict=True)
    ]
    numbers = np.array([row[0] for row in rows]).reshape(-1, 5) * [step, step, step, 1, 1]
    curve = np.array([row[1] for row in rows]).reshape(len(rows), 2 * reach + 1)
    if first.ndim == 1:
        numbers, curve = numbers[0], curve[0]
    values = [float(v) if first.ndim == 1 else v for v in numbers.T]
    return Delay(
        delay=values[0],
        delay_low=values[1],
        delay_high=values[2],
        correlation=values[3],
        lags=np.asarray(np.arange(-reach, reach + 1) * step, np.float64),
        curve=curve,
        null=values[4],
        unit="frames" if time_step is None else "s",
        notes=rows[0][2] if first.ndim == 1 else tuple(row[2] for row in rows),
    )


def _trace(name: str, trace: Any) -> FloatArray:
    values = np.asarray(trace)
    refuse_kind(name, values.dtype)
    if values.ndim not in (1, 2) or values.shape[-1] == 0:
        msg = f"{name} has shape {values.shape}; (frames,) or (regions, frames) are allowed"
        raise ValueError(msg)
    return values.astype(np.float64)


def _reach(max_delay: float | None, step: float, frames: int) -> int:
    """Return the longest delay in frames."""
    if max_delay is None:
        return max(1, frames // 3)
    reach = math.floor(max_delay / step + 1e-9) if math.isfinite(max_delay) else -1
    if frames >= _FEWEST and not 1 <= reach <= 2 * frames // 3:
        msg = (
            f"max_delay is {max_delay!r}; allowed are delays from one frame ({step:g}) to two "
            f"thirds of the series ({2 * frames // 3 * step:g})"
        )
        raise ValueError(msg)
    return max(1, reach)


_DelayOfRegion = tuple[tuple[float, float, float, float, float], FloatArray, tuple[Note, ...]]


def _row(a: FloatArray, b: FloatArray, reach: int, *, detrend: bool) -> _DelayOfRegion:
    """Return delay, its interval, correlation and null in frames; the curve; and notes."""
    nothing = (math.nan,) * 5
    flat = np.full(2 * reach + 1, np.nan)
    known = np.isfinite(a) & np.isfinite(b)
    if np.count_nonzero(known) < _FEWEST:
        return nothing, flat, (("delay", f"fewer than {_FEWEST} frames"),)
    if np.ptp(a[known]) == 0 or np.ptp(b[known]) == 0:
        return nothing, flat, (("delay", "a trace is constant"),)
    a, b = (_standardised(trace, known, detrend=detrend) for trace in (a, b))
    if not (a.any() and b.any()):
        return nothing, flat, (("delay", "a trace is a straight line"),)
    lags = Lags((-reach,), (reach,))
    curve = pearson_at(overlaps(MaskedBatch(a, known), MaskedBatch(b, known), lags, 1), 0.0)
    null = _null(a, b, known, reach)
    top = int(np.nanargmax(curve))
    if curve[top] <= null:
        reason = "no peak rises above independent traces"
        return (*nothing[:4], null), curve, (("delay", reason),)
    if top in (0, 2 * reach):
        reason = "the correlation still rises at the longest delay looked at"
        return (*nothing[:4], null), curve, (("delay", reason),)
    place, height = curve_peak(curve, top)
    found = place - reach
    low, high = _deviations(a, b, known, reach)
    return (found, found + low, found + high, min(height, 1.0), null), curve, ()


def _standardised(trace: FloatArray, known: BoolArray, *, detrend: bool) -> FloatArray:
    """Return a trace of mean 0 and variance 1, 0 where it is unknown or only rounding is left."""
    frames, values = np.flatnonzero(known), trace[known]
    line = np.polynomial.Polynomial.fit(frames, values, 1 if detrend else 0)
    rest = values - line(frames)
    out = np.zeros(trace.size)
    if rest.std() > 1e-12 * np.abs(values).max():
        out[known] = (rest - rest.mean()) / rest.std()
    return out


def _autocorrelations(a: FloatArray, b: FloatArray) -> list[FloatArray]:
    return [signal.correlate(trace, trace)[trace.size - 1 :] for trace in (a, b)]


def _null(a: FloatArray, b: FloatArray, known: BoolArray, reach: int) -> float:
    """Return the height that independent traces seldom reach at any delay.

    Bartlett's formula gives the number of independent frames.
    """
    n = int(known.sum())
    one, two = (line / n for line in _autocorrelations(a, b))
    products = one[1 : n // 2] * two[1 : n // 2]
    repeated = max(1 + 2 * float(products.sum()), 1.0)
    independent, tries = (n - reach) / repeated, max((2 * reach + 1) / repeated, 1)
    if independent <= 4:
        return 1.0
    return math.tanh(stats.norm.ppf(_LEVEL ** (1 / tries)) / math.sqrt(independent - 3))


def _deviations(a: FloatArray, b: FloatArray, known: BoolArray, reach: int) -> tuple[float, float]:
    """Return how far peaks of resampled series lie from the peak, at both ends of 95 %."""
    sums = _block_sums(a, b, known, reach)
    blocks = sums.shape[1]
    drawn = np.random.default_rng(0).multinomial(blocks, np.full(blocks, 1 / blocks), _RESAMPLES)
    curves, here = _pearson(drawn @ sums), _vertex(_pearson(sums.sum(axis=1, keepdims=True)))
    tail = (1 - _LEVEL) / 2
    # few blocks vary less than the frames they stand for
    normal, student = stats.norm.ppf(1 - tail), stats.t.ppf(1 - tail, blocks - 1)
    wider = math.sqrt(blocks / (blocks - 1)) * student / normal
    low, high = np.quantile(_vertex(curves) - here, [tail, 1 - tail]) * wider
    return float(low), float(high)


def _block_sums(a: FloatArray, b: FloatArray, known: BoolArray, reach: int) -> FloatArray:
    """Return n, Σa, Σb, Σa², Σb², Σab over pairs of frames, (6, blocks, L).

    A pair belongs to the block of its middle once channel 2 is shifted by the delay: then
    neighbouring blocks err independently.
    """
    frames, lags = a.size, np.arange(-reach, reach + 1)

    def windows(trace: FloatArray) -> FloatArray:
        return np.lib.stride_tricks.sliding_window_view(np.pad(trace, reach), lags.size)

    one = known.astype(np.float64)
    pairs = [(one, one), (a, one), (one, b), (a * a, one), (one, b * b), (a, b)]
    products = np.stack([x[:, None] * windows(y) for x, y in pairs])
    top = int(np.argmax(_pearson(products.sum(axis=1, keepdims=True))))
    middle = np.arange(frames)[:, None] + (lags - lags[top]) // 2
    # blocks are twice as long as the traces are correlated
    length = max(int(np.argmax(line < line[0] / math.e)) for line in _autocorrelations(a, b))
    blocks = int(np.clip(frames // (2 * max(length, 1)), min(_BLOCKS, frames // 2), frames // 2))
    place = np.clip(middle, 0, frames - 1) * blocks // frames * lags.size + np.arange(lags.size)
    totals = [np.bincount(place.ravel(), p.ravel(), blocks * lags.size) for p in products]
    return np.asarray(totals, np.float64).reshape(len(pairs), blocks, lags.size)


def _pearson(sums: FloatArray) -> FloatArray:
    """Return r of sums, (6, N, L): −1, which is no peak, where it is undefined."""
    n, s1, s2, s11, s22, s12 = sums
    n = np.maximum(n, 1)
    spread = (s11 - s1 * s1 / n) * (s22 - s2 * s2 / n)
    out = np.full(n.shape, -1.0)
    np.divide(s12 - s1 * s2 / n, np.sqrt(np.maximum(spread, 0)), out=out, where=spread > 1e-9)
    return out


def _vertex(curves: FloatArray) -> FloatArray:
    """Return where each curve is highest, between its points as `curve_peak` finds it."""
    tops = np.argmax(curves[:, 1:-1], axis=1) + 1
    out = np.empty(len(curves))
    for top in np.unique(tops):
        half = min(REACH, top, curves.shape[1] - 1 - top)
        near = np.arange(top - half, top + half + 1)
        rows = tops == top
        # SciPy's barycentric polynomials round at random
        fine = interpolate.krogh_interpolate(near, curves[rows][:, near], top + _FINE, axis=1)
        out[rows] = top + _FINE[0] + _parabola(fine) * (_FINE[1] - _FINE[0])
    return out


def _parabola(curves: FloatArray) -> FloatArray:
    """Return where the parabola through the three highest points of each curve has its vertex."""
    inner = np.argmax(curves[:, 1:-1], axis=1) + 1
    rows = np.arange(len(curves))
    left, top, right = (curves[rows, inner + k] for k in (-1, 0, 1))
    bend = left - 2 * top + right
    shift = np.divide(left - right, 2 * bend, out=np.zeros(len(curves)), where=bend < 0)
    return np.asarray(inner + np.clip(shift, -0.5, 0.5))
