"""What can be asked of `measure_ccf`."""

from __future__ import annotations

from dataclasses import dataclass

from covoxel.analysis.options import Options, check_whole, option

EXTREMES = ("peak", "dip")


@dataclass(frozen=True, kw_only=True)
class CcfOptions(Options):
    """Options of `measure_ccf`."""

    max_shift: int | tuple[int, ...] | None = option(
        None,
        "Largest lag",
        "largest displacement, along all axes or along each, such as 5,20,20; 20 by default",
        unit="px",
        low=1,
        empty="20",
    )
    extreme: str | None = option(
        None,
        "Extreme",
        "fit a peak or a dip; by default whichever fits better",
        choices=EXTREMES,
        empty="either",
    )
    direction: tuple[float, ...] | None = option(
        None,
        "Direction",
        "an additional curve along this direction, in µm, such as 0,1,1",
        empty="none",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        for reach in self.max_shift if isinstance(self.max_shift, tuple) else (self.max_shift,):
            if reach is not None:
                check_whole("max_shift", reach, 0)
        if self.max_shift == 0:
            msg = "max_shift is 0; it must be at least 1"
            raise ValueError(msg)
