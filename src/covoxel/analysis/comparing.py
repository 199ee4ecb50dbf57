"""compare_channels: channel pairs × time × planes in, comparisons and their table out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.analysis.compare_options import CompareOptions
from covoxel.analysis.compare_rows import compare_table
from covoxel.analysis.inputs import checked_channels
from covoxel.analysis.needs import refuse_comparison
from covoxel.analysis.options import changed
from covoxel.analysis.pieces import Piece, pieces
from covoxel.core.types import Progress
from covoxel.image.channel import Channel, as_channel, frame_blocks
from covoxel.image.regions import Regions
from covoxel.similarity.compare import Comparison, compare_frames, undefined
from covoxel.similarity.fit import needs_fit
from covoxel.similarity.span import Extremes, Span, extremes, span_of

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """What `compare_channels` found.

    Attributes
    ----------
    table : pandas.DataFrame
        One row a comparison; see `compare_channels`.
    found : tuple of Comparison
        The comparisons of the rows, with their maps if these were to be kept.
    pieces : tuple of Piece
        What was compared.
    """

    table: pd.DataFrame
    found: tuple[Comparison, ...]
    pieces: tuple[Piece, ...]

    def maps(self, kind: str) -> list[Channel]:
        """Return the maps that were kept, a channel a pair.

        Parameters
        ----------
        kind : {"ssim_map", "difference"}
            Which; in single precision, with the voxel size of image 1.

        Raises
        ------
        ValueError
            If there is none, or maps of one pair differ in size.
        """
        pairs: dict[tuple[str, str], list[int]] = {}
        for row, piece in enumerate(self.pieces):
            pairs.setdefault((piece.channel1.name, piece.channel2.name), []).append(row)
        return [self._map(kind, rows) for rows in pairs.values()]

    def _map(self, kind: str, rows: list[int]) -> Channel:
        maps = [getattr(self.found[row], kind) for row in rows]
        if any(one is None for one in maps):
            one = self.found[next(row for row, m in zip(rows, maps, strict=True) if m is None)]
            undefined = kind == "ssim_map" and np.isnan(one.get("ssim", 0))
            why = one.notes["ssim"] if undefined else "it was not kept"
            msg = f"there is no {kind}: {why}"
            raise ValueError(msg)
        first = self.pieces[rows[0]]
        counts = {axis: self.table[axis.lower()].iloc[rows].nunique() for axis in "TZ"}
        outer = "".join(axis for axis, n in counts.items() if n > 1)
        stacked = np.stack(maps).astype(np.float32)
        data = stacked.reshape(*(counts[axis] for axis in outer), *maps[0].shape)
        axes = outer + first.axes
        spatial = axes.replace("T", "")
        spacing = first.channel1.spacing and first.channel1.spacing[-len(spatial) :]
        name = f"{kind} of {first.channel1.name} and {first.channel2.name}"
        return Channel(data, axes, spacing, first.channel1.time_step, name)


def compare_channels(
    image1: Any,
    image2: Any = None,
    *,
    mask: Any = None,
    axes: str | None = None,
    spacing: Sequence[float] | None = None,
    t: int | None = None,
    z: int | None = None,
    per_z: bool = False,
    keep_maps: bool = False,
    options: CompareOptions | None = None,
    progress: Progress | None = None,
    **changes: Any,
) -> Compared:
    """Compare channels at each time point, whole stacks or plane by plane.

    Parameters
    ----------
    image1, image2 : array-like, Channel or napari layer
        Two images; a list of channels as `image1` alone, of which every pair is compared; or two
        lists, whose channels are compared one by one. Arrays are (Z)YX unless `axes` says
        otherwise. With the option `fit` their sizes may differ.
    mask : bool array-like, optional
        Where to compare, in image 1: of the shape of a frame, of its planes, or of the series.
    axes : str, optional
        Letters out of ``"TZYX"``; needed for 4-D arrays.
    spacing : sequence of float, optional
        Voxel size in µm for each spatial axis; wins over what the images say.
    t, z : int, optional
        One time point or plane, from 0.
    per_z : bool
        Whether each plane is compared by itself.
    keep_maps : bool
        Whether SSIM at each pixel and the difference are kept with the comparisons.
    options : CompareOptions, optional
        What to compare by, and relative to what.
    progress : callable, optional
        Called with (done, total); it may raise `Cancelled`.
    **changes
        Single options by name: ``measures="ssim"``, ``bits=12``, …

    Returns
    -------
    Compared
        Its ``table`` has one row a pair of channels, time point and plane, with the columns of
        `covoxel.analysis.compare_schema`. What is undefined is NaN with the reason in ``notes``.
        All rows of a pair have one data range, so that they can be compared with each other.

    Raises
    ------
    ValueError, TypeError
        If an option or an input is not as above; the message names it.

    Examples
    --------
    >>> from covoxel import simulate_pair
    >>> pair = simulate_pair(n_frames=2, seed=1)
    >>> found = compare_channels(pair.channel_1, pair.channel_1, measures="rmse,ssim")
    >>> found.table[["t", "rmse", "ssim"]].round(3).to_numpy().tolist()
    [[0, 0.0, 1.0], [1, 0.0, 1.0]]
    """
    options = changed(options or CompareOptions(), changes, "compare_channels")
    regions = Regions(mask)
    regions.place_on(image1[0] if isinstance(image1, list | tuple) else image1)
    todo: list[Piece] = []
    spans: list[Span] = []
    for pair in _pairs(image1, image2, axes, spacing, options.fit):
        parts = list(pieces(pair, t=t, z=z, per_z=per_z))
        refuse_comparison(parts[0].shape)
        span = span_of(_extremes(pair), data_range=options.data_range, bits=options.bits)
        todo += parts
        spans += [span] * len(parts)
    found: list[Comparison] = []
    for piece, span in zip(todo, spans, strict=True):
        if progress is not None:
            progress(len(found), len(todo))
        one = _compared(piece, regions, span, options)
        found.append(one if keep_maps else replace(one, ssim_map=None, difference=None))
    if progress is not None:
        progress(len(todo), len(todo))
    return Compared(compare_table(todo, found, options), tuple(found), tuple(todo))


def _compared(piece: Piece, regions: Regions, span: Span, options: CompareOptions) -> Comparison:
    """Compare a piece; where there is nothing to register by, the reason stands at each measure."""
    mask = piece.masks(regions).get("mask")
    try:
        return compare_frames(*piece.images(), mask, options.measures, span, options.fit)
    except ValueError as error:
        if options.fit != "register":
            raise
        return undefined(options.measures, span, str(error).replace("; ", ", "))


def _pairs(
    image1: Any,
    image2: Any,
    axes: str | None,
    spacing: Sequence[float] | None,
    fit: str | None,
) -> list[list[Channel]]:
    """Return the pairs of channels that are compared, checked and named."""
    firsts = list(image1) if isinstance(image1, list | tuple) else [image1]
    if image2 is None:
        if len(firsts) < 2:
            msg = "image2 is missing; two images are needed, or a list of two or more as image1"
            raise ValueError(msg)
        channels = _checked(firsts, axes, spacing, fit)
        return [list(pair) for pair in combinations(channels, 2)]
    seconds = list(image2) if isinstance(image2, list | tuple) else [image2]
    if len(firsts) != len(seconds):
        msg = f"image1 has {len(firsts)} channels but image2 has {len(seconds)}; choose as many"
        raise ValueError(msg)
    return [_checked(pair, axes, spacing, fit) for pair in zip(firsts, seconds, strict=True)]


def _checked(
    images: Sequence[Any], axes: str | None, spacing: Sequence[float] | None, fit: str | None
) -> list[Channel]:
    """Return images as channels with names that differ; without `fit` they must be of one grid."""
    channels = [as_channel(image, axes=axes, spacing=spacing) for image in images]
    first = channels[0]
    for i, channel in enumerate(channels, start=1):
        if (channel.axes, channel.n_frames) != (first.axes, first.n_frames):
            msg = (
                f"image1 has axes {first.axes} and {first.n_frames} time points, but image{i} "
                f"{channel.axes} and {channel.n_frames}; both must agree"
            )
            raise ValueError(msg)
        if fit is None:
            needs_fit(first.spatial_shape, f"image{i}", channel.spatial_shape)
    if fit is None:
        return checked_channels(images, axes, spacing)
    names = [channel.name or f"channel {i}" for i, channel in enumerate(channels, start=1)]
    return [
        as_channel(channel, name=f"{name} ({i})" if name in names[: i - 1] else name)
        for i, (channel, name) in enumerate(zip(channels, names, strict=True), start=1)
    ]


def _extremes(pair: Sequence[Channel]) -> Extremes:
    """Return the extremes of all time points, read block by block."""
    return extremes(
        channel.read(t, where)
        for channel in pair
        for t in range(channel.n_frames)
        for where in frame_blocks(channel.spatial_shape)
    )
