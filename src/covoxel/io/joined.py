"""Several files as one image."""

from __future__ import annotations

from dataclasses import replace

from covoxel.io.errors import ImageError
from covoxel.io.planes import PageStack
from covoxel.io.series import Series, meaning


def joined(found: list[Series], axes: str | None) -> list[Series]:
    """Join one series of each of several files.

    Parameters
    ----------
    found : list of Series
        The series as the files tell them.
    axes : str, optional
        With a letter more than each file has axes, the first is what the files are; with
        as many, the axes of each file.

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
    if axes is not None and len(axes) == len(first.axes) + 1:
        if axes[0].upper() in "TZ":
            return [_stacked(found, axes.upper())]
        axes = axes[1:] if axes[0].upper() == "C" else axes
    return [replace(one, axes=_meaning(one, axes)) for one in found]


def _meaning(one: Series, axes: str | None) -> str:
    return meaning(one.path, axes, one.axes, one.levels[0].shape)[0]


def _stacked(found: list[Series], axes: str) -> Series:
    first = found[0]
    level = first.levels[0]
    pages = [page for one in found for page in one.levels[0].pages]
    shape = (len(found), *level.shape)
    letters = meaning(first.path, axes, f"I{first.axes}", shape)[0]
    return replace(first, axes=letters, levels=(PageStack.joined(pages, shape, level.dtype),))
