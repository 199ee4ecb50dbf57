"""Series: one image of a file, in any order of axes, and its channels."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from covoxel.core.text import clean_name
from covoxel.image.channel import AXES, Channel, Source
from covoxel.io.errors import ImageError
from covoxel.io.formats import stem
from covoxel.io.metadata import Metadata, implausible, possible
from covoxel.io.page_stack import PageStack

#: PhotometricInterpretation of pictures in colour: RGB and YCbCr.
_COLORED = (2, 6)
#: ExtraSamples that say how opaque a pixel is.
_ALPHA = (1, 2)
_RGB_NAMES = ("red", "green", "blue")
_RGB_COLORS = ("#ff0000", "#00ff00", "#0000ff")


@dataclass(frozen=True, slots=True)
class Samples:
    """The samples of a page: how many are channels (alpha is none), and their colours.

    `colored` if the first three are red, green and blue; `picture` if they can be shown in
    colour: 8 bits each, and no others but alpha.
    """

    count: int = 1
    colored: bool = False
    picture: bool = False


@dataclass(frozen=True)
class Series:
    """One image of a file."""

    #: The file.
    path: Path
    #: Its index in the file.
    number: int
    #: Its name, may be empty.
    name: str
    #: A letter for each axis of `levels[0]`; S are samples of one page, I and Q nameless.
    axes: str
    #: The pixels in the file's order of axes, the full resolution first.
    levels: tuple[PageStack, ...]
    #: What the file says of them.
    metadata: Metadata
    #: What the S axis holds.
    samples: Samples = Samples()
    #: Number of images in the file, those included whose pixels are missing.
    of: int = 1
    #: Which level of the file the first of `levels` is.
    level: int = 0
    #: Voxel size of each level in µm, where the file gives it.
    level_steps: tuple[Mapping[str, float], ...] = ()

    @property
    def rgb(self) -> bool:
        """Whether it is a picture in red, green and blue, of 8 bits each."""
        return self.samples.picture

    @property
    def own(self) -> bool:
        """Whether some of its pixels are in the file itself, not in others of its set."""
        files = {page.path for page in self.levels[0].pages}
        return self.path.resolve() in {file.resolve() for file in files}

    @property
    def title(self) -> str:
        """Which image of the file it is, empty where there is one."""
        name = f": {self.name}" if self.name else ""
        return f"image {self.number + 1} of {self.of}{name}" if self.of > 1 else ""

    @property
    def sizes(self) -> dict[str, int]:
        """Length of each axis; of axes of one letter the last."""
        return dict(zip(self.axes, self.levels[0].shape, strict=True))

    @property
    def n_planes(self) -> int:
        """Number of planes that its pages hold, those of one page counted once."""
        return math.prod(n for axis, n in self.sizes.items() if axis not in "YXS")

    @property
    def n_channels(self) -> int:
        """Number of channels: of the C axis times samples, without alpha."""
        return self.sizes.get("C", 1) * self.samples.count

    @property
    def channel_axes(self) -> str:
        """The axes that a channel has, of which T Z Y X are the last and in that order."""
        other = [axis for axis in self.axes if axis not in f"{AXES}CS"]
        return "".join(other) + "".join(axis for axis in AXES if axis in self.axes)

    @property
    def stem(self) -> str:
        """The name of the file without its suffixes."""
        return clean_name(stem(self.path.name))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """A name for each channel: the file's, else the file name or a number."""
        given = tuple(map(clean_name, self.metadata.names))
        if self._colored:
            given = (*_RGB_NAMES, *[""] * (self.n_channels - 3))
        if self.n_channels == 1:
            return given[:1] if given and given[0] else (self.stem,)
        if len(given) != self.n_channels:
            given = ("",) * self.n_channels
        return tuple(name or f"channel {i}" for i, name in enumerate(given, start=1))

    @cached_property
    def colors(self) -> tuple[str | None, ...]:
        """The display colour of each channel, None where the file has none."""
        if self._colored:
            return (*_RGB_COLORS, *[None] * (self.n_channels - 3))
        given = self.metadata.colors
        # writers without colours often give one for all, mostly white
        alike = self.n_channels > 1 and len({*given}) == 1
        return given if len(given) == self.n_channels and not alike else (None,) * self.n_channels

    @property
    def _colored(self) -> bool:
        return self.samples.colored and "C" not in self.axes

    @property
    def ranges(self) -> tuple[tuple[float, float] | None, ...]:
        """The lowest and highest value displayed of each channel, None where unknown."""
        given = self.metadata.ranges
        return given if len(given) == self.n_channels else (None,) * self.n_channels

    @property
    def spacing(self) -> tuple[float, ...] | None:
        """Voxel size in µm along the spatial axes, None unless all are known."""
        given = possible(self.metadata.steps)
        steps = [given.get(axis) for axis in self.channel_axes if axis in "ZYX"]
        known = tuple(step for step in steps if step is not None)
        return known if len(known) == len(steps) else None

    def file_notes(self, spacing: object = None) -> tuple[str, ...]:
        """Return the notes of every channel and table of the file.

        A voxel size given by the caller replaces notes on that of the file.
        """
        here = {axis: step for axis, step in self.metadata.steps.items() if axis in self.axes}
        sizes = implausible(here) if spacing is None else ()
        notes = [self.title, *self.metadata.notes, *sizes]
        return tuple(clean_name(str(note), most=500) for note in notes if note)

    @property
    def warnings(self) -> tuple[str, ...]:
        """The notes of the file without its title."""
        return tuple(note for note in self.file_notes() if note != clean_name(self.title, most=500))

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know before measuring."""
        notes = [*self.file_notes(), *self.metadata.remarks]
        steps = possible(self.metadata.steps)
        missing = [axis for axis in "ZYX" if axis in self.axes and axis not in steps]
        if missing and steps:
            known = ", ".join(f"{axis} {step:g} µm" for axis, step in steps.items())
            axes = " and ".join(missing)
            notes.append(f"no voxel size along {axes} ({known}): distances are in pixels")
        elif missing:
            notes.append("no voxel size: distances are in pixels")
        if "T" in self.axes and self.metadata.time_step is None:
            notes.append("no time step: times are in frames")
        if self._colored:
            notes.append("an RGB picture: its channels are red, green and blue")
        return tuple(notes)

    def stack(self, channel: int, level: int = 0) -> PageStack:
        """Return the pixels of one channel, counted from 0, with `channel_axes`."""
        at = dict(zip("CS", divmod(channel, self.samples.count), strict=True))
        fixed = {i: at[axis] for i, axis in enumerate(self.axes) if axis in at}
        return self.levels[level].view(self._order(self.channel_axes), fixed)

    def picture(self, level: int = 0) -> PageStack:
        """Return the pixels of an RGB picture, with `channel_axes` and the samples last."""
        return self.levels[level].view(self._order(f"{self.channel_axes}S"), {})

    def channel(self, number: int, spacing: tuple[float, ...] | None = None) -> Channel:
        """Return one channel, counted from 0; its spacing is that of the file unless given.

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
            spacing=self.spacing if spacing is None else spacing,
            time_step=self.metadata.time_step if "T" in axes else None,
            name=self.names[number],
            color=self.colors[number],
            source=Source(str(self.path), self.number, number + 1, stack.files, self.level),
            notes=self.file_notes(spacing),
        )

    def _order(self, axes: str) -> list[int]:
        """File axes of the letters in `axes`; of letters that occur twice, one by one."""
        places = {a: [i for i, b in enumerate(self.axes) if a == b] for a in set(axes)}
        return [places[axis].pop(0) for axis in axes]


def samples_of(page: Any, axes: str) -> Samples:
    """Return the samples of a TiffPage whose series has `axes`."""
    if "S" not in axes:
        return Samples()
    number, extra = int(page.samplesperpixel), [int(one) for one in page.extrasamples]
    eight_bit = page.dtype == np.uint8
    colored = int(page.photometric) in _COLORED and number >= 3
    if colored and eight_bit and number == 4 and not extra:
        extra = [_ALPHA[0]]
    n_alpha = min(sum(one in _ALPHA for one in extra[-1:]), number - 1)
    count = number - n_alpha
    return Samples(count, colored, picture=colored and eight_bit and count == 3)
