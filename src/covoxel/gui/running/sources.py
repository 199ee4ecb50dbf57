"""The files behind the layers and regions of a run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from covoxel.core.types import AnyArray
from covoxel.gui.running.lines import File, RepeatableRun
from covoxel.gui.running.selection import Inputs, RunRecord
from covoxel.gui.viewer.reader import PIECE, file_hint
from covoxel.image.channel import Channel, Source, block_slices
from covoxel.image.regions import as_region, shape_passes
from covoxel.io import read_image
from covoxel.io.address import Address, as_path
from covoxel.io.formats import stem
from covoxel.io.load import load
from covoxel.io.write import write_channels
from covoxel.io.write_zarr import image_of_labels

#: The highest label that a TIFF of unsigned integers holds.
_HIGHEST = 2**32 - 1
#: The channels of files that were opened, by the file of the first of them.
_Opened = dict[File, list[Channel]]


def repeatable_run(run: RunRecord) -> RepeatableRun:
    """Return what is needed to repeat a run from files.

    A label image counts as that of its layer only if all pixels are equal, since labels may
    have been painted.
    """
    selection, inputs = run.selection, run.inputs
    names = tuple(layer.name for layer in selection.images)
    files, remarks = [], []
    opened: _Opened = {}
    for name, hint, channel in zip(names, inputs.file_hints, inputs.images, strict=True):
        found = _in_file(hint, channel, opened)
        files.append(found and found[0])
        if found is not None and channel.spacing is None and found[1].spacing is not None:
            remarks.append(f"The file of layer {name!r} has a voxel size, the layer has none.")
    kind = next(iter(inputs.regions), None)
    return RepeatableRun(
        names=names[:2],
        files=tuple(files[:2]),
        replicate_names=names[2:],
        replicate_files=tuple(files[2:]),
        region=kind,
        region_name="" if kind is None else selection.region.name,
        region_path=None if kind is None else _region_file(run, files[0]),
        t=inputs.t,
        z=inputs.z,
        per_plane=inputs.per_plane,
        options=run.options,
        remarks=tuple(remarks),
    )


def with_sources(inputs: Inputs) -> Inputs:
    """Return inputs with the source of both channels, if files hold their pixels; reads files."""
    hints = inputs.file_hints[: len(inputs.channels)]
    channels = []
    opened: _Opened = {}
    for hint, channel in zip(hints, inputs.channels, strict=True):
        found = _in_file(hint, channel, opened)
        if found is None:
            return inputs
        file, read = found
        source = Source(file.path, file.series, file.channel, level=file.level)
        channels.append(replace(channel, source=source, notes=channel.notes or read.notes))
    return replace(inputs, channels=(channels[0], channels[1]))


def _in_file(
    hint: dict[str, Any], channel: Channel, opened: _Opened
) -> tuple[File, Channel] | None:
    """Return the file with the pixels of a channel, and these; None if there is none.

    It touches no layer. The `hint`, see `file_hint`, may be outdated: the middle of the middle
    plane is compared.
    """
    if not hint:
        return None
    path = as_path(hint["path"])
    file = File(**hint | {"path": str(path if isinstance(path, Address) else path.absolute())})
    given = [None] if file.axes is None else [None, file.axes]
    for axes in chain(given, _file_axes(file, channel.axes)):
        candidate = replace(file, axes=axes)
        try:
            found = _opened(candidate, opened)
        except (ValueError, OSError, IndexError):
            continue
        if found.axes == channel.axes and found.shape == channel.shape and _alike(found, channel):
            if channel.spacing not in (None, found.spacing):
                candidate = replace(candidate, spacing=channel.spacing)
                found = _opened(candidate, opened)
            return candidate, found
    return None


def _opened(file: File, opened: _Opened) -> Channel:
    one = replace(file, channel=1)
    if one not in opened:
        opened[one] = read_image(
            one.path, series=one.series, axes=one.axes, spacing=one.spacing, level=one.level
        )
    return opened[one][file.channel - 1]


def _file_axes(file: File, wanted: str) -> Iterator[str]:
    """Yield the axes of the file, renamed to those wanted of a channel."""
    try:
        found = load(as_path(file.path))[1]
    except (ValueError, OSError):
        return
    axes = next((one.axes for one in found if one.number == file.series), "")
    if sum(axis not in "CS" for axis in axes) == len(wanted):
        letters = iter(wanted)
        yield "".join(axis if axis in "CS" else next(letters) for axis in axes)


def _alike(found: Channel, channel: Channel) -> bool:
    """Whether the middle of the middle plane and frame is equal."""
    middle = tuple(slice(n // 2, n // 2 + 1) for n in channel.spatial_shape[:-2])
    middle += tuple(
        slice(max(0, (n - PIECE) // 2), (n + PIECE) // 2) for n in channel.spatial_shape[-2:]
    )
    t = channel.n_frames // 2
    one, other = found.read(t, middle), channel.read(t, middle)
    return bool(np.array_equal(one, other, equal_nan=one.dtype.kind == "f"))


def _region_file(run: RunRecord, image: File | None) -> str | None:
    """Return the label image of the region, if there is one."""
    hint = file_hint(run.selection.region)
    paths = [Path(hint["path"])] if hint else []
    if image is not None:
        paths.append(region_path(run.selection.region.name, image.path))
    for path in paths:
        try:
            if _same_labels(read_image(path)[0].data, label_image(run).data):
                return str(path.absolute())
        except (ValueError, OSError):
            continue
    return None


def _same_labels(found: Any, labels: Any) -> bool:
    """Whether two label images are equal, compared block by block."""
    return tuple(found.shape) == tuple(labels.shape) and all(
        np.array_equal(found[where], labels[where]) for where in block_slices(labels.shape)
    )


def region_path(name: str, image: str | Path) -> Path:
    """Return the file beside an image in which a region is saved, or its place in an OME-Zarr.

    Examples
    --------
    >>> region_path("My cells", "day 1.ome.tif").name
    'day 1_My_cells.ome.tif'
    """
    image = Path(image)
    plain = re.sub(r"\W+", "_", name)
    inside = image / "labels" / plain
    if image_of_labels(inside) is not None:
        return inside
    return image.with_name(f"{stem(image.name)}_{plain}.ome.tif")


def label_image(run: RunRecord) -> Channel:
    """Return the region of a run as labels on the grid of its channels.

    Raises
    ------
    ValueError
        If shapes overlap, one of them lies outside the image, or a label is beyond 32 bits.
    """
    channel, regions = run.inputs.channels[0], run.inputs.regions
    name = run.selection.region.name
    drawn = "shapes" in regions
    labels = drawn_labels(name, regions["shapes"], channel) if drawn else regions["labels"]
    axes = _axes_of(labels, channel)
    spatial = len(axes.replace("T", ""))
    spacing = None if channel.spacing is None else channel.spacing[-spatial:]
    return Channel(labels, axes, spacing, channel.time_step if "T" in axes else None, name)


def _axes_of(labels: Any, channel: Channel) -> str:
    """Return the axes of labels, which may be of a plane, a frame, or a series of either."""
    region = as_region(labels, None, channel.spatial_shape, n_frames=channel.n_frames)
    axes = channel.spatial_axes[1:] if region.per_plane else channel.spatial_axes
    return f"T{axes}" if region.timed else axes


def drawn_labels(name: str, shapes: Any, channel: Channel) -> AnyArray:
    """Return shapes as a label image; ValueError if they overlap or hold no pixel."""
    passes = shape_passes(shapes, channel.spatial_shape)
    if len(passes) > 1:
        msg = f"shapes of layer {name!r} overlap; one label image cannot hold them"
        raise ValueError(msg)
    image: AnyArray = passes[0].image
    if np.unique(image[image > 0]).size < len(shapes):
        msg = f"a shape of layer {name!r} holds no pixel; a label image cannot hold it"
        raise ValueError(msg)
    return image


def save_region(run: RunRecord, path: str | Path, *, overwrite: bool = False) -> Path:
    """Save the region of a run as an image of labels, and return its path.

    `region_path` names the file in which the region is looked up later.

    Raises
    ------
    ValueError
        If shapes overlap, one of them lies outside the image, or a label is beyond 32 bits.
    FileExistsError
        If the file exists and may not be replaced.
    """
    labels = label_image(run)
    image = np.maximum(np.asarray(labels.data), 0)
    highest = int(image.max(initial=0))
    if highest > _HIGHEST:
        msg = f"layer {labels.name!r} holds label {highest}; a label image holds up to {_HIGHEST}"
        raise ValueError(msg)
    kind = np.uint16 if highest <= np.iinfo(np.uint16).max else np.uint32
    return write_channels(path, [labels.with_data(image.astype(kind))], overwrite=overwrite)
