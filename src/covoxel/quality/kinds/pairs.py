"""What two channels show together."""

from covoxel.quality.kind import EVERYTHING, NOT_DISTANCE, CautionKind

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
    message="channel 2 lies {length:.2f} ± {error:.2f} px from channel 1 ({axes}), registered, r is"
    " {after:.2f} where it is {before:.2f} now",
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
