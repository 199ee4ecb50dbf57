"""The options of `map_channels`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from covoxel.analysis.options import Options, option
from covoxel.core.types import AnyArray
from covoxel.thresholds.spec import THRESHOLDS

#: Kinds of maps; those named here because the room that makes them takes a while to load.
WINDOWED = ("correlation", "beyond", "manders1", "manders2")
UNITS = {"px": "In pixels of each axis.", "um": "In micrometres, by the voxel size."}
WINDOWS = {
    "box": "All pixels of the window count alike.",
    "gaussian": "Near pixels count more, by a Gaussian as wide as the box.",
}
#: Threshold methods that use one channel alone, and need no file.
_METHODS = tuple(m for m in THRESHOLDS if m not in ("none", "costes", "control:FILE"))
#: Maps with 0 in the middle of their colours; the others go from 0 to 1.
_SIGNED, _UNBOUND = ("correlation", "li", "pdm", "nmdp"), ("pdm", "nmdp")
#: Share of the pixels whose colour is the last one, where values have no bounds.
_BRIGHT = 0.001
#: What the values of a map of each kind are.
MEANINGS = {
    "correlation": "Pearson's r in a window",
    "beyond": "1 where Pearson's r in a window is beyond that of displaced copies",
    "manders1": "share of channel 1 where channel 2 is above its threshold, in a window",
    "manders2": "share of channel 2 where channel 1 is above its threshold, in a window",
    "pdm": "product of the differences from the mean",
    "nmdp": "product of the differences from the mean, normalised",
    "li": "sign of the product of the differences from the mean",
    "colocalized": "1 where both channels are above their thresholds",
}


@dataclass(frozen=True, kw_only=True)
class MapOptions(Options):
    """Options of `map_channels`."""

    kind: str = option("correlation", "Map", "what is mapped", choices=MEANINGS)
    radius: float | tuple[float, ...] | None = option(
        None,
        "Radius",
        "radius of the window, along all axes or along each, such as 1,5,5",
        low=0,
        field="radius",
        start=5,
        when=("kind", WINDOWED),
    )
    unit: str = option("px", "Unit", "unit of the radius", choices=UNITS, when=("kind", WINDOWED))
    weights: str = option(
        "box",
        "Window",
        "weights of the pixels in the window: equal, or a Gaussian of the same variance",
        choices=WINDOWS,
        when=("kind", WINDOWED),
    )
    min_pixels: float | None = option(
        None,
        "Fewest pixels",
        "fewest defined pixels of a window; by default 3, or half of a window for beyond",
        unit="px",
        low=2,
        empty="3",
        advanced=True,
        when=("kind", WINDOWED),
    )
    threshold1: str | float | None = option(
        None,
        "Threshold 1",
        "threshold of channel 1, a method such as otsu or a number",
        methods=_METHODS,
        bare="manual",
        start="otsu",
        when=("kind", ("manders2", "colocalized")),
    )
    threshold2: str | float | None = option(
        None,
        "Threshold 2",
        "threshold of channel 2",
        methods=_METHODS,
        bare="manual",
        start="otsu",
        when=("kind", ("manders1", "colocalized")),
    )
    register: bool = option(
        False, "Register", "register channel 2 to channel 1 first, at each time point"
    )
    max_shift: int | tuple[int, ...] | None = option(
        None,
        "Largest shift",
        "largest shift to search, along all axes or along each, such as 2,10,10",
        unit="px",
        low=0,
        empty="no bound",
        advanced=True,
        when=("register", (True,)),
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.max_shift is not None and not self.register:
            msg = f"max_shift is {self.max_shift}, but register is off"
            raise ValueError(msg)

    def check_radius(self) -> None:
        """Refuse a kind that lacks a radius, or that does not support one."""
        if (self.radius is None) == (self.kind in WINDOWED):
            msg = (
                f"kind is {self.kind!r}, which needs a radius"
                if self.radius is None
                else f"radius is {self.radius}, but kind {self.kind!r} has no window; leave it out"
            )
            raise ValueError(msg)


def look_of(kind: str, values: AnyArray) -> dict[str, Any]:
    """Return colours and limits of a map as a layer; 0 is in the middle where it means nothing."""
    limit = 1.0
    if kind in _UNBOUND:
        known = np.abs(values[np.isfinite(values)])
        limit = float(np.quantile(known, 1 - _BRIGHT)) if known.size else 1.0
    low = -1.0 if kind in _SIGNED else 0.0
    limit = limit if limit > 0 else 1.0
    colors = "PiYG" if kind in _SIGNED else "gray" if kind == "colocalized" else "viridis"
    return {"colormap": colors, "contrast_limits": (low * limit, limit)}
