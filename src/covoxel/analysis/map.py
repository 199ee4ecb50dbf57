"""Maps: where two channels are together, pixel by pixel."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from covoxel.analysis.accepts import Accepts
from covoxel.analysis.analysis import Analysis, OutputFile
from covoxel.analysis.analysis_inputs import AnalysisInputs
from covoxel.analysis.function import function_of
from covoxel.analysis.image_layers import image_layer
from covoxel.analysis.map_options import MEANINGS, MapOptions, look_of
from covoxel.analysis.map_schema import MAP_COLUMNS
from covoxel.analysis.needs import refuse_map, refuse_registration
from covoxel.analysis.pieces import Piece
from covoxel.analysis.region_means import means
from covoxel.analysis.registrations import Registrations, as_registrations
from covoxel.analysis.result import LayerData, Result
from covoxel.analysis.tables import Row, Table, table_of_rows
from covoxel.core.lazy import Computed
from covoxel.core.progress import Steps
from covoxel.core.types import AnyArray, BoolArray, Progress
from covoxel.image.channel import Channel
from covoxel.image.region import Region
from covoxel.registration.record import Registration

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False)
class MappedFrame:
    """A frame of two channels, without time, that is mapped.

    ``shift`` holds the shift of channel 2, by column; ``movement`` is what channel 2 is registered
    by in the window of the map, None where it is not, or is so before.
    """

    piece: Piece
    inputs: AnalysisInputs
    movement: Registration | None

    @property
    def mask(self) -> BoolArray | None:
        """The pixels of all regions, None for the whole frame."""
        return self.inputs.regions.pooled(self.piece.channel1, self.piece.t)

    @property
    def regions(self) -> list[Region]:
        """The regions that have a row each."""
        return self.inputs.regions.passes(self.piece.channel1, (self.piece.t,))

    def channels(self) -> tuple[Channel, Channel]:
        """Return both channels; without a time axis they stay where they are."""
        return _frame(self.piece.channel1, self.piece.t), _frame(self.piece.channel2, self.piece.t)


@dataclass(frozen=True, slots=True, eq=False)
class MappedValues:
    """The map of a frame, NaN where it is undefined.

    ``threshold`` is the correlation that displaced copies reach, where it was looked for;
    ``movement`` is how channel 2 was registered.
    """

    values: AnyArray
    threshold: float | None
    movement: Registration | None


@dataclass(frozen=True, eq=False, repr=False)
class MapResult(Result):
    """A map; it is computed frame by frame as ``image`` is read, and as a whole for ``table``.

    Attributes
    ----------
    image : Channel
        The map, float32, on the grid of the channels; NaN where it is undefined.
    """

    image: Channel

    @property
    def settings(self) -> dict[str, Any]:
        """The options and all else that numbers depend on, JSON-able."""
        return self._data.record

    @property
    def frames(self) -> list[dict[str, Any]]:
        """Numbers of each frame, JSON-able."""
        self._data.complete()
        return [frame for _, frame in sorted(self._data.frames.items())]

    @property
    def numbers(self) -> list[dict[str, Any]]:
        """Numbers of each frame, or of each of its labels or shapes if there are any; JSON-able."""
        if all(self.inputs.get(name) is None for name in ("labels", "shapes")):
            return self.frames
        more = {
            frame["t"]: {name: frame[name] for name in ("shift", "notes") if name in frame}
            for frame in self.frames
        }
        rows: Any = self.table[["t", "label", "pixels", "mean", "minimum", "maximum"]]
        return [
            {name: None if value != value else value for name, value in row.items()}
            | more[row["t"]]
            for row in rows.to_dict("records")
        ]

    @property
    def _data(self) -> MapData:
        data: MapData = self.image.data
        return data

    def save(
        self,
        folder: str | Path,
        *,
        parquet: bool = False,
        overwrite: bool = False,
        inputs: Mapping[str, str | Path] | None = None,
        asked: Mapping[str, Any] | None = None,
    ) -> list[Path]:
        """Write the map as OME-TIFF, and its table as CSV with the provenance as JSON.

        Parameters are those of `Result.save`.
        """
        from covoxel.core.files import refuse_existing
        from covoxel.io.results import result_files
        from covoxel.io.write import write_channels

        path = Path(folder) / f"{self.analysis.name}.tif"
        tables = result_files(folder, self.analysis.name, parquet=parquet)
        refuse_existing([path, *tables], overwrite=overwrite)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_channels(path, [self.image], overwrite=overwrite, ome=True)
        given: dict[str, Any] = {"inputs": inputs, "asked": asked}
        return [path, *super().save(folder, parquet=parquet, overwrite=overwrite, **given)]

    def write(
        self,
        path: str | Path,
        *,
        overwrite: bool = False,
        inputs: Mapping[str, str | Path] | None = None,
        asked: Mapping[str, Any] | None = None,
    ) -> list[Path]:
        """Write the map as OME-TIFF, and its provenance beside it as JSON.

        Parameters
        ----------
        path : str or Path
            The TIFF; the JSON has its name.
        overwrite, inputs, asked
            As in `save`.

        Returns
        -------
        list of Path
            The files that were written.
        """
        from covoxel.analysis.provenance import provenance
        from covoxel.core.files import refuse_existing, write_record
        from covoxel.io.write import write_channels

        path = Path(path)
        beside = provenance_file(path)
        refuse_existing([path, beside], overwrite=overwrite)
        write_channels(path, [self.image], overwrite=overwrite, ome=True)
        table = self.table
        record = provenance(table, self.channels, inputs, self.analysis.main.columns, asked)
        of_table = ("rows", "columns")
        record = {name: part for name, part in record.items() if name not in of_table}
        record |= {"map": self.image.name, "meaning": MEANINGS[self.settings["kind"]]}
        write_record(beside, record | {"frames": self.frames}, overwrite=overwrite)
        return [path, beside]


def provenance_file(path: Path) -> Path:
    """Return the file of the provenance of a map."""
    return path.with_suffix(".json")


class MapAnalysis(Analysis[MapOptions, MappedValues, MapResult]):
    """Map where two channels are together: local correlation, or how intensities go along.

    Returns
    -------
    MapResult
        Its ``image`` is the map, a `Channel` that is computed frame by frame as it is read; its
        ``table`` has one row for each time point and region, with the columns of
        `covoxel.analysis.map_schema`. The map is defined within the regions.

    Examples
    --------
    >>> from covoxel import map_channels, simulate_pair
    >>> pair = simulate_pair(shape=(64, 64), seed=1)
    >>> image = map_channels(pair.channel_1, pair.channel_2, radius=5).image
    >>> image.shape, str(image.dtype), image.name
    ((64, 64), 'float32', 'Correlation of Channel 1 and Channel 2')
    """

    name = "map"
    function = "map_channels"
    title = "Map"
    progress_text = "mapping"
    options = MapOptions
    accepts = Accepts(several=False, z=False, per_z=False)
    unit = "frame"
    tables: ClassVar[tuple[Table, ...]] = (Table("map", MAP_COLUMNS),)
    result = MapResult
    files = (
        OutputFile(
            *("out", "The map to write, NAME.tif, as OME-TIFF.", (".tif",)),
            required=True,
        ),
    )

    def run(
        self,
        image1: Any,
        image2: Any = None,
        *,
        options: MapOptions | None = None,
        progress: Progress | None = None,
        before: Callable[[Any], None] | None = None,
        after: Callable[[Any, Any], None] | None = None,
        **given: Any,
    ) -> MapResult:
        """Map two channels; each frame is computed as it is read.

        Parameters are those of `Analysis.run`.
        """
        taken, chosen, inputs = self.asked(image1, image2, options, given)
        grid, other = inputs.channels
        timed = "T" in grid.axes and inputs.t is None
        name = f"{chosen.kind.replace('_', ' ').capitalize()} of {grid.name} and {other.name}"
        record = self.record(inputs, chosen)
        units = list(self.units(inputs, chosen, None))
        data = MapData(units, chosen, name, record, progress, timed=timed)
        data.before, data.after = before, after
        axes, step = (grid.axes, grid.time_step) if timed else (grid.spatial_axes, None)
        image = Channel(data, axes, grid.spacing, step, name)
        return MapResult(self, _Tables(data), (), inputs.given, taken, image)

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
        refuse_map(options.kind, inputs.shape)
        if options.register and not inputs.masked and not inputs.separate:
            refuse_registration("translation", inputs.shape, options.max_shift)

    def units(
        self, inputs: AnalysisInputs, options: MapOptions, progress: Progress | None
    ) -> Iterator[MappedFrame]:
        """Yield the frames."""
        del options
        as_given = inputs.channels[1] is inputs.given[1]
        held = inputs.registration if as_given else None
        for piece in inputs.frames(progress):
            yield MappedFrame(piece, inputs, None if held is None else held.at(piece.t))

    def compute(
        self, unit: MappedFrame, options: MapOptions, progress: Progress | None = None
    ) -> MappedValues:
        """Map a frame."""
        from covoxel.local.chance import local_significance
        from covoxel.local.correlation import local_correlation
        from covoxel.local.intensity import intensity_maps

        first, second = unit.channels()
        mask, movement = unit.mask, unit.movement
        if options.register:
            from covoxel.registration.estimate import register

            movement = register(first, second, mask=mask, max_shift=options.max_shift)
        common: dict[str, Any] = {
            "radius": options.radius,
            "unit": options.unit,
            "window": options.window,
            "mask": mask,
            "registration": movement,
            "progress": progress,
        }
        if options.min_pixels is not None:
            common["min_pixels"] = options.min_pixels
        threshold = None
        if options.kind == "correlation":
            values = np.asarray(local_correlation(first, second, **common))
        elif options.kind == "beyond":
            found = local_significance(first, second, **common)
            known, threshold = np.isfinite(found.correlation), float(found.threshold)
            values = np.where(known, found.beyond, np.float32(np.nan))
        else:
            common |= {"threshold1": options.threshold_1, "threshold2": options.threshold_2}
            values = intensity_maps(first, second, kind=options.kind, **common)  # type: ignore[arg-type]
        return MappedValues(values, threshold, movement)

    def rows(
        self, unit: MappedFrame, found: MappedValues | ValueError, options: MapOptions
    ) -> Iterator[Row]:
        """Yield a row for each region."""
        del options
        if isinstance(found, ValueError):
            raise found
        piece, movement = unit.piece, found.movement
        values = piece.identity() | unit.inputs.shift((piece.t,), piece.z)
        notes: list[str] = []
        if movement is not None:
            steps = zip(piece.axes.lower(), movement.shift, strict=True)
            values |= {f"shift_{axis}": float(step) for axis, step in steps}
            notes = [f"registration: {note}" for note in movement.notes]
        if found.threshold is not None:
            values["threshold"] = found.threshold
        for row in means(found.values, unit.regions, piece.t):
            yield Row(values | row, [row["notes"], *notes])

    def record(self, inputs: AnalysisInputs, options: MapOptions) -> dict[str, Any]:
        """Return the options, and the registration where there is one."""
        record = super().record(inputs, options)
        del record["per_z"]
        return record

    def layers(self, result: MapResult) -> list[LayerData]:
        """Return the map as an image."""
        values = np.asarray(result.image.data)
        look = look_of(result.settings["kind"], values)
        return [image_layer(result.image.with_data(values), **look)]

    def lines(self, result: MapResult) -> Iterator[str]:
        """Yield the numbers of each frame, or of each of its regions, as a sentence."""
        meaning = MEANINGS[result.settings["kind"]]
        return (_line(one, meaning) for one in result.numbers)


class MapData(Computed):
    """Data of a map, computed frame by frame as it is read.

    Attributes
    ----------
    options : MapOptions
    record : dict
        The settings.
    frames : dict
        Numbers of each time point that was computed, JSON-able.
    rows : dict
        The rows of each of them.
    """

    before: Callable[[Any], None] | None = None
    after: Callable[[Any, Any], None] | None = None

    def __init__(
        self,
        units: Sequence[MappedFrame],
        options: MapOptions,
        name: str,
        record: dict[str, Any],
        progress: Progress | None,
        *,
        timed: bool,
    ) -> None:
        shape = units[0].piece.shape
        whole = (len(units), *shape) if timed else shape
        super().__init__(whole, np.dtype(np.float32), len(shape))
        self._units, self._name = units, name
        self._progress = Steps(progress, len(units))
        self.options, self.record = options, record
        self.frames: dict[int, dict[str, Any]] = {}
        self.rows: dict[int, list[Row]] = {}

    def complete(self) -> None:
        """Compute the frames that were not read yet."""
        for number, unit in enumerate(self._units):
            if unit.piece.t not in self.frames:
                self._piece((number,)[: self._outer])

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row for each frame and region."""
        self.complete()
        rows = [row for _, rows in sorted(self.rows.items()) for row in rows]
        return table_of_rows(rows, MAP_COLUMNS, self.record)

    def _compute(self, index: tuple[int, ...]) -> AnyArray:
        unit = self._units[index[0] if index else 0]
        t = unit.piece.t
        known = t in self.frames
        if self.before is not None:
            self.before(unit)
        found = MAP.compute(unit, self.options, None if known else self._progress)
        self.rows[t] = list(MAP.rows(unit, found, self.options))
        for row in self.rows[t]:
            row.values["map"] = self._name
        self.frames[t] = {"t": t} | _numbers(found)
        if self.after is not None:
            self.after(unit, found)
        if not known:
            self._progress.next()
        return found.values


class _Tables(Mapping[str, "pd.DataFrame"]):
    """The table of a map, which is made when it is asked for."""

    def __init__(self, data: MapData) -> None:
        self._data = data

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in tuple(self):
            raise KeyError(name)
        return self._data.table

    def __iter__(self) -> Iterator[str]:
        return iter((MapAnalysis.name,))

    def __len__(self) -> int:
        return 1


def _frame(channel: Channel, t: int) -> Channel:
    """Return one frame of a channel; without time axis it stays where it is."""
    if "T" not in channel.axes:
        return channel
    return Channel(channel.read(t), channel.spatial_axes, channel.spacing, name=channel.name)


def _numbers(found: MappedValues) -> dict[str, Any]:
    """Return how many pixels of a map are defined, their mean and extremes; JSON-able."""
    values = found.values[np.isfinite(found.values)]
    numbers: dict[str, Any] = {} if found.threshold is None else {"threshold": found.threshold}
    numbers |= {"pixels": values.size, "mean": None, "minimum": None, "maximum": None}
    if values.size:
        numbers["mean"] = float(values.mean(dtype=np.float64))
        numbers |= {"minimum": float(values.min()), "maximum": float(values.max())}
    if found.movement is not None:
        notes = "; ".join(found.movement.notes)
        numbers |= {"shift": list(found.movement.shift), "notes": notes}
    return numbers


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
