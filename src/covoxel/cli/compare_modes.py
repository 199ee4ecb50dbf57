"""Near-duplicates of a folder, repeated content, and a small image in a large one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from covoxel.cli.opening import open_channels, shown_progress

if TYPE_CHECKING:
    from covoxel._types import AnyArray
    from covoxel.similarity.boxes import Boxes


def print_duplicates(folder: Path, *, as_json: bool) -> None:
    """Print the near-duplicates of a folder."""
    from covoxel.analysis.duplicates import folder_duplicates

    with shown_progress("hashing") as progress:
        found = folder_duplicates(folder, progress=progress)
    for reason in found.unreadable:
        typer.echo(f"left out: {reason}", err=True)
    for row in found.table.to_dict("records"):
        said = f"{row['image_1']} and {row['image_2']} differ in {row['distance']} of 64 bits"
        typer.echo(json.dumps(row) if as_json else said)
    if not as_json:
        typer.echo(f"{len(found.table)} near-duplicates among {found.images} images")


def print_repeats(
    image: Path, opening: Mapping[str, Any], t: int | None, threshold: float, *, as_json: bool
) -> None:
    """Print what occurs twice within the channels of an image."""
    from covoxel.similarity.repeats import find_repeats

    for name, frame, values in _frames(image, opening, t):
        with shown_progress("looking for repeats") as progress:
            found = find_repeats(values, threshold=threshold, progress=progress)
        for number in range(len(found)):
            r, blocks = float(found.correlation[number]), int(found.blocks[number])
            boxes = [_corners(found.boxes1, number), _corners(found.boxes2, number)]
            record = {"channel": name, "t": frame, "box_1": boxes[0], "box_2": boxes[1]}
            record |= {"correlation": r, "blocks": blocks}
            said = f"{name}, t {frame}: {_box(*boxes[0])} is found again at {_box(*boxes[1])}"
            typer.echo(json.dumps(record) if as_json else f"{said}, r = {r:.3f}")
        if not as_json:
            more = f", {found.left_out} left out" if found.left_out else ""
            more += f", {found.patterned} of them in patterns" if found.patterned else ""
            typer.echo(
                f"{name}, t {frame}: {len(found)} repeats, {found.examined} blocks compared{more}"
            )


def print_found(
    image: Path,
    template: Path,
    opening: Mapping[str, Any],
    t: int | None,
    threshold: float,
    *,
    as_json: bool,
) -> None:
    """Print where a small image is found in the channels of a large one."""
    from covoxel.similarity.search import find_image

    small = open_channels([template], least=1, most=1)[0].read()
    for name, frame, values in _frames(image, opening, t):
        found = find_image(values, small, threshold=threshold)
        for corner, score in zip(found.corners.tolist(), found.scores.tolist(), strict=True):
            record = {"channel": name, "t": frame, "corner": corner, "score": score}
            said = f"{name}, t {frame}: at {', '.join(map(str, corner))}, r = {score:.3f}"
            typer.echo(json.dumps(record) if as_json else said)
        if not as_json:
            typer.echo(f"{name}, t {frame}: found {len(found.scores)} times")


def _frames(
    image: Path, opening: Mapping[str, Any], t: int | None
) -> Iterator[tuple[str, int, AnyArray]]:
    from covoxel.analysis.inputs import frames_of

    for channel in open_channels([image], **opening, least=1, most=None):
        for (frame,) in frames_of(channel, t, pool_time=False):
            yield channel.name, frame, channel.read(frame)


def _corners(boxes: Boxes, number: int) -> list[list[int]]:
    return [boxes.start[number].tolist(), boxes.stop[number].tolist()]


def _box(start: list[int], stop: list[int]) -> str:
    """Return a box as it would be cut out."""
    return "[" + ", ".join(f"{a}:{b}" for a, b in zip(start, stop, strict=True)) + "]"
