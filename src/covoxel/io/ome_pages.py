"""From the images of an OME-XML to pages, in one file or several."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from covoxel.io.errors import ImageError, refusing
from covoxel.io.ifds import count_pages, is_tiff
from covoxel.io.ome import OmeImage, Run
from covoxel.io.pages import Page
from covoxel.io.planes import PageStack
from covoxel.io.series import Series, is_picture, meaning
from covoxel.io.storage import Storage, squeezed


def load_ome(path: Path, images: list[OmeImage], axes: str | None = None) -> Iterator[Series]:
    """Find the pages of the images of an OME-TIFF.

    Raises
    ------
    ImageError
        If planes are missing, or are not what the OME-XML says.
    """
    storage = Storage()
    for number, image in enumerate(images):
        planes, first = _planes(path, image, storage)
        n_planes = math.prod(image.lead_shape)
        if len(planes) < n_planes:
            raise ImageError(path, _missing(image, n_planes - len(planes)))
        stored_axes, shape = squeezed(first.axes, first.shape)
        sizes = dict(zip(stored_axes, shape, strict=True))
        told = (*image.plane_shape, image.samples)
        if (sizes["Y"], sizes["X"], sizes.get("S", 1)) != told:
            reason = f"its OME-XML tells of planes of {told} (Y, X, samples)"
            raise ImageError(path, f"{reason}, its pages are {stored_axes} {shape}")
        stacks = tuple(
            _stack(image, [planes[i][level] for i in range(n_planes)])
            for level in range(min(len(pages) for pages in planes.values()))
        )
        lead, _ = squeezed(image.lead, image.lead_shape)
        letters, notes = meaning(path, axes, lead + stored_axes, stacks[0].shape)
        rgb = is_picture(first, letters, stacks[0])
        metadata = replace(image.metadata, notes=notes + image.metadata.notes)
        yield Series(path, number, image.name, letters, stacks, metadata, rgb)


def _stack(image: OmeImage, pages: list[Page]) -> PageStack:
    _, lead = squeezed(image.lead, image.lead_shape)
    return PageStack.joined(pages, (*lead, *pages[0].shape), pages[0].native)


def _planes(path: Path, image: OmeImage, storage: Storage) -> tuple[dict[int, list[Page]], Any]:
    """Return for each plane its page in every level, and one page as tifffile has it."""
    import tifffile

    planes: dict[int, list[Page]] = {}
    first = None
    for file in dict.fromkeys(run.file for run in image.runs if run.file.is_file()):
        with refusing(file, "cannot be read as TIFF"):
            if not is_tiff(file):
                raise ImageError(file, f"is not a TIFF, but {path.name} keeps planes in it")
            n_pages = count_pages(file)
            with tifffile.TiffFile(file, is_ome=False) as tiff:
                for run in image.runs:
                    if run.file == file:
                        for plane, number in _expanded(path, run, n_pages, image):
                            page = tiff.pages[number]
                            planes[plane] = [storage.page(p, p) for p in _levels(tiff, page)]
                            first = first or page
    return planes, first


def _expanded(path: Path, run: Run, n_pages: int, image: OmeImage) -> Iterator[tuple[int, int]]:
    """Pairs of plane and page."""
    count = n_pages - run.page if run.count is None else run.count
    n_planes = math.prod(image.lead_shape)
    if not 0 <= run.page <= run.page + count <= n_pages or run.plane + count > n_planes:
        reason = f"its OME-XML puts {count} of {n_planes} planes on page {run.page + 1}"
        raise ImageError(path, f"{reason} and following of {run.file.name}, which has {n_pages}")
    return zip(range(run.plane, run.plane + count), range(run.page, n_pages), strict=False)


def _levels(tiff: Any, page: Any) -> Iterator[Any]:
    """Yield a page and its smaller versions."""
    import tifffile

    yield page
    for level, offset in enumerate(page.subifds or ()):
        tiff.filehandle.seek(offset)
        yield tifffile.TiffPage(tiff, (page.index, level))


def _missing(image: OmeImage, count: int) -> str:
    absent = sorted({run.file.name for run in image.runs if not run.file.is_file()})
    reason = f"{count} of the {math.prod(image.lead_shape)} planes of image {image.name!r}"
    if not absent:
        return f"{reason} are in none of its pages"
    return f"{reason} are missing: {absent[0]!r} is not beside it ({len(absent)} files are absent)"
