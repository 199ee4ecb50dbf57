"""Axes of series: those given by the caller, those assumed, and files joined along one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from covoxel.io.errors import ImageError
from covoxel.io.metadata import MissingPlanes
from covoxel.io.page_stack import PageStack
from covoxel.io.series import Series

Sizes = Mapping[str, int]
#: Axes of pages that follow each other for an unknown reason.
_NAMELESS = "IQ"


def parse_sizes(sizes: str | Sizes | None) -> dict[str, int]:
    """Return the lengths of axes T, Z and C, which may be written as ``"C=2,Z=5"``.

    Examples
    --------
    >>> parse_sizes("C=2, z=5")
    {'C': 2, 'Z': 5}
    """
    if sizes is None:
        return {}
    try:
        pairs = (
            [part.split("=") for part in sizes.split(",")]
            if isinstance(sizes, str)
            else list(sizes.items())
        )
        found = {str(axis).strip().upper(): int(length) for axis, length in pairs}
    except (AttributeError, TypeError, ValueError):
        found = {}
    if not found or not found.keys() <= {*"TZC"} or min(found.values()) < 1:
        msg = f"sizes is {sizes!r}; expected lengths of T, Z or C from 1 on, such as 'C=2,Z=5'"
        raise ValueError(msg)
    return found


def with_axes(series: Series, axes: str, sizes: Sizes) -> Series:
    """Return a series with other axes: those that count pages, then those of a page.

    `sizes` has the lengths of those that count pages, as far as the file leaves them open. An
    ImageError is raised if axes and sizes do not fit the pages.
    """
    wanted = axes.upper()
    series = _without_names(series, wanted)
    stored, shape = series.axes, series.levels[0].shape
    unknown = ", ".join(axis for axis in sizes if axis not in wanted)
    if unknown:
        raise ImageError(series.path, f"sizes= has {unknown}, which axes={wanted!r} does not have")
    if len(wanted) == len(stored) and not sizes:
        return replace(series, axes=checked_axes(series.path, wanted, stored, shape))
    n_lead = next(i for i, axis in enumerate(stored) if axis in "YXS")
    n_wanted = len(wanted) - (len(stored) - n_lead)
    n_pages = math.prod(shape[:n_lead])
    if n_wanted < 0 or (n_pages > 1 and n_wanted == 0) or (n_wanted > 1 and not sizes):
        hint = "; sizes= splits its pages" if n_wanted > 1 else ""
        checked_axes(series.path, wanted, stored, shape, hint)
    lead = _lead(series.path, wanted[:n_wanted], n_pages, sizes)
    checked_axes(series.path, wanted, wanted, (*lead, *shape[n_lead:]))
    levels = tuple(level.regrouped(n_lead, lead) for level in series.levels)
    # pages that are taken as they come lack none
    notes = [note for note in series.metadata.notes if not isinstance(note, MissingPlanes)]
    left = n_pages - math.prod(lead)
    if left:
        notes.insert(0, f"left out: {left} of its {n_pages} pages, which do not fill {wanted}")
    metadata = replace(series.metadata, notes=tuple(notes))
    return replace(series, levels=levels, axes=wanted, metadata=metadata)


def _without_names(series: Series, axes: str) -> Series:
    """Return a series without what it knows of its channels, if these are not along C of `axes`."""
    stored = series.axes
    if "C" not in stored or stored[::-1].find("C") == axes[::-1].find("C"):
        return series
    metadata = replace(series.metadata, names=(), colors=(), ranges=())
    return replace(series, metadata=metadata)


def _lead(path: Path, axes: str, n_pages: int, sizes: Sizes) -> tuple[int, ...]:
    """Return the lengths of the axes that count pages; the first may be cut short."""
    given = math.prod(sizes.values())
    free = [axis for axis in axes if axis not in sizes]
    rest, left = divmod(n_pages, given)
    text = ",".join(f"{axis}={length}" for axis, length in sizes.items())
    if len(free) > 1:
        reason = f"sizes={text!r} leaves {' and '.join(free)} of axes={axes!r} open"
        raise ImageError(path, f"{reason}; one of them may be")
    fits = rest >= 1 and (not left or free == [axes[0]]) and (free or rest == 1)
    if not fits:
        reason = f"its {n_pages} pages cannot be split by sizes={text!r}"
        raise ImageError(path, f"{reason} into the axes {axes!r}")
    return tuple(sizes.get(axis, rest) for axis in axes)


def joined(
    found: list[Series], axes: str | None, sizes: Sizes, stack: Sizes | None = None
) -> list[Series]:
    """Join one series of each of several files to one, or to all of them if they are channels.

    If `axes` has one letter more than each file has axes, the first is the axis of the files; with
    as many, or with `sizes`, they are the axes of each file, whose pages `sizes` counts. `stack`
    has the number of files along T and Z that follow each other in each channel.
    """
    first = found[0]
    for other in found[1:]:
        if other.levels[0].shape != first.levels[0].shape:
            shapes = f"{other.levels[0].shape}, but {first.path.name} {first.levels[0].shape}"
            raise ImageError(other.path, f"has the shape {shapes}: they cannot be one image")
    if axes is not None and len(axes) == len(first.axes) + 1 and not sizes and not stack:
        if axes[0].upper() in "TZ":
            return [_stacked(found, axes.upper(), (len(found),))]
        axes = axes[1:] if axes[0].upper() == "C" else axes
    every = [assume_z(one) if axes is None else with_axes(one, axes, sizes) for one in found]
    if not stack:
        return every
    lead = "".join(axis for axis in "TZ" if axis in stack)
    lengths = tuple(stack[axis] for axis in lead)
    n = math.prod(lengths)
    if stack.keys() - {*lead} or len(every) % n:
        text = ",".join(f"{axis}={length}" for axis, length in stack.items())
        msg = f"stack is {text!r}, which does not fit {len(every)} files; expected lengths of T, Z"
        raise ValueError(msg)
    groups = [every[at : at + n] for at in range(0, len(every), n)]
    return [_stacked(one, lead + one[0].axes, lengths) for one in groups]


def _stacked(found: list[Series], axes: str, lead: tuple[int, ...]) -> Series:
    first = found[0]
    level = first.levels[0]
    pages = [page for one in found for page in one.levels[0].pages]
    shape = (*lead, *level.shape)
    letters = checked_axes(first.path, axes, f"{'I' * len(lead)}{first.axes}", shape)
    notes = dict.fromkeys(note for one in found for note in one.metadata.notes)
    metadata = replace(first.metadata, notes=tuple(notes))
    levels = (PageStack.joined(pages, shape, level.dtype),)
    return replace(first, axes=letters, levels=levels, metadata=metadata)


def assume_z(series: Series) -> Series:
    """Return a series whose one nameless axis (I or Q) is taken as Z, with a note.

    A series with a Z axis, or with several nameless ones, is returned unchanged.
    """
    nameless = [axis for axis in series.axes if axis in _NAMELESS]
    if len(nameless) != 1 or "Z" in series.axes:
        return series
    length = series.sizes[nameless[0]]
    note = f"the file does not say what its {length} pages are: taken as Z (axes= overrides it)"
    metadata = replace(series.metadata, notes=(note, *series.metadata.notes))
    return replace(series, axes=series.axes.replace(nameless[0], "Z"), metadata=metadata)


def checked_axes(path: Path, wanted: str, axes: str, shape: tuple[int, ...], hint: str = "") -> str:
    """Return `wanted`; an ImageError, with `hint` added, if it does not fit the shape."""
    if set(wanted) - set("TCZYXS") or len(set(wanted)) < len(wanted) or not set("YX") <= {*wanted}:
        reason = f"axes={wanted!r}; allowed are letters of 'TCZYXS', each once, Y and X among them"
        raise ImageError(path, reason)
    if len(wanted) != len(shape):
        sizes = "×".join(str(n) for n in shape)
        reason = f"axes={wanted!r} has {len(wanted)} letters, the file's axes are {axes} ({sizes})"
        raise ImageError(path, reason + hint)
    return wanted
