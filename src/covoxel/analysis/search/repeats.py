"""Repeats: content that occurs twice within one image."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.analysis.analysis import Analysis, Printed
from covoxel.analysis.function import function_of
from covoxel.analysis.memory_needs import refuse_memory
from covoxel.analysis.options import Options, option
from covoxel.analysis.schema import Column, axis_columns, by_axis
from covoxel.analysis.search.images import (
    ACCEPTS,
    IMAGE,
    RECORD,
    ImageFrame,
    ImageInputs,
    SearchResult,
)
from covoxel.analysis.tables import Row, Table
from covoxel.core.text import counted

if TYPE_CHECKING:
    from covoxel.similarity.boxes import Boxes
    from covoxel.similarity.repeats import Repeats

_BYTES_PER_PIXEL, _BYTES_PER_BLOCK = 80, 4800
#: An image is covered by at most one block for so many pixels.
_PIXELS_PER_BLOCK = 16

REPEATS_COLUMNS = (
    *IMAGE,
    Column("repeats", "", "Pairs of places with one content", dtype="Int64"),
    Column("examined", "", "Blocks that were correlated with one another", dtype="Int64"),
    Column("left_out", "", "Blocks beyond max_blocks, those of the least detail", dtype="Int64"),
    Column(
        "patterned",
        "",
        "Blocks that were found at many places, and dropped as a pattern",
        dtype="Int64",
    ),
    *RECORD,
)
REPEATS_PLACE_COLUMNS = (
    *IMAGE,
    *axis_columns("start1", "px", "First pixel of the first place along"),
    *axis_columns("stop1", "px", "End of the first place, exclusive, along"),
    *axis_columns("start2", "px", "First pixel of the second place along"),
    *axis_columns("stop2", "px", "End of the second place, exclusive, along"),
    Column("correlation", "", "Pearson's r of the fine detail of both places"),
    Column("blocks", "", "Overlapping blocks that were found to be alike"),
)


@dataclass(frozen=True, kw_only=True)
class RepeatsOptions(Options):
    """Options of `search_repeats`."""

    threshold: float = option(0.8, "Threshold", "smallest correlation of copies", low=0, high=1)
    block: tuple[int, ...] = option(
        (16, 16), "Block", "edges of a block, y,x or z,y,x", unit="px", low=8, advanced=True
    )
    max_blocks: int = option(
        30_000,
        "Most blocks",
        "largest number of blocks to compare, those with most detail first",
        low=2,
        advanced=True,
    )


@dataclass(frozen=True, eq=False, repr=False)
class RepeatsResult(SearchResult):
    """Repeated content; ``found`` holds the `Repeats` of each row."""


class RepeatsAnalysis(Analysis[RepeatsOptions, "Repeats", RepeatsResult]):
    """Find content that occurs twice within an image: copies, which no two exposures are.

    Returns
    -------
    RepeatsResult
        Its ``table`` has one row for each image and time point, its ``places`` one for each pair
        of places, with the columns of `covoxel.analysis.search.repeats`.

    Examples
    --------
    >>> import numpy as np
    >>> from covoxel import search_repeats
    >>> image = np.random.default_rng(0).poisson(40, (80, 90)).astype(np.uint16)
    >>> image[40:70, 50:80] = image[2:32, 4:34]
    >>> places = search_repeats(image).places
    >>> places[["start1_y", "start1_x", "start2_y", "start2_x"]].to_numpy().tolist()
    [[2, 4, 40, 50]]
    """

    name = "repeats"
    mode_of = "compare"
    mode = option(False, "Repeats", "find content that occurs twice within each channel")
    prints_lines = True
    function = "search_repeats"
    title = "Repeated content"
    page = "measures/image-comparison"
    widget = "Compare"
    progress_text = "looking for repeats"
    options = RepeatsOptions
    accepts = replace(
        ACCEPTS,
        single=True,
        images="An image, or a list of images, which are analysed one by one. Arrays are (Z)YX "
        "unless `axes` says otherwise.",
    )
    unit = "frame"
    tables = (
        Table("repeats", REPEATS_COLUMNS),
        Table("repeats_place", REPEATS_PLACE_COLUMNS, points=True),
    )
    result = RepeatsResult
    printed = Printed(headline=("repeats", "examined"))
    methods = (
        "Content that occurs twice was searched for in {channels} by correlating the fine detail "
        "of blocks."
    )

    def take(self, image1: Any, image2: Any, options: RepeatsOptions, **given: Any) -> ImageInputs:
        """Check the images."""
        return ImageInputs(image1, **given)

    def refuse(self, inputs: ImageInputs, options: RepeatsOptions) -> None:
        """Refuse what does not fit into memory."""
        for channel in inputs.given:
            shape = channel.spatial_shape
            blocks = min(options.max_blocks, math.prod(shape) // _PIXELS_PER_BLOCK)
            refuse_memory("repeats", shape, _BYTES_PER_PIXEL, _BYTES_PER_BLOCK * blocks)

    def compute(self, unit: ImageFrame, options: RepeatsOptions) -> Repeats:
        """Look for copies within a frame."""
        from covoxel.similarity.repeats import find_repeats

        return find_repeats(
            unit.read(),
            block=options.block,
            threshold=options.threshold,
            max_blocks=options.max_blocks,
            progress=unit.progress,
        )

    def rows(self, unit: ImageFrame, found: Repeats, options: RepeatsOptions) -> Iterator[Row]:
        """Yield a row with the places of its pairs."""
        names = ("examined", "left_out", "patterned")
        values = {"repeats": len(found)} | {name: getattr(found, name) for name in names}
        places: dict[str, Any] = {"correlation": found.correlation, "blocks": found.blocks}
        for side, boxes in enumerate((found.boxes1, found.boxes2), start=1):
            for end, corners in (("start", boxes.start), ("stop", boxes.stop)):
                places |= by_axis(f"{end}{side}", unit.channel.spatial_axes, corners.T)
        points = {"repeats_place": places} if len(found) else {}
        yield Row(unit.identity() | values, found=found, points=points)

    def lines(self, result: RepeatsResult) -> Iterator[str]:
        """Yield a sentence for each pair of places, and for each image."""
        for row, found in result.with_found():
            where = f"{row['channel']}, t {row['t']}"
            for number, r in enumerate(found.correlation):
                one, other = (_cut(boxes, number) for boxes in (found.boxes1, found.boxes2))
                yield f"{where}: {one} is found again at {other}, r = {r:.3f}"
            more = f", {found.left_out} left out" if found.left_out else ""
            more += f", {found.patterned} of them in patterns" if found.patterned else ""
            pairs = counted(len(found), "repeat")
            yield f"{where}: {pairs}, {found.examined} blocks compared{more}"
        yield from result.refusals()

    def records(self, result: RepeatsResult) -> Iterator[dict[str, Any]]:
        """Yield each pair of places, JSON-able."""
        for row, found in result.with_found():
            for number in range(len(found)):
                yield {
                    "channel": row["channel"],
                    "t": row["t"],
                    "box1": _corners(found.boxes1, number),
                    "box2": _corners(found.boxes2, number),
                    "correlation": float(found.correlation[number]),
                    "blocks": int(found.blocks[number]),
                }


def _corners(boxes: Boxes, number: int) -> list[list[int]]:
    return [boxes.start[number].tolist(), boxes.stop[number].tolist()]


def _cut(boxes: Boxes, number: int) -> str:
    """Return a box as it would be cut out."""
    edges = np.stack([boxes.start[number], boxes.stop[number]], axis=1)
    return "[" + ", ".join(f"{start}:{stop}" for start, stop in edges.tolist()) + "]"


REPEATS = RepeatsAnalysis()
search_repeats = function_of(REPEATS)
