"""Parts of zarr arrays of which few chunks are stored; the others hold the fill value."""

from __future__ import annotations

from itertools import product
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.core.types import AnyArray
from covoxel.io.pages import Index

if TYPE_CHECKING:
    from zarr import Array

#: Fewest chunks of a part of which it is looked up which are stored.
_FEWEST = 16


def read_part(array: Array[Any], index: Index) -> AnyArray:
    """Return a part of an array; chunks of local ones that are not stored take hardly any time.

    zarr takes about a millisecond for each chunk, stored or not.

    `index`: one for each axis, within its bounds.
    """
    root = getattr(array.store, "root", None)
    spans = [
        range(n)[i] if isinstance(i, slice) else range(i, i + 1)
        for i, n in zip(index, array.shape, strict=True)
    ]
    sizes = array.shards or array.chunks
    cells = [range(s[0] // n, s[-1] // n + 1) for s, n in zip(spans, sizes, strict=True)]
    n_cells = prod(map(len, cells))
    if not isinstance(root, Path) or n_cells < _FEWEST or any(s.step > 1 for s in spans):
        return np.asarray(array[index])
    folder, key = root / array.path, array.metadata.encode_chunk_key
    stored = [cell for cell in product(*cells) if (folder / key(cell)).exists()]
    if 2 * len(stored) > n_cells:
        return np.asarray(array[index])
    shape, fill = tuple(map(len, spans)), array.fill_value
    out = np.full(shape, fill, array.dtype) if fill else np.zeros(shape, array.dtype)
    for cell in stored:
        ends = [
            (max(i * n, s[0]), min((i + 1) * n, s[-1] + 1))
            for i, n, s in zip(cell, sizes, spans, strict=True)
        ]
        place = tuple(slice(a - s[0], b - s[0]) for (a, b), s in zip(ends, spans, strict=True))
        out[place] = array[tuple(slice(a, b) for a, b in ends)]
    return out[tuple(slice(None) if isinstance(i, slice) else 0 for i in index)]
