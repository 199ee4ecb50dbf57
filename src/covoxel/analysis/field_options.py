"""What can be asked of `field_channels`."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from covoxel.analysis.options import check_whole, option
from covoxel.analysis.register_options import TRANSFORMS
from covoxel.core.checks import one_of


@dataclass(frozen=True, kw_only=True)
class FieldOptions:
    """Options of `field_channels`.

    Each field's metadata holds its label, help, unit and bounds.
    """

    tile: int | tuple[int, ...] = option(
        64,
        "Tile",
        "size of a tile along all axes, or along each, such as 8,64,64",
        unit="px",
        low=1,
        empty="64",
    )
    overlap: float = option(
        0.5, "Overlap", "share of a tile that the next one has in common with it", low=0, high=1
    )
    max_shift: int | tuple[int, ...] | None = option(
        None,
        "Largest shift",
        "largest displacement that is looked for, a quarter of the tile unless given",
        unit="px",
        low=0,
        empty="¼ of a tile",
    )
    transform: str = option(
        "affine", "Transform", "what movement is fitted through the tiles", choices=TRANSFORMS
    )

    def __post_init__(self) -> None:
        one_of("transform", self.transform, TRANSFORMS)
        for name in ("tile", "max_shift"):
            value = getattr(self, name)
            value = tuple(value) if isinstance(value, list) else value
            object.__setattr__(self, name, value)
            for size in value if isinstance(value, tuple) else (value,):
                if size is not None:
                    check_whole(name, size, 1 if name == "tile" else 0)

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-able record that tells these options from any others."""
        record = dataclasses.asdict(self)
        return {k: list(v) if isinstance(v, tuple) else v for k, v in record.items()}
