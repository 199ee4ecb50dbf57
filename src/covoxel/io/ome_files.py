"""The pages of the images of an OME-XML, in one file or several."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from covoxel.io.assemble import assembled
from covoxel.io.errors import ImageError, refusing
from covoxel.io.ifd import Ifd, is_tiff, list_pages
from covoxel.io.ome import OmeImage, PageRun
from covoxel.io.series import Series
from covoxel.io.tiff_pages import Plane, TiffPages, squeezed

#: How many planes may be on one page on average; more than one is a mistake already.
_MOST_MENTIONS = 4


@dataclass
class _FoundPlanes:
    """The planes of each image, and why pages of it do not fit, if so; absent files with reasons.

    `used` are the pages of the file itself that are in an image, out of `n_own`.
    """

    planes: list[dict[int, Plane]]
    unlike: list[str]
    absent: dict[str, str] = field(default_factory=dict)
    used: set[int] = field(default_factory=set)
    n_own: int = 0


def load_ome(path: Path, images: list[OmeImage], ifds: Sequence[Ifd]) -> list[Series]:
    """Find the pages of the images of an OME-TIFF.

    Images and parts of them whose files or pages are missing are left out, with a note.

    Raises
    ------
    ImageError
        If no image has a complete part, or pages are not what the OME-XML says.
    """
    found = _find(path, images, ifds)
    notes = _notes(path, images, found)
    out = []
    for number, (image, planes) in enumerate(zip(images, found.planes, strict=True)):
        if not planes:
            continue
        why = partial(_why, image, found, found.unlike[number])
        one = assembled(path, number, image.layout, planes, why)
        metadata = replace(one.metadata, notes=notes + one.metadata.notes)
        out.append(replace(one, metadata=metadata, of=len(images)))
    if not out:
        if any(found.unlike):
            raise ImageError(path, next(filter(None, found.unlike)))
        raise ImageError(path, f"none of its planes is there ({_why(images[0], found)})")
    return out


def _find(path: Path, images: list[OmeImage], ifds: Sequence[Ifd]) -> _FoundPlanes:
    runs: dict[Path, list[tuple[int, PageRun]]] = defaultdict(list)
    for number, image in enumerate(images):
        for run in image.runs:
            runs[run.file].append((number, run))
    found = _FoundPlanes([{} for _ in images], ["" for _ in images])
    own = {number for number, _ in runs.get(path, ())}
    for file, here in runs.items():
        if not file.is_file():
            found.absent[file.name] = "is not beside it"
            continue
        try:
            _read(path, file, here, images, found, ifds)
        except ImageError as error:
            if file == path or own & {number for number, _ in here}:
                raise
            found.absent[file.name] = error.reason
    return found


def _read(
    path: Path,
    file: Path,
    runs: list[tuple[int, PageRun]],
    images: list[OmeImage],
    found: _FoundPlanes,
    own: Sequence[Ifd],
) -> None:
    """Find the planes that are in one file."""
    import tifffile

    with refusing(file, "cannot be read as TIFF"):
        if not is_tiff(file):
            raise ImageError(file, f"is not a TIFF, but {path.name} keeps planes in it")
        ifds = own if file == path else list_pages(file)
        with tifffile.TiffFile(file, is_ome=False) as tiff:
            pages = TiffPages(file, tiff, ifds)
            reasons: dict[tuple[int, int], str] = {}
            budget = _MOST_MENTIONS * len(ifds) + len(runs)
            for number, run in runs:
                image = images[number]
                for plane, at in _expanded(run, len(ifds), math.prod(image.layout.lead_shape)):
                    budget -= 1
                    if budget < 0:
                        raise ImageError(path, "its OME-XML names the same pages again and again")
                    one = pages[at]
                    looks = number, id(one[1])
                    if looks not in reasons:
                        reasons[looks] = _unlike(image, one)
                    reason = reasons[looks]
                    if reason:
                        found.unlike[number] = reason
                    else:
                        found.planes[number][plane] = one
                    if file == path:
                        found.used.add(at)
    if file == path:
        found.n_own = len(ifds)


def _expanded(run: PageRun, n_pages: int, n_planes: int) -> Iterator[tuple[int, int]]:
    """Pairs of plane and page, as far as there are pages."""
    count = n_planes if run.count is None else run.count
    pages = range(run.page, min(run.page + count, n_pages)) if run.page >= 0 else ()
    return zip(range(run.plane, n_planes), pages, strict=False)


def _unlike(image: OmeImage, plane: Plane) -> str:
    """Say how a page differs from what its image should have, if it does."""
    page = plane[1]
    axes, shape = squeezed(page.axes, page.shape)
    sizes = dict(zip(axes, shape, strict=True))
    wanted = (*image.plane_shape, image.samples)
    if (sizes["Y"], sizes["X"], sizes.get("S", 1)) == wanted:
        return ""
    return f"its OME-XML gives planes of {wanted} (Y, X, samples), its pages are {axes} {shape}"


def _notes(path: Path, images: list[OmeImage], found: _FoundPlanes) -> tuple[str, ...]:
    """Return notes on images that are absent, and on pages of the file that are in no image."""
    notes = []
    absent = [number for number, planes in enumerate(found.planes) if not planes]
    if absent:
        names = ", ".join(images[i].layout.name or str(i + 1) for i in absent[:5])
        more = ", …" if len(absent) > 5 else ""
        why = _why(images[absent[0]], found)
        notes.append(f"absent images: {names}{more} ({why})")
    left = found.n_own - len(found.used)
    if left and found.used:
        notes.append(f"left out: {left} of the {found.n_own} pages of {path.name}, in no image")
    return tuple(notes)


def _why(image: OmeImage, found: _FoundPlanes, unlike: str = "") -> str:
    """Say why planes of an image are missing."""
    if unlike:
        return unlike
    files = dict.fromkeys(run.file.name for run in image.runs)
    absent = [name for name in files if name in found.absent]
    if not absent:
        return "they are in none of its pages"
    more = f", nor are {len(absent) - 1} others" if len(absent) > 1 else ""
    return f"{absent[0]} {found.absent[absent[0]]}{more}"
