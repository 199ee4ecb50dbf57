"""What can be asked of `ccf_channels`."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from covoxel.analysis.options import check_whole, option
from covoxel.core.checks import one_of

EXTREMES = ("peak", "dip")


@dataclass(frozen=True, kw_only=True)
class CcfOptions:
    """Options of `ccf_channels`.

    Each field's metadata holds its label, help, unit and bounds.
    """

    max_lag: int | tuple[int, ...] | None = option(
        None,
        "Largest displacement",
        "largest displacement, of all axes as far as they go, or of each, such as 5,20,20; "
        "20 unless given",
        unit="px",
        low=1,
        empty="20",
    )
    extreme: str | None = option(
        None,
        "Extreme",
        "what is fitted, else whichever fits better",
        choices=EXTREMES,
        empty="whichever fits better",
    )
    direction: tuple[float, ...] | None = option(
        None,
        "Direction",
        "one more line, along this direction in µm, such as 0,1,1",
        empty="none",
    )

    def __post_init__(self) -> None:
        if self.extreme is not None:
            one_of("extreme", self.extreme, EXTREMES)
        for name in ("max_lag", "direction"):
            value = getattr(self, name)
            object.__setattr__(self, name, tuple(value) if isinstance(value, list) else value)
        for reach in self.max_lag if isinstance(self.max_lag, tuple) else (self.max_lag,):
            if reach is not None:
                check_whole("max_lag", reach, 0)
        if self.max_lag == 0:
            msg = "max_lag is 0; it must be 1 at least"
            raise ValueError(msg)

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-able record that tells these options from any others."""
        record = dataclasses.asdict(self)
        return {k: list(v) if isinstance(v, tuple) else v for k, v in record.items()}
