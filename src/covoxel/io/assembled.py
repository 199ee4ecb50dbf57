"""From planes that were found to a Series, without the parts of which some are missing."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from covoxel.core.types import IntArray
from covoxel.io.errors import ImageError
from covoxel.io.metadata import Metadata
from covoxel.io.pages import Page
from covoxel.io.planes import PageStack
from covoxel.io.series import Series, samples_of
from covoxel.io.storage import squeezed
from covoxel.io.whole import missing_note, stride, whole_part

Value = TypeVar("Value")
#: More planes than a file can have, however large.
MOST_PLANES = 1 << 40


@dataclass(frozen=True, slots=True)
class Layout:
    """How the planes of an image are counted, and what is said of them.

    Attributes
    ----------
    lead : str
        The axes that count planes, out of T, Z and C, slowest first.
    lead_shape : tuple of int
        Their lengths.
    metadata : Metadata
        What is said of them.
    name : str
        The name of the image.
    """

    lead: str
    lead_shape: tuple[int, ...]
    metadata: Metadata
    name: str = ""


#: The page of a plane in each level of a pyramid, and one that describes it, as tifffile has it.
Plane = tuple[list[Page], Any]


def assembled(
    path: Path,
    number: int,
    layout: Layout,
    planes: Mapping[int, Plane],
    why: Callable[[], str] = str,
) -> Series:
    """Return the series of planes; those that are not whole are left out, with a note.

    Parameters
    ----------
    path : Path
        The file.
    number : int
        Index of the image.
    layout : Layout
    planes : mapping of int to Plane
        The planes that are there, counted in C order of `layout.lead`.
    why : callable
        Returns why planes are missing, for the note.

    Raises
    ------
    ImageError
        If there are no planes, or they are not alike.
    """
    if not planes:
        raise ImageError(path, f"none of the planes of image {layout.name!r} is there")
    if math.prod(layout.lead_shape) > MOST_PLANES:
        raise ImageError(path, f"declares {layout.lead} {list(layout.lead_shape)} planes")
    sizes = dict(zip(layout.lead, layout.lead_shape, strict=True))
    kept = {axis: np.arange(1) for axis in layout.lead}
    complete = len(planes) == math.prod(layout.lead_shape)
    kept = (
        {axis: np.arange(size) for axis, size in sizes.items()}
        if complete
        else whole_part(layout.lead, layout.lead_shape, planes)
    )
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
    metadata = layout.metadata
    if not complete:
        metadata = _of_part(metadata, sizes, kept)
        notes = missing_note(kept, sizes, why())
        metadata = replace(metadata, notes=notes + metadata.notes)
    axes = lead + page_axes
    return Series(path, number, layout.name, axes, stacks, metadata, samples_of(page, axes))


def _stack(lead_shape: tuple[int, ...], pages: list[Page]) -> PageStack:
    return PageStack.joined(pages, (*lead_shape, *pages[0].shape), pages[0].native)


def _of_part(
    metadata: Metadata, sizes: Mapping[str, int], kept: Mapping[str, IntArray]
) -> Metadata:
    """Return what is said of the indices that are kept."""
    n_channels = sizes.get("C", 1)

    def of_channels(values: tuple[Value, ...]) -> tuple[Value, ...]:
        if len(values) != n_channels or "C" not in kept:
            return values
        return tuple(values[i] for i in kept["C"])

    steps = dict(metadata.steps)
    if "Z" in steps and "Z" in kept:
        apart = stride(kept["Z"])
        steps |= {"Z": steps["Z"] * apart} if apart else {}
        steps = steps if apart else {a: s for a, s in steps.items() if a != "Z"}
    time_step = metadata.time_step
    if time_step is not None and "T" in kept:
        apart = stride(kept["T"])
        time_step = time_step * apart if apart else None
    return replace(
        metadata,
        names=of_channels(metadata.names),
        colors=of_channels(metadata.colors),
        ranges=of_channels(metadata.ranges),
        steps=steps,
        time_step=time_step,
    )
