"""ImageInfo: the description of a file, and the smaller levels of its images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from covoxel.core.text import clean_name
from covoxel.io.load import format_of
from covoxel.io.series import Series


@dataclass(frozen=True, slots=True)
class SeriesInfo:
    """What one image of a file is."""

    #: Its index among the images of the file, as ``series`` counts them.
    number: int
    #: Which of them it is, empty where the file holds one.
    title: str
    #: Its name, may be empty.
    name: str
    #: Its axes as Covoxel reads them, out of T C Z Y X in that order.
    axes: str
    #: Their lengths.
    shape: tuple[int, ...]
    #: Its axes as the file orders them; S are the samples of a page.
    stored_axes: str
    #: Data type of the intensities.
    dtype: str
    #: Names of the channels.
    channels: tuple[str, ...]
    #: Their display colours as ``"#rrggbb"``.
    colors: tuple[str | None, ...]
    #: Voxel size in µm along those of Z Y X that are in `axes`; None is unknown.
    spacing: tuple[float, ...] | None
    #: Seconds between time points; None is unknown.
    time_step: float | None
    #: Where the stage stood, in µm along Z, Y and X as far as the file says.
    position: Mapping[str, float]
    #: Shapes of the levels of a pyramid, the full resolution first.
    levels: tuple[tuple[int, ...], ...]
    #: What to know before measuring.
    notes: tuple[str, ...]

    def rows(self) -> list[tuple[str, str]]:
        """Return (what, value) pairs, for a listing."""
        named = [
            f"{i} {name}" + (f" ({color})" if color else "")
            for i, (name, color) in enumerate(zip(self.channels, self.colors, strict=True), 1)
        ]
        spatial = [axis for axis in self.axes if axis in "ZYX"]
        steps = ", ".join(
            f"{axis} {step:g} µm" for axis, step in zip(spatial, self.spacing or (), strict=False)
        )
        stored = "" if self.stored_axes == self.axes else f", stored as {self.stored_axes}"
        rows = [
            ("name", self.name),
            ("axes", self.axes + stored),
            ("shape", times(self.shape)),
            ("data type", self.dtype),
            ("channels", ", ".join(named)),
            ("voxel size", steps or "unknown"),
            ("time step", "" if self.time_step is None else f"{self.time_step:g} s"),
            ("stage", ", ".join(f"{axis} {at:g} µm" for axis, at in self.position.items())),
            ("levels", listed_levels(self.levels) if len(self.levels) > 1 else ""),
        ]
        return [row for row in rows if row[1]] + [("note", note) for note in self.notes]


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """What a file holds.

    Attributes
    ----------
    path : str
        The file.
    format : str
        ``"OME-TIFF"``, ``"ImageJ TIFF"``, …
    series : tuple of SeriesInfo
        Its images, as far as their pixels are there.
    default : int
        The number of the one that is opened by default.
    """

    path: str
    format: str
    series: tuple[SeriesInfo, ...]
    default: int = 0

    def rows(self) -> list[tuple[str, str]]:
        """Return (what, value) pairs, for a listing."""
        rows = [("file", self.path), ("format", self.format)]
        for one in self.series:
            rows += self.heading(one)
            rows += one.rows()
        return rows

    def heading(self, one: SeriesInfo) -> list[tuple[str, str]]:
        """Return the (what, value) pair that identifies one of several images."""
        if not one.title:
            return []
        default = ", opened by default" if one.number == self.default else ""
        return [("series", f"{one.number} ({one.title}{default})")]


def describe(path: Path, dialect: str, found: list[Series], default: int) -> ImageInfo:
    """Return the description of a file of which the series are known."""
    return ImageInfo(str(path), dialect, tuple(map(_describe, found)), default)


def _describe(series: Series) -> SeriesInfo:
    n_channels = series.n_channels
    lengths = {**series.sizes, "C": n_channels}
    axes = series.channel_axes
    if n_channels > 1:
        at = 1 if axes.startswith("T") else 0
        axes = f"{axes[:at]}C{axes[at:]}"
    return SeriesInfo(
        number=series.number,
        title=clean_name(series.title),
        name=clean_name(series.name),
        axes=axes,
        shape=tuple(lengths[axis] for axis in axes),
        stored_axes=series.axes,
        dtype=str(series.levels[0].dtype),
        channels=series.names,
        colors=series.colors,
        spacing=series.spacing,
        time_step=series.metadata.time_step if "T" in axes else None,
        position=series.metadata.position,
        levels=level_shapes(series),
        notes=tuple(note for note in series.notes if note != clean_name(series.title)),
    )


def at_level(series: Series, level: int) -> Series:
    """Return a level of an image, with the voxel size that it has there.

    `level`: 0 is the full size.

    Raises
    ------
    ValueError
        If there is no such level; the message names those that there are, or says why there are
        none.
    """
    if level == 0:
        return series
    if not 0 < level < len(series.levels):
        msg = f"level is {level}; {series.path} has {_levels(series)}"
        raise ValueError(msg)
    full, stack = series.levels[0], series.levels[level]
    sizes = dict(zip(series.axes, zip(full.shape, stack.shape, strict=True), strict=True))
    given = series.level_steps[level] if series.level_steps else {}
    steps = {
        axis: given.get(axis, step * _factor(*sizes.get(axis, (1, 1))))
        for axis, step in series.metadata.steps.items()
    }
    shapes = level_shapes(series)
    note = f"level {level} of its pyramid, {times(shapes[level])} of {times(shapes[0])} pixels"
    metadata = replace(series.metadata, steps=steps, notes=(note, *series.metadata.notes))
    return replace(series, levels=(stack,), level_steps=(), level=level, metadata=metadata)


def level_shapes(series: Series) -> tuple[tuple[int, ...], ...]:
    """Return the shape of a channel in each level, the full size first."""
    return tuple(series.stack(0, level).shape for level in range(len(series.levels)))


def times(shape: tuple[int, ...]) -> str:
    """Return lengths as text."""
    return " × ".join(map(str, shape))


def listed_levels(shapes: tuple[tuple[int, ...], ...]) -> str:
    """Return levels by number and shape."""
    return ", ".join(f"{number} ({times(one)})" for number, one in enumerate(shapes))


def _levels(series: Series) -> str:
    """Return which levels there are, or why there are no smaller ones."""
    shapes = level_shapes(series)
    if len(shapes) > 1:
        return f"the levels {listed_levels(shapes)}"
    form = format_of(series.path)
    why = "it holds no pyramid" if form.levels else f"of {form.name} smaller ones are not read"
    return f"the level {listed_levels(shapes)} alone: {why}"


def _factor(full: int, small: int) -> float:
    """Return how many times larger a pixel is: a whole number where the sizes are rounded ones."""
    whole = round(full / small)
    return whole if small in (full // whole, -(-full // whole)) else full / small
