"""The files of a run: table, provenance, and for each pair a mask and a figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from covoxel._files import refuse_existing
from covoxel.analysis.mask import colocalized
from covoxel.analysis.provenance import provenance
from covoxel.channel import Channel
from covoxel.intensity.blocks import as_region
from covoxel.intensity.histogram import frame_histogram
from covoxel.intensity.pearson import regression_of
from covoxel.intensity.sums import class_sums
from covoxel.io import write_results
from covoxel.io.write import write_channels

if TYPE_CHECKING:
    import pandas as pd

_NAME = "measure"
#: Cells held for the figure; more go to disk.
_FIGURE_BUDGET = 1 << 26


class Outputs:
    """Where a run writes; refuses existing files before anything is measured.

    Parameters
    ----------
    folder : Path
    channels : sequence of Channel
        The channels that are measured.
    overwrite, parquet : bool
    """

    def __init__(
        self, folder: Path, channels: Sequence[Channel], *, overwrite: bool, parquet: bool
    ) -> None:
        self._folder, self._channels = folder, list(channels)
        self._overwrite, self._parquet = overwrite, parquet
        self._pairs = list(combinations(range(len(channels)), 2))
        files = [folder / f"{_NAME}.{suffix}" for suffix in ("csv", "json")]
        for pair in self._pairs:
            files += [self._path(pair, "mask.ome.tif"), self._path(pair, "figure.png")]
        if folder.exists() and not folder.is_dir():
            msg = f"{folder} is a file; --out needs a folder"
            raise NotADirectoryError(msg)
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
        """Write all files and return them."""
        record = provenance(table, self._channels, inputs)
        written = write_results(
            table,
            self._folder,
            name=_NAME,
            provenance=record,
            parquet=self._parquet,
            overwrite=self._overwrite,
        )
        for pair in self._pairs:
            first, second = (self._channels[i] for i in pair)
            mask = colocalized(table, first, second, **regions)
            path = self._path(pair, "mask.ome.tif")
            written.append(write_channels(path, [mask], overwrite=self._overwrite))
            written.append(self._figure(table, pair, regions, t=t, z=z))
        return written

    def _figure(
        self,
        table: pd.DataFrame,
        pair: tuple[int, int],
        regions: Mapping[str, Any],
        *,
        t: int | None,
        z: int | None,
    ) -> Path:
        """Draw the pair at the first time point measured, with its first row."""
        from covoxel.report import pair_figure, save_figure

        first, second = (self._channels[i] for i in pair)
        frame = t or 0
        region = as_region(
            regions.get("mask"),
            regions.get("labels"),
            first.spatial_shape,
            n_frames=first.n_frames,
            frames=[frame],
        )
        histogram = frame_histogram(
            first, second, region, frames=[frame], z=z, memory_budget=_FIGURE_BUDGET
        )
        named = (table["channel_1"] == first.name) & (table["channel_2"] == second.name)
        rows = table[named] if named.any() else table
        single = len(rows) == 1
        line = None
        if region.ids.size == 1:
            fit = regression_of(class_sums(histogram).select())
            line = None if fit.reason[0] else (float(fit.slope[0]), float(fit.intercept[0]))
        limits = [
            float(rows[f"threshold_{i}"].iloc[0])
            if rows[f"threshold_{i}"].nunique(dropna=False) == 1
            else None
            for i in (1, 2)
        ]
        figure = pair_figure(
            first,
            second,
            histogram,
            t=frame,
            z=z,
            outlined=region.raw(frame, tuple(slice(0, n) for n in first.spatial_shape)),
            line=line,
            threshold1=limits[0],
            threshold2=limits[1],
            row=rows.iloc[0].to_dict() if single else None,
        )
        path = self._path(pair, "figure.png")
        save_figure(figure, path, overwrite=self._overwrite)
        return path
