"""Channels and simulated pairs to files, the same bytes each time."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

import numpy as np

from covoxel.core.files import refuse_clashes, refuse_existing, whole_file
from covoxel.core.text import plain
from covoxel.core.types import AnyArray
from covoxel.image.channel import Channel, files_of
from covoxel.io.formats import ZARR, stem
from covoxel.io.planes import planes, steps
from covoxel.io.write_zarr import image_of_labels, write_store

if TYPE_CHECKING:
    from covoxel.simulate import SimulatedPair

#: Small, and read by every program.
_TIFF: dict[str, Any] = {"compression": "lzw", "predictor": True, "photometric": "minisblack"}


def write_channels(
    path: str | Path, channels: list[Channel], *, overwrite: bool = False, ome: bool = False
) -> Path:
    """Write channels of one grid as one image, lossless.

    Parameters
    ----------
    path : str or Path
        An OME-Zarr if it ends in ``.zarr``, or the place of labels beside an image in one,
        ``IMAGE/labels/NAME``; an OME-TIFF if it ends in ``.ome.tif``, else an ImageJ hyperstack.
    channels : list of Channel
        Their axes, voxel size, names and colours go along.
    overwrite : bool
        Whether an existing file may be replaced.
    ome : bool
        Whether a TIFF is an OME-TIFF whatever its name.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    FileExistsError
        If the file exists and may not be replaced.
    ImageError
        If what goes beside an image are no labels, or zarr is missing.
    ValueError
        If the channels are read from this very file.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from covoxel.image import Channel
    >>> cells = Channel(np.eye(4, dtype=np.uint8), "YX", spacing=(0.1, 0.1), name="Cells")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_channels(Path(folder, "cells.ome.zarr"), [cells]).name
    'cells.ome.zarr'
    """
    path = Path(path)
    refuse_clashes([path], files_of(channels))
    if path.name.lower().endswith(ZARR.suffixes) or image_of_labels(path):
        write_store(path, channels, overwrite=overwrite)
        return path
    with whole_file(path, overwrite=overwrite) as draft:
        if ome or path.name.endswith(".ome.tif"):
            _write_ome(draft, channels, path.name)
        else:
            _write_imagej(draft, channels)
    return path


def write_pair(pair: SimulatedPair, path: str | Path, *, overwrite: bool = False) -> list[Path]:
    """Write a simulated pair, with its cell labels and its truth beside it.

    `path`: the image, ``NAME.tif`` or ``NAME.ome.tif``; beside it come ``NAME.truth.json`` and,
        where there are cells, ``NAME_labels.tif``.
    `overwrite`: whether existing files may be replaced.

    Returns
    -------
    list of Path
        The files.

    Raises
    ------
    ValueError
        If the name does not end in ``.tif``.
    FileExistsError
        If a file exists and may not be replaced; then nothing is written.
    """
    path = Path(path)
    written = pair_files(path, labelled=pair.labels is not None)
    refuse_existing(written, overwrite=overwrite)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_channels(path, [pair.channel1, pair.channel2], overwrite=overwrite)
    if pair.labels is not None:
        cells = Channel(
            pair.labels.astype(np.uint8 if pair.labels.max() < 256 else np.uint16),
            pair.channel1.spatial_axes,
            spacing=pair.channel1.spacing,
            name="Cells",
        )
        write_channels(written[1], [cells], overwrite=overwrite)
    with whole_file(written[-1], overwrite=overwrite) as draft:
        text = json.dumps(pair.truth, indent=1, ensure_ascii=False) + "\n"
        draft.write_bytes(text.encode())
    return written


def pair_files(path: Path, *, labelled: bool) -> list[Path]:
    """Return the files that `write_pair` writes: image, cell labels where there are any, truth.

    Raises
    ------
    ValueError
        If the name does not end in ``.tif``.
    """
    if path.suffix != ".tif":
        msg = f"path is {path.name!r}; a name ending in .tif or .ome.tif is needed"
        raise ValueError(msg)
    labels = [path.with_name(f"{stem(path.name)}_labels.tif")] if labelled else []
    return [path, *labels, path.with_name(f"{stem(path.name)}.truth.json")]


def _write_ome(path: Path, channels: list[Channel], name: str) -> None:
    first = channels[0]
    sizes = {f"PhysicalSize{axis}": step for axis, step in steps(first).items()}
    units = {f"{key}Unit": "µm" for key in sizes}
    times = {} if first.time_step is None else {"TimeIncrement": first.time_step}
    colors = [int((channel.color or "#ffffff")[1:] + "ff", 16) for channel in channels]
    metadata = {
        "Creator": "covoxel",
        "UUID": str(uuid5(NAMESPACE_URL, f"covoxel/{name}")),
        "Name": stem(name),
        "Channel": {
            "Name": [plain(channel.name) for channel in channels],
            "Color": [color - (color >> 31 << 32) for color in colors],
        },
        **sizes,
        **units,
        **times,
    }
    _write(path, channels, metadata, ome=True)


def _write_imagej(path: Path, channels: list[Channel]) -> None:
    first = channels[0]
    lengths = steps(first)
    metadata: dict[str, Any] = {"mode": "grayscale"}
    if "Z" in lengths:
        metadata["spacing"] = lengths["Z"]
    if first.time_step is not None:
        metadata["finterval"] = first.time_step
    if len(channels) > 1:
        n_planes = math.prod(first.shape[:-2])
        metadata["mode"] = "composite"
        metadata["Labels"] = [plain(channel.name) for channel in channels] * n_planes
        metadata["LUTs"] = [_lookup_table(channel.color) for channel in channels]
    if lengths:
        resolution = {"resolution": (1 / lengths["X"], 1 / lengths["Y"]), "resolutionunit": "NONE"}
        _write(path, channels, {"unit": "um", **metadata}, imagej=True, **resolution)
    else:
        _write(path, channels, metadata, imagej=True)


def _write(path: Path, channels: list[Channel], metadata: dict[str, Any], **options: Any) -> None:
    import tifffile

    first = channels[0]
    outer = first.shape[:-2]
    tifffile.imwrite(
        path,
        planes(channels),
        shape=(*outer, len(channels), *first.shape[-2:]),
        dtype=np.float32 if first.dtype == np.float16 else first.dtype,  # no format has halves
        byteorder=">",
        metadata={"axes": f"{first.axes[:-2]}CYX", **metadata},
        software="covoxel",
        datetime=None,
        **_TIFF,
        **options,
    )


def _lookup_table(color: str | None) -> AnyArray:
    full = bytes.fromhex((color or "#ffffff")[1:])
    return np.linspace(0, list(full), 256, axis=1).astype(np.uint8)
