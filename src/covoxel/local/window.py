"""Window: the pixels around a pixel with their weights, and what is read from their sums."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from covoxel.core.checks import one_of
from covoxel.core.types import FloatArray

WindowKind = Literal["box", "gaussian"]
Unit = Literal["px", "um"]

KINDS, UNITS = ("box", "gaussian"), ("px", "um")
#: Readings: Pearson's r; the slope of channel 2 over channel 1; Σab / Σa; structural similarity.
CORRELATION, SLOPE, SHARE, SIMILARITY = range(4)
#: Where a Gaussian is cut, in its standard deviations.
_CUT = 3.0
#: A radius beyond any image, in pixels.
_FARTHEST = 1 << 40


@dataclass(frozen=True, slots=True)
class WindowReading:
    """What is read from the sums of a window, which must hold `fewest` pixels."""

    kind: int
    fewest: float
    constants: tuple[float, float, float] = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Window:
    """A box of ``2 · reach + 1`` pixels along each axis, or the Gaussian of its variance.

    A Gaussian with a given `sigma` in pixels is cut at the reach.
    """

    kind: str
    reach: tuple[int, ...]
    sigma: float | None = None

    @property
    def halo(self) -> tuple[int, ...]:
        """Pixels that are needed on each side along each axis."""
        return tuple(weights.size // 2 for weights in self.weights())

    def weights(self) -> tuple[FloatArray, ...]:
        """Return the weights along each axis; their sum is the number of pixels of the box."""
        return tuple(self._along(reach) for reach in self.reach)

    def _along(self, reach: int) -> FloatArray:
        if self.kind == "box" or reach == 0:
            return np.ones(2 * reach + 1)
        sigma = self.sigma or math.sqrt(reach * (reach + 1) / 3)
        end = math.ceil(_CUT * sigma) if self.sigma is None else reach
        steps = np.arange(-end, end + 1)
        weights = np.exp(-np.square(steps / sigma) / 2)
        return np.asarray(weights * ((2 * reach + 1) / weights.sum()))


def window_of(
    radius: float | Sequence[float],
    unit: str,
    kind: str,
    shape: tuple[int, ...],
    spacing: tuple[float, ...] | None,
) -> Window:
    """Return the window of a radius, in pixels of images of `shape`.

    Raises
    ------
    ValueError
        If kind or unit is none of those allowed, or the radius is not positive, no whole number
        of pixels, smaller than a pixel or larger than the image.
    """
    one_of("weights", kind, KINDS)
    one_of("unit", unit, UNITS)
    given = np.atleast_1d(np.asarray(radius))
    single = np.ndim(radius) == 0
    known = given.dtype.kind in "iuf" and given.size == (1 if single else len(shape))
    if not (known and np.isfinite(given).all() and (given >= 0).all() and given.any()):
        msg = (
            f"radius is {radius!r}; one positive number is needed, or one for each axis "
            f"({len(shape)}), of which some may be 0"
        )
        raise ValueError(msg)
    wanted = np.broadcast_to(given.astype(np.float64), len(shape))
    return Window(kind, _pixels(radius, wanted, unit, shape, spacing, single=single))


def _pixels(
    radius: float | Sequence[float],
    wanted: FloatArray,
    unit: str,
    shape: tuple[int, ...],
    spacing: tuple[float, ...] | None,
    *,
    single: bool,
) -> tuple[int, ...]:
    """Return whole pixels; a single radius goes along short axes as far as they do."""
    if unit == "um":
        if spacing is None:
            msg = "unit is 'um', but the pixel size is unknown; pass spacing=, or unit='px'"
            raise ValueError(msg)
        wanted = wanted / np.asarray(spacing)
    reach = np.rint(np.minimum(wanted, _FARTHEST)).astype(np.int64)
    if unit == "px" and (reach != wanted).any():
        msg = f"radius is {radius!r}; whole numbers of pixels are needed, or unit='um'"
        raise ValueError(msg)
    if not reach.any():
        msg = f"radius is {radius!r} µm, less than half a pixel of {spacing} µm"
        raise ValueError(msg)
    most = np.asarray(shape) - 1
    beyond = (reach > most).all() if single else (reach > most).any()
    if beyond:
        msg = f"radius is {radius!r} {unit}, larger than the image of {shape} pixels"
        raise ValueError(msg)
    return tuple(np.minimum(reach, most).tolist())
