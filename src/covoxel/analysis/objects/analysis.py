"""Objects: how those of two channels overlap, how near they are, and in which cells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.analysis.accepts import Accepts
from covoxel.analysis.analysis import Analysis, Printed
from covoxel.analysis.function import function_of
from covoxel.analysis.memory_needs import refuse_memory
from covoxel.analysis.objects.inputs import ObjectsFrame, ObjectsInputs
from covoxel.analysis.objects.options import ObjectsOptions
from covoxel.analysis.objects.schema import (
    AGREEMENT_COLUMNS,
    CELL_COLUMNS,
    COUNT_COLUMNS,
    COUPLING_COLUMNS,
    CROSS_K_COLUMNS,
    OBJECT_COLUMNS,
    PAIR_COLUMNS,
    SUMMARY_COLUMNS,
)
from covoxel.analysis.result import LayerData, OutputFile, Result
from covoxel.analysis.tables import Row, Table
from covoxel.core.types import Note, Progress
from covoxel.io.formats import IMAGE_ENDINGS

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from covoxel.analysis.objects.frame import FrameObjects
    from covoxel.image.channel import Channel
    from covoxel.quality.caution import Caution


@dataclass(frozen=True, eq=False, repr=False)
class ObjectsResult(Result):
    """Objects of two channels; ``found`` holds the `FrameObjects` of each frame, or None."""

    @property
    def objects(self) -> pd.DataFrame:
        """One row for each object of either channel."""
        return self.tables["objects"]

    @property
    def pairs(self) -> pd.DataFrame:
        """One row for each pair of overlapping objects."""
        return self.tables["object_pairs"]

    @property
    def cross_k(self) -> pd.DataFrame:
        """The curves of cross-K, where they are asked for."""
        return self.tables["object_cross_k"]

    @property
    def cells(self) -> pd.DataFrame:
        """One row for each cell; none where there are no cells."""
        return self.tables["object_cells"]

    def label_image(self, which: str) -> Channel:
        """Return an image of ``objects1``, ``objects2``, ``overlaps`` or ``coexpression``.

        Objects and overlaps are numbered through the series; overlaps are those of all channels
        together. Cells are 1 where positive for neither channel, 2 for channel 1 only, 3 for
        channel 2 only, 4 for both.

        Raises
        ------
        ValueError
            If there is none: objects are points, or there are no cells.
        """
        from covoxel.analysis.objects.layers import label_image

        return label_image(self, which)


def _writer(which: str) -> Any:
    def write(result: ObjectsResult, path: Path, *, overwrite: bool) -> None:
        from covoxel.io.errors import ImageError
        from covoxel.io.write import write_channels

        try:
            image = result.label_image(which)
        except ValueError as error:
            raise ImageError(result.file, f"has no {which} to write: {error}") from error
        largest = int(image.data.max(initial=0))
        dtype = np.uint16 if largest <= np.iinfo(np.uint16).max else np.uint32
        image = image.with_data(image.data.astype(dtype))
        write_channels(path, [image], overwrite=overwrite, ome=dtype is np.uint32)

    return write


class ObjectsAnalysis(Analysis[ObjectsOptions, "FrameObjects", ObjectsResult]):
    """Compare the objects of two channels by overlaps, distances, matches and counts in cells.

    Objects are labels or points that are given, or are found in the images. Labels and shapes are
    cells here: each object has the cell that holds most of it, and cells are counted by the
    channels for which they are positive.

    Returns
    -------
    ObjectsResult
        Its ``table`` has one row for each time point, its ``objects`` one for each object, its
        ``pairs`` one for each pair of overlapping objects, and its ``cells`` one for each cell.
        Their columns are those of `covoxel.analysis.objects.schema`; where something is undefined
        it is empty, with the reason in ``notes``.

    Examples
    --------
    >>> from covoxel import measure_objects, simulate_pair
    >>> pair = simulate_pair(n_spots1=60, n_spots2=60, n_shared=30, rng=1)
    >>> result = measure_objects(pair.channel1, pair.channel2, find1="spots", find2="spots")
    >>> int(result.table["matches"].iloc[0]), len(result.objects)
    (30, 118)
    """

    name = "objects"
    function = "measure_objects"
    title = "Objects"
    page = "objects"
    widget = "Objects"
    progress_text = "comparing objects"
    options = ObjectsOptions
    accepts = Accepts(objects1=True, objects2=True)
    unit = "frame"
    tables = (
        Table("objects", OBJECT_COLUMNS, points=True),
        Table("object_pairs", PAIR_COLUMNS, points=True),
        Table("object_cells", CELL_COLUMNS, points=True),
        Table("object_cross_k", CROSS_K_COLUMNS, points=True),
        Table("objects_summary", SUMMARY_COLUMNS),
    )
    result = ObjectsResult
    printed = Printed(
        settings=("threshold1", "threshold2", "max_distance"),
        results=tuple(
            one.name
            for one in SUMMARY_COLUMNS
            if one in (*COUNT_COLUMNS, *COUPLING_COLUMNS, *AGREEMENT_COLUMNS)
            or one.name.startswith(("cells", "share_of", "cross_k", "overlapping_"))
        ),
        first=(
            *("objects1", "objects2", "overlapping1", "overlapping2", "matches"),
            *("matched_share1", "matched_share2", "coupled1", "coupled2", "coupling_p2"),
            *("center_distance1", "edge_distance1", "unit"),
        ),
        headline=("matched_share1", "matched_share2", "coupled1", "coupled2"),
    )
    methods = (
        "Objects of {channels} were compared by overlaps, distances, one-to-one matches and the "
        "share with a partner beyond chance."
    )
    files = tuple(
        OutputFile(
            name,
            f"File for the {what} as labels, NAME.tif or NAME.ome.zarr.",
            _writer(which),
            IMAGE_ENDINGS,
        )
        for name, what, which in (
            ("save_objects1", "objects of channel 1", "objects1"),
            ("save_objects2", "objects of channel 2", "objects2"),
            ("save_overlaps", "overlaps of all channels", "overlaps"),
            ("save_cells", "cells by the channels that they are positive for", "coexpression"),
        )
    )
    has_figure = True

    def take(
        self, image1: Any, image2: Any, options: ObjectsOptions, **given: Any
    ) -> ObjectsInputs:
        """Check the inputs."""
        return ObjectsInputs(image1, image2, accepts=self.accepts, **given)

    def refuse(self, inputs: ObjectsInputs, options: ObjectsOptions) -> None:
        """Refuse what does not fit into memory."""
        found = {options.find1, options.find2}
        per_pixel = 36 if "spots" in found else 20
        if "threshold" in found and options.split is not None:
            per_pixel = 56
        per_pixel += 20 * inputs.masked
        refuse_memory("objects", inputs.shape, per_pixel)

    def units(
        self, inputs: ObjectsInputs, options: ObjectsOptions, progress: Progress | None
    ) -> Iterator[ObjectsFrame]:
        """Yield the frames, with the cautions of all time points where all are compared."""
        from covoxel.analysis.objects.cautions import series_cautions

        pair_of = attrgetter("channel1", "channel2")
        for pair, frames in groupby(inputs.frames(progress), pair_of):
            series = series_cautions(*pair, options) if inputs.t is None else ()
            for frame_pair in frames:
                yield ObjectsFrame(frame_pair, inputs, series)

    def compute(self, unit: ObjectsFrame, options: ObjectsOptions) -> FrameObjects:
        """Find and compare the objects of a frame."""
        from covoxel.analysis.objects.frame import frame_objects

        return frame_objects(unit.frame_pair, unit.inputs, options)

    def rows(
        self, unit: ObjectsFrame, found: FrameObjects, options: ObjectsOptions
    ) -> Iterator[Row]:
        """Yield the row of a frame, with its objects, pairs and cells."""
        from covoxel.analysis.objects.coupling import (
            coupling_notes,
            coupling_values,
            cross_k_columns,
            overlap_values,
        )
        from covoxel.analysis.objects.rows import (
            cell_columns,
            count_columns,
            count_notes,
            length_unit,
            object_columns,
            pair_columns,
        )

        frame_pair = unit.frame_pair
        first, second = (side.found for side in found.sides)
        counts = count_columns(found, None, 1)
        values = frame_pair.identity() | unit.inputs.shift((frame_pair.t,), frame_pair.z)
        values |= {name: column[0].item() for name, column in counts.items()}
        values |= {
            "threshold1": first.threshold,
            "threshold2": second.threshold,
            "max_distance": found.longest,
            "unit": length_unit(first.objects),
        }
        values |= {} if found.agreement is None else asdict(found.agreement)
        tests = () if found.couplings is None else found.couplings.whole
        values |= coupling_values(tests) | overlap_values(found.couplings)
        notes: list[Note] = [
            *first.notes,
            *second.notes,
            *count_notes(counts, 0),
            *coupling_notes(tests),
        ]
        if found.cells is not None:
            own, more = _coexpression(found)
            values, notes = values | own, [*notes, *more]
        points: dict[str, Any] = {
            "objects": object_columns(found, frame_pair.axes, options),
            "object_pairs": pair_columns(found),
        }
        cells = cell_columns(found, options)
        if cells is not None:
            points["object_cells"] = cells
        if found.cross_k is not None:
            curve = found.cross_k
            points["object_cross_k"] = cross_k_columns(curve, values["unit"])
            values |= {"cross_k_p": curve.p, "cross_k_null": curve.null}
            notes += [("cross_k_p", curve.reason)] * bool(curve.reason)
        warnings = [(one.code, one.message) for one in (*found.cautions, *unit.series)]
        yield Row(values, notes, found, points, warnings)

    def empty_rows(
        self, unit: ObjectsFrame, error: ValueError, options: ObjectsOptions
    ) -> Iterator[Row]:
        """Yield a row with the reason."""
        yield Row(unit.frame_pair.identity(), [("objects1", str(error))])

    def reports(self, caution: Caution, options: ObjectsOptions) -> bool:
        """Return whether rows report a caution; not an offset."""
        from covoxel.analysis.objects.cautions import matters

        return matters(caution)

    def layers(self, result: ObjectsResult) -> list[LayerData]:
        """Return labels, centres, lines between matches, and cells by kind."""
        from covoxel.analysis.objects.layers import object_layers

        return object_layers(result)

    def figures(self, result: ObjectsResult) -> Iterator[tuple[str, Figure]]:
        """Yield how far objects are from the nearest ones of the other channel, and cross-K.

        That is of the first frame.
        """
        from covoxel.analysis.objects.coupling import chance_of
        from covoxel.report.objects import cross_k_figure, objects_figure

        objects, cross_k = result.tables["objects"], result.tables["object_cross_k"]
        by_chance = [chance_of(found and found.couplings) for found in result.found]
        if len(cross_k):
            first = next((i for i, found in enumerate(result.found) if found is not None), 0)
            figure = cross_k_figure(objects, cross_k, result.table, by_chance, first)
        else:
            figure = objects_figure(objects, result.table, by_chance)
        yield "Distances to the nearest object of the other channel", figure


def _coexpression(found: FrameObjects) -> tuple[dict[str, Any], list[Note]]:
    """Return the columns of the cells of a frame, and why some are empty."""
    assert found.cells is not None
    values: dict[str, Any] = {"cells": int(found.cells.inside.sum())}
    if found.coexpression is None:
        reason = "no threshold tells which cells are positive"
        return values | {"share_of1": np.nan, "share_of2": np.nan}, [("cells_both", reason)]
    names = ("cells_neither", "cells_only1", "cells_only2", "cells_both")
    values |= dict(zip(names, found.coexpression.counts, strict=True))
    shares = found.coexpression.shares
    values |= {"share_of1": shares[0], "share_of2": shares[1]}
    notes: list[Note] = [
        (f"share_of{number}", f"no cell is positive for channel {number}")
        for number, share in enumerate(shares, start=1)
        if np.isnan(share)
    ]
    return values, notes


OBJECTS = ObjectsAnalysis()
measure_objects = function_of(OBJECTS)
