"""What a file says about its pixels, and the vendors' ways of saying it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from covoxel.io.units import micrometers, seconds

#: Coarser pixels in a TIFF's resolution tags (72, 96, 300 … 4800 dots per inch) speak of
#: screens, printers and scanners, not of microscopes.
COARSEST_TAG_UM = 5.0


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a file says about one series beside its pixels.

    Attributes
    ----------
    names, colors, ranges : tuple
        Of the channels in order: name, ``"#rrggbb"`` or None, lowest and highest value
        displayed. Empty where the file says nothing.
    steps : mapping of str to float
        Voxel size in µm for those of Z, Y and X that the file gives.
    time_step : float or None
        Seconds between time points.
    notes : tuple of str
        What to know before measuring; they go along with every channel and table.
    remarks : tuple of str
        What `covoxel info` says besides.
    """

    names: tuple[str, ...] = ()
    colors: tuple[str | None, ...] = ()
    ranges: tuple[tuple[float, float], ...] = ()
    steps: Mapping[str, float] = field(default_factory=dict)
    time_step: float | None = None
    notes: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def known(**lengths: float | None) -> dict[str, float]:
    """Keep the lengths that are known."""
    return {axis: length for axis, length in lengths.items() if length is not None}


def hex_color(red: float, green: float, blue: float) -> str:
    """Return bytes as ``"#rrggbb"``."""
    return f"#{int(red) & 255:02x}{int(green) & 255:02x}{int(blue) & 255:02x}"


def resolution(page: Any, axis: str) -> float | None:
    """Pixels per unit of length in the tags of a page, along ``"X"`` or ``"Y"``."""
    tag = page.tags.get(f"{axis}Resolution")
    if tag is None or not isinstance(tag.value, tuple) or len(tag.value) != 2:
        return None
    number, divisor = tag.value
    return number / divisor if number > 0 and divisor > 0 else None


def from_tags(page: Any) -> Metadata:
    """Read the resolution tags of a plain TIFF.

    They are believed if their unit is a centimetre or an inch and the pixels are finer
    than 5 µm: what is coarser is the resolution of a screen, a printer or a scanner.
    """
    per_x, per_y = resolution(page, "X"), resolution(page, "Y")
    unit = {2: "inch", 3: "cm"}.get(int(page.tags.valueof("ResolutionUnit", 2)))
    if per_x is None or per_y is None or unit is None:
        return Metadata()
    steps = known(Y=micrometers(1 / per_y, unit), X=micrometers(1 / per_x, unit))
    if len(steps) < 2:
        return Metadata()
    if max(steps.values()) >= COARSEST_TAG_UM:
        said = f"{per_x:g} pixels per {unit}"
        return Metadata(remarks=(f"its resolution of {said} is one of screens or print: ignored",))
    return Metadata(steps=steps)


def from_lsm(tiff: Any) -> Metadata:
    """Read the metadata of a Zeiss LSM file."""
    info = tiff.lsm_metadata or {}
    sizes = {axis: micrometers(info.get(f"VoxelSize{axis}"), "m") for axis in "ZYX"}
    channels = info.get("ChannelColors") or {}
    return Metadata(
        names=tuple(str(name) for name in channels.get("ColorNames", ())),
        colors=tuple(hex_color(*color[:3]) for color in channels.get("Colors", ())),
        steps=known(**sizes),
        time_step=seconds(info.get("TimeIntervall"), "s"),
    )


def from_stk(tiff: Any) -> Metadata:
    """Read the metadata of a MetaMorph stack."""
    info = tiff.stk_metadata or {}
    unit = str(info.get("CalibrationUnits", ""))
    distances = {float(step) for step in info.get("ZDistance", ())}
    z = distances.pop() if len(distances) == 1 else math.nan
    return Metadata(
        names=(str(info["Name"]),) if info.get("Name") else (),
        steps=known(
            Z=micrometers(z, unit),
            Y=micrometers(info.get("YCalibration"), unit),
            X=micrometers(info.get("XCalibration"), unit),
        ),
    )
