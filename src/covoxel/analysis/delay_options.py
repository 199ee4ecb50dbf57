"""What can be asked of `measure_delay`."""

from __future__ import annotations

from dataclasses import dataclass

from covoxel.analysis.options import Options, option
from covoxel.core.checks import in_range

#: Times that are allowed, in seconds or frames.
_SHORTEST, _LONGEST = 1e-12, 1e12
_TIME = "s, or frames without time step"


@dataclass(frozen=True, kw_only=True)
class DelayOptions(Options):
    """Options of `measure_delay`."""

    time_step: float | None = option(
        None,
        "Time step",
        "time between frames; overrides that of the file",
        unit="s",
        low=0,
        empty="frames",
    )
    max_delay: float | None = option(
        None,
        "Longest delay",
        "longest delay to consider; by default a third of the series",
        unit=_TIME,
        low=0,
        empty="a third",
    )
    detrend: bool = option(
        True, "Detrend", "subtract a straight line from each trace, to remove bleaching"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("time_step", "max_delay"):
            if (value := getattr(self, name)) is not None:
                in_range(name, value, _SHORTEST, _LONGEST)
