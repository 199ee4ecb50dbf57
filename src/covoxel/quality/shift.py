"""A shift between the channels, as chromatic aberration and filter cubes cause it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from covoxel.core.types import AnyArray
from covoxel.correlation.frames import paired_frames
from covoxel.image.channel import stack
from covoxel.image.regions import Regions
from covoxel.intensity.blocks import checked_pair
from covoxel.quality.caution import Caution
from covoxel.quality.kinds import CHANNEL_SHIFT
from covoxel.registration.record import Registration
from covoxel.registration.search import SearchOptions
from covoxel.registration.translation import translation

#: Shifts that are looked for, in pixels, and as a share of the image; beyond the shifts of a
#: microscope, so that there is room for other peaks, which chance would make as high.
_REACH, _PART = 16, 4
#: A shift below this hardly moves a measure.
_SHIFT = 0.5
#: Halves of the image must agree to this, in pixels, which a magnification leaves them, or to
#: half of the shift; they are separated by so many pixels that no bright spot is in both.
_AGREE, _GAP = 1.0, 8
#: Share of what is missing to a correlation of 1 that registration must add; channels that share
#: a coarse outline gain less.
_GAIN = 0.06


def channel_shift(image1: Any, image2: Any, *, mask: Any = None) -> Caution | None:
    """Warn of a shift between the channels that neither chance nor structure explains.

    There is no warning if the channels are not registrable (see `covoxel.registration.register`),
    if the peak of the correlation is flat, at the bound of the search or no higher than the next,
    or if the halves of the image have different shifts, as adjacent structures cause them.

    Parameters
    ----------
    image1, image2 : (Z, Y, X) or (Y, X) array-like, Channel or napari layer
        The channels, on one grid, without a time axis.
    mask : bool array-like, optional
        Where to look.

    Returns
    -------
    Caution or None
        With the shift and twice its standard error.

    Raises
    ------
    ValueError
        If shapes differ.

    Examples
    --------
    >>> from covoxel import simulate_pair
    >>> pair = simulate_pair(offset=(2, -1), rng=1)
    >>> channel_shift(pair.channel1, pair.channel2).code
    'channel_shift'
    """
    channel1, channel2 = checked_pair(image1, image2)
    pair = _FramePart(channel1.read(), channel2.read(), Regions(mask).pooled(channel1))
    found = pair.registration()
    if found is None or not _believable(found) or not pair.agrees(found):
        return None
    return _caution(found)


@dataclass(frozen=True, slots=True, eq=False)
class _FramePart:
    """Two frames, or parts of them, and the mask."""

    image1: AnyArray
    image2: AnyArray
    mask: AnyArray | None

    def registration(self, *, judged: bool = True) -> Registration | None:
        """Return the shift of channel 2, None where there is nothing to register by."""
        try:
            frame1, frame2, grid = paired_frames(stack(self.image1), stack(self.image2), self.mask)
            reach = tuple(min(_REACH, n // _PART) for n in self.image1.shape)
            return translation(frame1, frame2, grid, SearchOptions(reach), judged=judged)
        except ValueError:
            return None

    def agrees(self, found: Registration) -> bool:
        """Whether both halves along each axis of the plane show the same shift."""
        near = min(_AGREE, float(np.linalg.norm(found.offset)) / 2)
        for half in self._halves():
            part = half.registration(judged=False)
            if part is None or np.linalg.norm(np.subtract(part.offset, found.offset)) > near:
                return False
        return True

    def _halves(self) -> Iterator[_FramePart]:
        """Yield parts that hold half of the contrast of channel 1 each, less what lies between."""
        everywhere = np.True_ if self.mask is None else self.mask
        finite = np.isfinite(self.image1) & everywhere
        contrast = np.square(self.image1 - np.mean(self.image1, where=finite, dtype=np.float64))
        contrast[~finite] = 0
        for axis in range(max(0, contrast.ndim - 2), contrast.ndim):
            others = tuple(i for i in range(contrast.ndim) if i != axis)
            total = np.cumsum(contrast.sum(axis=others))
            cut = int(np.searchsorted(total, total[-1] / 2))
            for part in (slice(None, max(0, cut - _GAP)), slice(cut + _GAP, None)):
                where = (slice(None),) * axis + (part,)
                mask = None if self.mask is None else self.mask[where]
                yield _FramePart(self.image1[where], self.image2[where], mask)


def _believable(found: Registration) -> bool:
    """Whether the peak is more than chance, and than an outline that both channels share."""
    gain = (found.ncc_after - found.ncc_before) / max(1 - found.ncc_before, 1e-9)
    clear = not (found.ambiguous or found.at_border or found.undetermined)
    return bool(found.registrable) and clear and gain >= _GAIN


def _caution(found: Registration) -> Caution | None:
    """Return the caution of a shift whose whole interval exceeds the smallest one reported."""
    offset, twice = np.asarray(found.offset), 2 * np.asarray(found.uncertainty)
    length = float(np.linalg.norm(offset))
    interval = float(np.linalg.norm(offset * twice)) / length if length else np.nan
    if not length - interval > _SHIFT:
        return None
    parts = zip(found.axes.lower(), offset, twice, strict=True)
    axes = ", ".join(f"{axis} {value:.2f} ± {error:.2f}" for axis, value, error in parts)
    what = (
        f"channel 2 lies {length:.2f} ± {interval:.2f} px from channel 1 ({axes}), registered, "
        f"r is {found.ncc_after:.2f} where it is {found.ncc_before:.2f} now"
    )
    return Caution.of(CHANNEL_SHIFT, what=what)
