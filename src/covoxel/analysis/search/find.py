"""Find: the places of a large image at which a small one is."""

from __future__ import annotations

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
from covoxel.image.channel import as_channel

if TYPE_CHECKING:
    from covoxel.similarity.search import Found

#: In a plane and in a stack, of whole images and with masks, which pixels that are not finite make
#: necessary.
_BYTES_PER_PIXEL = {(2, False): 85, (3, False): 115, (2, True): 540, (3, True): 960}

FIND_COLUMNS = (
    *IMAGE,
    Column("places", "", "Places at which the small image was found", dtype="Int64"),
    Column("best", "", "Pearson's r of the small image and the best place"),
    *RECORD,
)
FIND_PLACE_COLUMNS = (
    *IMAGE,
    *axis_columns("corner", "px", "First pixel of the small image along"),
    Column("score", "", "Pearson's r of the small image and the place"),
)


@dataclass(frozen=True, kw_only=True)
class FindOptions(Options):
    """Options of `search_image`."""

    threshold: float = option(0.8, "Threshold", "smallest correlation of a match", low=-1, high=1)
    min_distance: int | None = option(
        None,
        "Least distance",
        "places this near to a better one are left out; half the least edge of the small image "
        "by default",
        unit="px",
        low=1,
        empty="automatic",
        advanced=True,
    )
    edges: float | None = option(
        None,
        "Edges",
        "share of the small image that must lie on the large one; all of it by default",
        low=0,
        high=1,
        empty="all of it",
        advanced=True,
    )


@dataclass(frozen=True, eq=False, repr=False)
class FindResult(SearchResult):
    """Places of a small image; ``found`` holds the `Found` of each row."""


class FindAnalysis(Analysis[FindOptions, "Found", FindResult]):
    """Find every place where a small image correlates with a large one.

    Returns
    -------
    FindResult
        Its ``table`` has one row for each image and time point, its ``places`` one for each place,
        with the columns of `covoxel.analysis.search.find`.

    Examples
    --------
    >>> import numpy as np
    >>> from covoxel import search_image
    >>> image = np.random.default_rng(0).normal(size=(40, 50))
    >>> places = search_image(image, image[10:20, 30:42]).places
    >>> places[["corner_y", "corner_x", "score"]].round(6).to_numpy().tolist()
    [[10.0, 30.0, 1.0]]
    """

    name = "find"
    mode_of = "compare"
    mode = option(None, "Find", "a small image, to be found in the channels of the first")
    prints_lines = True
    function = "search_image"
    title = "Places of a small image"
    page = "measures/image-comparison"
    widget = "Compare"
    progress_text = "searching"
    options = FindOptions
    accepts = replace(
        ACCEPTS,
        images="The large image, or a list of images, which are searched one by one; and the small "
        "image, without time. Arrays are (Z)YX unless `axes` says otherwise.",
    )
    unit = "frame"
    tables = (
        Table("find", FIND_COLUMNS),
        Table("find_place", FIND_PLACE_COLUMNS, points=True),
    )
    result = FindResult
    printed = Printed(headline=("places", "best"))
    methods = "A small image was searched for in {channels} by normalised cross-correlation."

    def take(self, image1: Any, image2: Any, options: FindOptions, **given: Any) -> ImageInputs:
        """Check the images."""
        return ImageInputs(image1, template=as_channel(image2).read(), **given)

    def compute(self, unit: ImageFrame, options: FindOptions) -> Found:
        """Look for the small image in a frame; refuse what does not fit into memory."""
        from covoxel.similarity.search import find_image

        assert unit.template is not None
        values = unit.read()
        finite = all(bool(np.isfinite(image).all()) for image in (values, unit.template))
        masked = not finite or options.edges is not None
        refuse_memory("find", values.shape, _BYTES_PER_PIXEL.get((values.ndim, masked), 0))
        return find_image(
            values,
            unit.template,
            threshold=options.threshold,
            min_distance=options.min_distance,
            edges=options.edges,
        )

    def rows(self, unit: ImageFrame, found: Found, options: FindOptions) -> Iterator[Row]:
        """Yield a row with its places."""
        number = len(found.scores)
        values = {"places": number, "best": float(found.scores[0]) if number else np.nan}
        places = by_axis("corner", unit.channel.spatial_axes, found.corners.T)
        points = {"find_place": places | {"score": found.scores}} if number else {}
        notes = [] if number else [("best", "the small image was not found")]
        yield Row(unit.identity() | values, notes, found, points)

    def lines(self, result: FindResult) -> Iterator[str]:
        """Yield a sentence for each place, and for each image."""
        for row, found in result.with_found():
            where = f"{row['channel']}, t {row['t']}"
            for corner, score in zip(found.corners.tolist(), found.scores.tolist(), strict=True):
                yield f"{where}: at {', '.join(map(str, corner))}, r = {score:.3f}"
            yield f"{where}: found {counted(len(found.scores), 'time')}"
        yield from result.refusals()

    def records(self, result: FindResult) -> Iterator[dict[str, Any]]:
        """Yield each place, JSON-able."""
        for row, found in result.with_found():
            for corner, score in zip(found.corners.tolist(), found.scores.tolist(), strict=True):
                yield {"channel": row["channel"], "t": row["t"], "corner": corner, "score": score}


FIND = FindAnalysis()
search_image = function_of(FIND)
