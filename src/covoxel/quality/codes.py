"""The kinds of cautions: their codes, what they affect and how to fix what causes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["notice", "warning", "severe"]
#: What a caution can affect: what depends on the intensities themselves (Manders, overlap,
#: thresholds, totals), correlations, and lengths (distances, shifts, sizes).
Aspect = Literal["intensity", "correlation", "distance"]

EVERYTHING: frozenset[Aspect] = frozenset(("intensity", "correlation", "distance"))
_INTENSITY: frozenset[Aspect] = frozenset(("intensity",))
_NOT_DISTANCE = EVERYTHING - {"distance"}


@dataclass(frozen=True, slots=True)
class CautionKind:
    """One kind of caution.

    Attributes
    ----------
    name : str
        The code, without the number of the channel.
    affects : frozenset of {"intensity", "correlation", "distance"}
        What it affects.
    fix : str
        What to do about it.
    by_channel : bool
        Whether it concerns one channel, so that codes end in ``_1`` or ``_2``.
    """

    name: str
    affects: frozenset[Aspect]
    fix: str
    by_channel: bool = True

    def code(self, channel: int | None = None) -> str:
        """Return the code of a caution of this kind, for `channel` 1 or 2 where it has one.

        Examples
        --------
        >>> SATURATED.code(1), TINY_REGION.code()
        ('saturated_1', 'tiny_region')
        """
        return f"{self.name}_{channel}" if self.by_channel else self.name

    @property
    def codes(self) -> tuple[str, ...]:
        """All codes of this kind."""
        return tuple(self.code(channel) for channel in (1, 2)) if self.by_channel else (self.name,)


SATURATED = CautionKind(
    "saturated",
    EVERYTHING,
    "Acquire with less gain or exposure: saturation bends correlations and thresholds.",
)
CONSTANT = CautionKind(
    "constant",
    EVERYTHING,
    "Choose another channel or region: a constant one has no correlation.",
)
HOT_PIXELS = CautionKind(
    "hot_pixels",
    EVERYTHING,
    "Look at these pixels. If they are hot, leave them out by a mask, or apply a median filter.",
    by_channel=False,
)
BLEED_THROUGH = CautionKind(
    "bleed_through",
    EVERYTHING,
    "Measure single-stained controls, and subtract what they show; or acquire the channels one "
    "after the other. Colocalization everywhere looks the same.",
)
LOW_SNR = CautionKind(
    "low_snr",
    _NOT_DISTANCE,
    "Acquire with more light or averaging, or smooth both channels alike; do not compare r of "
    "images of different noise.",
)
UNDERSAMPLED = CautionKind(
    "undersampled",
    frozenset(("correlation", "distance")),
    "Acquire with pixels of less than half of the resolution.",
)
JPEG = CautionKind(
    "jpeg",
    EVERYTHING,
    "Use the data as acquired: JPEG changes intensities and correlates neighbouring pixels.",
)
BURNED_IN = CautionKind(
    "burned_in",
    EVERYTHING,
    "Use the data as acquired, or leave text and scale bars out by a mask.",
)
VIGNETTING = CautionKind(
    "vignetting",
    _NOT_DISTANCE,
    "Correct both channels by flat-field images: light that falls off alike correlates.",
)
REPEATED_PLANES = CautionKind(
    "repeated_planes",
    EVERYTHING,
    "Check how the stack was put together, and leave the copies out.",
)
TIME_AS_Z = CautionKind(
    "time_as_z",
    frozenset(("intensity", "distance")),
    "If planes are time points, give the axes as TYX.",
)
REPEATED_FRAMES = CautionKind(
    "repeated_frames",
    EVERYTHING,
    "Check how the series was put together, and leave the copies out.",
)
BLEACHING = CautionKind(
    "bleaching",
    _INTENSITY,
    "Compare time points by measures that do not depend on brightness, or correct the bleaching.",
)
BINARY = CautionKind(
    "binary",
    EVERYTHING,
    "Is it a mask? Correlation and thresholds need intensities.",
)
CLIPPED = CautionKind(
    "clipped",
    _NOT_DISTANCE,
    "Was a background subtracted before? Measure the raw data, or mask the void out.",
)
OFFSET = CautionKind(
    "offset",
    _INTENSITY,
    "Subtract the camera offset or background before Manders, overlap and Costes; "
    "inside a cell it may be signal.",
)
MOSTLY_ABOVE = CautionKind(
    "mostly_above",
    _INTENSITY,
    "Choose a higher threshold, of the region by Otsu for example, or measure inside a mask.",
)
NEGATIVE = CautionKind(
    "negative",
    _INTENSITY,
    "Check what was subtracted; Manders and overlap take them as 0.",
)
RESCALED = CautionKind(
    "rescaled",
    _INTENSITY,
    "Measure the data as acquired; thresholds of rescaled images cannot be compared.",
)
IDENTICAL = CautionKind("identical", EVERYTHING, "Choose two different channels.", by_channel=False)
NEAR_DUPLICATE = CautionKind(
    "near_duplicate",
    EVERYTHING,
    "Check that neither channel was made from the other.",
    by_channel=False,
)
MOSTLY_BACKGROUND = CautionKind(
    "mostly_background",
    _NOT_DISTANCE,
    "Measure inside a mask or labels that leave the background out.",
    by_channel=False,
)
TINY_REGION = CautionKind(
    "tiny_region",
    EVERYTHING,
    "Do not rely on this region alone; compare many.",
    by_channel=False,
)
BORDER = CautionKind(
    "border",
    _INTENSITY,
    "Leave out regions that the frame cuts off if size or totals matter.",
    by_channel=False,
)
NO_VOXEL_SIZE = CautionKind(
    "no_voxel_size",
    frozenset(("distance",)),
    "Give the spacing in µm.",
    by_channel=False,
)
CHANNEL_SHIFT = CautionKind(
    "channel_shift",
    EVERYTHING,
    "Register channel 2 on channel 1, best by a shift that beads have shown.",
    by_channel=False,
)

#: All kinds, in the order in which they are documented.
KINDS: tuple[CautionKind, ...] = (
    SATURATED,
    HOT_PIXELS,
    CONSTANT,
    CLIPPED,
    BINARY,
    BLEED_THROUGH,
    LOW_SNR,
    UNDERSAMPLED,
    VIGNETTING,
    JPEG,
    BURNED_IN,
    REPEATED_PLANES,
    TIME_AS_Z,
    REPEATED_FRAMES,
    BLEACHING,
    OFFSET,
    MOSTLY_ABOVE,
    NEGATIVE,
    RESCALED,
    IDENTICAL,
    NEAR_DUPLICATE,
    CHANNEL_SHIFT,
    MOSTLY_BACKGROUND,
    TINY_REGION,
    BORDER,
    NO_VOXEL_SIZE,
)
_BY_CODE = {code: kind for kind in KINDS for code in kind.codes}


def affected_by(code: str) -> frozenset[Aspect]:
    """Return what a caution of a code affects; everything, where the code is not listed here.

    Examples
    --------
    >>> sorted(affected_by("offset_1"))
    ['intensity']
    """
    kind = _BY_CODE.get(code)
    return EVERYTHING if kind is None else kind.affects
