"""What is looked for in the frames in view: key points, a small image, repeated content; no Qt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from covoxel.core.types import AnyArray, Progress
from covoxel.gui.running.selection import Selection, indices
from covoxel.image.channel import Channel, as_channel

if TYPE_CHECKING:
    from covoxel.similarity.keypoints import KeypointMatches
    from covoxel.similarity.repeats import Repeats
    from covoxel.similarity.search import Found

KEY_POINTS, SMALL_IMAGE, REPEATS = "key points", "small image", "repeats"


@dataclass(frozen=True, eq=False)
class SearchRun:
    """What was found."""

    #: One of "key points", "small image", "repeats".
    what: str
    #: Where it was looked for.
    selection: Selection
    found: KeypointMatches | Found | Repeats
    #: Time point and plane of image 1 that were looked at, along its first axes.
    lead: tuple[int, ...]

    @property
    def place(self) -> str:
        """The layers, and the time point or plane of image 1, in words."""
        one, other = self.selection.layer1, self.selection.layer2
        names = one.name if self.what == REPEATS else f"{one.name} × {other.name}"
        axes = as_channel(one, axes=self.selection.axes).axes
        words = {"T": "time point", "Z": "plane"}
        at = [f"{words[axis]} {i}" for axis, i in zip(axes, self.lead, strict=False)]
        return ", ".join([names, *at])

    @property
    def summary(self) -> str:
        """What was found, in a sentence."""
        found: Any = self.found
        if self.what == KEY_POINTS:
            n = len(found.points1)
            return f"{n} of {found.candidates} matches agree" if n else f"none: {found.reason}"
        if self.what == SMALL_IMAGE:
            n = len(found.scores)
            best = f", the best with r = {found.scores[0]:.3f}" if n else ""
            return f"found {'once' if n == 1 else f'{n} times'}{best}"
        more = f", {found.patterned} of them in patterns" if found.patterned else ""
        more += f", {found.left_out} left out" if found.left_out else ""
        return f"{len(found)} repeat{'s' * (len(found) != 1)} among {found.examined} blocks{more}"


@dataclass(frozen=True, eq=False)
class _Viewed:
    """A layer's channel, and where the sliders stand in it."""

    channel: Channel
    t: int
    z: int

    @property
    def time(self) -> tuple[int, ...]:
        return (self.t,) if "T" in self.channel.axes else ()

    @property
    def place(self) -> tuple[int, ...]:
        return (*self.time, self.z) if "Z" in self.channel.axes else self.time

    @property
    def is_stack(self) -> bool:
        return "Z" in self.channel.axes and self.channel.spatial_shape[0] > 1

    def frame(self) -> Channel:
        return Channel(self.channel.read(self.t), self.channel.spatial_axes)

    def plane(self) -> AnyArray:
        shape = self.channel.spatial_shape
        planes = [slice(self.z, self.z + 1)] if "Z" in self.channel.axes else []
        where = (*planes, slice(0, shape[-2]), slice(0, shape[-1]))
        return self.channel.read(self.t, where).reshape(shape[-2:])


def search_of(what: str, selection: Selection, setting: Any) -> Callable[[Progress], SearchRun]:
    """Return a search for a thread; touches layers, itself not for one.

    `selection`: image 2 is matched, or is the small image; repeats are looked for in image 1.
    `setting`: how key points are found; for the others the least correlation.

    Raises
    ------
    ValueError, TypeError
        If a layer is missing, or is not an image that can be looked at.
    """
    one = _viewed(selection.layer1, selection)
    if what == REPEATS:

        def repeats(progress: Progress) -> SearchRun:
            from covoxel import search_repeats

            (found,) = search_repeats(one.frame(), threshold=setting, progress=progress).found
            return SearchRun(what, selection, found, one.time)

        return repeats
    other = _viewed(selection.layer2, selection)
    if selection.layer1 is selection.layer2:
        msg = "both images are the same layer; choose two different ones"
        raise ValueError(msg)
    search = _key_points if what == KEY_POINTS else _small_image
    return lambda _: SearchRun(what, selection, *search(one, other, setting))


def _viewed(layer: Any, selection: Selection) -> _Viewed:
    if layer is None:
        msg = "choose two image layers"
        raise ValueError(msg)
    channel = as_channel(layer, axes=selection.axes)
    at = indices(layer, channel, selection.point, selection.units)
    return _Viewed(channel, at.get("T", 0), at.get("Z", 0))


def _key_points(
    one: _Viewed, other: _Viewed, detector: str
) -> tuple[KeypointMatches, tuple[int, ...]]:
    from covoxel.similarity.keypoints import match_keypoints

    return match_keypoints(one.plane(), other.plane(), detector=detector), one.place


def _small_image(one: _Viewed, other: _Viewed, threshold: float) -> tuple[Found, tuple[int, ...]]:
    from covoxel.analysis.search.find import FIND

    if one.is_stack and other.is_stack:
        images, lead = (one.frame(), other.frame()), one.time
    else:
        images, lead = (Channel(one.plane(), "YX"), Channel(other.plane(), "YX")), one.place
    (found,) = FIND.run(*images, threshold=threshold).found
    return found, lead
