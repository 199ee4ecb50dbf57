"""Comparison: how alike two images are, by every measure of likeness."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from operator import attrgetter, methodcaller
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.analysis.accepts import Accepts
from covoxel.analysis.analysis import Analysis, Printed
from covoxel.analysis.channels import FramePair, checked_channels, named_channels
from covoxel.analysis.compare.options import CompareOptions
from covoxel.analysis.compare.result import CompareResult, compare_layers
from covoxel.analysis.compare.schema import COMPARE_COLUMNS, COMPARE_MEASURES
from covoxel.analysis.function import function_of
from covoxel.analysis.image_layers import symmetric_look
from covoxel.analysis.inputs import AnalysisInputs
from covoxel.analysis.memory_needs import PAIR, in_blocks, refuse_memory
from covoxel.analysis.result import LayerData, OutputFile, image_writer
from covoxel.analysis.schema import SHIFTS, by_axis
from covoxel.analysis.tables import Row, Table
from covoxel.core.types import BoolArray, Note, Progress
from covoxel.image.channel import BLOCK_VOXELS, Channel, as_channel, frame_blocks
from covoxel.io.formats import IMAGE_ENDINGS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from covoxel.similarity.compare import Comparison
    from covoxel.similarity.data_range import DataRange, Extremes

_MEASURES = tuple(column.name for column in COMPARE_MEASURES)
#: Bytes per pixel beside the pair: of blocks of whole numbers, and of reals, which are sorted; of
#: both maps; and of fitting.
_BYTES_IN_BLOCKS, _BYTES_IN_ORDER, _BYTES_OF_MAPS = 60, 96, 24
_BYTES_OF_FIT = {None: 0, "crop": 0, "resize": 26, "register": 7}


@dataclass(frozen=True, slots=True, eq=False)
class ComparedFrames:
    """Two frames, or planes of them, with what their comparison is relative to."""

    frame_pair: FramePair
    span: DataRange
    mask: BoolArray | None
    keep_maps: bool


class CompareAnalysis(Analysis[CompareOptions, "Comparison", CompareResult]):
    """Compare two images: differences, structure, histograms, information, hashes.

    All rows of a pair of channels have one data range, so that they can be compared with each
    other.

    Returns
    -------
    CompareResult
        Its ``table`` has one row for each pair of channels, time point and plane, with the columns
        of `covoxel.analysis.compare.schema`. What is undefined is NaN with the reason in ``notes``.

    Examples
    --------
    >>> from covoxel import compare_channels, simulate_pair
    >>> pair = simulate_pair(n_frames=2, rng=1)
    >>> found = compare_channels(pair.channel1, pair.channel1, measures="rmse,ssim")
    >>> found.table[["t", "rmse", "ssim"]].round(3).to_numpy().tolist()
    [[0, 0.0, 1.0], [1, 0.0, 1.0]]
    """

    name = "compare"
    function = "compare_channels"
    title = "Comparison"
    page = "measures/image-comparison"
    widget = "Compare"
    progress_text = "comparing"
    options = CompareOptions
    accepts = Accepts(
        one_by_one=True,
        labels=False,
        shapes=False,
        registration=False,
        keep_maps=True,
        images="Two images; a list of channels as `image1` alone, of which every pair is compared; "
        "or two lists, whose channels are compared one by one. With the option `fit` their sizes "
        "may differ. Arrays are (Z)YX unless `axes` says otherwise.",
    )
    unit = "frame"
    tables = (Table("compare", COMPARE_COLUMNS),)
    result = CompareResult
    printed = Printed(
        settings=(
            *("pixels", "dropped", "data_range", "data_range_source", "fit"),
            *(one.name for one in SHIFTS),
        ),
        results=_MEASURES,
        first=("mse", "psnr", "ssim", "pearson", "hellinger", "mutual_information", "nmi"),
        unless_zero=("dropped",),
        implied_units=("px", "bit", "dB", "intensity", "intensity²"),
        headline=("pearson", "ssim", "rmse", "nmi"),
    )
    draws = "images"
    methods = "The images {channels} were compared."
    files = tuple(
        OutputFile(
            kind,
            f"File for {what}, NAME.tif or NAME.ome.zarr.",
            image_writer(methodcaller("maps", kind)),
            IMAGE_ENDINGS,
            one_pair=False,
            inputs={"keep_maps": True},
        )
        for kind, what in (
            ("ssim_map", "SSIM at each pixel"),
            ("difference", "image 1 less image 2"),
        )
    )

    def take(self, image1: Any, image2: Any, options: CompareOptions, **given: Any) -> Any:
        """Check the inputs; with `fit` sizes may differ."""
        checked = partial(compared_channels, options.fit)
        return super().take(image1, image2, options, checked=checked, **given)

    def refuse(self, inputs: AnalysisInputs, options: CompareOptions) -> None:
        """Refuse what does not fit into memory."""
        in_order = any(channel.dtype.itemsize > 2 for channel in inputs.channels)
        per_pixel, most = (_BYTES_IN_ORDER, None) if in_order else (_BYTES_IN_BLOCKS, BLOCK_VOXELS)
        whole = PAIR + _BYTES_OF_MAPS * inputs.keep_maps + _BYTES_OF_FIT[options.fit]
        for shape in {frame_pair.shape for frame_pair in inputs.frame_pairs}:
            refuse_memory("compare", shape, whole, in_blocks(shape, per_pixel, most))

    def units(
        self, inputs: AnalysisInputs, options: CompareOptions, progress: Progress | None
    ) -> Iterator[ComparedFrames]:
        """Yield the frames of each pair, relative to the intensities of all of them."""
        from covoxel.similarity.data_range import data_range_of

        pair_of = attrgetter("channel1", "channel2")
        for pair, frames in groupby(inputs.frames(progress), pair_of):
            span = data_range_of(_extremes(pair), data_range=options.data_range, bits=options.bits)
            for frame_pair in frames:
                mask = next(iter(frame_pair.masks().values()), None)
                yield ComparedFrames(frame_pair, span, mask, inputs.keep_maps)

    def compute(self, unit: ComparedFrames, options: CompareOptions) -> Comparison:
        """Compare two frames."""
        from covoxel.similarity.compare import compare_frames

        images = unit.frame_pair.images()
        return compare_frames(
            *images,
            unit.mask,
            options.measures,
            unit.span,
            options.fit,
            options.ssim_window,
            options.win_size,
            keep_map=unit.keep_maps,
        )

    def raises(self, options: CompareOptions) -> bool:
        """Whether an error is raised: what cannot be registered has a row with the reason."""
        return options.fit != "register"

    def rows(
        self, unit: ComparedFrames, found: Comparison, options: CompareOptions
    ) -> Iterator[Row]:
        """Yield the row of two frames."""
        values: dict[str, Any] = {
            "pixels": found.pixels,
            "dropped": found.dropped,
            "data_range": found.span.data_range,
            "data_range_source": found.span.source,
            "fit": options.fit or "none",
            **found,
        }
        kept = found if unit.keep_maps else found.without_maps()
        if found.registration is not None:
            values |= by_axis("shift", unit.frame_pair.axes, found.registration.shift)
        yield Row(unit.frame_pair.identity() | values, [*_notes(found)], kept)

    def empty_rows(
        self, unit: ComparedFrames, error: ValueError, options: CompareOptions
    ) -> Iterator[Row]:
        """Yield a row with the reason at each measure, where images cannot be registered."""
        from covoxel.similarity.compare import undefined_comparison

        return self.rows(
            unit, undefined_comparison(options.measures, unit.span, str(error)), options
        )

    def record(self, inputs: AnalysisInputs, options: CompareOptions) -> dict[str, Any]:
        """Return the options."""
        return options.as_dict()

    def layers(self, result: CompareResult) -> list[LayerData]:
        """Return the maps that were kept as images, where they lie in image 1."""
        return compare_layers(result)

    def figures(self, result: CompareResult) -> Iterator[tuple[str, Figure]]:
        """Yield the difference of the first frames of one grid; of a stack in its middle plane."""
        from covoxel.report.channels import map_figure, middle_plane

        difference = result.found[0].difference
        if difference is None:
            if result.table["fit"].iat[0] != "none":
                return
            first, second = (one.read() for one in result.frame_pairs[0].images())
            difference = np.subtract(first, second, dtype=np.float32)
        plane, where = middle_plane(difference)
        look = symmetric_look(plane)
        yield f"Image 1 less image 2{where}", map_figure(result.channels[0], plane, **look)

    def check_file(self, name: str, options: CompareOptions) -> None:
        """Refuse a map of a measure that is not computed."""
        if name == "ssim_map" and "ssim" not in options.measures:
            msg = "--ssim-map needs ssim among the measures"
            raise ValueError(msg)


def compared_channels(
    fit: str | None, images: Sequence[Any], axes: str | None, spacing: Sequence[float] | None
) -> list[Channel]:
    """Return images as channels with names that differ; without `fit` they must be of one grid."""
    from covoxel.similarity.fit import needs_fit

    channels = [as_channel(image, axes=axes, spacing=spacing) for image in images]
    first = channels[0]
    for i, channel in enumerate(channels, start=1):
        if (channel.axes, channel.n_frames) != (first.axes, first.n_frames):
            msg = (
                f"image1 has axes {first.axes} and {first.n_frames} time points, but image{i} "
                f"{channel.axes} and {channel.n_frames}; both need the same axes and time points"
            )
            raise ValueError(msg)
        if fit is None:
            needs_fit(first.spatial_shape, f"image{i}", channel.spatial_shape)
    return checked_channels(images, axes, spacing) if fit is None else named_channels(channels)


def _extremes(pair: Sequence[Channel]) -> Extremes:
    """Return the extremes of all time points, read block by block."""
    from covoxel.similarity.data_range import extremes

    return extremes(
        channel.read(t, where)
        for channel in pair
        for t in range(channel.n_frames)
        for where in frame_blocks(channel.spatial_shape)
    )


def _notes(found: Comparison) -> Iterator[Note]:
    """Yield what is missing or to be known."""
    yield from found.notes.items()
    if found.registration is not None:
        yield from (("shift", note) for note in found.registration.notes)


COMPARE = CompareAnalysis()
compare_channels = function_of(COMPARE)
