"""What OME-XML says of an image beside where its planes are."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from xml.etree.ElementTree import Element

from covoxel.io.metadata import Metadata, hex_color, known
from covoxel.io.units import micrometers, seconds

#: Time points are even if each step is within this share of the mean one.
_EVEN = 0.1
#: -2147483648, the lowest number.
_UNSET = 0x80000000


def read_metadata(pixels: Element, notes: tuple[str, ...] = ()) -> Metadata:
    """Read names, colours, voxel size and time step of a Pixels element.

    Parameters
    ----------
    pixels : Element
    notes : tuple of str
        What is known of it already.
    """
    channels = [child for child in pixels if child.tag.rpartition("}")[2] == "Channel"]
    names = [c.get("Name") or c.get("Fluor") or "" for c in channels]
    steps = {
        axis: micrometers(
            pixels.get(f"PhysicalSize{axis}"), pixels.get(f"PhysicalSize{axis}Unit", "µm")
        )
        for axis in "ZYX"
    }
    step = seconds(pixels.get("TimeIncrement"), pixels.get("TimeIncrementUnit", "s"))
    if step is None:
        step, uneven = _step_of_planes(pixels)
        notes += uneven
    return Metadata(
        names=tuple(names) if any(names) else (),
        colors=tuple(_color(c.get("Color")) for c in channels),
        steps=known(**steps),
        time_step=step,
        notes=notes,
    )


def _step_of_planes(pixels: Element) -> tuple[float | None, tuple[str, ...]]:
    """Mean time between the time points of the first plane, and a note where they are uneven."""
    times = dict(_times(pixels))
    frames = sorted(times)
    gaps = [(times[b] - times[a]) / (b - a) for a, b in pairwise(frames)]
    if not gaps or min(gaps) <= 0:
        return None, ()
    step = (times[frames[-1]] - times[frames[0]]) / (frames[-1] - frames[0])
    if max(abs(gap - step) for gap in gaps) <= _EVEN * step:
        return step, ()
    apart = f"{min(gaps):g} to {max(gaps):g} s apart"
    return step, (f"its time points are {apart}, {step:g} s on average",)


def _times(pixels: Element) -> Iterator[tuple[int, float]]:
    """Time point and seconds of each Plane of the first channel and Z."""
    for plane in pixels:
        if plane.tag.rpartition("}")[2] != "Plane" or plane.get("DeltaT") is None:
            continue
        if (plane.get("TheC", "0"), plane.get("TheZ", "0")) == ("0", "0"):
            second = seconds(1, plane.get("DeltaTUnit", "s"))
            try:
                frame, delta = int(plane.get("TheT", "0")), float(plane.get("DeltaT", ""))
            except ValueError:
                continue
            if second is not None and abs(delta) < float("inf"):
                yield frame, delta * second


def _color(value: str | None) -> str | None:
    """Colour of a signed 32-bit RGBA number; what writers give for "none" is none.

    A channel in black could not be seen; the lowest number stands for a colour not set.
    """
    if value is None:
        return None
    rgba = int(value) & 0xFFFFFFFF
    if rgba == _UNSET or rgba >> 8 == 0:
        return None
    return hex_color(rgba >> 24, rgba >> 16, rgba >> 8)
