"""Series: one image of a file, in any order of axes, and its channels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from covoxel.image.channel import AXES, Channel, Source
from covoxel.io.errors import ImageError
from covoxel.io.metadata import Metadata
from covoxel.io.planes import PageStack

#: Axes that only say that pages follow each other.
_NAMELESS = "IQ"
#: PhotometricInterpretation of pictures in colour: RGB and YCbCr.
_PICTURE = (2, 6)
_RGB_NAMES = ("red", "green", "blue")
_RGB_COLORS = ("#ff0000", "#00ff00", "#0000ff")


@dataclass(frozen=True)
class Series:
    """One image of a file.

    Attributes
    ----------
    path : Path
        The file.
    number : int
        Its index in the file.
    name : str
        Its name, may be empty.
    axes : str
        A letter for each axis of `levels[0]`; S are samples of one page, I and Q nameless.
    levels : tuple of PageStack
        The pixels in the file's order of axes, the full resolution first.
    metadata : Metadata
        What the file says of them.
    rgb : bool
        Whether the S axis holds red, green and blue of a picture.
    """

    path: Path
    number: int
    name: str
    axes: str
    levels: tuple[PageStack, ...]
    metadata: Metadata
    rgb: bool = False

    @property
    def sizes(self) -> dict[str, int]:
        """Length of each axis; of axes of one letter the last."""
        return dict(zip(self.axes, self.levels[0].shape, strict=True))

    @property
    def n_channels(self) -> int:
        """Number of channels: of the C axis times samples, without the alpha of a picture."""
        samples = 3 if self.rgb else self.sizes.get("S", 1)
        return self.sizes.get("C", 1) * samples

    @property
    def channel_axes(self) -> str:
        """The axes that a channel has, of which T Z Y X are the last and in that order."""
        other = [axis for axis in self.axes if axis not in f"{AXES}CS"]
        return "".join(other) + "".join(axis for axis in AXES if axis in self.axes)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """A name for each channel: the file's, else the file name or a number."""
        told = self.metadata.names
        if self.rgb and "C" not in self.axes:
            return _RGB_NAMES
        if self.n_channels == 1:
            return told[:1] if told and told[0] else (_stem(self.path),)
        if len(told) != self.n_channels:
            told = ("",) * self.n_channels
        return tuple(name or f"channel {i}" for i, name in enumerate(told, start=1))

    @cached_property
    def colors(self) -> tuple[str | None, ...]:
        """The display colour of each channel, None where the file has none."""
        if self.rgb and "C" not in self.axes:
            return _RGB_COLORS
        told = self.metadata.colors
        return told if len(told) == self.n_channels else (None,) * self.n_channels

    @property
    def ranges(self) -> tuple[tuple[float, float] | None, ...]:
        """The lowest and highest value displayed of each channel, None where unknown."""
        told = self.metadata.ranges
        return told if len(told) == self.n_channels else (None,) * self.n_channels

    @property
    def spacing(self) -> tuple[float, ...] | None:
        """Voxel size in µm along the spatial axes, None unless all are known."""
        steps = [self.metadata.steps.get(axis) for axis in self.channel_axes if axis in "ZYX"]
        known = tuple(step for step in steps if step is not None)
        return known if len(known) == len(steps) else None

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know before measuring."""
        notes = [*self.metadata.notes, *self.metadata.remarks]
        steps = self.metadata.steps
        missing = [axis for axis in "ZYX" if axis in self.axes and axis not in steps]
        if missing and steps:
            told = ", ".join(f"{axis} {step:g} µm" for axis, step in steps.items())
            lacking = " and ".join(missing)
            notes.append(f"no voxel size along {lacking} ({told}): distances are in pixels")
        elif missing:
            notes.append("no voxel size: distances are in pixels")
        if "T" in self.axes and self.metadata.time_step is None:
            notes.append("no time step: times are in frames")
        if self.rgb:
            notes.append("an RGB picture: its channels are red, green and blue")
        return tuple(notes)

    def stack(self, channel: int, level: int = 0) -> PageStack:
        """Return the pixels of one channel, counted from 0, with `channel_axes`."""
        samples = self.sizes.get("S", 1) if not self.rgb else 3
        at = {"C": channel // samples, "S": channel % samples}
        fixed = {i: at[axis] for i, axis in enumerate(self.axes) if axis in at}
        return self.levels[level].view(self._order(self.channel_axes), fixed)

    def picture(self, level: int = 0) -> PageStack:
        """Return the pixels of an RGB picture, with `channel_axes` and the samples last."""
        return self.levels[level].view(self._order(f"{self.channel_axes}S"), {})

    def channel(self, number: int) -> Channel:
        """Return one channel, counted from 0.

        Raises
        ------
        ImageError
            If the series has axes of which the meaning is not known.
        """
        axes = self.channel_axes
        if any(axis not in AXES for axis in axes):
            shape = "×".join(str(n) for n in self.levels[0].shape)
            reason = f"its axes {self.axes} ({shape}) are not all known; say what they are with"
            raise ImageError(self.path, f'{reason} axes=, letters out of "TCZYXS"')
        stack = self.stack(number)
        return Channel(
            stack,
            axes,
            spacing=self.spacing,
            time_step=self.metadata.time_step if "T" in axes else None,
            name=self.names[number],
            color=self.colors[number],
            source=Source(str(self.path), self.number, number + 1, stack.files),
            notes=self.metadata.notes,
        )

    def _order(self, axes: str) -> list[int]:
        """File axes of the letters in `axes`; of letters that occur twice, one by one."""
        places = {a: [i for i, b in enumerate(self.axes) if a == b] for a in set(axes)}
        return [places[axis].pop(0) for axis in axes]


def meaning(
    path: Path, wanted: str | None, axes: str, shape: tuple[int, ...]
) -> tuple[str, tuple[str, ...]]:
    """Decide what the axes of a file are.

    What the caller wants wins. Else one nameless axis (I or Q: pages that follow each
    other) is Z if there is no Z.

    Returns
    -------
    axes : str
        The axes.
    notes : tuple of str
        What was taken for what.
    """
    nameless = [axis for axis in axes if axis in _NAMELESS]
    if wanted is not None:
        return _checked(path, wanted.upper(), axes, shape), ()
    if len(nameless) != 1 or "Z" in axes:
        return axes, ()
    length = shape[axes.index(nameless[0])]
    note = f"the file does not say what its {length} pages are: taken as Z (axes= overrides it)"
    return axes.replace(nameless[0], "Z"), (note,)


def _checked(path: Path, wanted: str, axes: str, shape: tuple[int, ...]) -> str:
    if set(wanted) - set("TCZYXS") or len(set(wanted)) < len(wanted) or not set("YX") <= {*wanted}:
        reason = f"axes={wanted!r}; allowed are letters of 'TCZYXS', each once, Y and X among them"
        raise ImageError(path, reason)
    if len(wanted) != len(shape):
        sizes = "×".join(str(n) for n in shape)
        reason = f"axes={wanted!r} has {len(wanted)} letters, the file's axes are {axes} ({sizes})"
        raise ImageError(path, reason)
    return wanted


def is_picture(page: Any, axes: str, stack: PageStack) -> bool:
    """Whether the samples of a page are the red, green and blue of a picture."""
    samples = dict(zip(axes, stack.shape, strict=True)).get("S")
    return samples in (3, 4) and stack.dtype == np.uint8 and int(page.photometric) in _PICTURE


def _stem(path: Path) -> str:
    name = path.name
    for suffix in reversed(path.suffixes[-2:]):
        if suffix.lower() in (".tif", ".tiff", ".ome", ".lsm", ".stk"):
            name = name.removesuffix(suffix)
    return name
