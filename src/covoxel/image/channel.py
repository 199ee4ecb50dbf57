"""Channel: what an image is to Covoxel."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from covoxel.core.checks import refuse_kind, refuse_path, voxel_size
from covoxel.core.text import clean_name
from covoxel.core.types import AnyArray


@dataclass(frozen=True, slots=True)
class Source:
    """Where a channel came from."""

    #: The file.
    path: str
    #: Index of the image series in the file.
    series: int = 0
    #: 1-based index of the channel in the series.
    channel: int = 1
    #: Every file that its pixels lie in; none stands for `path` alone.
    files: tuple[str, ...] = ()
    #: Level of the pyramid in the file; 0 is the full size.
    level: int = 0


AXES = "TZYX"
#: Samples of a pixel of a picture in colours, without and with alpha.
_COLORS = (3, 4)
#: Voxels handled at a time; bounds the memory of everything that streams.
BLOCK_VOXELS = 1 << 22
#: The same where several passes over them should find them near the processor.
NEAR_VOXELS = 1 << 16

#: Allowed voxel sizes in µm: whatever is measured in them stays a number.
VOXEL_UM = (1e-9, 1e9)

Slices = tuple[slice, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Channel:
    """One fluorescence channel on a grid.

    Attributes
    ----------
    data : array-like
        Anything with ``shape``, ``dtype`` and slicing: an array, a memory map, a zarr or
        dask array, planes of a file. Read block by block, never as a whole.
    axes : str
        The axes of `data`, letters out of ``"TZYX"`` in that order.
    spacing : tuple of float or None
        Voxel size in µm for each spatial axis of `axes`; None means that it is unknown
        and distances are in pixels.
    time_step : float or None
        Seconds between time points; None when unknown.
    name : str
        The name of the channel.
    color : str or None
        Display colour as ``"#rrggbb"``.
    source : Source or None
        The file that the channel was read from.
    notes : tuple of str
        What to know of the file before measuring, such as planes that are missing.
    spatial_axes : str
        The axes without time.
    shape, spatial_shape : tuple of int
        Shape of the data, time included, and of one frame.
    n_frames : int
        Number of time points (1 without a time axis).
    dtype : dtype
        Data type of the intensities.
    """

    data: Any
    axes: str
    spacing: tuple[float, ...] | None = None
    time_step: float | None = None
    name: str = ""
    color: str | None = None
    source: Source | None = None
    notes: tuple[str, ...] = ()
    spatial_axes: str = field(init=False, repr=False)
    shape: tuple[int, ...] = field(init=False, repr=False)
    spatial_shape: tuple[int, ...] = field(init=False, repr=False)
    n_frames: int = field(init=False, repr=False)
    dtype: np.dtype[Any] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        label = f"channel {self.name!r}" if self.name else "the channel"
        dtype, shape = np.dtype(self.data.dtype), tuple(int(n) for n in self.data.shape)
        refuse_kind(label, dtype)
        timed = "T" in self.axes
        derived = {
            "spatial_axes": self.axes.replace("T", ""),
            "shape": shape,
            "spatial_shape": shape[1:] if timed else shape,
            "n_frames": shape[0] if timed and shape else 1,
            "dtype": dtype.newbyteorder("="),
        }
        for name, value in derived.items():
            object.__setattr__(self, name, value)
        known = "".join(axis for axis in AXES if axis in self.axes)
        if self.axes != known or not self.spatial_axes:
            msg = (
                f"axes of {label} are {self.axes!r}; allowed are letters of {AXES!r} in that order"
            )
            raise ValueError(msg)
        if len(shape) != len(self.axes):
            msg = f"{label} has shape {shape}, but axes {self.axes!r}"
            raise ValueError(msg)
        if self.spacing is not None:
            if np.ndim(self.spacing) != 1 or len(self.spacing) != len(self.spatial_axes):
                msg = (
                    f"spacing of {label} is {self.spacing}; "
                    f"one value for each of {self.spatial_axes!r} is needed"
                )
                raise ValueError(msg)
            if not all(VOXEL_UM[0] <= step <= VOXEL_UM[1] for step in self.spacing):
                low, high = VOXEL_UM
                msg = f"spacing of {label} is {self.spacing}; allowed are {low:g} to {high:g} µm"
                raise ValueError(msg)

    def read(self, t: int = 0, slices: Slices = ()) -> AnyArray:
        """Read part of one frame into memory.

        Parameters
        ----------
        t : int
            Time point, from 0.
        slices : tuple of slice
            One slice a spatial axis; none reads the whole frame.
        """
        slices = slices or frame_slices(self.spatial_shape)
        return _plain(self.data[(t, *slices) if "T" in self.axes else slices])

    def with_data(self, data: Any) -> Channel:
        """Return the same channel over other data of the same axes."""
        return replace(self, data=data)


def single_frame(name: str, channel: Channel, series: str) -> Channel:
    """Return a channel that has one time point; `series` names what takes more.

    Raises
    ------
    ValueError
        If it has several.
    """
    if channel.n_frames > 1:
        msg = (
            f"{name} has {channel.n_frames} time points; "
            f"{series} takes series, this function one frame"
        )
        raise ValueError(msg)
    return channel


def whole_array(data: Any) -> AnyArray:
    """Return all of what slices, or of a sequence, as an array."""
    if not hasattr(data, "shape"):
        return np.asarray(data)
    return np.asarray(data[frame_slices(data.shape)])


def _plain(block: Any) -> AnyArray:
    """Return an ordinary array in native byte order; masked pixels become NaN, booleans 0 and 1."""
    array: AnyArray
    if isinstance(block, np.ma.MaskedArray):
        array = np.asarray(block.data, np.float64).copy()
        array[np.ma.getmaskarray(block)] = np.nan
        return array
    array = np.asarray(block)
    if array.dtype == np.float16:  # few functions of NumPy and SciPy take it
        return array.astype(np.float32)
    if array.dtype == np.bool_:
        return array.view(np.uint8)
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def files_of(channels: Iterable[Channel]) -> list[str]:
    """Return the files that the pixels of channels are read from, each once."""
    sources = [channel.source for channel in channels if channel.source is not None]
    held = (source.files or (source.path,) for source in sources)
    return list(dict.fromkeys(path for files in held for path in files))


def frame_slices(shape: Sequence[int], z: int | None = None) -> Slices:
    """Return the slices of a whole frame, or of its plane `z`."""
    planes = () if z is None else (slice(z, z + 1),)
    return (*planes, *(slice(0, size) for size in shape[len(planes) :]))


def block_slices(shape: Sequence[int], voxels: int = BLOCK_VOXELS) -> Iterator[Slices]:
    """Cut a grid into consecutive blocks in C order, each of about `voxels` at most.

    Whole planes stay together where they fit; a plane that is larger is cut into rows.

    Examples
    --------
    >>> list(block_slices((3, 4), voxels=8))
    [(slice(0, 2, None), slice(0, 4, None)), (slice(2, 3, None), slice(0, 4, None))]
    """
    if not shape or 0 in shape:
        return
    inner = math.prod(shape[1:])
    rest = frame_slices(shape[1:])
    if inner > voxels and len(shape) > 1:
        for first in range(shape[0]):
            for block in block_slices(shape[1:], voxels):
                yield (slice(first, first + 1), *block)
        return
    step = max(1, voxels // inner)
    for start in range(0, shape[0], step):
        yield (slice(start, min(start + step, shape[0])), *rest)


def frame_blocks(
    shape: Sequence[int], z: int | None = None, voxels: int = BLOCK_VOXELS
) -> Iterator[Slices]:
    """Cut a frame, or its plane `z` alone, into consecutive blocks in C order."""
    if z is None:
        yield from block_slices(shape, voxels)
        return
    for _, *rest in block_slices((1, *shape[1:]), voxels):
        yield (slice(z, z + 1), *rest)


def as_channel(
    image: Any,
    *,
    axes: str | None = None,
    spacing: Sequence[float] | None = None,
    name: str | None = None,
) -> Channel:
    """Return `image` as a Channel.

    Parameters
    ----------
    image : Channel, array-like or napari image layer
        Arrays are ``(Z)YX`` unless `axes` says otherwise; one of shape (Y, X, 3 or 4) is refused
        as a picture in colours. Of a layer the data, name,
        scale, units and axis labels are used.
    axes : str, optional
        Letters out of ``"TZYX"``; needed for 4-D arrays.
    spacing : sequence of float, optional
        Voxel size in µm for each spatial axis; wins over what the image says.
    name : str, optional
        Name of the channel; wins over what the image says.

    Raises
    ------
    TypeError
        If the image is complex, RGB or no array at all.
    ValueError
        If the axes are unknown or do not fit.
    """
    if isinstance(image, Channel):
        channel = image
        if axes is not None and axes != image.axes:
            channel = replace(channel, axes=axes, spacing=None)
    elif hasattr(image, "scale") and hasattr(image, "data"):
        channel = _from_layer(image, axes)
    else:
        refuse_path("the image", image)
        data = image if hasattr(image, "shape") and hasattr(image, "dtype") else np.asarray(image)
        refuse_kind("the image", np.dtype(data.dtype))
        if axes is None and is_picture(data.shape):
            msg = (
                f"an array of shape {tuple(data.shape)} is a picture in colours (RGB or RGBA); "
                'pass its channels, image[..., 0] say, or axes="ZYX" if it is a stack'
            )
            raise TypeError(msg)
        channel = Channel(data, axes or _default_axes(data.shape))
    if spacing is not None:
        channel = replace(channel, spacing=voxel_size(spacing))
    return channel if name is None else replace(channel, name=name)


def stack(data: AnyArray) -> Channel:
    """Return an array of which the axes are known to be (Z)YX, even if it looks like a picture."""
    return Channel(data, "ZYX"[-data.ndim :])


def is_picture(shape: Sequence[int]) -> bool:
    """Whether an array of a shape is taken for a picture in colours, (Y, X, 3 or 4).

    A stack 3 or 4 pixels wide would have the same shape, but hardly exists.
    """
    return len(shape) == 3 and shape[-1] in _COLORS and min(shape[:2]) > max(_COLORS)


def _default_axes(shape: Sequence[int]) -> str:
    if len(shape) not in (1, 2, 3):
        msg = (
            f"an array of shape {tuple(shape)} needs axes=, letters out of {AXES!r}; "
            "without it arrays are YX or ZYX"
        )
        raise ValueError(msg)
    return "ZYX"[-len(shape) :]


def _from_layer(layer: Any, axes: str | None) -> Channel:
    if getattr(layer, "rgb", False):
        msg = f"layer {layer.name!r} is an RGB picture; split it into channels first"
        raise TypeError(msg)
    data = layer.data[0] if getattr(layer, "multiscale", False) else layer.data
    if axes is None:
        labels = "".join(str(label).upper() for label in getattr(layer, "axis_labels", ()))
        fits = len(labels) == len(data.shape) and labels == "".join(a for a in AXES if a in labels)
        axes = labels if fits else _default_axes(data.shape)
    n_spatial = len(axes.replace("T", ""))
    scale = [float(step) for step in layer.scale][-len(axes) :]
    lengths = [_unit_size(unit, "micrometer") for unit in getattr(layer, "units", ())]
    lengths = lengths[len(lengths) - n_spatial :]
    spacing = None
    if len(lengths) == n_spatial and None not in lengths:
        steps = zip(scale[len(scale) - n_spatial :], lengths, strict=True)
        spacing = tuple(abs(step) * length for step, length in steps if length is not None)
    time_step = None
    if "T" in axes and len(getattr(layer, "units", ())) == len(axes):
        second = _unit_size(layer.units[0], "second")
        time_step = None if second is None else scale[0] * second
    known = getattr(layer, "metadata", {}).get("covoxel", {})
    return Channel(
        data,
        axes,
        spacing=spacing,
        time_step=time_step,
        name=clean_name(layer.name),
        notes=tuple(known.get("notes", ())),
    )


def _unit_size(unit: Any, target: str) -> float | None:
    """Size of a pint unit in `target`, None where it is of another kind (pixels, say)."""
    quantity = 1 * unit
    try:
        same_kind = quantity.check("[length]" if target == "micrometer" else "[time]")
    except AttributeError:
        return None
    return float(quantity.to(target).magnitude) if same_kind else None
