"""What the pixels of a channel show in their places."""

from covoxel.quality.kind import EVERYTHING, INTENSITY, NOT_DISTANCE, CautionKind

LOW_SNR = CautionKind(
    "low_snr",
    NOT_DISTANCE,
    ("warning",),
    when="noise of single pixels is more than 30 % of the variance, by the autocovariance at "
    "lags 0, 1 and 2",
    message="{} % of the variance of channel {channel} is noise or structures of single pixels, so "
    "r is at most {}",
    fix="Acquire with more light or averaging, or smooth both channels alike; do not compare r "
    "of images of different noise.",
)
UNDERSAMPLED = CautionKind(
    "undersampled",
    frozenset(("correlation", "distance")),
    ("warning",),
    when="more than 4 % of the power at low frequencies is left at the Nyquist limit: spots of "
    "FWHM below about 1.5 pixels",
    message="channel {channel} has structures finer than 2 pixels: at the Nyquist limit its power "
    "is {} % of that at low frequencies",
    fix="Acquire with pixels of less than half of the resolution.",
)
VIGNETTING = CautionKind(
    "vignetting",
    NOT_DISTANCE,
    ("warning",),
    when="the dimmest fifth of pixels falls off by 15 % or more from the centre to all corners, "
    "as a paraboloid",
    message="the background of channel {channel} falls off by {} % from the centre to all corners",
    fix="Correct both channels by flat-field images: light that falls off alike correlates.",
)
JPEG = CautionKind(
    "jpeg",
    EVERYTHING,
    ("warning",),
    when="steps every 8 pixels along both axes, or of the waves in blocks of 8 × 8 pixels; of a "
    "quality of 95 or more they do not show",
    message="channel {channel} has steps in blocks of 8 pixels, as JPEG compression leaves them",
    fix="Use the data as acquired: JPEG changes intensities and correlates neighbouring pixels.",
)
BURNED_IN = CautionKind(
    "burned_in",
    EVERYTHING,
    ("severe",),
    when="marks of 8 pixels or more at the highest intensity, or at a lowest one far below all "
    "others, with edges sharper than an image has",
    message="{} marks of the highest or lowest intensity with sharp edges are in channel {channel},"
    " as text or a scale bar",
    fix="Use the data as acquired, or leave text and scale bars out by a mask.",
    action="draw",
)
REPEATED_PLANES = CautionKind(
    "repeated_planes",
    EVERYTHING,
    ("warning",),
    when="two planes of a stack are the same, pixel by pixel",
    message="planes {} and {} of channel {channel} are the same, pixel by pixel",
    fix="Check how the stack was put together, and leave the copies out.",
)
TIME_AS_Z = CautionKind(
    "time_as_z",
    frozenset(("intensity", "distance")),
    ("warning",),
    when="4 planes or more: the first and the last correlate as well as neighbours do, to 2 %",
    message="all planes of channel {channel} show the same: r is {} between neighbours and {} "
    "between the first and the last, as in a time series that was read as a stack",
    fix="If planes are time points, give the axes as TYX.",
    action="axes",
)
REPEATED_FRAMES = CautionKind(
    "repeated_frames",
    EVERYTHING,
    ("warning",),
    when="two neighbouring time points are the same, pixel by pixel",
    message="time points {} and {} of channel {channel} are the same, pixel by pixel",
    fix="Check how the series was put together, and leave the copies out.",
)
BLEACHING = CautionKind(
    "bleaching",
    INTENSITY,
    ("warning",),
    when="4 time points or more: the mean above the background falls steadily, by 15 % or more",
    message="channel {channel} loses {} % of its light over {} time points",
    fix="Compare time points by measures that do not depend on brightness, or correct the "
    "bleaching.",
)
