"""Maps: where two channels are together, pixel by pixel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from covoxel.analysis.accepts import Accepts
from covoxel.analysis.analysis import After, Analysis, Before, Printed
from covoxel.analysis.function import function_of
from covoxel.analysis.image_layers import image_layer
from covoxel.analysis.inputs import AnalysisInputs
from covoxel.analysis.map.frames import MappedFrame, MappedValues, mapped
from covoxel.analysis.map.means import MAP_COLUMNS, means
from covoxel.analysis.map.options import MEANINGS, WINDOWED, MapOptions, look_of
from covoxel.analysis.map.result import MapData, MapResult, MapTables
from covoxel.analysis.memory_needs import in_blocks, refuse_memory, refuse_registration
from covoxel.analysis.registrations import Registrations, as_registrations
from covoxel.analysis.result import LayerData, OutputFile, Writer, image_writer
from covoxel.analysis.schema import by_axis
from covoxel.analysis.tables import Row, Table
from covoxel.core.types import Note, Progress
from covoxel.image.channel import BLOCK_VOXELS, Channel
from covoxel.io.formats import IMAGE_ENDINGS
from covoxel.quality.kinds import CHANNEL_SHIFT
from covoxel.registration.record import Registration

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from covoxel.quality.caution import Caution


class MapAnalysis(Analysis[MapOptions, MappedValues, MapResult]):
    """Map where two channels are together: local correlation, or how intensities go along.

    Returns
    -------
    MapResult
        Its ``image`` is the map, a `Channel` that is computed frame by frame as it is read; its
        ``table`` has one row for each time point and region, with the columns of
        `covoxel.analysis.map.means`. The map is defined within the regions.

    Examples
    --------
    >>> from covoxel import map_channels, simulate_pair
    >>> pair = simulate_pair(shape=(64, 64), rng=1)
    >>> image = map_channels(pair.channel1, pair.channel2, radius=5).image
    >>> image.shape, str(image.dtype), image.name
    ((64, 64), 'float32', 'Correlation of Channel 1 and Channel 2')
    """

    name = "map"
    function = "map_channels"
    title = "Map"
    page = "measures/local-maps"
    widget = "Map"
    progress_text = "mapping"
    options = MapOptions
    accepts = Accepts(several=False, z=False, per_plane=False)
    unit = "frame"
    aspects = "correlation", "distance"
    tables: ClassVar[tuple[Table, ...]] = (Table("map", MAP_COLUMNS),)
    result = MapResult
    printed = Printed(
        results=("mean", "standard_deviation", "minimum", "maximum", "pixels", "undefined"),
        headline=("mean", "minimum", "maximum"),
    )
    methods = "A map of {channels} was computed (kind: {kind})."
    draws = "images"
    prints_lines = lazy = True
    files = (
        OutputFile(
            "out",
            "The map to write, NAME.tif (OME-TIFF) or NAME.ome.zarr.",
            MapResult.write,
            IMAGE_ENDINGS,
            required=True,
            provenance=True,
        ),
    )

    def run_on(
        self,
        inputs: AnalysisInputs,
        options: MapOptions,
        progress: Progress | None = None,
        before: Before = None,
        after: After = None,
    ) -> MapResult:
        """Map two channels; each frame is computed as it is read."""
        self.refuse(inputs, options)
        grid, other = inputs.channels
        timed = "T" in grid.axes and inputs.t is None
        kind = options.kind.replace("manders", "manders ")
        name = f"{kind.capitalize()} of {grid.name} and {other.name}"
        record = self.record(inputs, options)
        units = list(self.units(inputs, options, None))
        data = MapData(self, units, options, name, record, progress, timed=timed)
        data.before, data.after = before, after
        axes, step = (grid.axes, grid.time_step) if timed else (grid.spatial_axes, None)
        image = Channel(data, axes, grid.spacing, step, name)
        return MapResult(self, MapTables(data), (), {}, inputs, options, image)

    def take(
        self,
        image1: Any,
        image2: Any,
        options: MapOptions,
        *,
        registration: Registration | Registrations | str | Path | None = None,
        **given: Any,
    ) -> AnalysisInputs:
        """Check the inputs; a registration of whole frames is applied where the map is made."""
        options.check_radius()
        held = None if registration is None else as_registrations(registration)
        if held is not None and (held.drift or options.register):
            what = "the drift of one channel" if held.drift else "given, and register is on"
            msg = (
                f"registration is {what}; one of channel 2 on channel 1 is needed, or register "
                "alone"
            )
            raise ValueError(msg)
        inputs = AnalysisInputs(image1, image2, accepts=self.accepts, **given)
        if len(inputs.channels) > 2:
            msg = f"image1 has {len(inputs.channels)} channels; a map is of two"
            raise ValueError(msg)
        if held is not None and held.ndim < len(inputs.channels[0].spatial_axes):
            return AnalysisInputs(image1, image2, accepts=self.accepts, registration=held, **given)
        inputs.registration = held
        return inputs

    def refuse(self, inputs: AnalysisInputs, options: MapOptions) -> None:
        """Refuse what does not fit into memory."""
        # the map itself, and what is read beside it
        read = in_blocks(inputs.shape, 8, BLOCK_VOXELS)
        if options.kind == "beyond":
            read = in_blocks(inputs.shape, 62, None)
        elif options.kind not in WINDOWED:
            read = in_blocks(inputs.shape, 16, BLOCK_VOXELS)
        refuse_memory("map", inputs.shape, 4, read)
        if options.register and not inputs.masked and not inputs.separate:
            refuse_registration("translation", inputs.shape, options.max_shift)

    def units(
        self, inputs: AnalysisInputs, options: MapOptions, progress: Progress | None
    ) -> Iterator[MappedFrame]:
        """Yield the frames."""
        as_given = inputs.channels[1] is inputs.given[1]
        held = inputs.registration if as_given else None
        for frame_pair in inputs.frames(progress):
            yield MappedFrame(frame_pair, inputs, None if held is None else held.at(frame_pair.t))

    def compute(self, unit: MappedFrame, options: MapOptions) -> MappedValues:
        """Map a frame."""
        return mapped(unit, options)

    def rows(self, unit: MappedFrame, found: MappedValues, options: MapOptions) -> Iterator[Row]:
        """Yield a row for each region."""
        values: dict[str, Any] = {}
        notes: list[Note] = []
        if found.movement is not None:
            values = by_axis("shift", unit.frame_pair.axes, found.movement.shift)
            notes = [("registration", note) for note in found.movement.notes]
        if found.threshold is not None:
            values["threshold"] = found.threshold
        for row in means(found.values, unit.regions, unit.frame_pair.t):
            yield Row(unit.identity() | values | row, [*row.pop("notes"), *notes])

    def empty_rows(
        self, unit: MappedFrame, error: ValueError, options: MapOptions
    ) -> Iterator[Row]:
        """Yield a row for each region of a frame of which there is no map."""
        for row in means(unit.nowhere(), unit.regions, unit.frame_pair.t):
            yield Row(unit.identity() | row, [(self.principal, str(error))])

    def reports(self, caution: Caution, options: MapOptions) -> bool:
        """Return whether rows report a caution; not a shift that is corrected."""
        corrected = options.register and caution.code == CHANNEL_SHIFT.code()
        return super().reports(caution, options) and not corrected

    def layers(self, result: MapResult) -> list[LayerData]:
        """Return the map as an image."""
        values = np.asarray(result.image.data)
        look = look_of(result.settings["kind"], values)
        return [image_layer(result.image.with_data(values), **look)]

    def figures(self, result: MapResult) -> Iterator[tuple[str, Figure]]:
        """Yield the map of the first time point; of a stack its middle plane."""
        from covoxel.report.channels import map_figure, middle_plane

        image, kind = result.image, result.settings["kind"]
        values = image.read(0)
        plane, where = middle_plane(values)
        title = f"{image.name}{where}"
        yield title, map_figure(result.channels[0], plane, **look_of(kind, values))

    def records(self, result: MapResult) -> Iterator[dict[str, Any]]:
        """Yield the numbers of each frame, or of each of its regions, JSON-able."""
        return ({"map": result.image.name, **numbers} for numbers in result.numbers)

    def folder_files(self, channels: Sequence[Channel], options: MapOptions) -> dict[str, Writer]:
        """Return the map, as OME-TIFF."""
        return {"map.tif": image_writer(lambda result: [result.image], ome=True)}

    def lines(self, result: MapResult) -> Iterator[str]:
        """Yield the numbers of each frame, or of each of its regions, and cautions as sentences."""
        meaning = MEANINGS[result.settings["kind"]]
        yield from (_line(one, meaning) for one in result.numbers)
        yield from result.warnings


def _line(frame: dict[str, Any], meaning: str) -> str:
    where = f"t {frame['t']}" + (f", label {frame['label']}" if "label" in frame else "")
    shift = frame.get("shift")
    moved = f"; channel 2 moved by {', '.join(f'{s:.2f}' for s in shift)} px" if shift else ""
    moved += f" ({frame['notes']})" if frame.get("notes") else ""
    if frame["mean"] is None:
        return f"{where}: {meaning} is defined nowhere{moved}"
    return (
        f"{where}: {meaning}, mean {frame['mean']:.4g}, "
        f"from {frame['minimum']:.4g} to {frame['maximum']:.4g} on {frame['pixels']} px{moved}"
    )


MAP = MapAnalysis()
map_channels = function_of(MAP)
