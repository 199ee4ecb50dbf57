"""What regions, objects and lengths show."""

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
