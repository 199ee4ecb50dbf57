"""Files of all formats to series: which format a file has, and what loads it."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from covoxel.core.extras import pip_line
from covoxel.io.address import Address
from covoxel.io.axes import assume_z
from covoxel.io.errors import ImageError, refusing
from covoxel.io.formats import FORMATS, NDTIFF, OTHERS, TIFF, ZARR, Format
from covoxel.io.micromanager import index_of
from covoxel.io.ome_zarr import kinds_of
from covoxel.io.series import Series
from covoxel.io.tiff import own_pages

#: Bytes at the start of a file that tell its format.
_HEAD = 16


def load(path: Path) -> tuple[str, list[Series]]:
    """Return the format and the images of a file."""
    dialect, found = load_raw(path)
    return dialect, [assume_z(one) for one in found]


def load_raw(path: Path) -> tuple[str, list[Series]]:
    """Find the images of a file, with nameless axes where it does not say what they are.

    Raises
    ------
    ImageError
        If the file cannot be read. Where its pages can be, the message says how.
    """
    with refusing(path, "cannot be read"):
        found = format_of(path)
    try:
        return _load(found, path)
    except ImageError as error:
        way_out = _way_out(path) if found is TIFF else ""
        raise ImageError(error.path, error.reason + way_out) from None


def _way_out(path: Path) -> str:
    """Return how the pages of a refused file can be read, if they can."""
    try:
        shape = own_pages(path).levels[0].shape
    except ImageError:
        return ""
    pages = f"{shape[0]} pages" if len(shape) > 2 else "page"
    example = "CYX" if len(shape) > 2 else "YX"
    return f"; axes=, such as axes={example!r}, reads the {pages} of {path.name} by themselves"


def _load(form: Format, path: Path) -> tuple[str, list[Series]]:
    try:
        found: tuple[str, list[Series]] = import_module(f"covoxel.io.{form.module}").load(path)
    except ImportError as error:
        if not form.extra:
            raise
        reason = f"is {form.name}, which {form.library} reads ({error})"
        raise ImageError(path, f"{reason}: {pip_line(form.extra)}") from None
    return found


def format_of(path: Path) -> Format:
    """Return the format of a file or folder, by its content whatever its name.

    Raises
    ------
    ImageError
        If it is of none of them.
    """
    if isinstance(path, Address):
        if ZARR.suffixes[0] in str(path).lower():
            return ZARR
        raise ImageError(path, f"is an address; by one {ZARR.name} is read, such as NAME.zarr")
    if not path.exists():
        raise ImageError(path, "does not exist")
    if path.is_dir():
        found = folder_format(path)
        if found is None:
            raise ImageError(path, "is a folder, but no NDTiff set and no OME-Zarr")
        return found
    if not path.is_file():
        raise ImageError(path, "is not an ordinary file")
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head:
        raise ImageError(path, "is empty")
    found = next((one for one in FORMATS if head.startswith(one.starts)), None)
    if found is None:
        raise ImageError(
            path, f"{_named(path, head)}; {', '.join(one.name for one in FORMATS)} are read"
        )
    return found


def _named(path: Path, head: bytes) -> str:
    """Return what a file is that is of no format, as far as its first bytes and its name tell."""
    other = next((name for start, name in OTHERS.items() if head.startswith(start)), None)
    if other is not None:
        return f"is {other}"
    form = next((one.name for one in FORMATS if path.name.lower().endswith(one.suffixes)), None)
    return f"is not a {form}, though its name says so" if form else "is not an image"


def folder_format(path: Path) -> Format | None:
    """Return the format of a folder that is an image, None of any other."""
    if index_of(path) is not None:
        return NDTIFF
    return ZARR if kinds_of(path) else None
