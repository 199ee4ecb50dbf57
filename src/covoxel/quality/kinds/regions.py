"""What regions, objects, lengths and registrations show."""

from __future__ import annotations

from covoxel.quality.kind import DISTANCE, EVERYTHING, INTENSITY, CautionKind

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
    message="only {} % of the places are nearer to channel {other} than objects of channel "
    "{channel} that have no partner, where 50 % are by chance, as in cells that both share",
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
