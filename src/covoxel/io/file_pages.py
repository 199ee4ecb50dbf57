"""The pages of one TIFF, those that are stored alike described once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from covoxel.io.assembled import Plane
from covoxel.io.ifds import Ifd
from covoxel.io.storage import Storage

if TYPE_CHECKING:
    from tifffile import TiffFile


class FilePages:
    """Pages of an open TIFF by number, each with its smaller versions.

    Parameters
    ----------
    tiff : TiffFile
        The file, open.
    ifds : sequence of Ifd
        Its list of pages.
    storage : Storage
        What checks where their pixels lie.
    """

    def __init__(self, tiff: TiffFile, ifds: Sequence[Ifd], storage: Storage) -> None:
        self._tiff, self._ifds, self._storage = tiff, ifds, storage
        self._described: dict[bytes, Any] = {}

    def __len__(self) -> int:
        return len(self._ifds)

    def __getitem__(self, number: int) -> Plane:
        ifd = self._ifds[number]
        key = self._described.get(ifd.layout) if ifd.layout else None
        if key is not None:
            return [self._storage.page(ifd, key)], key
        page = self._page(ifd.offset, (number,))
        if ifd.layout:
            self._described[ifd.layout] = page
        return [self._storage.page(each, each) for each in self._levels(page)], page

    def alike(self) -> list[int]:
        """Return the numbers of the pages of the shape and data type of the first."""
        first = self._looks(0)
        return [number for number in range(len(self)) if self._looks(number) == first]

    def _looks(self, number: int) -> Any:
        ifd = self._ifds[number]
        key = self._described.get(ifd.layout) if ifd.layout else None
        if key is None:
            key = self._page(ifd.offset, (number,))
            if ifd.layout:
                self._described[ifd.layout] = key
        return key.shape, key.dtype, key.axes, bool(key.is_reduced)

    def _page(self, offset: int, index: tuple[int, ...]) -> Any:
        import tifffile

        self._tiff.filehandle.seek(offset)
        return tifffile.TiffPage(self._tiff, index if len(index) > 1 else index[0])

    def _levels(self, page: Any) -> Iterator[Any]:
        """Yield a page and its smaller versions."""
        yield page
        for level, offset in enumerate(page.subifds or ()):
            yield self._page(offset, (page.index, level))
