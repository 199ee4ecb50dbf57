"""The napari reader: every image that Covoxel reads, one layer per channel."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import napari
import numpy as np
from napari.layers import Layer
from napari.utils.notifications import show_warning

from covoxel.core.text import clean_name
from covoxel.core.types import AnyArray
from covoxel.image.channel import AXES
from covoxel.io.address import as_path
from covoxel.io.formats import SUFFIXES
from covoxel.io.load import folder_format, load
from covoxel.io.page_stack import PageStack
from covoxel.io.series import Series

if TYPE_CHECKING:
    from covoxel.analysis.result import LayerData
    from covoxel.io.read import AnyPath

#: Metadata of a layer that locate its channel in a file.
_HINTS = ("path", "series", "channel", "level", "axes")

#: Of a file or plate with more images than these the first alone is opened.
MOST_IMAGES = 24
#: Most bytes of a channel that is read at once, since every plugin supports arrays.
MOST_BYTES_READ = 1 << 27
#: Rows and columns of the chunks of larger ones, and of the crop that sets their contrast.
PIECE = 2048
_NAMED_COLORS = {
    "#ff0000": "red", "#00ff00": "green", "#0000ff": "blue", "#00ffff": "cyan",
    "#ff00ff": "magenta", "#ffff00": "yellow", "#ffffff": "gray",
}  # fmt: skip
#: Default colours from the third channel on.
_FURTHER_COLORS = ("cyan", "yellow", "red", "blue")


def get_reader(path: AnyPath | Sequence[AnyPath]) -> Callable[..., list[LayerData]] | None:
    """Return the reader if all paths are of formats that are read, else None.

    Files are so by name, folders by content: those of NDTiff sets and OME-Zarr.
    """
    paths = _paths(path)
    return read_layers if paths and all(map(_fits, paths)) else None


def read_layers(path: AnyPath | Sequence[AnyPath]) -> list[LayerData]:
    """Read images as napari layers: one for each channel, or for an RGB picture.

    `path`: of a set of files only the images with pixels in the file itself are read.

    Raises
    ------
    ImageError
        If a file cannot be read; the message names it and says why.
    """
    from covoxel.batch.companions import is_labels  # takes a while to load

    found: list[Series] = []
    for each in _paths(path):
        series = load(each)[1]
        series = [one for one in series if one.own] or series
        if len(series) > MOST_IMAGES:
            names = f"{series[0].name or 'the first'} of {len(series)} images is opened"
            show_warning(f"{each.name}: {names}; covoxel.read_image(..., series=) opens others")
            series = series[:1]
        found += series
    for note in dict.fromkeys(f"{one.path.name}: {n}" for one in found for n in one.warnings):
        show_warning(note)
    layers: list[LayerData] = []
    for one in found:
        title = clean_name(one.name or one.path.stem)
        prefix = f"{title}: " if len(found) > 1 or one.of > 1 else ""
        placed = placed_by_file(one, one.channel_axes)
        own = [_picture(one, prefix, placed)] if one.rgb else _channels(one, prefix, placed)
        labelled = is_labels(one.path.name) and one.n_channels == 1 and not one.rgb
        layers += map(_as_labels, own) if labelled else own
    return layers


def file_hint(layer: Any) -> dict[str, Any]:
    """Return the file of a layer as noted by Covoxel, else by napari; it may be outdated."""
    noted = layer.metadata.get("covoxel", {}).get("source")
    if noted is not None:
        return {key: noted[key] for key in _HINTS if key in noted}
    path = layer.source.path
    return {} if path is None or get_reader(path) is None else {"path": path}


def _fits(path: Path) -> bool:
    if path.is_dir():
        return folder_format(path) is not None
    return str(path).lower().rstrip("/").endswith(SUFFIXES)


def _paths(path: AnyPath | Sequence[AnyPath]) -> list[Path]:
    several = [path] if isinstance(path, str | os.PathLike) else path
    return [as_path(each) for each in several]


def placed_by_file(series: Series, axes: str) -> dict[str, Any]:
    """Return scale, units and axis labels of a layer with these axes of a series."""
    steps = dict(
        zip((a for a in series.channel_axes if a in "ZYX"), series.spacing or (), strict=False)
    )
    units = dict.fromkeys(steps, "micrometer")
    if "T" in axes and series.metadata.time_step is not None:
        steps["T"], units["T"] = series.metadata.time_step, "second"
    return {
        "axis_labels": [a.lower() if a in AXES else f"axis {i}" for i, a in enumerate(axes)],
        "scale": [steps.get(axis, 1.0) for axis in axes],
        "units": [units.get(axis, "pixel") for axis in axes],
    }


def _channels(series: Series, prefix: str, placed: dict[str, Any]) -> Iterator[LayerData]:
    for number, name in enumerate(series.names):
        stacks = [series.stack(number, level) for level in range(len(series.levels))]
        unnamed = not prefix and name == f"channel {number + 1}"
        color = channel_colormap(series, number)
        options = {
            **placed,
            "name": f"{series.stem}: {name}" if unnamed else prefix + name,
            **({} if color == "gray" else {"colormap": color}),  # labels take none of an image
            "blending": "additive",
            "contrast_limits": series.ranges[number] or _contrast(stacks[-1]),
            "metadata": _metadata(series, channel=number + 1),
            "multiscale": len(stacks) > 1,
        }
        yield _data(stacks), options, "image"


def _picture(series: Series, prefix: str, placed: dict[str, Any]) -> LayerData:
    stacks = [series.picture(level) for level in range(len(series.levels))]
    name = prefix + clean_name(series.name or series.path.stem)
    options = {"rgb": True, "multiscale": len(stacks) > 1, "metadata": _metadata(series)}
    return _data(stacks), {**placed, "name": name, **options}, "image"


def _metadata(series: Series, **channel: int) -> dict[str, Any]:
    source = {"path": str(series.path), "series": series.number, **channel}
    return {"covoxel": {"source": source, "notes": list(series.file_notes())}}


def _data(stacks: list[PageStack]) -> Any:
    """Return a small image as array, others and pyramids as dask arrays."""
    if len(stacks) == 1 and stacks[0].nbytes <= MOST_BYTES_READ:
        return np.asarray(stacks[0])
    from dask.array import from_array

    lazy = [from_array(stack, chunks=_pieces(stack), name=False) for stack in stacks]
    return lazy if len(lazy) > 1 else lazy[0]


def _pieces(stack: PageStack) -> tuple[int, ...]:
    """Return chunks of one plane, or of a part of a large one."""
    return tuple(1 if i < stack.ndim - 2 else min(n, PIECE) for i, n in enumerate(stack.shape))


def channel_colormap(series: Series, number: int) -> str:
    """Return the colormap of a channel, counted from 0: the file's colour or one by number."""
    color = series.colors[number]
    if color is not None:
        return _NAMED_COLORS.get(color, color)
    return "gray" if series.n_channels == 1 else color_by_number(number)


def color_by_number(number: int) -> str:
    """Return the default colour of a channel; the first two are preferences."""
    from covoxel.gui.preferences import preferences

    wanted = preferences()
    colors = (wanted.color1, wanted.color2, *_FURTHER_COLORS)
    return colors[number % len(colors)]


def _contrast(stack: PageStack) -> tuple[float, float]:
    """Lowest and highest value in the middle of the middle plane."""
    middle = tuple(slice(max(0, (n - PIECE) // 2), (n + PIECE) // 2) for n in stack.shape[-2:])
    plane: AnyArray = stack[tuple(n // 2 for n in stack.shape[:-2]) + middle]
    finite = plane[np.isfinite(plane)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    return (low, high) if high > low else (low, low + 1)


def labels_layer(path: Path, name: str) -> LayerData:
    """Return the Labels layer of an integer image, on the image's grid."""
    (layer,) = read_layers(path)
    data, options, kind = _as_labels(layer)
    return np.asarray(data), options | {"name": name}, kind


def _as_labels(layer: LayerData) -> LayerData:
    """Return an image as labels, unless it is a pyramid, or not of integers."""
    data, options, kind = layer
    if kind == "labels" or options["multiscale"] or data.dtype.kind not in "iu":
        return layer
    kept = {key: options[key] for key in ("name", "scale", "units", "axis_labels", "metadata")}
    return data, kept | {"opacity": 0.3}, "labels"


def show(images: Sequence[Path], labels: Mapping[str, Path] | None = None) -> None:
    """Open images, and label images by layer name, in napari; return when it is closed."""
    viewer = napari.Viewer()
    for path in images:
        viewer.open(path, plugin="covoxel")
    for name, path in (labels or {}).items():
        viewer.add_layer(Layer.create(*labels_layer(path, name)))
    napari.run()
