"""Channels to OME-Zarr: an image as a store of its own, or labels beside the image in a store."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from covoxel.core.extras import pip_line
from covoxel.core.files import whole_file
from covoxel.core.text import plain
from covoxel.image.channel import Channel
from covoxel.io.errors import ImageError
from covoxel.io.ome_zarr import kinds_of
from covoxel.io.planes import planes, steps

#: Rows and columns of a chunk, which holds a part of one plane.
_CHUNK = 1024
_TYPES = {"T": "time", "C": "channel"}
_LABELS, _V4, _V5 = "labels", "0.4", "0.5"


def image_of_labels(path: Path) -> Path | None:
    """Return the image beside which labels lie, ``IMAGE/labels/NAME``; None for other paths."""
    image = path.parent.parent
    return image if path.parent.name == _LABELS and "multiscales" in kinds_of(image) else None


def write_store(path: Path, channels: list[Channel], *, overwrite: bool = False) -> None:
    """Write channels of one grid as OME-Zarr 0.5, or labels in the version of their image.

    It is written whole or not at all; planes are read one at a time.

    Raises
    ------
    ImageError
        If zarr is missing, or what goes beside an image are no labels.
    FileExistsError
        If the path exists and may not be replaced; only stores are.
    """
    try:
        import zarr
    except ImportError as error:
        raise ImageError(path, f"needs zarr ({error}): {pip_line('zarr')}") from None
    image = image_of_labels(path)
    if image is None:
        with whole_file(path, overwrite=overwrite) as draft:
            group = zarr.create_group(draft, zarr_format=3)
            _fill(group, channels, path.name, _V5)
        return
    if len(channels) > 1 or channels[0].dtype.kind not in "uib":
        raise ImageError(path, "lies beside an image, where labels are: one channel of integers")
    version = _V5 if (image / "zarr.json").is_file() else _V4
    made = not path.parent.exists()
    path.parent.mkdir(exist_ok=True)
    try:
        with whole_file(path, overwrite=overwrite) as draft:
            group = zarr.create_group(draft, zarr_format=3 if version == _V5 else 2)
            _fill(group, channels, path.name, version, label=True)
    except BaseException:
        if made:
            path.parent.rmdir()
        raise
    _list_label(path, version)


def _fill(
    group: Any, channels: list[Channel], name: str, version: str, *, label: bool = False
) -> None:
    """Write pixels and what is known of them to an empty group."""
    first = channels[0]
    counts = dict(zip(first.axes, first.shape, strict=True)) | {"C": len(channels)}
    axes = "".join(axis for axis in "TCZYX" if axis in counts and not (label and axis == "C"))
    shape = tuple(counts[axis] for axis in axes)
    dtype = np.dtype(np.float32) if first.dtype == np.float16 else first.dtype
    stored: dict[str, Any] = {"dimension_names": [*axes.lower()]}
    if version == _V4:
        stored = {"chunk_key_encoding": {"name": "v2", "separator": "/"}}
    array = group.create_array(
        "0",
        shape=shape,
        dtype=np.dtype(np.uint8) if dtype == np.bool_ else dtype,
        chunks=tuple(min(counts[axis], _CHUNK) if axis in "YX" else 1 for axis in axes),
        **stored,
    )
    ranges = [(np.inf, -np.inf)] * len(channels)
    places = product(*(range(counts.get(axis, 1)) for axis in "TZC"))
    for place, plane in zip(places, planes(channels), strict=True):
        at = dict(zip("TZC", place, strict=True))
        array[tuple(at[axis] for axis in axes[:-2])] = plane
        finite = plane[np.isfinite(plane)]
        if finite.size:
            low, high = ranges[at["C"]]
            ranges[at["C"]] = (min(low, float(finite.min())), max(high, float(finite.max())))
    attributes: dict[str, Any] = {"multiscales": [_multiscale(first, axes, name, version)]}
    if label:
        attributes["image-label"] = {"source": {"image": "../../"}}
    else:
        attributes["omero"] = {
            "channels": [_shown(*one) for one in zip(channels, ranges, strict=True)]
        }
    group.attrs.update(
        {"ome": {"version": version, **attributes}} if version == _V5 else attributes
    )


def _multiscale(channel: Channel, axes: str, name: str, version: str) -> dict[str, Any]:
    lengths = {axis: (step, "micrometer") for axis, step in steps(channel).items()}
    if channel.time_step is not None:
        lengths["T"] = (channel.time_step, "second")
    described: list[dict[str, str]] = []
    for axis in axes:
        described.append({"name": axis.lower(), "type": _TYPES.get(axis, "space")})
        if axis in lengths:
            described[-1]["unit"] = lengths[axis][1]
    scale = [lengths[axis][0] if axis in lengths else 1.0 for axis in axes]
    sized = {"coordinateTransformations": [{"type": "scale", "scale": scale}], "path": "0"}
    return {"version": version, "name": name, "axes": described, "datasets": [sized]}


def _shown(channel: Channel, limits: tuple[float, float]) -> dict[str, Any]:
    low, high = limits if limits[0] < limits[1] else (0.0, 1.0)
    return {
        "label": plain(channel.name),
        "color": (channel.color or "#ffffff")[1:].upper(),
        "active": True,
        "window": {"min": low, "max": high, "start": low, "end": high},
    }


def _list_label(path: Path, version: str) -> None:
    """Add labels to the list of those of their image."""
    new = version == _V5
    file = path.parent / ("zarr.json" if new else ".zattrs")
    document: dict[str, Any] = json.loads(file.read_bytes()) if file.is_file() else {}
    if new:
        empty: dict[str, Any] = {"zarr_format": 3, "node_type": "group", "attributes": {}}
        document = empty | document
        listed: dict[str, Any] = document["attributes"].setdefault("ome", {"version": version})
    else:
        listed = document
        (path.parent / ".zgroup").write_text('{"zarr_format": 2}\n', encoding="utf-8")
    listed[_LABELS] = sorted({*listed.get(_LABELS, ()), path.name})
    with whole_file(file, overwrite=True) as draft:
        draft.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
