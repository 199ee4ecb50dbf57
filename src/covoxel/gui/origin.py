"""The files that the layers of a run were opened from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.gui.lines import File, Run
from covoxel.gui.reader import PIECE, get_reader
from covoxel.gui.region_file import label_image, region_path
from covoxel.image.channel import Channel, Source, block_slices
from covoxel.io import read_image
from covoxel.io.read import load

if TYPE_CHECKING:
    from covoxel.gui.choice import Inputs, RunRecord

#: What a layer may tell of its file.
_TOLD = ("path", "series", "channel", "axes")


def repeatable(run: RunRecord) -> Run:
    """Return what a run needs to be repeated from files.

    A label image counts as that of its layer only if every pixel is the same: labels are
    painted.

    Parameters
    ----------
    run : RunRecord
    """
    choice, inputs = run.choice, run.inputs
    layers = choice.layer1, choice.layer2
    files, remarks = [], []
    for layer, told, channel in zip(layers, inputs.told, inputs.channels, strict=True):
        file = file_of(told, channel)
        files.append(file)
        if file is not None and channel.spacing is None and _opened(file).spacing is not None:
            remarks.append(
                f"The file of layer {layer.name!r} has a voxel size, the layer has none."
            )
    kind = next(iter(inputs.regions), None)
    return Run(
        names=(layers[0].name, layers[1].name),
        files=(files[0], files[1]),
        region=kind,  # type: ignore[arg-type]  # Inputs has the names of measure's arguments
        region_name="" if kind is None else choice.region.name,
        region_path=None if kind is None else _region_file(run, files[0]),
        t=inputs.t,
        z=inputs.z,
        per_plane=inputs.per_plane,
        options=run.options,
        remarks=tuple(remarks),
    )


def told_of(layer: Any) -> dict[str, Any]:
    """Return what a layer tells of its file: what Covoxel noted, else what napari did."""
    told = layer.metadata.get("covoxel", {}).get("source")
    if told is not None:
        return {key: told[key] for key in _TOLD if key in told}
    path = layer.source.path
    return {} if path is None or get_reader(path) is None else {"path": path}


def with_sources(inputs: Inputs) -> Inputs:
    """Return inputs whose channels have a source, if files hold the pixels of both.

    Files are read, so it is meant for a thread.
    """
    files = [file_of(*told) for told in zip(inputs.told, inputs.channels, strict=True)]
    if None in files:
        return inputs
    first, second = (
        replace(channel, source=Source(file.path, file.series, file.channel))
        for channel, file in zip(inputs.channels, files, strict=True)
        if file is not None
    )
    return replace(inputs, channels=(first, second))


def file_of(told: dict[str, Any], channel: Channel) -> File | None:
    """Return the file that holds the pixels of a channel, if there is one; touches no layer.

    Parameters
    ----------
    told : dict
        What `told_of` returned for the layer. It may be wrong by now: the middle of the middle
        plane is compared.
    channel : Channel
        What is measured.
    """
    if not told:
        return None
    file = File(**told | {"path": str(Path(told["path"]).absolute())})
    for axes in dict.fromkeys([None, file.axes, *_file_axes(file, channel.axes)]):
        candidate = replace(file, axes=axes)
        try:
            found = _opened(candidate)
        except (ValueError, OSError):
            continue
        if found.axes == channel.axes and found.shape == channel.shape and _alike(found, channel):
            known = channel.spacing in (None, found.spacing)
            return candidate if known else replace(candidate, spacing=channel.spacing)
    return None


def _opened(file: File) -> Channel:
    channel: Channel
    (channel,) = read_image(
        file.path, series=file.series, channels=[file.channel], axes=file.axes, spacing=file.spacing
    )
    return channel


def _file_axes(file: File, wanted: str) -> Iterator[str]:
    """Yield the axes of the file with the letters that a channel of it should have."""
    try:
        found = load(Path(file.path))[1]
    except (ValueError, OSError):
        return
    axes = next((one.axes for one in found if one.number == file.series), "")
    if sum(axis not in "CS" for axis in axes) == len(wanted):
        letters = iter(wanted)
        yield "".join(axis if axis in "CS" else next(letters) for axis in axes)


def _alike(found: Channel, channel: Channel) -> bool:
    """Whether the middle of the middle plane and frame is the same."""
    middle = tuple(slice(n // 2, n // 2 + 1) for n in channel.spatial_shape[:-2])
    middle += tuple(
        slice(max(0, (n - PIECE) // 2), (n + PIECE) // 2) for n in channel.spatial_shape[-2:]
    )
    t = channel.n_frames // 2
    one, other = found.read(t, middle), channel.read(t, middle)
    return bool(np.array_equal(one, other, equal_nan=one.dtype.kind == "f"))


def _region_file(run: RunRecord, image: File | None) -> str | None:
    """Return the label image that holds the region, if there is one."""
    told = told_of(run.choice.region)
    paths = [Path(told["path"])] if told else []
    if image is not None:
        paths.append(region_path(run.choice.region.name, image.path))
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
