"""The files of a run: table, provenance, and for each pair a figure and, thresholded, a mask."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from covoxel._files import refuse_existing
from covoxel.channel import Channel

if TYPE_CHECKING:
    import pandas as pd

_NAME = "measure"


def table_files(folder: Path, name: str, *, parquet: bool) -> list[Path]:
    """Return the files of a table and its provenance; refuse a folder that cannot be written."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not there.is_dir():
        msg = f"{there} is a file; --out needs a folder"
        raise NotADirectoryError(msg)
    if not os.access(there, os.W_OK):
        msg = f"{folder} cannot be written: {there} is read-only"
        raise PermissionError(msg)
    suffixes = ["csv", "json", *(["parquet"] if parquet else [])]
    return [folder / f"{name}.{suffix}" for suffix in suffixes]


class Outputs:
    """Where a run writes; refuses before anything is measured what it could not write.

    Parameters
    ----------
    folder : Path
    channels : sequence of Channel
        The channels that are measured, by the names that they have in the table.
    masks : bool
        Whether there are thresholds, and so a mask to write.
    overwrite, parquet : bool
    """

    def __init__(
        self,
        folder: Path,
        channels: Sequence[Channel],
        *,
        masks: bool,
        overwrite: bool,
        parquet: bool,
    ) -> None:
        self._folder, self._channels = folder, list(channels)
        self._masks, self._overwrite, self._parquet = masks, overwrite, parquet
        self._pairs = list(combinations(range(len(channels)), 2))
        files = table_files(folder, _NAME, parquet=parquet)
        for pair in self._pairs:
            files += [self._path(pair, "figure.png")]
            files += [self._path(pair, "mask.ome.tif")] * masks
        refuse_existing(files, overwrite=overwrite)

    def _path(self, pair: tuple[int, int], ending: str) -> Path:
        both = "" if len(self._pairs) == 1 else f"_{pair[0] + 1}-{pair[1] + 1}"
        return self._folder / f"{_NAME}{both}_{ending}"

    def write(
        self,
        table: pd.DataFrame,
        regions: Mapping[str, Any],
        inputs: Mapping[str, Path],
        *,
        t: int | None,
        z: int | None,
    ) -> list[Path]:
        """Write all files and return them.

        Parameters
        ----------
        table : pandas.DataFrame
            What `measure` returned.
        regions : mapping
            The mask or labels, by these names.
        inputs : mapping
            Their files.
        t, z : int, optional
            As they were measured.
        """
        from covoxel.analysis.mask import colocalized
        from covoxel.analysis.provenance import provenance
        from covoxel.cli.figure import run_figure
        from covoxel.io.results import write_results
        from covoxel.io.write import write_channels
        from covoxel.report import save_figure

        written: list[Path] = write_results(
            table,
            self._folder,
            name=_NAME,
            provenance=provenance(table, self._channels, inputs),
            parquet=self._parquet,
            overwrite=self._overwrite,
        )
        for places in self._pairs:
            pair = self._channels[places[0]], self._channels[places[1]]
            rows = table[
                (table["channel_1"] == pair[0].name) & (table["channel_2"] == pair[1].name)
            ]
            if self._masks:
                mask = self._path(places, "mask.ome.tif")
                above = colocalized(rows, *pair, **regions)
                written.append(write_channels(mask, [above], overwrite=self._overwrite))
            figure = self._path(places, "figure.png")
            drawn = run_figure(rows, pair, regions, t=t, z=z)
            save_figure(drawn, figure, overwrite=self._overwrite)
            written.append(figure)
        return written
