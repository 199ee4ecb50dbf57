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
_DISTANCE: frozenset[Aspect] = frozenset(("distance",))
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
    severities : tuple of {"notice", "warning", "severe"}
        How severe it is.
    when : str
        What is found, and from which value on.
    fix : str
        What to do about it.
    by_channel : bool
        Whether it concerns one channel, so that codes end in ``1`` or ``2``.
    """

    name: str
    affects: frozenset[Aspect]
    severities: tuple[Severity, ...]
    when: str
    fix: str
    by_channel: bool = True

    def code(self, channel: int | None = None) -> str:
        """Return the code of a caution of this kind, for `channel` 1 or 2 where it has one.

        Examples
        --------
        >>> SATURATED.code(1), TINY_REGION.code()
        ('saturated1', 'tiny_region')
        """
        return f"{self.name}{channel}" if self.by_channel else self.name

    @property
    def codes(self) -> tuple[str, ...]:
        """All codes of this kind."""
        return tuple(self.code(channel) for channel in (1, 2)) if self.by_channel else (self.name,)


SATURATED = CautionKind(
    "saturated",
    EVERYTHING,
    ("warning", "severe"),
    "more than 0.1 % of pixels (severe: 1 %) at the detector's maximum, or piled up at the "
    "highest level",
    "Acquire with less gain or exposure: saturation bends correlations and thresholds.",
)
CONSTANT = CautionKind(
    "constant",
    EVERYTHING,
    ("severe",),
    "one intensity in all pixels",
    "Choose another channel or region: a constant one has no correlation.",
)
HOT_PIXELS = CautionKind(
    "hot_pixels",
    EVERYTHING,
    ("severe",),
    "up to 1 in 10 000 pixels, more than 3 times as far above the median as all others, change "
    "r by 0.1 or more",
    "Look at these pixels. If they are hot, leave them out by a mask, or apply a median filter.",
    by_channel=False,
)
BLEED_THROUGH = CautionKind(
    "bleed_through",
    EVERYTHING,
    ("warning",),
    "the lower envelope (10 %) of the channel is a straight line over the other from dark to "
    "bright, less steep than 1",
    "Subtract what single-stained controls show (bleed_1to2, bleed_2to1), or acquire one "
    "channel after the other. Colocalization everywhere looks the same.",
)
LOW_SNR = CautionKind(
    "low_snr",
    _NOT_DISTANCE,
    ("warning",),
    "noise of single pixels is more than 30 % of the variance, by the autocovariance at lags "
    "0, 1 and 2",
    "Acquire with more light or averaging, or smooth both channels alike; do not compare r of "
    "images of different noise.",
)
UNDERSAMPLED = CautionKind(
    "undersampled",
    frozenset(("correlation", "distance")),
    ("warning",),
    "more than 4 % of the power at low frequencies is left at the Nyquist limit: spots of "
    "FWHM below about 1.5 pixels",
    "Acquire with pixels of less than half of the resolution.",
)
JPEG = CautionKind(
    "jpeg",
    EVERYTHING,
    ("warning",),
    "steps every 8 pixels along both axes",
    "Use the data as acquired: JPEG changes intensities and correlates neighbouring pixels.",
)
BURNED_IN = CautionKind(
    "burned_in",
    EVERYTHING,
    ("severe",),
    "marks of 8 pixels or more at the highest intensity, with edges sharper than an image has",
    "Use the data as acquired, or leave text and scale bars out by a mask.",
)
VIGNETTING = CautionKind(
    "vignetting",
    _NOT_DISTANCE,
    ("warning",),
    "the dimmest fifth of pixels falls off by 15 % or more from the centre to all corners, as"
    " a paraboloid",
    "Correct both channels by flat-field images: light that falls off alike correlates.",
)
REPEATED_PLANES = CautionKind(
    "repeated_planes",
    EVERYTHING,
    ("warning",),
    "two planes of a stack are the same, pixel by pixel",
    "Check how the stack was put together, and leave the copies out.",
)
TIME_AS_Z = CautionKind(
    "time_as_z",
    frozenset(("intensity", "distance")),
    ("warning",),
    "4 planes or more: the first and the last correlate as well as neighbours do, to 2 %",
    "If planes are time points, give the axes as TYX.",
)
REPEATED_FRAMES = CautionKind(
    "repeated_frames",
    EVERYTHING,
    ("warning",),
    "two neighbouring time points are the same, pixel by pixel",
    "Check how the series was put together, and leave the copies out.",
)
BLEACHING = CautionKind(
    "bleaching",
    _INTENSITY,
    ("warning",),
    "4 time points or more: the mean above the background falls steadily, by 15 % or more",
    "Compare time points by measures that do not depend on brightness, or correct the bleaching.",
)
BINARY = CautionKind(
    "binary",
    EVERYTHING,
    ("warning",),
    "two intensities only",
    "Is it a mask? Correlation and thresholds need intensities.",
)
CLIPPED = CautionKind(
    "clipped",
    _NOT_DISTANCE,
    ("warning",),
    "1 % of pixels or more at the lowest intensity, 3 times what lies just above; 5 % where "
    "counts rise from there",
    "Was a background subtracted before? Measure the raw data, or mask the void out.",
)
OFFSET = CautionKind(
    "offset",
    _INTENSITY,
    ("warning",),
    "99 % of pixels are above 0, and no background is subtracted for measures that depend on it",
    "Subtract the camera offset or background before Manders, overlap and Costes; "
    "inside a cell it may be signal.",
)
MOSTLY_ABOVE = CautionKind(
    "mostly_above",
    _INTENSITY,
    ("warning",),
    "more than 95 % of pixels are above the threshold",
    "Choose a higher threshold, of the region by Otsu for example, or measure inside a mask.",
)
NEGATIVE = CautionKind(
    "negative",
    _INTENSITY,
    ("notice",),
    "intensities below 0",
    "Check what was subtracted; Manders and overlap take them as 0.",
)
RESCALED = CautionKind(
    "rescaled",
    _INTENSITY,
    ("notice",),
    "3 empty levels or more between levels of 30 pixels or more",
    "Measure the data as acquired; thresholds of rescaled images cannot be compared.",
)
IDENTICAL = CautionKind(
    "identical",
    EVERYTHING,
    ("severe",),
    "both channels hold the same intensities in all pixels",
    "Choose two different channels.",
    by_channel=False,
)
NEAR_DUPLICATE = CautionKind(
    "near_duplicate",
    EVERYTHING,
    ("severe",),
    "Pearson's r above 0.999",
    "Check that neither channel was made from the other.",
    by_channel=False,
)
MOSTLY_BACKGROUND = CautionKind(
    "mostly_background",
    _NOT_DISTANCE,
    ("notice",),
    "90 % of pixels are within a tenth of the signal range in both channels",
    "Measure inside a mask or labels that leave the background out.",
    by_channel=False,
)
TINY_REGION = CautionKind(
    "tiny_region",
    EVERYTHING,
    ("warning",),
    "fewer than 500 pixels",
    "Do not rely on this region alone; compare many.",
    by_channel=False,
)
BORDER = CautionKind(
    "border",
    _INTENSITY,
    ("notice",),
    "the region touches the X or Y border of the frame",
    "Leave out regions that the frame cuts off if size or totals matter.",
    by_channel=False,
)
NO_VOXEL_SIZE = CautionKind(
    "no_voxel_size",
    _DISTANCE,
    ("notice",),
    "the voxel size is unknown",
    "Give the spacing in µm.",
    by_channel=False,
)
CHANNEL_SHIFT = CautionKind(
    "channel_shift",
    EVERYTHING,
    ("warning",),
    "registration moves channel 2 by more than 0.5 pixels beyond its error, and r rises",
    "Register channel 2 on channel 1, best by a shift that beads have shown.",
    by_channel=False,
)

TIME_SERIES = CautionKind(
    "time_series",
    _DISTANCE,
    ("notice",),
    "one time point of a series is registered",
    "Choose “each time point” if the shift between the channels changes with time.",
    by_channel=False,
)
ONE_PLANE = CautionKind(
    "one_plane",
    _DISTANCE,
    ("notice",),
    "one plane of a stack is registered",
    "Choose the volume to correct a shift along z as well.",
    by_channel=False,
)
MOVED_LAYER = CautionKind(
    "moved_layer",
    EVERYTHING,
    ("notice",),
    "registration moves the layer instead of its pixels",
    "Let a new layer be made, if you want to measure afterwards.",
    by_channel=False,
)
UNVERIFIED_REGISTRATION = CautionKind(
    "unverified_registration",
    EVERYTHING,
    ("warning",),
    "channel 2 is moved by a registration of which it is unknown whether it is more than chance",
    "Register images that hold more structure, such as beads.",
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
    TIME_SERIES,
    ONE_PLANE,
    MOVED_LAYER,
    UNVERIFIED_REGISTRATION,
)
_BY_CODE = {code: kind for kind in KINDS for code in kind.codes}


def affected_by(code: str) -> frozenset[Aspect]:
    """Return what a caution of a code affects; everything, where the code is not listed here.

    Examples
    --------
    >>> sorted(affected_by("offset1"))
    ['intensity']
    """
    kind = _BY_CODE.get(code)
    return EVERYTHING if kind is None else kind.affects
