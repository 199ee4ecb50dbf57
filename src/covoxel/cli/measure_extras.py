"""What covoxel measure writes for each pair: a figure and, thresholded, a mask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from covoxel.cli.files import FileOptions
from covoxel.cli.run import Extra
from covoxel.image.channel import Channel

if TYPE_CHECKING:
    import pandas as pd


def measure_extras(
    files: FileOptions, channels: Sequence[Channel], arguments: Mapping[str, Any], *, masks: bool
) -> list[Extra]:
    """Return the masks and figures of all pairs, where a folder is given.

    Parameters
    ----------
    files : FileOptions
    channels : sequence of Channel
        The channels that are measured, by the names that they have in the table.
    arguments : mapping
        What they are measured with, of which mask and labels are taken.
    masks : bool
        Whether there are thresholds, and so masks.
    """
    if files.out is None:
        return []
    regions = {name: arguments[name] for name in ("mask", "labels") if name in arguments}
    pairs = list(combinations(enumerate(channels, start=1), 2))
    extras = []
    for (i, first), (j, second) in pairs:
        stem = files.out / ("measure" if len(pairs) == 1 else f"measure_{i}-{j}")
        mask, figure = _of_pair(stem, (first, second), regions, files)
        extras += [mask, figure] if masks else [figure]
    return extras


def _of_pair(
    stem: Path, pair: tuple[Channel, Channel], regions: Mapping[str, Any], files: FileOptions
) -> tuple[Extra, Extra]:
    """Return the mask and the figure of a pair, from the table of all."""

    def rows(table: pd.DataFrame) -> pd.DataFrame:
        first, second = (channel.name for channel in pair)
        return table[(table["channel_1"] == first) & (table["channel_2"] == second)]

    def mask(table: pd.DataFrame, path: Path) -> None:
        from covoxel.analysis.measure.mask import colocalized
        from covoxel.io.write import write_channels

        above = colocalized(rows(table), *pair, **regions)
        write_channels(path, [above], overwrite=files.overwrite)

    def figure(table: pd.DataFrame, path: Path) -> None:
        from covoxel.cli.figure import run_figure
        from covoxel.report import save_figure

        drawn = run_figure(rows(table), pair, regions, t=files.t, z=files.z)
        save_figure(drawn, path, overwrite=files.overwrite)

    return (
        Extra(stem.with_name(f"{stem.name}_mask.ome.tif"), mask),
        Extra(stem.with_name(f"{stem.name}_figure.png"), figure),
    )
