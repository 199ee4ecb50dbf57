"""Several files as one image."""

from __future__ import annotations

from dataclasses import replace

from covoxel.io.errors import ImageError
from covoxel.io.own_axes import Sizes, with_axes
from covoxel.io.planes import PageStack
from covoxel.io.series import Series, checked_axes, meant


def joined(found: list[Series], axes: str | None, sizes: Sizes) -> list[Series]:
    """Join one series of each of several files.

    Parameters
    ----------
    found : list of Series
        The series as the files have them.
    axes : str, optional
        With a letter more than each file has axes, the first is what the files are; with
        as many, or with `sizes`, the axes of each file.
    sizes : mapping of str to int
        Lengths of axes that count the pages of each file.

    Returns
    -------
    list of Series
        One series, or all of them where the files are channels.
    """
    first = found[0]
    for other in found[1:]:
        if other.levels[0].shape != first.levels[0].shape:
            shapes = f"{other.levels[0].shape}, but {first.path.name} {first.levels[0].shape}"
            raise ImageError(other.path, f"has the shape {shapes}: they cannot be one image")
    if axes is None:
        return [meant(one) for one in found]
    if len(axes) == len(first.axes) + 1 and not sizes:
        if axes[0].upper() in "TZ":
            return [_stacked(found, axes.upper())]
        axes = axes[1:] if axes[0].upper() == "C" else axes
    return [with_axes(one, axes, sizes) for one in found]


def _stacked(found: list[Series], axes: str) -> Series:
    first = found[0]
    level = first.levels[0]
    pages = [page for one in found for page in one.levels[0].pages]
    shape = (len(found), *level.shape)
    letters = checked_axes(first.path, axes, f"I{first.axes}", shape)
    notes = dict.fromkeys(note for one in found for note in one.metadata.notes)
    metadata = replace(first.metadata, notes=tuple(notes))
    levels = (PageStack.joined(pages, shape, level.dtype),)
    return replace(first, axes=letters, levels=levels, metadata=metadata)
