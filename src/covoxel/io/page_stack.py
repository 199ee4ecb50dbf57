"""PageStack: pages of files as one array that is read when it is indexed."""

from __future__ import annotations

import itertools
import math
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from typing import Any, TypeVar, cast

import numpy as np

from covoxel.core.types import AnyArray
from covoxel.io.errors import ImageError
from covoxel.io.pages import Index, Page, RawPage, same_run


class PageStack:
    """An array over the pages of files; indexing reads only what is requested.

    `pages`: equal pages, in C order of the axes in front of the pages' own.
    `shape`: shape in the file: the axes that count pages, then those of a page.
    `dtype`: type of what is read, in native byte order.
    `order`: file axes in the order in which this array has them.
    `fixed`: positions at which the other file axes stand.

    Notes
    -----
    Integers, slices and Ellipsis index it as they do numpy arrays. It can be pickled and
    holds no file open.
    """

    def __init__(
        self,
        pages: Sequence[Page],
        shape: tuple[int, ...],
        dtype: Any,
        order: Sequence[int] | None = None,
        fixed: Mapping[int, int] | None = None,
    ) -> None:
        self._pages = tuple(pages)
        self._stored = shape
        self._order = tuple(range(len(shape)) if order is None else order)
        self._fixed = dict(fixed or {})
        self.dtype: np.dtype[Any] = np.dtype(dtype)
        self.shape = tuple(shape[axis] for axis in self._order)

    @classmethod
    def joined(cls, pages: Sequence[Page], shape: tuple[int, ...], dtype: Any) -> PageStack:
        """Return a stack of `pages`, as one run of pixels if they are contiguous.

        Raises
        ------
        ImageError
            If the pages do not make an array of `shape` and `dtype`.
        """
        tail = shape[len(shape) - len(pages[0].shape) :]
        alike = all(page.shape == tail and page.native == dtype for page in pages)
        if not alike or math.prod(shape) != len(pages) * math.prod(tail):
            found = ", ".join(sorted({f"{page.native} {page.shape}" for page in pages}))
            reason = f"is corrupt: {len(pages)} pages of {found}"
            raise ImageError(pages[0].path, f"{reason} cannot make {dtype} {shape}")
        if len(pages) > 1 and same_run(pages):
            first = cast("RawPage", pages[0])
            pages = [RawPage(first.path, first.offset, shape, first.dtype)]
        return cls(pages, shape, dtype)

    @property
    def pages(self) -> tuple[Page, ...]:
        """The pages."""
        return self._pages

    @property
    def files(self) -> tuple[str, ...]:
        """The files of its pixels, in the order of its pages."""
        n_lead = len(self._stored) - len(self._pages[0].shape)
        numbers = np.arange(len(self._pages)).reshape(self._stored[:n_lead])
        here = numbers[tuple(self._fixed.get(axis, slice(None)) for axis in range(n_lead))]
        return tuple(dict.fromkeys(str(self._pages[i].path) for i in here.ravel()))

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of pixels."""
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        """Bytes of the whole array in memory."""
        return self.size * self.dtype.itemsize

    def regrouped(self, n_lead: int, lead: tuple[int, ...]) -> PageStack:
        """Return the same pages with lengths `lead` instead of the first `n_lead` axes.

        If these need fewer pages, the last ones are left out.
        """
        tail = self._stored[n_lead:]
        count = math.prod(lead)
        pages = self._pages
        if len(pages) == 1 and len(pages[0].shape) > len(tail):
            (whole,) = pages
            assert isinstance(whole, RawPage)
            pages = (replace(whole, shape=(*lead, *tail)),)
        else:
            pages = pages[:count]
        return PageStack(pages, (*lead, *tail), self.dtype)

    def view(self, order: Sequence[int], fixed: Mapping[int, int]) -> PageStack:
        """Return the same pages with other axes: `order` and `fixed` count file axes."""
        return PageStack(self._pages, self._stored, self.dtype, order, fixed)

    def __len__(self) -> int:
        return self.shape[0]

    def __repr__(self) -> str:
        return f"<PageStack {self.shape} {self.dtype} of {self._pages[0].path.name}>"

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> AnyArray:
        if copy is False:
            msg = "the pixels of a PageStack are in a file; copy=False is not possible"
            raise ValueError(msg)
        return np.asarray(self[...], dtype=dtype)

    def __getitem__(self, key: Any) -> AnyArray:
        parts = _parts(key, self.shape)
        picked = zip(self._order, parts, self.shape, strict=True)
        sliced = [(axis, range(n)[part]) for axis, part, n in picked if isinstance(part, slice)]
        if any(not positions for _, positions in sliced):
            return np.empty([len(positions) for _, positions in sliced], self.dtype)
        stored: dict[int, int | slice] = dict(self._fixed)
        stored |= dict(zip(self._order, parts, strict=True))
        stored |= {axis: _rising(positions) for axis, positions in sliced}
        block = self._read(tuple(stored[axis] for axis in range(len(self._stored))))
        ranks = {axis: rank for rank, axis in enumerate(sorted(axis for axis, _ in sliced))}
        block = block.transpose([ranks[axis] for axis, _ in sliced])
        return block[tuple(slice(None, None, -1 if r.step < 0 else 1) for _, r in sliced)]

    def _read(self, index: Index) -> AnyArray:
        n_lead = len(self._stored) - len(self._pages[0].shape)
        counts, tail = index[:n_lead], index[n_lead:]
        sizes = self._stored[:n_lead]
        picks = [
            range(n)[c] if isinstance(c, slice) else (c,)
            for c, n in zip(counts, sizes, strict=True)
        ]
        blocks = (
            self._pages[int(np.ravel_multi_index(pick, sizes)) if sizes else 0].read(tail)
            for pick in itertools.product(*picks)
        )
        n_pages = math.prod(len(pick) for pick in picks)
        with one_opening():
            first = next(blocks)
            out = first[np.newaxis]
            if n_pages > 1:
                out = np.empty((n_pages, *first.shape), self.dtype)
                out[0] = first
            for i, block in enumerate(blocks, start=1):
                out[i] = block
        lead = [len(p) for p, c in zip(picks, counts, strict=True) if isinstance(c, slice)]
        return out.reshape((*lead, *first.shape))


def _parts(key: Any, shape: tuple[int, ...]) -> Index:
    """Spell `key` out: one integer from 0, or slice, for each axis."""
    keys = list(key) if isinstance(key, tuple) else [key]
    dots = [i for i, part in enumerate(keys) if part is Ellipsis]
    missing = len(shape) - (len(keys) - len(dots))
    if missing < 0 or len(dots) > 1:
        msg = f"index {key!r} has too many parts for an array of shape {shape}"
        raise IndexError(msg)
    at = dots[0] if dots else len(keys)
    keys[at : at + len(dots)] = [slice(None)] * missing
    return tuple(_part(part, size) for part, size in zip(keys, shape, strict=True))


def _part(part: Any, size: int) -> int | slice:
    if isinstance(part, slice):
        return part
    try:
        number = part.__index__()
    except (AttributeError, TypeError):
        msg = f"{part!r} cannot index planes of a file; integers, slices and Ellipsis can"
        raise IndexError(msg) from None
    if not -size <= number < size:
        msg = f"index {number} is out of bounds for an axis of size {size}"
        raise IndexError(msg)
    return int(number % size)


def _rising(positions: range) -> slice:
    """Return the slice of the same positions in rising order."""
    rising = positions if positions.step > 0 else positions[::-1]
    return slice(rising[0], rising[-1] + 1, rising.step)


Handle = TypeVar("Handle")
_here = threading.local()


@contextmanager
def opened(how: Callable[..., AbstractContextManager[Handle]], *what: Any) -> Iterator[Handle]:
    """Open a file by `how`, of its own or as `one_opening` has opened it in this thread."""
    kept: tuple[ExitStack, dict[Any, Any]] | None = getattr(_here, "kept", None)
    if kept is None:
        with how(*what) as handle:
            yield handle
        return
    stack, handles = kept
    if (how, what) not in handles:
        handles[how, what] = stack.enter_context(how(*what))
    yield handles[how, what]


@contextmanager
def one_opening() -> Iterator[None]:
    """Open each file once for all that this thread reads within; close them in the end."""
    if getattr(_here, "kept", None) is not None:
        yield
        return
    with ExitStack() as stack:
        _here.kept = stack, {}
        try:
            yield
        finally:
            _here.kept = None
