"""Near-duplicates of a folder, repeated content, and a small image in a large one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from covoxel.analysis.options import option
from covoxel.cli.files import FileOptions
from covoxel.cli.flags import flag
from covoxel.cli.opening import open_channels, shown_progress
from covoxel.cli.printing import echo

if TYPE_CHECKING:
    from covoxel.core.types import AnyArray
    from covoxel.similarity.boxes import Boxes

_SEARCHING = ("channels", "t", "series", "axes", "sizes", "spacing", "threshold", "json")
#: Options that go with what is asked for instead of a comparison.
_TAKEN = {"duplicates": ("json",), "repeats": _SEARCHING, "find": _SEARCHING}


@dataclass(frozen=True, kw_only=True)
class Modes:
    """What is asked for instead of a comparison."""

    duplicates: bool = option(
        False,
        "Duplicates",
        "find near-duplicates among the files of a folder, given as the image, by hashes",
    )
    repeats: bool = option(False, "Repeats", "find content that occurs twice within each channel")
    find: Path | None = option(
        None, "Find", "a small image, to be found in the channels of the first"
    )
    threshold: float = option(
        0.8, "Threshold", "least correlation of what --repeats and --find tell"
    )

    def chosen(self) -> str | None:
        """Return which one is asked for, None for a comparison.

        Raises
        ------
        ValueError
            If it is more than one.
        """
        asked = [name for name in _TAKEN if getattr(self, name)]
        if len(asked) > 1:
            msg = "of --duplicates, --repeats and --find only one can be given"
            raise ValueError(msg)
        return asked[0] if asked else None


def run_mode(
    mode: str, image: Path, modes: Modes, files: FileOptions, given: Iterable[str]
) -> None:
    """Print what is asked for; `given` are all options, of which others are refused."""
    others = [name for name in given if name not in (mode, *_TAKEN[mode])]
    if others:
        name = others[0] if others[0].isupper() else flag(others[0])
        msg = f"{name} does not go with {flag(mode)}"
        raise ValueError(msg)
    if mode == "duplicates":
        _print_duplicates(image, as_json=files.json)
    elif mode == "repeats":
        _print_repeats(image, files, modes.threshold)
    elif modes.find is not None:
        _print_found(image, modes.find, files, modes.threshold)


def _print_duplicates(folder: Path, *, as_json: bool) -> None:
    """Print the near-duplicates of a folder."""
    from covoxel.analysis.duplicates import folder_duplicates

    with shown_progress("hashing") as progress:
        found = folder_duplicates(folder, progress=progress)
    for reason in found.unreadable:
        echo(f"left out: {reason}", err=True)
    for row in found.table.to_dict("records"):
        said = f"{row['image_1']} and {row['image_2']} differ in {row['distance']} of 64 bits"
        echo(json.dumps(row) if as_json else said)
    if not as_json:
        pairs, images = _count(len(found.table), "near-duplicate"), _count(found.images, "image")
        echo(f"{pairs} among {images}")


def _print_repeats(image: Path, files: FileOptions, threshold: float) -> None:
    """Print what occurs twice within the channels of an image."""
    from covoxel.similarity.repeats import find_repeats

    for name, frame, values in _frames(image, files):
        with shown_progress("looking for repeats") as progress:
            found = find_repeats(values, threshold=threshold, progress=progress)
        for number in range(len(found)):
            r, blocks = float(found.correlation[number]), int(found.blocks[number])
            boxes = [_corners(found.boxes1, number), _corners(found.boxes2, number)]
            record = {"channel": name, "t": frame, "box_1": boxes[0], "box_2": boxes[1]}
            record |= {"correlation": r, "blocks": blocks}
            said = f"{name}, t {frame}: {_box(*boxes[0])} is found again at {_box(*boxes[1])}"
            echo(json.dumps(record) if files.json else f"{said}, r = {r:.3f}")
        if not files.json:
            more = f", {found.left_out} left out" if found.left_out else ""
            more += f", {found.patterned} of them in patterns" if found.patterned else ""
            told = f"{_count(len(found), 'repeat')}, {found.examined} blocks compared"
            echo(f"{name}, t {frame}: {told}{more}")


def _print_found(image: Path, template: Path, files: FileOptions, threshold: float) -> None:
    """Print where a small image is found in the channels of a large one."""
    from covoxel.similarity.search import find_image

    small = open_channels([template], least=1, most=1)[0].read()
    for name, frame, values in _frames(image, files):
        found = find_image(values, small, threshold=threshold)
        for corner, score in zip(found.corners.tolist(), found.scores.tolist(), strict=True):
            record = {"channel": name, "t": frame, "corner": corner, "score": score}
            said = f"{name}, t {frame}: at {', '.join(map(str, corner))}, r = {score:.3f}"
            echo(json.dumps(record) if files.json else said)
        if not files.json:
            echo(f"{name}, t {frame}: found {_count(len(found.scores), 'time')}")


def _frames(image: Path, files: FileOptions) -> Iterator[tuple[str, int, AnyArray]]:
    from covoxel.analysis.inputs import frames_of

    for channel in files.open(image, any_number=True):
        for (frame,) in frames_of(channel, files.t, pool_time=False):
            yield channel.name, frame, channel.read(frame)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _corners(boxes: Boxes, number: int) -> list[list[int]]:
    return [boxes.start[number].tolist(), boxes.stop[number].tolist()]


def _box(start: list[int], stop: list[int]) -> str:
    """Return a box as it would be cut out."""
    return "[" + ", ".join(f"{a}:{b}" for a, b in zip(start, stop, strict=True)) + "]"
