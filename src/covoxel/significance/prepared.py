"""Prepared: what every test looks at before it tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from covoxel.core.checks import in_range
from covoxel.core.text import counted
from covoxel.correlation.ccf_curve import FWHM
from covoxel.significance.correlated import Correlated
from covoxel.significance.effective_size import Texture
from covoxel.significance.pair import PixelPair, pixel_pair
from covoxel.significance.shift_null import Shifts

#: Pixels that a test needs.
MIN_PIXELS = 500
#: Depth by which a blurred outline reaches into a mask, in standard deviations of the PSF.
_RIM = 1.3
#: Share of the field that the autocorrelation of an image without a mask may reach, and the
#: product of both autocorrelations that is more than their chance there.
_MAX_REACH, _STRONG = 1 / 6, 0.04


@dataclass(frozen=True, eq=False)
class Prepared:
    """Two channels, ready to be tested."""

    #: Their finite pixels inside the mask.
    pair: PixelPair
    #: The channels with mean 0 and variance 1 there.
    correlated: Correlated
    #: Standard deviation of the PSF, in the shortest pixel step.
    sigma: float
    #: The pair without the rim of the mask, None where nothing is left.
    tested: PixelPair | None
    #: Why nothing is tested; empty if it is.
    reason: str

    @cached_property
    def inner(self) -> Correlated:
        """The channels without the rim of the mask."""
        assert self.tested is not None
        return self.correlated if self.tested is self.pair else Correlated.of(self.tested)

    @cached_property
    def fine(self) -> Correlated:
        """The fine structures of the channels without the rim of the mask."""
        return self.inner.fine(self.sigma)

    @cached_property
    def shifts(self) -> Shifts | str:
        """The displacements of a null, or why no shift shows what chance gives."""
        if self.reason:
            return self.reason
        if carrier := self.inner.carrier(self.fine):
            return f"both channels follow {carrier}, which no shift keeps"
        return Shifts(self.inner)

    @property
    def n(self) -> int:
        """Number of pixels tested."""
        return 0 if self.tested is None else self.tested.area.n

    @property
    def psf(self) -> float:
        """Full width at half maximum of the PSF, in µm, or pixels without a spacing."""
        return self.sigma * FWHM * self.pair.unit


def prepared(
    image1: Any,
    image2: Any,
    mask: Any,
    psf: float | None,
    spacing: Sequence[float] | None,
    *,
    ranks: bool = False,
) -> Prepared | str:
    """Return two channels ready to be tested, or why they are undefined.

    Raises
    ------
    ValueError
        If the grids differ or an option is out of range.
    """
    if psf is not None:
        in_range("psf", psf, 1e-6, 1e6)
    pair = pixel_pair(image1, image2, mask, spacing)
    return prepared_pair(pair, psf, masked=mask is not None, ranks=ranks)


def prepared_pair(
    pair: PixelPair | None, psf: float | None = None, *, masked: bool, ranks: bool = False
) -> Prepared | str:
    """Return the pixels of two channels in a mask, ready to be tested, or why they are undefined.

    What is computed of the mask is kept in it, for the next test of the same pair.
    """
    if pair is None:
        return "no finite pixel inside the mask"
    if reason := pair.undefined(3):
        return reason
    pair = pair.ranked() if ranks else pair
    correlated = Correlated.of(pair)
    found = correlated.texture
    sigma = found.sigma() if psf is None else psf / pair.unit / FWHM
    tested = pair.eroded(_RIM * sigma) if masked else pair
    reason = _refusal(tested, found, masked=masked)
    return Prepared(pair, correlated, sigma, tested, reason)


def _refusal(tested: PixelPair | None, found: Texture, *, masked: bool) -> str:
    n = 0 if tested is None else tested.area.n
    if tested is None or n < MIN_PIXELS:
        where = " deeper in the mask than its blurred rim" if masked else ""
        return f"{counted(n, 'pixel')}{where}; at least {MIN_PIXELS} are needed"
    if not masked:
        field = min(np.multiply(tested.area.mask.shape, tested.area.step)[-2:])
        if found.strength_at(field * _MAX_REACH) > _STRONG:
            return (
                "both channels are correlated over more than a sixth of the field; give a mask "
                "of the cells"
            )
    return tested.undefined(MIN_PIXELS)
