"""All kinds of cautions: codes, severity, what they affect, messages and fixes."""

from __future__ import annotations

from covoxel.quality.kind import DISTANCE, EVERYTHING, INTENSITY, NOT_DISTANCE, CautionKind

# What the intensities of a channel show, wherever they lie.

SATURATED = CautionKind(
    "saturated",
    EVERYTHING,
    ("warning", "severe"),
    when="more than 0.1 % of pixels (severe: 1 %) at the detector's maximum, or piled up at the "
    "highest level",
    message="{} % of pixels of channel {channel} are at {}, {what}",
    fix="Acquire with less gain or exposure: saturation bends correlations and thresholds.",
)
HOT_PIXELS = CautionKind(
    "hot_pixels",
    EVERYTHING,
    ("severe",),
    when="up to 1 in 10 000 pixels, or up to 16 of 1 in 1000, more than 3 times as far above the "
    "median as all others, change r by 0.1 or more",
    message="r is {}, but {} without the brightest pixels, of which there are {}",
    fix="Look at these pixels. If they are hot, leave them out by a mask, or apply a median "
    "filter.",
)
CONSTANT = CautionKind(
    "constant",
    EVERYTHING,
    ("severe",),
    when="one intensity in all pixels",
    message="all pixels of channel {channel} are {}",
    fix="Choose another channel or region: a constant one has no correlation.",
)
CLIPPED = CautionKind(
    "clipped",
    NOT_DISTANCE,
    ("warning",),
    when="1 % of pixels or more at the lowest intensity, 3 times what lies just above; 5 % where"
    " counts rise from there",
    message="{} % of pixels of channel {channel} are exactly {}, the lowest intensity, far more "
    "than just above it",
    fix="Was a background subtracted before? Measure the raw data, or mask the void out.",
    action="draw",
)
BINARY = CautionKind(
    "binary",
    EVERYTHING,
    ("warning",),
    when="two intensities only",
    message="channel {channel} has only 2 intensities, {} and {}",
    fix="Is it a mask? Correlation and thresholds need intensities.",
)
OFFSET = CautionKind(
    "offset",
    INTENSITY,
    ("warning",),
    when="99 % of pixels are above 0, and no background is subtracted for measures that depend "
    "on it",
    message="channel {channel} does not begin at 0: 99 % of its pixels are at {} or more, {} % of "
    "its signal range, so M{other} above 0 counts nearly all pixels",
    fix="Subtract the camera offset or background before Manders, overlap and Costes; inside a "
    "cell it may be signal.",
    action="subtract_mode",
)
MOSTLY_ABOVE = CautionKind(
    "mostly_above",
    INTENSITY,
    ("warning",),
    when="more than 95 % of pixels are above the threshold",
    message="{} % of pixels of channel {channel} are above its threshold, so it leaves hardly "
    "anything out, and Manders' coefficients are near 1 by chance",
    fix="Choose a higher threshold, of the region by Otsu for example, or measure inside a mask.",
    action="otsu",
)
NEGATIVE = CautionKind(
    "negative",
    INTENSITY,
    ("notice",),
    when="intensities below 0",
    message="{} % of pixels of channel {channel} are negative, down to {}",
    fix="Check what was subtracted; Manders and overlap take them as 0.",
)
RESCALED = CautionKind(
    "rescaled",
    INTENSITY,
    ("notice",),
    when="3 empty levels or more between levels of 30 pixels or more",
    message="{} gaps lie between well-filled intensities of channel {channel}, as rescaling leaves "
    "them",
    fix="Measure the data as acquired; thresholds of rescaled images cannot be compared.",
)


# What the pixels of a channel show in their places.

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


# What two channels show together.

IDENTICAL = CautionKind(
    "identical",
    EVERYTHING,
    ("severe",),
    when="both channels hold the same intensities in all pixels",
    message="both channels hold the same intensities in all pixels",
    fix="Choose two different channels.",
)
NEAR_DUPLICATE = CautionKind(
    "near_duplicate",
    EVERYTHING,
    ("severe",),
    when="Pearson's r above 0.999",
    message="the channels correlate with r = {}, which two acquisitions never do",
    fix="Check that neither channel was made from the other.",
)
BLEED_THROUGH = CautionKind(
    "bleed_through",
    EVERYTHING,
    ("warning",),
    when="the lower envelope (10 %) of the channel is a straight line over the other from dark "
    "to bright, less steep than 1",
    message="where channel {other} is bright, channel {channel} has {} of its intensity at least, "
    "as bleed-through leaves it",
    fix="Subtract what single-stained controls show (bleed_1to2, bleed_2to1), or acquire one "
    "channel after the other. Colocalization everywhere looks the same.",
    action="control",
)
SHARED_PATTERN = CautionKind(
    "shared_pattern",
    frozenset(("correlation", "distance")),
    ("warning",),
    when="more than half of the covariance is in the same single pixels alone: at a displacement "
    "of one pixel it is gone",
    message="{} % of the covariance of the channels is in the same single pixels alone, finer than "
    "a microscope draws",
    fix="Do both share the pattern of a camera? Subtract its dark image from each channel, or "
    "correct its pixels, before r, shifts and distances are measured.",
)
CHANNEL_SHIFT = CautionKind(
    "channel_shift",
    EVERYTHING,
    ("warning",),
    when="registration moves channel 2 by more than 0.5 pixels beyond its error, and r rises",
    message="{what}",
    fix="Register channel 2 on channel 1, best by a shift that beads have shown.",
    action="register",
)
MOSTLY_BACKGROUND = CautionKind(
    "mostly_background",
    NOT_DISTANCE,
    ("notice",),
    when="90 % of pixels are within a tenth of the signal range in both channels",
    message="at least {} % of pixels are dim in both channels",
    fix="Measure inside a mask or labels that leave the background out.",
    action="draw",
)


# What regions, objects and lengths show.

TINY_REGION = CautionKind(
    "tiny_region",
    EVERYTHING,
    ("warning",),
    when="fewer than 500 pixels",
    message="{} pixels are fewer than {}",
    fix="Do not rely on this region alone; compare many.",
)
BORDER = CautionKind(
    "border",
    INTENSITY,
    ("notice",),
    when="the region touches the X or Y border of the frame",
    message="the region touches the border of the frame",
    fix="Leave out regions that the frame cuts off if size or totals matter.",
)
SHARED_OUTLINE = CautionKind(
    "shared_outline",
    DISTANCE,
    ("warning",),
    when="objects beyond the longest distance: less than a third of the places there are nearer to "
    "the other channel, on average, where half are by chance",
    message="objects of channel {channel} without a partner lie nearer to channel {other} than "
    "all but {} % of the places (by chance 50 %), as where both are in the same cells",
    fix="Give cells or a mask: without, chance puts objects where there are no cells.",
)
WHOLE_CELLS = CautionKind(
    "whole_cells",
    DISTANCE,
    ("warning",),
    when="at most two objects a cell lie above a threshold",
    message="objects of channel {channel} may be whole cells (objects: {}, cells: {})",
    fix="Find spots, or choose a higher threshold, for what lies inside cells.",
    action="spots",
)
NO_VOXEL_SIZE = CautionKind(
    "no_voxel_size",
    DISTANCE,
    ("notice",),
    when="the voxel size is unknown",
    message="the voxel size is unknown, so sizes and distances are in pixels",
    fix="Give the spacing in µm.",
)


# What to know of a registration.

TIME_SERIES = CautionKind(
    "time_series",
    DISTANCE,
    ("notice",),
    when="one time point of a series is registered",
    message="time point {t} of {n_frames} is registered; all move alike",
    fix="Choose “each time point” if the shift between the channels changes with time.",
    action="each_time",
)
ONE_PLANE = CautionKind(
    "one_plane",
    DISTANCE,
    ("notice",),
    when="one plane of a stack is registered",
    message="plane {z} is registered; all planes move alike, none along z",
    fix="Choose the volume to correct a shift along z as well.",
    action="volume",
)
MOVED_LAYER = CautionKind(
    "moved_layer",
    EVERYTHING,
    ("notice",),
    when="registration moves the layer instead of its pixels",
    message="a moved layer cannot be measured: its pixels lie between those of channel 1",
    fix="Let a new layer be made, if you want to measure afterwards.",
    action="new",
)
UNVERIFIED_REGISTRATION = CautionKind(
    "unverified_registration",
    EVERYTHING,
    ("warning",),
    when="channel 2 is moved by a registration of which it is unknown whether it is more than "
    "chance",
    message="{reason}",
    fix="Register images that hold more structure, such as beads.",
)

#: All kinds, in the order in which they are documented.
KINDS = tuple(value for value in list(globals().values()) if isinstance(value, CautionKind))
