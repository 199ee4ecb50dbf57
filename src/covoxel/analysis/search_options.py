"""What can be asked of searches in single images."""

from __future__ import annotations

from dataclasses import dataclass

from covoxel.analysis.options import Options, option


@dataclass(frozen=True, kw_only=True)
class RepeatsOptions(Options):
    """Options of `search_repeats`."""

    threshold: float = option(0.8, "Threshold", "smallest correlation of copies", low=0, high=1)
    block: tuple[int, ...] = option(
        (16, 16), "Block", "edges of a block, y,x or z,y,x", unit="px", low=8, advanced=True
    )
    max_blocks: int = option(
        30_000,
        "Most blocks",
        "largest number of blocks to compare, those with most detail first",
        low=2,
        advanced=True,
    )


@dataclass(frozen=True, kw_only=True)
class FindOptions(Options):
    """Options of `search_image`."""

    threshold: float = option(0.8, "Threshold", "smallest correlation of a match", low=-1, high=1)
    min_distance: int | None = option(
        None,
        "Least distance",
        "places this near to a better one are left out; half the least edge of the small image "
        "by default",
        unit="px",
        low=1,
        empty="automatic",
        advanced=True,
    )
    edges: float | None = option(
        None,
        "Edges",
        "share of the small image that must lie on the large one; all of it by default",
        low=0,
        high=1,
        empty="all of it",
        advanced=True,
    )
