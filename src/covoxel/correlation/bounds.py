"""How far displacements may go."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def reach_of(
    name: str, given: int | Sequence[int] | None, shape: tuple[int, ...]
) -> tuple[int, ...]:
    """Return the largest displacement along each axis, as far as images overlap if none is given.

    Raises
    ------
    ValueError
        If it is no whole number, or beyond the image; `name` is what it is called.
    """
    if given is None:
        return tuple(n - 1 for n in shape)
    lags = np.atleast_1d(np.asarray(given))
    if lags.dtype.kind not in "iu" or lags.size not in (1, len(shape)) or (lags < 0).any():
        msg = (
            f"{name} is {given!r}; one whole number of pixels, or one for each axis "
            f"({len(shape)}), is needed"
        )
        raise ValueError(msg)
    single = lags.size == 1 and lags[0] < max(shape)
    reach = tuple(
        min(int(lag), n - 1) if single else int(lag)
        for lag, n in zip(np.broadcast_to(lags, len(shape)), shape, strict=True)
    )
    if any(lag >= n for lag, n in zip(reach, shape, strict=True)):
        msg = f"{name} is {given!r}; the image has shape {shape}, so it reaches at most "
        msg += str(tuple(n - 1 for n in shape))
        raise ValueError(msg)
    return reach
