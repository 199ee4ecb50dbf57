"""What to know of a registration."""

from covoxel.quality.kind import DISTANCE, EVERYTHING, CautionKind

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
