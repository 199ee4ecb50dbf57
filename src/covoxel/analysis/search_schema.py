"""The columns of the tables of searches in single images: name, unit, meaning."""

from __future__ import annotations

from covoxel.analysis.schema import Column

IMAGE = (
    Column("file", "", "Name of the image file"),
    Column("series", "", "Index of the series in the file, from 0"),
    Column("channel", "", "Name of the channel"),
    Column("t", "frame", "Time point, from 0", dtype="Int64"),
)
_RECORD = (
    Column("version", "", "Version of Covoxel"),
    Column("settings", "", "First 12 digits of the SHA-256 of the settings"),
    Column("notes", "", "What to know of the row"),
)


def _corners(name: str, of: str) -> tuple[Column, ...]:
    return tuple(
        Column(f"{name}_{axis}", "px", f"{of} along {axis}", optional=True) for axis in "zyx"
    )


REPEATS_COLUMNS = (
    *IMAGE,
    Column("repeats", "", "Pairs of places with one content"),
    Column("examined", "", "Blocks that were correlated with one another"),
    Column("left_out", "", "Blocks beyond max_blocks, those of the least detail"),
    Column("patterned", "", "Blocks that were found at many places, and dropped as a pattern"),
    *_RECORD,
)
REPEATS_PLACE_COLUMNS = (
    *IMAGE,
    *_corners("start1", "First pixel of the first place"),
    *_corners("stop1", "End of the first place, exclusive,"),
    *_corners("start2", "First pixel of the second place"),
    *_corners("stop2", "End of the second place, exclusive,"),
    Column("correlation", "", "Pearson's r of the fine detail of both places"),
    Column("blocks", "", "Overlapping blocks that were found to be alike"),
)

FIND_COLUMNS = (
    *IMAGE,
    Column("places", "", "Places at which the small image was found"),
    Column("best", "", "Pearson's r of the small image and the best place"),
    *_RECORD,
)
FIND_PLACE_COLUMNS = (
    *IMAGE,
    *_corners("corner", "First pixel of the small image"),
    Column("score", "", "Pearson's r of the small image and the place"),
)
