"""Data that is computed part by part, as it is read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from covoxel.core.types import AnyArray


class Sliceable(ABC):
    """Sliceable data in pieces, frames or planes, of which parts are computed.

    `n_axes`: how many of the last axes make a piece.
    """

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype[Any], n_axes: int) -> None:
        self.shape = tuple(int(n) for n in shape)
        self.dtype = dtype
        self.ndim = len(self.shape)
        self._outer = max(0, self.ndim - n_axes)

    @abstractmethod
    def _part(self, index: tuple[int, ...], inner: tuple[Any, ...]) -> AnyArray:
        """Return a part of the piece at a place along the other axes."""

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> AnyArray:
        return np.asarray(self[()], dtype)

    def __getitem__(self, key: Any) -> AnyArray:
        key = key if isinstance(key, tuple) else (key,)
        key = key + (slice(None),) * (self.ndim - len(key))
        outer, inner = key[: self._outer], key[self._outer :]
        indices = [
            [int(k)] if not isinstance(k, slice) else list(range(*k.indices(n)))
            for k, n in zip(outer, self.shape, strict=False)
        ]
        parts: list[AnyArray] = [
            self._part(tuple(ids[i] for ids, i in zip(indices, at, strict=True)), inner)
            for at in np.ndindex(*(len(ids) for ids in indices))
        ]
        if not outer:
            return parts[0]
        kept = [len(ids) for ids, k in zip(indices, outer, strict=True) if isinstance(k, slice)]
        return np.stack(parts).reshape((*kept, *parts[0].shape))


class Computed(Sliceable):
    """Sliceable data whose pieces are computed whole.

    The last piece is kept, since blocks of a large one are read one after another.
    """

    _last: tuple[tuple[int, ...], AnyArray] | None = None

    @abstractmethod
    def _compute(self, index: tuple[int, ...]) -> AnyArray:
        """Return the piece at a place along the other axes."""

    def _piece(self, index: tuple[int, ...]) -> AnyArray:
        if self._last is None or self._last[0] != index:
            self._last = index, self._compute(index).astype(self.dtype, copy=False)
        return self._last[1]

    def _part(self, index: tuple[int, ...], inner: tuple[Any, ...]) -> AnyArray:
        part: AnyArray = self._piece(index)[inner]
        return part
