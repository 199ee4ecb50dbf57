"""What the intensities of a channel show, wherever they lie."""

from covoxel.quality.kind import EVERYTHING, INTENSITY, NOT_DISTANCE, CautionKind

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
