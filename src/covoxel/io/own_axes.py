"""Axes that the caller gives: a file's pages, whatever its metadata says of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from covoxel.io.errors import ImageError
from covoxel.io.series import Series, checked_axes

Sizes = Mapping[str, int]


def parse_sizes(sizes: str | Sizes | None) -> dict[str, int]:
    """Return the lengths of axes, which may be written as ``"C=2,Z=5"``.

    Raises
    ------
    ValueError
        If they are not lengths of T, Z or C.

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
    """Return a series with other axes; its pages are split or joined as `sizes` says.

    Parameters
    ----------
    series : Series
    axes : str
        Letters for all axes: those that count pages, then those of a page.
    sizes : mapping of str to int
        Lengths of those that count pages, as far as they are not clear.

    Raises
    ------
    ImageError
        If axes and sizes do not fit the pages.
    """
    wanted = axes.upper()
    stored, shape = series.axes, series.levels[0].shape
    unknown = ", ".join(axis for axis in sizes if axis not in wanted)
    if unknown:
        raise ImageError(series.path, f"sizes= has {unknown}, which axes={wanted!r} does not have")
    if len(wanted) == len(stored) and not sizes:
        return _named(series, checked_axes(series.path, wanted, stored, shape))
    n_lead = next(i for i, axis in enumerate(stored) if axis in "YXS")
    n_wanted = len(wanted) - (len(stored) - n_lead)
    n_pages = math.prod(shape[:n_lead])
    if n_wanted < 0 or (n_pages > 1 and n_wanted == 0) or (n_wanted > 1 and not sizes):
        hint = "; sizes= splits its pages" if n_wanted > 1 else ""
        checked_axes(series.path, wanted, stored, shape, hint)
    lead = _lead(series.path, wanted[:n_wanted], n_pages, sizes)
    checked_axes(series.path, wanted, wanted, (*lead, *shape[n_lead:]))
    levels = tuple(level.regrouped(n_lead, lead) for level in series.levels)
    left = n_pages - math.prod(lead)
    notes = series.metadata.notes
    if left:
        notes = (f"left out: {left} of its {n_pages} pages, which do not fill {wanted}", *notes)
    return _named(replace(series, levels=levels), wanted, notes)


def _named(series: Series, axes: str, notes: tuple[str, ...] | None = None) -> Series:
    metadata = series.metadata
    notes = metadata.notes if notes is None else notes
    return replace(series, axes=axes, metadata=replace(metadata, notes=notes))


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
