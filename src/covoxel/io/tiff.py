"""TIFF files of all dialects: their images as `Series`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from covoxel.io.errors import ImageError, refusing
from covoxel.io.ifds import count_pages
from covoxel.io.imagej import from_imagej
from covoxel.io.metadata import Metadata, from_lsm, from_stk, from_tags
from covoxel.io.ome import is_ome, parse_ome
from covoxel.io.ome_pages import load_ome
from covoxel.io.planes import PageStack
from covoxel.io.series import Series, is_picture, meaning
from covoxel.io.storage import Storage, squeezed

if TYPE_CHECKING:
    from tifffile import TiffFile


def load_tiff(path: Path, axes: str | None = None) -> tuple[str, list[Series]]:
    """Find the images of a TIFF without reading pixels.

    Parameters
    ----------
    path : Path
        The file.
    axes : str, optional
        Meaning of the axes, where the file has none or lies.

    Returns
    -------
    dialect : str
        ``"OME-TIFF"``, ``"ImageJ TIFF"``, …
    series : list of Series
        The images, at least one.

    Raises
    ------
    ImageError
        If the file is truncated, corrupt, or holds something that cannot be measured.
    """
    with refusing(path, "cannot be read as TIFF"):
        import tifffile

        n_pages = count_pages(path)
        with tifffile.TiffFile(path) as tiff:
            text = str(tiff.pages.first.description)
            if "<!DOCTYPE" in text or "<!ENTITY" in text:
                raise ImageError(path, "its description declares XML entities: not read")
            if is_ome(text):
                try:
                    return "OME-TIFF", list(load_ome(path, parse_ome(path, text), axes))
                except ImageError as error:
                    if axes is None or "malformed" not in error.reason:
                        raise
            return _dialect(tiff), list(_plain(path, tiff, n_pages, axes))


def _dialect(tiff: TiffFile) -> str:
    kinds = {"is_imagej": "ImageJ TIFF", "is_lsm": "Zeiss LSM", "is_stk": "MetaMorph STK"}
    return next((name for flag, name in kinds.items() if getattr(tiff, flag)), "TIFF")


def _plain(path: Path, tiff: TiffFile, n_pages: int, axes: str | None) -> Iterator[Series]:
    """Series as tifffile finds them, in all dialects but OME."""
    storage = Storage()
    every = _series(tiff)
    kinds = {series.kind for series in every}
    for dialect in ("imagej", "shaped"):
        if getattr(tiff, f"is_{dialect}") and dialect not in kinds:
            reason = "is corrupt: its metadata and its pages contradict each other"
            raise ImageError(path, f"{reason} ({n_pages} pages)")
    # what is left of reduced pages after pyramids are thumbnails
    found = [one for one in every if not one.keyframe.is_reduced] or every
    if not found:
        raise ImageError(path, "has no image")
    for number, one in enumerate(found):
        levels = [_level(path, storage, level) for level in one.levels]
        stacks = tuple(stack for _, stack in levels)
        letters, notes = meaning(path, axes, levels[0][0], stacks[0].shape)
        page = one.keyframe
        rgb = is_picture(page, letters, stacks[0])
        series = Series(path, number, one.name, letters, stacks, Metadata(), rgb)
        metadata = _metadata(tiff, page, series.n_channels)
        yield replace(series, metadata=replace(metadata, notes=notes + metadata.notes))


def _series(tiff: TiffFile) -> list[Any]:
    """All series. Newer versions of tifffile drop axes of length 1 here unless told not to."""
    found: Any = tiff.series
    return list(found(squeeze=False) if callable(found) else found)


def _grid(series: Any) -> tuple[str, tuple[int, ...]]:
    """Axes and shape, those of length 1 included. Older versions of tifffile are told so here."""
    if hasattr(series, "get_axes"):
        return series.get_axes(False), series.get_shape(False)
    return series.axes, series.shape


def _level(path: Path, storage: Storage, series: Any) -> tuple[str, PageStack]:
    if series.transform is not None:
        raise ImageError(path, f"keeps its pixels in a form that is not supported ({series.kind})")
    axes, shape = squeezed(*_grid(series))
    key = series.keyframe
    if series.dataoffset is not None and not series.is_multifile:
        return axes, PageStack([storage.run(key, series.dataoffset, shape)], shape, series.dtype)
    found = list(series)
    if None in found:
        raise ImageError(path, f"{found.count(None)} of its {len(found)} planes are missing")
    if series.kind != "lsm" and not series.is_multifile:
        found = [page.aspage() for page in found]
    pages = [storage.page(page, key if page.is_frame else page) for page in found]
    return axes, PageStack.joined(pages, shape, series.dtype)


def _metadata(tiff: TiffFile, page: Any, n_channels: int) -> Metadata:
    if tiff.is_imagej:
        return from_imagej(tiff, n_channels)
    if tiff.is_lsm:
        return from_lsm(tiff)
    if tiff.is_stk:
        return from_stk(tiff)
    return from_tags(page)
