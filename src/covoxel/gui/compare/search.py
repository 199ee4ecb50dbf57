"""What is looked for in the frames in view: key points, a small image, repeated content; no Qt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from covoxel.core.types import AnyArray, Progress
from covoxel.gui.running.selection import Selection, indices
from covoxel.image.channel import Channel, as_channel

if TYPE_CHECKING:
    from covoxel.similarity.keypoints import Matches
    from covoxel.similarity.repeats import Repeats
    from covoxel.similarity.search import Found

KEY_POINTS, SMALL_IMAGE, REPEATS = "key points", "small image", "repeats"


@dataclass(frozen=True, eq=False)
class Searched:
    """What was found.

    Attributes
    ----------
    what : {"key points", "small image", "repeats"}
    selection : Selection
        Where it was looked for.
    found : Matches, Found or Repeats
    lead : tuple of int
        Time point and plane of image 1 that were looked at, along its first axes.
    """

    what: str
    selection: Selection
    found: Matches | Found | Repeats
    lead: tuple[int, ...]

    @property
    def where(self) -> str:
        """The layers, and the time point or plane of image 1, in words."""
        one, other = self.selection.layer1, self.selection.layer2
        names = one.name if self.what == REPEATS else f"{one.name} × {other.name}"
        axes = as_channel(one, axes=self.selection.axes).axes
        words = {"T": "time point", "Z": "plane"}
        at = [f"{words[axis]} {i}" for axis, i in zip(axes, self.lead, strict=False)]
        return ", ".join([names, *at])


@dataclass(frozen=True, eq=False)
class _Seen:
    """A layer's channel, and where the sliders stand in it."""

    channel: Channel
    t: int
    z: int

    @property
    def deep(self) -> bool:
        return "Z" in self.channel.axes and self.channel.spatial_shape[0] > 1

    @property
    def time(self) -> tuple[int, ...]:
        return (self.t,) if "T" in self.channel.axes else ()

    @property
    def place(self) -> tuple[int, ...]:
        return (*self.time, self.z) if "Z" in self.channel.axes else self.time

    def frame(self) -> Channel:
        return Channel(self.channel.read(self.t), self.channel.spatial_axes)

    def plane(self) -> AnyArray:
        shape = self.channel.spatial_shape
        planes = [slice(self.z, self.z + 1)] if "Z" in self.channel.axes else []
        where = (*planes, slice(0, shape[-2]), slice(0, shape[-1]))
        return self.channel.read(self.t, where).reshape(shape[-2:])


def search_of(what: str, selection: Selection, setting: Any) -> Callable[[Progress], Searched]:
    """Return a search for a thread; touches layers, itself not for one.

    Parameters
    ----------
    what : {"key points", "small image", "repeats"}
    selection : Selection
        Image 2 is matched, or is the small image; repeats are looked for in image 1.
    setting : str or float
        How key points are found; for the others the least correlation.

    Raises
    ------
    ValueError, TypeError
        If a layer is missing, or is no image that can be looked at.
    """
    one = _seen(selection.layer1, selection)
    if what == REPEATS:
        return lambda progress: _repeats(selection, one, setting, progress)
    other = _seen(selection.layer2, selection)
    if selection.layer1 is selection.layer2:
        msg = "both images are the same layer; choose two different ones"
        raise ValueError(msg)
    search = _key_points if what == KEY_POINTS else _small_image
    return lambda _: search(selection, one, other, setting)


def _seen(layer: Any, selection: Selection) -> _Seen:
    if layer is None:
        msg = "choose two image layers"
        raise ValueError(msg)
    channel = as_channel(layer, axes=selection.axes)
    at = indices(layer, channel, selection.point, selection.units)
    return _Seen(channel, at.get("T", 0), at.get("Z", 0))


def _key_points(selection: Selection, one: _Seen, other: _Seen, detector: str) -> Searched:
    from covoxel.similarity.keypoints import match_keypoints

    found = match_keypoints(one.plane(), other.plane(), detector=detector)
    return Searched(KEY_POINTS, selection, found, one.place)


def _small_image(selection: Selection, one: _Seen, other: _Seen, threshold: float) -> Searched:
    from covoxel.analysis.search.find import FIND

    if one.deep and other.deep:
        images, lead = (one.frame(), other.frame()), one.time
    else:
        images, lead = (Channel(one.plane(), "YX"), Channel(other.plane(), "YX")), one.place
    (found,) = FIND.run(*images, threshold=threshold).found
    return Searched(SMALL_IMAGE, selection, found, lead)


def _repeats(selection: Selection, one: _Seen, threshold: float, progress: Progress) -> Searched:
    from covoxel import search_repeats

    (found,) = search_repeats(one.frame(), threshold=threshold, progress=progress).found
    return Searched(REPEATS, selection, found, one.time)


def said_of(searched: Searched) -> str:
    """Return what was found, in a sentence."""
    found: Any = searched.found
    if searched.what == KEY_POINTS:
        n = len(found.points1)
        return f"{n} of {found.candidates} matches agree" if n else f"none: {found.reason}"
    if searched.what == SMALL_IMAGE:
        best = f", the best with r = {found.scores[0]:.3f}" if len(found.scores) else ""
        return f"found {_times(len(found.scores))}{best}"
    more = f", {found.patterned} of them in patterns" if found.patterned else ""
    more += f", {found.left_out} left out" if found.left_out else ""
    return f"{len(found)} repeat{'s' * (len(found) != 1)} among {found.examined} blocks{more}"


def _times(n: int) -> str:
    return "once" if n == 1 else f"{n} times"
