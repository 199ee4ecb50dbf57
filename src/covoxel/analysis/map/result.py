"""The result of a map, which is computed frame by frame as it is read."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.analysis.map.frames import MappedFrame, MappedValues
from covoxel.analysis.map.means import MAP_COLUMNS
from covoxel.analysis.map.options import MEANINGS, MapOptions
from covoxel.analysis.result import Result
from covoxel.analysis.tables import Row, notes_of, table_of_rows
from covoxel.core.lazy import Computed
from covoxel.core.progress import Steps
from covoxel.core.types import AnyArray, Progress
from covoxel.image.channel import Channel, block_slices

if TYPE_CHECKING:
    import pandas as pd

    from covoxel.analysis.analysis import Analysis


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
        if not self.inputs.separate:
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
    def warnings(self) -> list[str]:
        """What was found in the images that affects a map."""
        found = self.inputs.cautions(self.inputs.frame_pairs[0])
        reported = (one for one in found if self.analysis.reports(one, self._data.options))
        return [f"{one.code}: {one.message}" for one in reported]

    @property
    def _data(self) -> MapData:
        data: MapData = self.image.data
        return data

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
        from covoxel.analysis.provenance import image_provenance
        from covoxel.core.files import refuse_existing, write_record
        from covoxel.io.write import write_channels

        path = Path(path)
        beside = path.with_suffix(".json")
        refuse_existing([path, beside], overwrite=overwrite)
        write_channels(path, [self.image], overwrite=overwrite, ome=True)
        record = image_provenance(self.channels, inputs, self.settings, asked or {})
        record |= {"map": self.image.name, "meaning": MEANINGS[self.settings["kind"]]}
        record |= {"warnings": self.warnings, "frames": self.frames}
        write_record(beside, record, overwrite=overwrite)
        return [path, beside]


class MapData(Computed):
    """Data of a map, computed frame by frame as it is read.

    Attributes
    ----------
    record : dict
        The settings.
    frames : dict
        Numbers of each time point that was computed, JSON-able.
    rows : dict
        The rows of each of them.
    reasons : dict
        Why there is no map of a time point, which is NaN then; raised where it holds for all.
    """

    before: Callable[[Any], None] | None = None
    after: Callable[[Any, Any], None] | None = None

    def __init__(
        self,
        analysis: Analysis[Any, Any, Any],
        units: Sequence[MappedFrame],
        options: MapOptions,
        name: str,
        record: dict[str, Any],
        progress: Progress | None,
        *,
        timed: bool,
    ) -> None:
        shape = units[0].frame_pair.shape
        whole = (len(units), *shape) if timed else shape
        super().__init__(whole, np.dtype(np.float32), len(shape))
        self._analysis, self._units, self._name = analysis, units, name
        self._progress = Steps(progress, len(units))
        self.options, self.record = options, record
        self.frames: dict[int, dict[str, Any]] = {}
        self.rows: dict[int, list[Row]] = {}
        self.reasons: dict[int, ValueError] = {}

    def complete(self) -> None:
        """Compute the frames that were not read yet."""
        for number, unit in enumerate(self._units):
            if unit.frame_pair.t not in self.frames:
                self._piece((number,)[: self._outer])

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row for each frame and region."""
        self.complete()
        rows = [row for _, rows in sorted(self.rows.items()) for row in rows]
        notes = [notes_of(row, self._units[0].inputs) for row in rows]
        return table_of_rows(rows, notes, MAP_COLUMNS, self.record)

    def _compute(self, index: tuple[int, ...]) -> AnyArray:
        unit = self._units[index[0] if index else 0]
        t = unit.frame_pair.t
        known = t in self.frames
        if self.before is not None:
            self.before(unit)
        unit = replace(unit, progress=None if known else self._progress)
        found: MappedValues | ValueError = self._analysis.attempt(unit, self.options)
        if isinstance(found, ValueError):
            self.reasons[t] = found
            if len(self.reasons) == len(self._units):
                raise self.reasons[min(self.reasons)]
            values, more = unit.nowhere(), {"notes": str(found)}
        else:
            values, more = found.values, _made_with(found)
        self.rows[t] = list(self._analysis.rows_of(unit, found, unit.inputs, self.options))
        for row in self.rows[t]:
            row.values["map"] = self._name
        self.frames[t] = {"t": t} | _numbers(values) | more
        if self.after is not None:
            self.after(unit, found)
        if not known:
            self._progress.next()
        return values


class MapTables(Mapping[str, "pd.DataFrame"]):
    """The table of a map, which is made when it is read."""

    def __init__(self, data: MapData) -> None:
        self._data = data

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in tuple(self):
            raise KeyError(name)
        return self._data.table

    def __iter__(self) -> Iterator[str]:
        return iter(("map",))

    def __len__(self) -> int:
        return 1


def _numbers(values: AnyArray) -> dict[str, Any]:
    """Return how many pixels of a map are defined, their mean and extremes; JSON-able."""
    pixels, total, low, high = 0, 0.0, math.inf, -math.inf
    for where in block_slices(values.shape):
        block = values[where]
        known = np.isfinite(block)
        pixels += int(np.count_nonzero(known))
        total += float(np.sum(block, dtype=np.float64, where=known))
        low = float(np.min(block, where=known, initial=low))
        high = float(np.max(block, where=known, initial=high))
    if not pixels:
        return {"pixels": 0, "mean": None, "minimum": None, "maximum": None}
    return {"pixels": pixels, "mean": total / pixels, "minimum": low, "maximum": high}


def _made_with(found: MappedValues) -> dict[str, Any]:
    """Return the threshold of a map and how channel 2 was registered; JSON-able."""
    more: dict[str, Any] = {} if found.threshold is None else {"threshold": found.threshold}
    if found.movement is not None:
        notes = "; ".join(found.movement.notes)
        more |= {"shift": list(found.movement.shift), "notes": notes}
    return more
