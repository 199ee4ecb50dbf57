"""The frame in view: its channels, its region, and what is to be said of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from covoxel.core.types import BoolArray
from covoxel.gui.choice import Inputs, RunRecord, indices
from covoxel.image.channel import Channel
from covoxel.image.regions import Regions
from covoxel.quality.caution import Caution
from covoxel.quality.pair import check_pair, check_series
from covoxel.quality.shift import channel_shift


def plane_in_view(run: RunRecord, dims: Any) -> tuple[int, int | None]:
    """Return the time point, and the plane of a stack, at which the sliders stand.

    Parameters
    ----------
    run : RunRecord
        Whose channels are looked at.
    dims : napari Dims
    """
    at = indices(run.choice.layer1, run.inputs.channels[0], dims.point, dims.units)
    return at.get("T", 0), at.get("Z")


def frames_in_view(inputs: Inputs) -> Iterator[Channel]:
    """Yield both channels at the time point in view."""
    for channel in inputs.channels:
        data = channel.data[inputs.frame] if "T" in channel.axes else channel.data
        yield replace(channel, data=data, axes=channel.spatial_axes)


def pooled_mask(inputs: Inputs) -> Any:
    """Return one mask of all regions, None for the whole image."""
    return Regions(**inputs.regions).as_mask(inputs.channels[0])


def _inside(inputs: Inputs) -> BoolArray | None:
    """Return the pixels of all regions in the frame in view, None for the whole frame."""
    return Regions(**inputs.regions).pooled(inputs.channels[0], inputs.frame)


def checked(inputs: Inputs) -> tuple[Caution, ...]:
    """Return the cautions of the frame in view, all regions as one."""
    found = check_pair(*frames_in_view(inputs), mask=_inside(inputs))
    assert isinstance(found, tuple)
    found = tuple(_named(caution, inputs) for caution in found)
    return found + check_series(*inputs.channels)


def beside(inputs: Inputs) -> Caution | None:
    """Return what is to be said of a shift between the channels of the frame in view."""
    found = channel_shift(*frames_in_view(inputs), mask=_inside(inputs))
    return None if found is None else _named(found, inputs)


def _named(caution: Caution, inputs: Inputs) -> Caution:
    """Return a caution that names the time point in view."""
    if not inputs.view:
        return caution
    return replace(caution, message=f"{inputs.view}: {caution.message}")
