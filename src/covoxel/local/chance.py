"""How high local correlations come by chance: those of copies that are displaced."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NoReturn

import numpy as np
from scipy.ndimage import uniform_filter

from covoxel.core.types import AnyArray, BoolArray, FloatArray, IntArray, Progress
from covoxel.correlation.cross_correlogram import correlogram
from covoxel.image.channel import frame_slices, stack
from covoxel.local.moments import checked_fewest
from covoxel.local.pair import MaskedPair, PairBlock, pair_of
from covoxel.local.scan import Scan, scan_of
from covoxel.local.window import CORRELATION, Unit, WindowKind, WindowReading
from covoxel.registration.record import Registration

#: An autocorrelation below this is over; copies lie twice as far off as that.
_OVER, _APART = 0.1, 2
#: Largest distance at which the autocorrelation is looked at, in pixels.
_FAR = 256
#: Steps along Y and X, as shares of the image, whose multiples fill it evenly (Roberts' sequence).
_EVEN = (0.7548776662466927, 0.5698402909980532)
#: Multiples that are tried for each displacement that is wanted.
_TRIES = 50


@dataclass(frozen=True, slots=True, eq=False)
class LocalSignificance:
    """A map of local correlations, and where they are beyond those of displaced copies.

    Attributes
    ----------
    correlation : float32 ndarray
        As of `local_correlation`.
    threshold : float
        The largest magnitude of r in the maps of all displaced copies.
    beyond : bool ndarray
        Where r is larger in magnitude.
    shifts : (S, D) int ndarray
        By how many pixels channel 2 was displaced along each axis.
    largest : (K,) float ndarray
        The largest magnitude of each copy; inside a mask, a copy takes several displacements.
    correlation_length : int
        Distance in pixels at which the autocorrelation of both channels is over.
    """

    correlation: AnyArray
    threshold: float
    beyond: BoolArray
    shifts: IntArray
    largest: FloatArray
    correlation_length: int

    @property
    def false_alarms(self) -> float:
        """Share of images of unrelated channels with a pixel beyond: 1 / (copies + 1)."""
        return 1 / (len(self.largest) + 1)


def local_significance(
    image1: Any,
    image2: Any,
    *,
    radius: float | Sequence[float],
    unit: Unit = "px",
    spacing: Sequence[float] | None = None,
    mask: Any = None,
    weights: WindowKind = "box",
    registration: Registration | None = None,
    min_pixels: float | None = None,
    copies: int = 19,
    workers: int | None = None,
    progress: Progress | None = None,
) -> LocalSignificance:
    """Show where the local correlation is beyond what displaced copies of the pair reach.

    Channel 2 is displaced in the plane by steps that are the same each time, spread evenly over
    the image, which is closed to a ring along both axes. All are beyond twice the distance at
    which the autocorrelation of either channel, less the mean of the window, falls below 0.1. The
    largest magnitude of as many windows as the map has is taken from each copy, so the threshold
    holds for all pixels at once: of unrelated channels, one image in ``copies + 1`` has a pixel
    beyond.

    That is so of images which look alike everywhere. Outlines that both channels share, such as
    cells on a dark ground, are beyond too: pass the cells as the mask.

    Parameters
    ----------
    image1, image2, radius, unit, spacing, mask, weights, registration, workers
        As in `local_correlation`. The frame is held in memory.
    min_pixels : float, optional
        Fewest pixels in a window; half of a whole one by default, since correlations of few
        pixels are large by chance.
    copies : int
        How many displaced copies.
    progress : callable, optional
        Called with (done, total); it may raise `Cancelled`.

    Returns
    -------
    LocalSignificance

    Raises
    ------
    ValueError
        As `local_correlation`; if `copies` is not positive; or if the image has no room for the
        copies beyond the correlation length.

    References
    ----------
    Westfall & Young 1993, "Resampling-based multiple testing" (the largest of all values);
    van Steensel et al. 1996, doi:10.1242/jcs.109.4.787 (displaced copies)

    Examples
    --------
    >>> from covoxel import simulate_pair
    >>> pair = simulate_pair(shape=(96, 96), rng=1)
    >>> found = local_significance(pair.channel1, pair.channel2, radius=5)
    >>> bool(found.beyond.any()), round(found.false_alarms, 2)
    (True, 0.05)
    """
    if not isinstance(copies, int | np.integer) or copies < 1:
        msg = f"copies is {copies!r}; expected an integer ≥ 1"
        raise ValueError(msg)
    pair = pair_of(image1, image2, mask, registration, spacing)
    scan = scan_of(pair, radius, unit, weights, workers, None)
    fewest = math.prod(2 * reach + 1 for reach in scan.window.reach) / 2
    fewest = fewest if min_pixels is None else checked_fewest(min_pixels)
    pixels = pair.read(frame_slices(pair.solid))
    length = _correlation_length(pixels, scan.window.reach)
    correlation = _map(scan, fewest)
    windows = int(np.isfinite(correlation).sum())
    shifts: list[IntArray] = []
    largest, seen = [0.0], 0
    for shift in _displacements(pair.solid, copies, length):
        if progress is not None:
            progress(len(largest), copies + 1)
        found = _map(_displaced(scan, pixels, shift), fewest)
        shifts.append(shift[3 - len(pair.shape) :])
        largest[-1] = max(largest[-1], float(np.fmax.reduce(np.abs(found), None, initial=0.0)))
        seen += int(np.isfinite(found).sum())
        if seen >= windows and len(largest) == copies:
            break
        if seen >= windows:
            largest.append(0.0)
            seen = 0
    else:
        _refuse(pair, copies, length)
    if progress is not None:
        progress(copies + 1, copies + 1)
    beyond = np.abs(correlation) > max(largest)
    return LocalSignificance(
        correlation, max(largest), beyond, np.asarray(shifts), np.asarray(largest), length
    )


def _map(scan: Scan, fewest: float) -> AnyArray:
    out = np.empty(scan.pair.shape, np.float32)
    scan.read_map(WindowReading(CORRELATION, fewest), out)
    return out


def _displaced(scan: Scan, pixels: PairBlock, shift: IntArray) -> Scan:
    """Return the scan with channel 2 moved around the ring, and with it what counts there."""
    steps, axes = tuple(shift.tolist()), (0, 1, 2)
    pair, shape = scan.pair, scan.pair.shape
    image2, counted = (np.roll(each, steps, axes) for each in (pixels.image2, pixels.inside))
    return replace(
        scan,
        pair=MaskedPair(
            pair.channel1.with_data(pixels.image1.reshape(shape)),
            pair.channel2.with_data(image2.reshape(shape)),
            pair.region,
            counted.reshape(shape),
        ),
    )


def _correlation_length(pixels: PairBlock, reach: tuple[int, ...]) -> int:
    """Return the distance in the plane at which the autocorrelation of both channels is over."""
    size = tuple(2 * r + 1 for r in reach)
    return max(
        _length(_less_mean(image, pixels.inside, size), pixels.inside)
        for image in (pixels.image1, pixels.image2)
    )


def _less_mean(image: AnyArray, inside: BoolArray, size: tuple[int, ...]) -> AnyArray:
    """Return an image less its mean in the window, 0 where pixels do not count."""
    mean = np.mean(image, dtype=np.float64, where=inside) if inside.any() else 0.0
    values = np.where(inside, image - mean, 0).astype(np.float32)
    near = uniform_filter(values, size, mode="constant")
    share = uniform_filter(inside.astype(np.float32), size, mode="constant")
    return np.where(inside, values - near / np.maximum(share, np.finfo(np.float32).eps), 0)


def _length(values: AnyArray, inside: BoolArray) -> int:
    """Return the first whole distance at which the mean autocorrelation is over.

    It is 0 where there is nothing to correlate.
    """
    if not values.any():
        return 0
    lags = (0, *(min(_FAR, n // 2) for n in values.shape[1:]))
    r = correlogram(
        stack(values), stack(values), mask=inside, max_shift=lags, dtype=np.float32
    ).pearson()[0]
    y, x = (np.arange(-lag, lag + 1) for lag in lags[1:])
    ring = np.rint(np.hypot(y[:, None], x)).astype(np.int64)
    known = np.isfinite(r)
    count = np.bincount(ring[known])
    mean = np.bincount(ring[known], r[known]) / np.maximum(count, 1)
    over = np.flatnonzero((mean < _OVER) & (count > 0))
    return int(over[0]) if over.size else int(ring.max())


def _displacements(shape: tuple[int, ...], copies: int, length: int) -> Iterator[IntArray]:
    """Yield displacements in the plane, all different and far from none."""
    plane = np.asarray(shape[1:])
    taken = set()
    for multiple in range(1, _TRIES * copies + 1):
        step = np.floor(multiple * np.asarray(_EVEN) % 1 * plane).astype(np.int64)
        distance = float(np.hypot(*np.minimum(step, plane - step)))
        if distance > _APART * length and tuple(step) not in taken:
            taken.add(tuple(step))
            yield np.append(0, step)


def _refuse(pair: MaskedPair, copies: int, length: int) -> NoReturn:
    size = " × ".join(map(str, pair.shape))
    msg = (
        f"the image of {size} pixels has no room for {copies} displaced copies beyond twice the "
        f"correlation length of {length} px; pass fewer copies, a smaller radius or a larger image"
    )
    raise ValueError(msg)
