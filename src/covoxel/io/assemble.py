"""Planes to a Series; where planes are missing, the complete part of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from covoxel.core.types import IntArray
from covoxel.io.errors import ImageError
from covoxel.io.metadata import Metadata, missing_planes
from covoxel.io.page_stack import PageStack
from covoxel.io.pages import Page
from covoxel.io.series import Series, samples_of
from covoxel.io.tiff_pages import Plane, squeezed

Value = TypeVar("Value")
#: More planes than a file can have, however large.
MOST_PLANES = 1 << 40
#: Complete indices are looked for along these axes, one after the other.
_ORDER = "TZC"


@dataclass(frozen=True, slots=True)
class Layout:
    """The order of the planes of an image, slowest axis first, with its metadata and name.

    `lead` are the axes that count planes, out of T, Z and C, and `lead_shape` their lengths.
    """

    lead: str
    lead_shape: tuple[int, ...]
    metadata: Metadata
    name: str = ""


@dataclass(frozen=True, slots=True)
class _PageLike:
    """A plane that is no page of a TIFF, with the attributes of a TiffPage."""

    axes: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    samplesperpixel: int
    photometric: int
    extrasamples: tuple[int, ...] = ()


def plane_of(page: Page, *smaller: Page) -> Plane:
    """Return a plane of one page with axes YX, or YXS of red, green and blue, and its levels."""
    axes, samples, photometric = ("YXS", page.shape[2], 2) if len(page.shape) > 2 else ("YX", 1, 1)
    return [page, *smaller], _PageLike(axes, page.shape, page.native, samples, photometric)


def assembled(
    path: Path,
    number: int,
    layout: Layout,
    planes: Mapping[int, Plane],
    why: Callable[[], str] = str,
) -> Series:
    """Return the series of planes; if some are missing, its complete part, with a note.

    `planes` are those that are there, counted in C order of `layout.lead`; `why` returns why others
    are missing. Planes that are missing altogether, or differ in shape or type, are an ImageError.
    """
    if not planes:
        raise ImageError(path, f"none of the planes of image {layout.name!r} is there")
    if math.prod(layout.lead_shape) > MOST_PLANES:
        raise ImageError(path, f"declares {layout.lead} {list(layout.lead_shape)} planes")
    sizes = dict(zip(layout.lead, layout.lead_shape, strict=True))
    metadata = layout.metadata
    if len(planes) == math.prod(layout.lead_shape):
        kept = {axis: np.arange(size) for axis, size in sizes.items()}
    else:
        kept = whole_part(layout.lead, layout.lead_shape, planes)
        metadata = _of_part(metadata, sizes, kept)
        missing = missing_planes(kept, sizes, why())
        if missing is not None:
            metadata = replace(metadata, notes=(missing, *metadata.notes))
    grid = np.ix_(*(kept[axis] for axis in layout.lead))
    numbers = np.ravel_multi_index(grid, layout.lead_shape).ravel().tolist()
    chosen = [planes[i] for i in numbers]
    page = chosen[0][1]
    page_axes, _ = squeezed(page.axes, page.shape)
    lead, lead_shape = squeezed(layout.lead, tuple(len(kept[axis]) for axis in layout.lead))
    stacks = tuple(
        _stack(lead_shape, [pages[level] for pages, _ in chosen])
        for level in range(min(len(pages) for pages, _ in chosen))
    )
    axes = lead + page_axes
    return Series(path, number, layout.name, axes, stacks, metadata, samples_of(page, axes))


def _stack(lead_shape: tuple[int, ...], pages: list[Page]) -> PageStack:
    return PageStack.joined(pages, (*lead_shape, *pages[0].shape), pages[0].native)


def _of_part(
    metadata: Metadata, sizes: Mapping[str, int], kept: Mapping[str, IntArray]
) -> Metadata:
    """Return the metadata of the indices that are kept."""
    n_channels = sizes.get("C", 1)

    def of_channels(values: tuple[Value, ...]) -> tuple[Value, ...]:
        if len(values) != n_channels or "C" not in kept:
            return values
        return tuple(values[i] for i in kept["C"])

    def step_of(axis: str, step: float | None) -> float | None:
        """Return the step of what is kept, None if that is not evenly spaced."""
        every = stride(kept[axis]) if axis in kept else 1
        return None if step is None or every is None else step * every

    steps = {axis: step_of(axis, step) for axis, step in metadata.steps.items()}
    return replace(
        metadata,
        names=of_channels(metadata.names),
        colors=of_channels(metadata.colors),
        ranges=of_channels(metadata.ranges),
        steps={axis: step for axis, step in steps.items() if step is not None},
        time_step=step_of("T", metadata.time_step),
    )


def whole_part(lead: str, shape: tuple[int, ...], planes: Iterable[int]) -> dict[str, IntArray]:
    """Return the indices along each axis of the largest part that lacks no plane.

    Time points that are complete are kept; where there are none, planes along Z, then
    channels. Without any of them the fullest time point is used alone.

    `lead`: the axes that count planes, slowest first, out of T, Z and C.
    `shape`: their lengths.
    `planes`: the planes that are there, at least one, counted in C order of `lead`.

    Examples
    --------
    >>> whole_part("TC", (3, 2), [0, 1, 2, 3, 4])
    {'T': array([0, 1]), 'C': array([0, 1])}
    """
    numbers = np.unravel_index(np.fromiter(planes, np.int64), shape)
    at = dict(zip(lead, numbers, strict=True))
    axes = [axis for axis in _ORDER if axis in lead]
    for fullest in axes:
        for axis in axes:
            indices, counts = np.unique(at[axis], return_counts=True)
            others = (np.unique(at[other]).size for other in axes if other != axis)
            complete = indices[counts == math.prod(others)]
            if complete.size:
                inside = np.isin(at[axis], complete)
                return {each: np.unique(at[each][inside]) for each in lead}
        indices, counts = np.unique(at[fullest], return_counts=True)
        only = at[fullest] == indices[counts.argmax()]
        at = {axis: places[only] for axis, places in at.items()}
    return {axis: places[:1] for axis, places in at.items()}


def stride(kept: IntArray) -> int | None:
    """Return the step of indices, None if they are not evenly spaced."""
    steps = np.unique(np.diff(kept))
    if steps.size > 1:
        return None
    return int(steps[0]) if steps.size else 1
