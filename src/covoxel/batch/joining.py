"""Files of one channel, time point or plane each, joined to images."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise, product
from typing import Any

from covoxel.batch.image_files import ImageFiles
from covoxel.batch.pattern import CHANNEL, JOINED, plain_value
from covoxel.core.text import counted

#: Parts of a name, so that channel 10 comes after channel 9.
_NUMBERS = re.compile(r"(\d+)")
#: Files of an image that are named where they are missing.
_MOST = 5

#: Where a file lies in its image: channel, time point and plane; empty where files have all.
PlaneKey = tuple[str | int, ...]
_CHANNEL = JOINED.index(CHANNEL)


def joined_images(images: Sequence[ImageFiles], notes: list[str]) -> list[ImageFiles]:
    """Return images of files that differ in channel, time point and plane only.

    An image lacks a channel that any other has, a time point or plane that most others have, and
    those between its own.

    Raises
    ------
    ValueError
        If two files have the same place in an image.
    """
    groups: dict[object, dict[PlaneKey, ImageFiles]] = defaultdict(dict)
    for image in images:
        rest = {name: value for name, value in image.fields.items() if name not in JOINED}
        group = groups[tuple(rest.values()), image.series]
        for part in _single_files(image):
            place = _place(part.fields)
            other = group.setdefault(place, part)
            if other is not part:
                raise ValueError(equal_fields(other.name, part.name, part.fields))
    needed = _Needed([*groups.values()])
    notes += needed.notes()
    return [_image(group, needed.of(group)) for group in groups.values()]


def _single_files(image: ImageFiles) -> Iterator[ImageFiles]:
    """Yield an image for each file, with its channel as a field."""
    if len(image.files) < 2:
        yield image
        return
    names = image.channel_names or [str(i) for i, _ in enumerate(image.files, start=1)]
    for name, file in zip(names, image.files, strict=True):
        yield replace(image, files=(file,), fields={**image.fields, CHANNEL: name})


def _place(fields: Mapping[str, str | int]) -> PlaneKey:
    return (str(fields.get(CHANNEL, "")), *(plain_value(fields.get(a, "")) for a in JOINED[1:]))


def _image(
    group: Mapping[PlaneKey, ImageFiles], needed: Sequence[Sequence[str | int]]
) -> ImageFiles:
    """Return the image of some files, of which those that are missing are named."""
    parts = [group[place] for place in product(*needed) if place in group]
    channels, *stacks = needed
    there = {place[_CHANNEL] for place in group} - {""}
    letters = [one.upper() for one in JOINED[1:]]
    lists: dict[str, Any] = {
        kind: tuple(dict.fromkeys(path for one in parts for path in getattr(one, kind)))
        for kind in ("files", "labels", "mask", "registration")
    }
    missing = dict.fromkeys(text for one in parts for text in one.missing)
    fields = {name: value for name, value in parts[0].fields.items() if name not in JOINED}
    return replace(
        parts[0],
        fields=fields,
        channel_names=tuple(str(one) for one in channels if one in there),
        stack={a: len(one) for a, one in zip(letters, stacks, strict=True) if len(one) > 1},
        missing=(*missing, *_lacking(group, needed)),
        **lists,
    )


class _Needed:
    """The channels, time points and planes that images have to have."""

    def __init__(self, groups: Sequence[Mapping[PlaneKey, object]]) -> None:
        self._n_images = len(groups)
        self._own = [[{place[i] for place in one} for one in groups] for i in range(len(JOINED))]
        self._counts = [Counter(v for values in own for v in values) for own in self._own]
        self._steps = [_step(own) for own in self._own]

    def of(self, group: Mapping[PlaneKey, object]) -> list[list[str | int]]:
        """Return the values along each axis, in order, that an image has to have."""
        found = []
        for i, counts in enumerate(self._counts):
            own = {place[i] for place in group}
            if i == _CHANNEL:
                wanted = {*counts}
            else:
                usual = {one for one, n in counts.items() if n * 2 > self._n_images}
                wanted = own | usual | _between(own, self._steps[i])
            found.append(sorted(wanted, key=lambda one: natural(str(one))))
        return found

    def notes(self) -> Iterator[str]:
        """Yield what is unusual in all images."""
        for channel in sorted(self._counts[_CHANNEL], key=lambda one: natural(str(one))):
            n = self._counts[_CHANNEL][channel]
            if n * 2 < self._n_images:
                have = f"only {counted(n, 'image')} of {self._n_images} have channel {channel}"
                yield f"{have}; exclude its files?"
        for i, axis in enumerate(JOINED):
            lengths = sorted({len(own) for own in self._own[i]})
            if i != _CHANNEL and len(lengths) > 1:
                yield f"images have {lengths[0]} to {lengths[-1]} files along {axis}"


def _step(own: Iterable[set[str | int]]) -> int:
    """Return the smallest step between numbers, 0 without any."""
    numbers = [sorted(one for one in values if isinstance(one, int)) for values in own]
    return min((b - a for one in numbers for a, b in pairwise(one)), default=0)


def _between(own: set[str | int], step: int) -> set[str | int]:
    """Return the numbers from the first to the last, as far as these count something."""
    numbers = [one for one in own if isinstance(one, int)]
    if not step or len(numbers) < len(own):
        return set()
    every = range(min(numbers), max(numbers) + 1, step)
    return {*every} if len(every) <= 2 * len(own) and own <= {*every} else set()


def _lacking(
    group: Mapping[PlaneKey, object], needed: Sequence[Sequence[str | int]]
) -> Iterator[str]:
    """Yield what is missing: whole channels, time points and planes, then single files."""
    lacking = [place for place in product(*needed) if place not in group]
    for i, axis in enumerate(JOINED):
        there = {place[i] for place in group}
        gone = [one for one in needed[i] if one not in there]
        yield from (f"{axis} {one} is missing" for one in gone)
        lacking = [place for place in lacking if place[i] not in gone]
    for place in lacking[:_MOST]:
        named = [f"{axis} {one}" for axis, one in zip(JOINED, place, strict=True) if one != ""]
        yield f"{', '.join(named)} is missing"
    if len(lacking) > _MOST:
        yield f"{len(lacking) - _MOST} more files are missing"


def equal_fields(one: str, other: str, fields: Mapping[str, str | int]) -> str:
    """Return that two files have the same fields."""
    listed = ", ".join(f"{name} {value}" for name, value in fields.items())
    return f"{one} and {other} have the same fields: {listed}; exclude one, or add a field"


def natural(text: str) -> list[tuple[int, str | int]]:
    """Return a key by which numbers in names are sorted as such.

    Examples
    --------
    >>> sorted(["c10", "c9", "DAPI"], key=natural)
    ['DAPI', 'c9', 'c10']
    """
    parts = _NUMBERS.split(text)
    return [(0, int(one)) if one.isdecimal() else (1, one) for one in parts if one]
