"""What can be asked of `delay_channels`."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from covoxel.analysis.options import option
from covoxel.core.checks import in_range

#: Times that are allowed, in seconds or frames.
_SHORTEST, _LONGEST = 1e-12, 1e12
_TIME = "s, or frames without time step"


@dataclass(frozen=True, kw_only=True)
class DelayOptions:
    """Options of `delay_channels`.

    Each field's metadata holds its label, help, unit and bounds.
    """

    time_step: float | None = option(
        None,
        "Time step",
        "time between frames; wins over the file's",
        unit="s",
        low=0,
        empty="frames",
    )
    max_delay: float | None = option(
        None,
        "Longest delay",
        "longest delay that is looked for, a third of the series unless given",
        unit=_TIME,
        low=0,
        empty="a third",
    )
    detrend: bool = option(
        True, "Detrend", "subtract a straight line from each trace, which bleaching is"
    )

    def __post_init__(self) -> None:
        for name in ("time_step", "max_delay"):
            if (value := getattr(self, name)) is not None:
                in_range(name, value, _SHORTEST, _LONGEST)
        if not isinstance(self.detrend, bool):
            msg = f"detrend is {self.detrend!r}; True or False is needed"
            raise TypeError(msg)

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-able record that tells these options from any others."""
        return dataclasses.asdict(self)
