"""OME-Zarr 0.1 to 0.5, read by zarr: an image, or those of a plate, a well or a collection."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from itertools import count, product
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.core.types import AnyArray
from covoxel.io.errors import ImageError, refusing
from covoxel.io.metadata import Metadata, known, micrometers, seconds
from covoxel.io.page_stack import PageStack, opened
from covoxel.io.pages import Index, LibraryPage
from covoxel.io.series import Series

if TYPE_CHECKING:
    from zarr import Array, Group


#: What a group of each kind has among its attributes.
_KINDS = ("multiscales", "plate", "well", "bioformats2raw.layout")
#: Axes of versions that name none, and letters by the kinds of axes with other names.
_UNNAMED, _BY_TYPE = "TCZYX", {"time": "T", "channel": "C"}
_COLOR = re.compile(r"#?([0-9a-fA-F]{6})([0-9a-fA-F]{2})?")


def kinds_of(folder: Path) -> list[str]:
    """Return what a folder is in OME-Zarr, by its attributes: an image has multiscales."""
    for name in ("zarr.json", ".zattrs"):
        try:
            found = json.loads((folder / name).read_bytes())
            found = _ome(found.get("attributes", {}) if name == "zarr.json" else found)
            return [kind for kind in _KINDS if kind in found]
        except (OSError, ValueError, AttributeError):
            continue
    return []


def load(path: Path) -> tuple[str, list[Series]]:
    """Return the format and the images of an OME-Zarr, without reading pixels."""
    import zarr

    with refusing(path, "cannot be read as OME-Zarr"):
        root = zarr.open_group(str(path), mode="r", use_consolidated=False)
        missing: list[str] = []
        groups = list(_images(root, missing))
        if not groups:
            raise ImageError(path, "has no image of OME-Zarr" + _left_out(missing))
        found = [_series(path, name, group) for name, group in groups]
    remarks = (f"left out{_left_out(missing)}",) if missing else ()
    for number, one in enumerate(found):
        metadata = replace(one.metadata, remarks=one.metadata.remarks + remarks)
        found[number] = replace(one, number=number, of=len(found), metadata=metadata)
    return "OME-Zarr", found


def _left_out(missing: list[str]) -> str:
    more = f" and {len(missing) - 5} others" if len(missing) > 5 else ""
    return f": {', '.join(missing[:5])}{more} are not in the store" if missing else ""


def _ome(attributes: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what OME-Zarr says; from 0.5 on it is one level down."""
    found = attributes.get("ome", attributes)
    return found if isinstance(found, Mapping) else {}


def _images(group: Group, missing: list[str], place: str = "") -> Iterator[tuple[str, Group]]:
    """Yield the images of a group with their places in it; `missing` gets those that are absent."""
    attributes = _ome(group.attrs.asdict())
    if "multiscales" in attributes:
        yield place, group
        return
    if "plate" in attributes:
        inner = [str(well["path"]) for well in attributes["plate"]["wells"]]
    elif "well" in attributes:
        inner = [str(image["path"]) for image in attributes["well"]["images"]]
    elif "bioformats2raw.layout" in attributes:
        inner = _numbered(group)
    else:
        return
    for name in inner:
        try:
            member: Any = group[name]
        except KeyError:
            missing.append(f"{place}{name}")
            continue
        yield from _images(member, missing, f"{place}{name}/")


def _numbered(group: Group) -> list[str]:
    """Return the images of a collection, which its group OME lists, or which are numbered."""
    if "OME" in group:
        listed = _ome(group["OME"].attrs.asdict()).get("series")
        if listed:
            return [str(name) for name in listed]
    names = map(str, count())
    found = []
    while (name := next(names)) in group:
        found.append(name)
    return found


def _series(path: Path, place: str, group: Group) -> Series:
    attributes = _ome(group.attrs.asdict())
    image = attributes["multiscales"][0]
    arrays: dict[str, Any] = {
        str(one["path"]): group[str(one["path"])] for one in image["datasets"]
    }
    first = next(iter(arrays.values()))
    axes, units = _axes(path, image.get("axes"), first.ndim)
    single = [i for i, n in enumerate(first.shape) if n == 1 and axes[i] not in "YX"]
    folder = path / place
    levels = tuple(_level(folder, name, array, single) for name, array in arrays.items())
    n_channels = dict(zip(axes, first.shape, strict=True)).get("C", 1)
    placed = [_placed(image, level, axes, units) for level in range(len(levels))]
    metadata = _channels(placed[0], attributes.get("omero"), n_channels)
    metadata = replace(metadata, remarks=_labels(group))
    kept = "".join(axis for i, axis in enumerate(axes) if i not in single)
    name = place.rstrip("/") or str(image.get("name") or "")
    steps = tuple(
        one.steps if _scaled(dataset) else {}
        for one, dataset in zip(placed, image["datasets"], strict=True)
    )
    return Series(path, 0, name, kept, levels, metadata, level_steps=steps)


def _axes(path: Path, axes: Any, ndim: int) -> tuple[str, list[str | None]]:
    """Return a letter for each axis, Q for what is none of TCZYX, and its unit."""
    if axes is None and ndim == len(_UNNAMED):
        return _UNNAMED, [None] * ndim
    if axes is None or len(axes) != ndim:
        raise ImageError(path, f"names the axes {axes} of an array of {ndim}")
    letters, units = "", []
    for axis in axes:
        named = axis if isinstance(axis, Mapping) else {"name": axis}
        name = str(named.get("name", "")).upper()
        letters += name if name in [*_UNNAMED] else _BY_TYPE.get(named.get("type", ""), "Q")
        units.append(named.get("unit"))
    return letters, units


def _level(path: Path, name: str, array: Array[Any], single: list[int]) -> PageStack:
    shape = tuple(int(n) for i, n in enumerate(array.shape) if i not in single)
    dtype = array.dtype.newbyteorder("=")
    page = LibraryPage(path, shape, dtype, _read, (name, tuple(single)))
    return PageStack([page], shape, dtype)


def _read(path: Path, key: tuple[str, tuple[int, ...]], index: Index) -> Any:
    name, single = key
    whole = list(index)
    for axis in single:
        whole.insert(axis, 0)
    with opened(_open_array, str(path), name) as array:
        return read_part(array, tuple(whole))


@contextmanager
def _open_array(store: str, name: str) -> Iterator[Array[Any]]:
    import zarr

    yield zarr.open_array(store, path=name, mode="r")


def _scaled(dataset: Mapping[str, Any]) -> bool:
    """Return whether a level says how large its voxels are."""
    steps = dataset.get("coordinateTransformations") or ()
    return any(one.get("type") == "scale" for one in steps)


def _placed(image: Mapping[str, Any], level: int, axes: str, units: list[str | None]) -> Metadata:
    """Return voxel size, time step and position, as the transformations of a level say."""
    scale, shift, scaled = [1.0] * len(axes), [0.0] * len(axes), False
    for one in image["datasets"][level], image:
        for step in one.get("coordinateTransformations") or ():
            values = step.get(step.get("type"))
            if not isinstance(values, list) or len(values) != len(axes):
                continue
            if step["type"] == "scale":
                scaled = True
                scale = [a * float(b) for a, b in zip(scale, values, strict=True)]
                shift = [a * float(b) for a, b in zip(shift, values, strict=True)]
            elif step["type"] == "translation":
                shift = [a + float(b) for a, b in zip(shift, values, strict=True)]
    if not scaled:
        return Metadata()
    by_axis = {axis: (s, t, u) for axis, s, t, u in zip(axes, scale, shift, units, strict=True)}
    factor = {axis: micrometers(1, by_axis[axis][2]) for axis in by_axis if axis in "ZYX"}
    placed = {a: by_axis[a][1] * f for a, f in factor.items() if f is not None}
    return Metadata(
        steps=known(**{axis: micrometers(by_axis[axis][0], by_axis[axis][2]) for axis in factor}),
        time_step=seconds(by_axis["T"][0], by_axis["T"][2]) if "T" in by_axis else None,
        position=placed if any(placed.values()) else {},
    )


def _channels(metadata: Metadata, omero: Any, n_channels: int) -> Metadata:
    """Return names, colours and displayed ranges too; each is left out where it says nothing."""
    listed = omero.get("channels") if isinstance(omero, Mapping) else None
    channels = (
        [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
    )
    if len(channels) != n_channels:
        return metadata
    labels = [one.get("label") for one in channels]
    colors = [_COLOR.fullmatch(str(one.get("color", ""))) for one in channels]
    ranges = [_range(one.get("window")) for one in channels]
    return replace(
        metadata,
        names=tuple(label if isinstance(label, str) else "" for label in labels),
        colors=tuple(None if color is None else f"#{color[1].lower()}" for color in colors),
        ranges=tuple(one for one in ranges if one) if all(ranges) else (),
    )


def _range(window: Any) -> tuple[float, float] | None:
    try:
        low, high = float(window["start"]), float(window["end"])
    except (KeyError, TypeError, ValueError):
        return None
    return (low, high) if low < high else None


def _labels(group: Group) -> tuple[str, ...]:
    """Return a remark on the label images of an image."""
    names = _ome(group["labels"].attrs.asdict()).get("labels") if "labels" in group else None
    return (f"label images: {', '.join(f'labels/{name}' for name in names)}",) if names else ()


#: Fewest chunks of a part of which it is looked up which are stored.
_FEWEST = 16


def read_part(array: Array[Any], index: Index) -> AnyArray:
    """Return a part of an array; chunks of local ones that are not stored take hardly any time.

    zarr takes about a millisecond for each chunk, stored or not.

    `index`: one for each axis, within its bounds.
    """
    root = getattr(array.store, "root", None)
    spans = [
        range(n)[i] if isinstance(i, slice) else range(i, i + 1)
        for i, n in zip(index, array.shape, strict=True)
    ]
    sizes = array.shards or array.chunks
    cells = [range(s[0] // n, s[-1] // n + 1) for s, n in zip(spans, sizes, strict=True)]
    n_cells = prod(map(len, cells))
    if not isinstance(root, Path) or n_cells < _FEWEST or any(s.step > 1 for s in spans):
        return np.asarray(array[index])
    folder, key = root / array.path, array.metadata.encode_chunk_key
    stored = [cell for cell in product(*cells) if (folder / key(cell)).exists()]
    if 2 * len(stored) > n_cells:
        return np.asarray(array[index])
    shape, fill = tuple(map(len, spans)), array.fill_value
    out = np.full(shape, fill, array.dtype) if fill else np.zeros(shape, array.dtype)
    for cell in stored:
        ends = [
            (max(i * n, s[0]), min((i + 1) * n, s[-1] + 1))
            for i, n, s in zip(cell, sizes, spans, strict=True)
        ]
        place = tuple(slice(a - s[0], b - s[0]) for (a, b), s in zip(ends, spans, strict=True))
        out[place] = array[tuple(slice(a, b) for a, b in ends)]
    return out[tuple(slice(None) if isinstance(i, slice) else 0 for i in index)]
