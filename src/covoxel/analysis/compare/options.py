"""The options of `compare_channels`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from covoxel.analysis.options import Options, names_option, option
from covoxel.similarity.measures import GROUPS, SSIM_WINDOWS, chosen, ssim_edge

#: Those of `covoxel.similarity.compare_images`; named here because it takes a while to load.
FITS = {
    "crop": "Compare the middle of both, as large as the smaller one.",
    "resize": "Bring image 2 to the size of image 1.",
    "register": "Move image 2 by whole pixels to where it correlates best with image 1.",
}


@dataclass(frozen=True, kw_only=True)
class CompareOptions(Options):
    """Options of `compare_channels`."""

    measures: tuple[str, ...] = names_option(
        "Measures", f"measures, groups of them ({', '.join(GROUPS)}); or default, or all", GROUPS
    )
    bits: int | None = option(
        None,
        "Bits",
        "bits of the detector, which PSNR, SSIM and the histograms are relative to; by default the "
        "fewest of 8, 10, 12, 14 and 16 that hold both images",
        unit="bit",
        low=1,
        empty="automatic",
        advanced=True,
    )
    data_range: float | None = option(
        None,
        "Data range",
        "largest possible difference of two intensities, instead of the bits",
        empty="from bits",
        advanced=True,
    )
    fit: str | None = option(
        None,
        "Fit",
        "how to bring images of different size or position onto one grid",
        choices=FITS,
        empty="as they are",
    )
    ssim_window: str = option(
        "uniform",
        "SSIM window",
        "weights of SSIM's window: all pixels alike, or a Gaussian of 1.5 pixels",
        choices={
            "uniform": f"All pixels of {SSIM_WINDOWS['uniform']} along each axis count alike.",
            "gaussian": f"Near pixels count more; cut off at {SSIM_WINDOWS['gaussian']} pixels.",
        },
        advanced=True,
    )
    win_size: int | None = option(
        None,
        "Window size",
        "edge of SSIM's window, odd; by default 7, and 11 of a Gaussian",
        unit="px",
        low=3,
        empty="automatic",
        advanced=True,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "measures", chosen(self.measures))
        ssim_edge(self.ssim_window, self.win_size)

    def changes(self) -> Iterator[tuple[str, Any]]:
        """Yield the options that differ from their defaults, with groups for their measures."""
        for name, value in super().changes():
            if name != "measures":
                yield name, value
            elif value != CompareOptions().measures:
                whole = {
                    name: one.names for name, one in GROUPS.items() if {*one.names} <= {*value}
                }
                covered = {name for names in whole.values() for name in names}
                yield name, (*(name for name in value if name not in covered), *whole)
