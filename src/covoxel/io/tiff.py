"""TIFF files of all dialects: their images as `Series`."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from covoxel.io.assemble import Layout, assembled
from covoxel.io.errors import ImageError, refusing
from covoxel.io.ifd import Ifd, list_pages
from covoxel.io.imagej import from_imagej, imagej_layout
from covoxel.io.metadata import Metadata, from_tags
from covoxel.io.micromanager import from_records, index_of, load_ndtiff
from covoxel.io.ome import MetadataElsewhere, is_ome, parse_ome
from covoxel.io.ome_files import load_ome
from covoxel.io.page_stack import PageStack
from covoxel.io.pages import RawPage
from covoxel.io.scanimage import frame_data, from_scanimage, pages_of_planes
from covoxel.io.series import Series, samples_of
from covoxel.io.tiff_pages import TiffPages, squeezed
from covoxel.io.vendors import (
    from_fluoview,
    from_json,
    from_lsm,
    from_metaseries,
    from_page_names,
    from_planes,
    from_qpi,
    from_scifio,
    from_sis,
    from_stk,
    json_of,
)

if TYPE_CHECKING:
    from tifffile import TiffFile

#: Sets of files are followed by our own readers only, which stay in their folder.
_NO_SETS: dict[str, Any] = {"is_ome": False, "is_mmstack": False, "is_ndtiff": False}
_READERS = {
    "lsm": ("Zeiss LSM", from_lsm),
    "stk": ("MetaMorph STK", from_stk),
    "sis": ("Olympus SIS", from_sis),
    "metaseries": ("MetaSeries TIFF", from_metaseries),
    "fluoview": ("Olympus FluoView", from_fluoview),
    "qpi": ("PerkinElmer QPTIFF", from_qpi),
}
_PAGE_NAME = 285
#: PhotometricInterpretation of a picture whose lowest intensities are white.
_WHITE_IS_ZERO = 0
INVERTED = (
    "the file shows low intensities bright (white is zero); they are used as stored, so that "
    "structures that look bright there have low ones"
)


def load(path: Path) -> tuple[str, list[Series]]:
    """Return the dialect of a TIFF, such as "ImageJ TIFF", and its images, without reading pixels.

    It may be the folder of an NDTiff set.

    Axes of unknown meaning are I or Q. A file that is truncated or corrupt, or holds something that
    cannot be measured, is an ImageError.
    """
    with refusing(path, "cannot be read as TIFF"):
        index = index_of(path)
        if index is not None:
            return "NDTiff", load_ndtiff(path, index)
        ifds = list_pages(path)
        import tifffile

        with tifffile.TiffFile(path, **_NO_SETS) as tiff:
            dialect, found = _described(path, tiff, ifds)
            if int(tiff.pages.first.photometric) == _WHITE_IS_ZERO:
                found = [_noted(one, INVERTED) for one in found]
            return dialect, found


def _described(path: Path, tiff: TiffFile, ifds: Sequence[Ifd]) -> tuple[str, list[Series]]:
    """Return the dialect and the images, by OME-XML where the file has it."""
    text = str(tiff.pages.first.description)
    if not is_ome(text):
        return _dialect(tiff), _plain(tiff, TiffPages(path, tiff, ifds))
    try:
        found = load_ome(path, parse_ome(path, text), ifds)
        return "OME-TIFF", [_sized(one, from_tags(tiff.pages.first)) for one in found]
    except MetadataElsewhere as error:
        found = _plain(tiff, TiffPages(path, tiff, ifds))
        return "OME-TIFF", [_noted(one, error.reason) for one in found]


def own_pages(path: Path) -> Series:
    """Return the pages of a file as one series, whatever its metadata says of them.

    Pages of another shape than the first are left out, with a note.
    """
    with refusing(path, "cannot be read as TIFF"):
        ifds = list_pages(path)
        import tifffile

        with tifffile.TiffFile(path, **_NO_SETS) as tiff:
            pages = TiffPages(path, tiff, ifds)
            numbers = pages.alike()
            layout = Layout("Z", (len(numbers),), Metadata())
            series = assembled(path, 0, layout, {i: pages[n] for i, n in enumerate(numbers)})
            metadata = _metadata(tiff, pages[0][1], series.n_channels)
    series = replace(series, axes=series.axes.replace("Z", "I"), metadata=metadata)
    return _left_out(series, len(ifds), len(numbers))


def _sized(series: Series, tagged: Metadata) -> Series:
    """Return a series with the pixel of the tags where its metadata gives none."""
    metadata = series.metadata
    if {"X", "Y"} & metadata.steps.keys():
        return series
    return replace(series, metadata=replace(metadata, steps={**metadata.steps, **tagged.steps}))


def _noted(series: Series, note: str) -> Series:
    metadata = series.metadata
    return replace(series, metadata=replace(metadata, notes=(note, *metadata.notes)))


def _left_out(series: Series, n_pages: int, used: int) -> Series:
    """Return a series with a note on the pages of the file that it does not use."""
    if used == n_pages:
        return series
    left = f"{n_pages - used} of its {n_pages} pages"
    return _noted(series, f"left out: {left}, which are not part of the image")


def _dialect(tiff: TiffFile) -> str:
    if tiff.is_imagej:
        return "ImageJ TIFF"
    names = (name for flag, (name, _) in _READERS.items() if getattr(tiff, f"is_{flag}"))
    return "ScanImage TIFF" if tiff.is_scanimage else next(names, "TIFF")


def _plain(tiff: TiffFile, pages: TiffPages) -> list[Series]:
    """Series of all dialects but OME and NDTiff."""
    ordered = _of_program(tiff, pages)
    if ordered is not None:
        return [ordered]
    recorded = None if tiff.is_imagej else from_records(tiff, pages)
    if recorded is not None:
        layout, places = recorded
        return [assembled(pages.path, 0, layout, {i: pages[n] for i, n in places.items()})]
    try:
        found = list(_series(tiff, pages))
    except ImageError:
        if not tiff.is_imagej:
            raise
        return [_imagej(tiff, pages)]
    if tiff.is_imagej and found[0].n_planes < len(pages):
        return [_imagej(tiff, pages)]
    if len(found) == 1 and found[0].axes[0] in "IQ":
        by_pages = _by_pages(tiff, pages)
        if by_pages is not None:
            steps = {**found[0].metadata.steps, **by_pages.metadata.steps}
            by_pages = replace(by_pages, metadata=replace(by_pages.metadata, steps=steps))
            return [_in_order(pages, by_pages, pages.alike())]
    return found


def _of_program(tiff: TiffFile, pages: TiffPages) -> Series | None:
    """Return the series in the order of pages that the program of a file defines, if it does."""
    if tiff.is_scanimage:
        frame, alike = frame_data(tiff), pages.alike()
        numbers = [alike[number] for number in pages_of_planes(frame, len(alike))]
        layout = from_scanimage(frame, len(numbers))
        return None if layout is None else _in_order(pages, layout, numbers)
    page = tiff.pages.first
    text = str(page.description)
    layout = from_scifio(page, text) if text.startswith("SCIFIO=") else None
    return None if layout is None else _in_order(pages, layout, pages.alike())


def _by_pages(tiff: TiffFile, pages: TiffPages) -> Layout | None:
    """Return the layout of pages without an order, by what each says of itself."""
    tags = [pages.tags(number) for number in range(len(pages))]
    if tiff.is_metaseries:
        return from_planes([str(tag.valueof("ImageDescription", "")) for tag in tags])
    if _PAGE_NAME not in tiff.pages.first.tags:
        return None
    return from_page_names([str(tag.valueof(_PAGE_NAME, "")) for tag in tags])


def _in_order(pages: TiffPages, layout: Layout, numbers: Sequence[int]) -> Series:
    """Return the series of pages in the order of a layout."""
    numbers = numbers[: math.prod(layout.lead_shape)]
    planes = {i: pages[n] for i, n in enumerate(numbers)}
    return _left_out(assembled(pages.path, 0, layout, planes), len(pages), len(numbers))


def _imagej(tiff: TiffFile, pages: TiffPages) -> Series:
    """Return the complete part of an ImageJ file that declares more, or less, than it has."""
    if len(pages) > 1:
        return _in_order(pages, imagej_layout(tiff, len(pages)), pages.alike())
    (first, *_), page = pages[0]
    if not isinstance(first, RawPage):
        return _in_order(pages, imagej_layout(tiff, 1), pages.alike())
    # one page stands for all: their pixels follow its own
    step = math.prod(first.shape) * first.dtype.itemsize
    room = (pages.path.stat().st_size - first.offset) // step
    layout = imagej_layout(tiff, room)
    count = min(room, math.prod(layout.lead_shape))
    planes = (replace(first, offset=first.offset + i * step) for i in range(count))
    return assembled(pages.path, 0, layout, {i: ([plane], page) for i, plane in enumerate(planes)})


def _series(tiff: TiffFile, pages: TiffPages) -> Iterator[Series]:
    """Yield series as tifffile finds them."""
    every, path = _every_series(tiff), pages.path
    kinds = {series.kind for series in every}
    for dialect in ("imagej", "shaped"):
        if getattr(tiff, f"is_{dialect}") and dialect not in kinds:
            raise ImageError(path, "is corrupt: its metadata and its pages contradict each other")
    # reduced pages that are in no pyramid are thumbnails
    found = [one for one in every if not one.keyframe.is_reduced] or every
    if not found:
        raise ImageError(path, "has no image")
    for number, one in enumerate(found):
        levels = [_level(pages, level) for level in one.levels]
        axes, page = levels[0][0], one.keyframe
        stacks = tuple(stack for _, stack in levels)
        series = Series(path, number, one.name, axes, stacks, Metadata(), samples_of(page, axes))
        metadata = _metadata(tiff, page, series.n_channels)
        yield replace(series, metadata=metadata, of=len(found))


def _every_series(tiff: TiffFile) -> list[Any]:
    """All series. Newer versions of tifffile drop axes of length 1 by default."""
    found: Any = tiff.series
    return list(found(squeeze=False) if callable(found) else found)


def _grid(series: Any) -> tuple[str, tuple[int, ...]]:
    """Axes and shape, those of length 1 included. Older versions of tifffile drop them here."""
    if hasattr(series, "get_axes"):
        return series.get_axes(False).upper(), series.get_shape(False)
    return series.axes.upper(), series.shape


def _level(pages: TiffPages, series: Any) -> tuple[str, PageStack]:
    if series.transform is not None:
        reason = f"keeps its pixels in a form that is not supported ({series.kind})"
        raise ImageError(pages.path, reason)
    axes, shape = squeezed(*_grid(series))
    key = series.keyframe
    if series.dataoffset is not None:
        return axes, PageStack([pages.run(key, series.dataoffset, shape)], shape, series.dtype)
    found = list(series)
    if None in found:
        reason = f"{found.count(None)} of its {len(found)} planes are missing"
        raise ImageError(pages.path, reason)
    if series.kind != "lsm":
        found = [page.aspage() for page in found]
    of_series = [pages.page(page, key if page.is_frame else page) for page in found]
    return axes, PageStack.joined(of_series, shape, series.dtype)


def _metadata(tiff: TiffFile, page: Any, n_channels: int) -> Metadata:
    if tiff.is_imagej:
        return from_imagej(tiff, n_channels)
    for flag, (_, reader) in _READERS.items():
        if getattr(tiff, f"is_{flag}"):
            found = reader(tiff)
            return found if found.steps else replace(found, steps=from_tags(page).steps)
    info = json_of(page)
    known = Metadata() if info is None else from_json(info, page)
    tagged = from_tags(page)
    return replace(known, steps=known.steps or tagged.steps, remarks=tagged.remarks)
