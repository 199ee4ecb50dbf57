"""The options of `measure_field`."""

from __future__ import annotations

from dataclasses import dataclass

from covoxel.analysis.options import Options, option
from covoxel.analysis.register.options import TRANSFORMS


@dataclass(frozen=True, kw_only=True)
class FieldOptions(Options):
    """Options of `measure_field`."""

    tile: int | tuple[int, ...] = option(
        64,
        "Tile",
        "size of a tile along all axes, or along each, such as 8,64,64",
        unit="px",
        low=1,
        empty="64",
    )
    overlap: float = option(
        0.5, "Overlap", "overlap of neighbouring tiles, as a share of a tile", low=0, high=1
    )
    max_shift: int | tuple[int, ...] | None = option(
        None,
        "Largest shift",
        "largest displacement to search; by default a quarter of the tile",
        unit="px",
        low=0,
        empty="¼ of a tile",
    )
    transform: str = option(
        "affine",
        "Transform",
        "transform fitted to the displacements of the tiles",
        choices=TRANSFORMS,
    )
