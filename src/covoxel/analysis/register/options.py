"""The options of `register_channels`."""

from __future__ import annotations

from dataclasses import dataclass

from covoxel.analysis.options import Options, option

#: Those of `covoxel.registration.register`; named here because it takes a while to load.
TRANSFORMS = {
    "translation": "Shifted alone.",
    "similarity": "Shifted, turned and magnified.",
    "affine": "Shifted, turned, magnified and sheared.",
}
METHODS = {
    "ncc": "The peak of Pearson's r of what overlaps; masks are supported.",
    "phase": "The peak of the phase correlation, which ignores how bright structures are.",
    "dft": "The peak of the cross-correlation, upsampled around it.",
}
EACH = {
    "stack": "One registration of all planes together.",
    "plane": "A registration of each plane, within it.",
}


@dataclass(frozen=True, kw_only=True)
class RegisterOptions(Options):
    """Options of `register_channels`."""

    max_shift: int | tuple[int, ...] | None = option(
        None,
        "Largest shift",
        "largest shift to search, along all axes or along each, such as 2,10,10",
        unit="px",
        low=0,
        empty="no bound",
    )
    transform: str = option(
        "translation",
        "Transform",
        "kind of transform of channel 2",
        choices=TRANSFORMS,
    )
    method: str = option(
        "ncc",
        "Method",
        "method that finds the shift",
        choices=METHODS,
        advanced=True,
        when=("transform", ("translation",)),
    )
    subpixel: bool = option(
        True,
        "Subpixel",
        "find fractions of a pixel; shifts of whole pixels never interpolate",
        advanced=True,
        when=("transform", ("translation",)),
    )
    min_overlap: float = option(
        0.3,
        "Least overlap",
        "share of the largest possible overlap that a shift must leave",
        low=0,
        high=1,
        advanced=True,
    )
    each: str = option(
        "stack",
        "Each",
        "register whole stacks, or each plane separately",
        choices=EACH,
        advanced=True,
    )
    drift: bool = option(
        False,
        "Drift",
        "register each time point of the first channel to its first time point",
        advanced=True,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.method != "ncc" and self.transform != "translation":
            msg = f"transform is {self.transform!r}; method {self.method!r} finds translations only"
            raise ValueError(msg)
        share = self.min_overlap
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share <= 1:
            msg = f"min_overlap is {share!r}; allowed are shares above 0, up to 1"
            raise ValueError(msg)
