"""The definition, pixel by pixel."""

from collections.abc import Callable

import numpy as np
import pytest


def windows(shape, reach):
    """Yield each pixel and the slices of the box around it."""
    for place in np.ndindex(*shape):
        yield (
            place,
            tuple(slice(max(0, at - r), at + r + 1) for at, r in zip(place, reach, strict=True)),
        )


@pytest.fixture
def naive() -> Callable:
    """Return Pearson's r around each pixel, by a loop over all windows."""

    def loop(image1, image2, reach, mask=None, fewest=3):
        first, second = image1.astype(np.float64), image2.astype(np.float64)
        counted = np.isfinite(first) & np.isfinite(second)
        counted &= True if mask is None else mask
        out = np.full(first.shape, np.nan)
        for place, box in windows(first.shape, reach):
            inside = counted[box]
            x, y = first[box][inside], second[box][inside]
            if counted[place] and x.size >= fewest and np.ptp(x) > 0 and np.ptp(y) > 0:
                out[place] = np.corrcoef(x, y)[0, 1]
        return out

    return loop


@pytest.fixture
def images() -> Callable:
    """Make two related channels of a data type, with patches on which they are constant."""

    def make(shape, dtype="u2", offset=0, seed=0):
        rng = np.random.default_rng(seed)
        first = rng.integers(0, 200, shape)
        second = first // 2 + rng.integers(0, 50, shape)
        first[tuple(slice(0, n // 2) for n in shape)] = 7
        second[tuple(slice(n // 2, None) for n in shape)] = 9
        if dtype == "?":
            return first > 60, second > 40
        return (first + offset).astype(dtype), (second + offset).astype(dtype)

    return make
