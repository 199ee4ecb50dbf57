"""The label image that a drawn or painted region is saved to, so that a run can be repeated."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.core.types import AnyArray
from covoxel.image.channel import Channel
from covoxel.image.region import as_region
from covoxel.image.shapes import shape_passes
from covoxel.io.write import stem, write_channels

if TYPE_CHECKING:
    from covoxel.gui.choice import RunRecord

#: The highest label that a TIFF of unsigned integers holds.
_HIGHEST = 2**32 - 1


def region_path(name: str, image: str | Path) -> Path:
    """Return the file beside an image that the region of a name is saved to.

    Examples
    --------
    >>> region_path("My cells", "day 1.ome.tif").name
    'day 1_My_cells.ome.tif'
    """
    image = Path(image)
    plain = re.sub(r"\W+", "_", name)
    return image.with_name(f"{stem(image.name)}_{plain}.ome.tif")


def label_image(run: RunRecord) -> Channel:
    """Return the region of a run as labels on the grid of its channels.

    Raises
    ------
    ValueError
        If shapes overlap, one of them lies outside the image, or a label is beyond 32 bits.
    """
    channel, regions = run.inputs.channels[0], run.inputs.regions
    name = run.choice.region.name
    drawn = "shapes" in regions
    labels = drawn_labels(name, regions["shapes"], channel) if drawn else regions["labels"]
    axes = _axes_of(labels, channel)
    spatial = len(axes.replace("T", ""))
    spacing = None if channel.spacing is None else channel.spacing[-spatial:]
    return Channel(labels, axes, spacing, channel.time_step if "T" in axes else None, name)


def _axes_of(labels: Any, channel: Channel) -> str:
    """Return the axes of labels that fit a frame, its planes, or a time series of either."""
    region = as_region(labels, None, channel.spatial_shape, n_frames=channel.n_frames)
    axes = channel.spatial_axes[1:] if region.per_plane else channel.spatial_axes
    return f"T{axes}" if region.timed else axes


def drawn_labels(name: str, shapes: Any, channel: Channel) -> AnyArray:
    """Return shapes as a label image of a plane.

    Raises
    ------
    ValueError
        If shapes overlap, or one of them holds no pixel.
    """
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
    """Save the region of a run as a label image, so that the run can be repeated.

    Parameters
    ----------
    run : RunRecord
    path : str or Path
        An OME-TIFF, ``NAME.ome.tif``; `region_path` names the one that is looked for later.
    overwrite : bool
        Whether an existing file may be replaced.

    Returns
    -------
    Path
        The file.

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
