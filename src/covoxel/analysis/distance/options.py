"""The options of `measure_distance`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from covoxel.analysis.options import LENGTH, Options, check_lengths, option
from covoxel.core.checks import in_range

#: Those of `covoxel.distance.association_distance`; named here because it takes a while to load.
MODELS = {
    "shell": "Particles of channel 2 on shells around those of channel 1, behind the PSFs.",
    "gaussian": "A Gaussian over distance, as Fiji's CCC fits it.",
}
LIKE = {
    "ccc-2.2": "Version 2.2, whose confidence is that of the subtracted correlogram.",
    "ccc-2.3": "Version 2.3, whose confidence is that of the fitted Gaussians.",
}
#: More distances than these are in no profile.
MOST_COMPONENTS = 9


@dataclass(frozen=True, kw_only=True)
class DistanceOptions(Options):
    """Options of `measure_distance`.

    Each field's metadata holds its label, help, unit and bounds. Lengths are in µm where the
    voxel size is known, else in pixels.
    """

    model: str | None = option(
        None,
        "Model",
        "model fitted to the profile; by default the shell, with like the Gaussian",
        choices=MODELS,
        empty="automatic",
    )
    like: str | None = option(
        None,
        "Like",
        "version of Fiji's CCC plugin to reproduce, for comparison",
        choices=LIKE,
        empty="none",
    )
    psf1: float | tuple[float, ...] | None = option(
        None,
        "PSF 1",
        "standard deviation of the PSF of channel 1, of all axes or of each, such as 0.25,0.1,0.1; "
        "measured unless given",
        unit=LENGTH,
        low=0,
        empty="measured",
        advanced=True,
        when=("like", (None,)),
    )
    psf2: float | tuple[float, ...] | None = option(
        None,
        "PSF 2",
        "standard deviation of the PSF of channel 2, as of channel 1",
        low=0,
        empty="measured",
        advanced=True,
        when=("like", (None,)),
    )
    max_distance: float | None = option(
        None,
        "Largest distance",
        "largest distance of the profile",
        unit=LENGTH,
        low=0,
        empty="automatic",
        when=("like", (None,)),
    )
    fit_range: tuple[float, float] | None = option(
        None,
        "Range fitted",
        "nearest and farthest distance to fit, such as 0.1,1.5; all by default",
        unit=LENGTH,
        low=0,
        empty="all",
        advanced=True,
        when=("like", (None,)),
    )
    components: int = option(
        1,
        "Components",
        "number of distances to fit",
        low=1,
        high=MOST_COMPONENTS,
        advanced=True,
    )
    bleed: bool = option(
        True,
        "Bleed-through",
        "fit what may bleed from one channel into the other; without it, distances below the width "
        "of the PSFs can be called associations",
        advanced=True,
        when=("like", (None,)),
    )
    intervals: bool = option(
        True,
        "Intervals",
        "compute intervals and a verdict on the association; slow",
        advanced=True,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        in_range("components", self.components, 1, MOST_COMPONENTS)
        check_lengths(self, "psf1", "psf2", "max_distance")
        limits = self.fit_range
        if limits is not None and not (
            isinstance(limits, tuple) and len(limits) == 2 and 0 <= limits[0] < limits[1] < math.inf
        ):
            msg = f"fit_range is {limits!r}; a lower and a higher distance are needed"
            raise ValueError(msg)

    @property
    def fitted(self) -> str:
        """The model that is fitted."""
        return self.model or ("shell" if self.like is None else "gaussian")

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-able record that identifies these options."""
        return super().as_dict() | {"model": self.fitted}
