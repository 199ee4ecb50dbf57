"""JPEG compression of 8-bit images that were not scaled since, by the steps of their waves."""

from __future__ import annotations

from functools import cache

import numpy as np

from covoxel.core.types import AnyArray, FloatArray

#: Edge of a block in pixels, and the waves that are looked at along either axis of it.
_BLOCK, _WAVES = 8, 3
#: Heights of waves beyond half a step of JPEG's tables, so many at least, lie on its multiples: the
#: mean cosine of their phase is above this, of so many of the waves.
_STEPS, _FEWEST = range(2, 41), 40
_ON_STEPS, _LEAST = 0.6, 2
#: Fewer levels are those of a drawing or a mask.
_LEVELS, _HIGHEST = 8, 255


def quantised(tiles: FloatArray) -> bool:
    """Return whether waves in blocks of 8 × 8 pixels have heights in steps, as JPEG leaves them.

    Tiles begin at the border of a block. Images that are not of 8 bits, or were scaled, have no
    such steps.

    Examples
    --------
    >>> quantised(np.random.default_rng(0).poisson(20, (1, 128, 128)).astype(float))
    False
    """
    if not len(tiles) or min(tiles.shape[1:]) < _BLOCK:
        return False
    if not of_8_bits(tiles) or len(np.unique(tiles)) < _LEVELS:
        return False
    n, height, width = tiles.shape
    rows, columns = height // _BLOCK, width // _BLOCK
    cut = tiles[:, : rows * _BLOCK, : columns * _BLOCK]
    blocks = cut.reshape(n, rows, _BLOCK, columns, _BLOCK).swapaxes(2, 3)
    blocks = blocks.reshape(-1, _BLOCK, _BLOCK)
    # where a decoder cut off what is below 0 or above 255, the steps are lost
    kept = (blocks.min((1, 2)) > 0) & (blocks.max((1, 2)) < _HIGHEST)
    waves = _waves()
    heights = (waves @ blocks @ waves.T).reshape(len(blocks), -1)[:, 1:]
    return _in_steps(heights) or _in_steps(heights[kept])


def of_8_bits(images: FloatArray) -> bool:
    """Return whether all pixels are whole numbers of 8 bits."""
    within = images.min(initial=0) >= 0 and images.max(initial=0) <= _HIGHEST
    return bool(within and not (images % 1).any())


def _in_steps(heights: FloatArray) -> bool:
    return sum(map(_on_steps, heights.T)) >= _LEAST


def _on_steps(heights: AnyArray) -> bool:
    """Return whether the heights of one wave are multiples of a step."""
    if len(heights) < _FEWEST:
        return False
    size = np.abs(heights)
    for step in _STEPS:
        large = size[size > step / 2]
        if large.size < _FEWEST:
            return False
        if np.cos(large * (2 * np.pi / step)).mean() > _ON_STEPS:
            return True
    return False


@cache
def _waves() -> FloatArray:
    """Return the first waves of the cosine transform of a block, one a row."""
    places, numbers = np.arange(_BLOCK) + 0.5, np.arange(_WAVES)[:, np.newaxis]
    waves: FloatArray = np.cos(np.pi / _BLOCK * numbers * places) / 2
    waves[0] /= np.sqrt(2)
    return waves
