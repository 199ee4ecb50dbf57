"""Artefacts in an image: JPEG compression, burned-in text, uneven light, lost levels."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from covoxel.core.types import AnyArray, FloatArray
from covoxel.quality.caution import Finding, digits
from covoxel.quality.kinds import BURNED_IN, JPEG, VIGNETTING
from covoxel.quality.pixels.sampled import Sampled

#: Edge of a block of JPEG in pixels, the waves that are looked at along either axis of it, and the
#: fewest blocks in a tile.
_BLOCK, _WAVES, _BLOCKS = 8, 3, 4
#: Heights of waves beyond half a step of JPEG's tables, so many at least, lie on its multiples: the
#: mean cosine of their phase is above this, of so many of the waves.
_STEPS, _FEWEST = range(2, 41), 40
_ON_STEPS, _LEAST = 0.6, 2
#: Fewer levels are those of a drawing or a mask; the highest of 8 bits.
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


#: Steps at the borders of blocks, relative to those elsewhere, along either axis; by how many
#: standard errors they exceed those at every other place, along either axis and in sum.
_STEP, _EACH, _SUM = 1.1, 1.5, 5.0
#: Tiles in which waves have steps.
_FIRST = 1
#: In parts of the tiles, blocks show by these steps and standard errors in sum.
_HINT, _HINTS = 1.05, 1.5
#: Fewest pixels of a letter or a scale bar. Light that a microscope images falls off gradually:
#: next to a saturated structure it is brighter than so many pixels away, by more than this
#: share of the step. A stroke is so many times longer than wide.
_LETTER, _FAR, _GLOW, _LONG = 8, 4, 0.08, 3
#: Marks are no more than this share of an image, and so many of them are looked at. The rest of
#: the image is judged by every so many pixels.
_MOST, _MARKS, _EVERY = 0.05, 50, 4
#: The dark end of the rest is this quantile: letters have edges of mixed intensity.
_DARK_END = 0.02
#: The grid on which the dimmest pixels are compared, the share of them, its smallest image.
_GRID, _DIM, _SMALLEST = 8, 0.2, 64
#: Light falls off towards all corners by this share, as a paraboloid with this R², and by this
#: part of it in the middle of the edges.
_FALL, _FIT, _EDGES = 0.15, 0.7, 0.2


def artefact_findings(sampled: Sampled) -> list[Finding]:
    """Look for compression, text and uneven light in the plane."""
    found = []
    blocks = _hints_at_blocks(sampled.parts) and blocky(sampled.tiles)
    if blocks or (of_8_bits(sampled.parts) and quantised(sampled.tiles[:_FIRST])):
        found.append(Finding(JPEG, (), sampled.number))
    if marks := burned_in(sampled.plane):
        found.append(Finding(BURNED_IN, (marks,), sampled.number))
    if (fall := fall_off(sampled.plane)) >= _FALL:
        found.append(Finding(VIGNETTING, (digits(100 * fall),), sampled.number))
    return found


def blocky(tiles: FloatArray) -> bool:
    """Return whether tiles step every 8 pixels along both axes, as JPEG makes them.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> blocks, noise = rng.normal(size=(16, 16)), rng.normal(size=(128, 128))
    >>> blocky((blocks.repeat(8, 0).repeat(8, 1) + noise / 4)[None]), blocky(noise[None])
    (True, False)
    """
    if not len(tiles) or min(tiles.shape[1:]) < _BLOCKS * _BLOCK:
        return False
    (size1, error1), (size2, error2) = map(_at_borders, _steps(tiles))
    sharp = min(size1, size2) >= _STEP and min(error1, error2) >= _EACH
    return sharp and error1 + error2 >= _SUM


def _hints_at_blocks(parts: FloatArray) -> bool:
    """Return whether parts of the tiles do not show already that there are no blocks."""
    across, down = _steps(parts)
    size1, error1 = _at_borders(across)
    if 0 < size1 < _HINT:
        return False
    size2, error2 = _at_borders(down)
    return min(size1, size2) == 0 or (size2 >= _HINT and error1 + error2 >= _HINTS)


def _steps(tiles: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the mean steps from column to column of each tile, and from row to row."""
    from covoxel.quality.kernels import unexplained_steps

    n, height, width = tiles.shape
    down, across = np.zeros((n, max(0, height - 3))), np.zeros((n, max(0, width - 3)))
    for of_one in zip(tiles, down, across, strict=True):
        unexplained_steps(*of_one)
    return across, down


def _at_borders(steps: FloatArray) -> tuple[float, float]:
    """Return how large steps are at the borders of blocks.

    The first number is relative to elsewhere; the second is by how many standard errors the place
    stands out. Both are 0 where there are too few blocks.
    """
    blocks = steps[:, : steps.shape[1] // _BLOCK * _BLOCK].reshape(-1, _BLOCK)
    level = blocks.mean(axis=1, keepdims=True)
    if not level.all():
        blocks, level = blocks[level[:, 0] > 0], level[level[:, 0] > 0]
    if len(blocks) < _BLOCKS:
        return 0.0, 0.0
    blocks = blocks / level
    size = blocks.mean(axis=0)
    ranked, at = np.sort(size), int(size.argmax())
    middle = ranked[_BLOCK // 2 - 1 : _BLOCK // 2 + 1].mean()
    if not middle > 0:
        return 0.0, 0.0
    error = max(blocks[:, at].std() / np.sqrt(len(blocks)), 1e-9)
    return float(ranked[-1] / middle), float((ranked[-1] - ranked[-2]) / error)


def burned_in(plane: AnyArray) -> int:
    """Return how many marks of the highest or lowest intensity have sharp edges, as text has.

    Marks of the lowest one are darker than all else by far, and within the image.

    Examples
    --------
    >>> image = np.random.default_rng(0).poisson(20, (64, 64))
    >>> image[50:53, 10:40] = 255
    >>> burned_in(image)
    1
    """
    return _marks(plane, plane.max()) + _marks(plane, plane.min(), dark=True)


def _marks(plane: AnyArray, level: Any, *, dark: bool = False) -> int:
    marked = plane == level  # nothing equals NaN
    count = np.count_nonzero(marked)
    if not (_LETTER <= count <= _MOST * plane.size and np.isfinite(level)):
        return 0
    some = plane[::_EVERY, ::_EVERY]
    if len(np.unique(some)) < _LEVELS:
        return 0
    if dark and not _far_below(some[some != level], float(level)):
        return 0
    from scipy import ndimage  # loads slowly

    labels, _ = ndimage.label(marked, np.ones((3, 3), int))
    sizes = np.bincount(labels.ravel())
    large = 1 + np.flatnonzero(sizes[1:] >= _LETTER)[:_MARKS]
    boxes = ndimage.find_objects(labels)
    return sum(
        _sharp(plane, labels, int(i), boxes[i - 1], dark=dark)
        for i in large
        if not (dark and _at_frame(boxes[i - 1], plane.shape))
    )


def _far_below(others: AnyArray, level: float) -> bool:
    """Return whether a level is further below the dark end of others than that below the median."""
    dark_end, middle = np.quantile(others, [_DARK_END, 0.5])
    return bool(dark_end - level > middle - dark_end)


def _at_frame(box: tuple[slice, slice], shape: tuple[int, ...]) -> bool:
    """Return whether a mark touches the frame, as what a rotation or a shift leaves empty does."""
    return any(part.start == 0 or part.stop == n for part, n in zip(box, shape, strict=True))


def _sharp(
    plane: AnyArray, labels: AnyArray, label: int, box: tuple[slice, slice], *, dark: bool
) -> bool:
    """Return whether the pixels next to a mark are as dark as those further away, or as bright.

    Next to straight strokes are pixels of mixed intensity, where letters are smoothed.
    """
    from scipy.ndimage import distance_transform_cdt  # loads slowly

    around = tuple(slice(max(0, part.start - _FAR), part.stop + _FAR) for part in box)
    values, marks = plane[around].astype(np.float64), labels[around]
    if dark:
        values = -values
    own = marks == label
    sides = [part.stop - part.start for part in box]
    stroke = own.sum() == np.prod(sides) and max(sides) >= _LONG * min(sides)
    distance = distance_transform_cdt(~own)
    near = 2 if stroke else 1
    beside, far = (values[(distance == d) & (marks == 0)] for d in (near, _FAR))
    if not (beside.size and far.size):
        return False
    step = values.max() - np.median(far)
    return bool(np.quantile(beside, 0.75) - np.median(far) < _GLOW * step)


def fall_off(plane: AnyArray) -> float:
    """Return by which share the dimmest pixels fall off from the centre to all corners.

    0 where they do not, or not evenly.

    Examples
    --------
    >>> y, x = np.mgrid[-1:1:128j, -1:1:128j]
    >>> round(fall_off(100 - 20 * (x**2 + y**2)), 1)
    0.3
    """
    if min(plane.shape) < _SMALLEST or (plane.dtype.kind == "f" and not np.isfinite(plane).all()):
        return 0.0
    dim = _dimmest(plane)
    spread = np.square(dim - dim.mean()).sum()
    rest = np.square(dim.ravel() - _paraboloid(*plane.shape) @ dim.ravel()).sum()
    if not spread or 1 - rest / spread < _FIT:
        return 0.0
    half = _GRID // 2
    middle = slice(half - 1, half + 1)
    centre = dim[middle, middle].mean()
    corners = dim[:: _GRID - 1, :: _GRID - 1]
    edges = np.mean([dim[:: _GRID - 1, middle].mean(), dim[middle, :: _GRID - 1].mean()])
    if centre <= 0 or edges - corners.mean() < _EDGES * (centre - corners.mean()):
        return 0.0
    return float((centre - corners.max()) / centre)


@cache
def _paraboloid(height: int, width: int) -> FloatArray:
    """Return the matrix that fits a paraboloid to the grid of a plane."""
    sides = (np.linspace(-1, 1, _GRID) * n / max(height, width) for n in (height, width))
    y, x = np.meshgrid(*sides, indexing="ij")
    terms = np.stack([np.ones_like(x), x, y, x * x + y * y]).reshape(4, -1).T
    return terms @ np.linalg.pinv(terms)


def _dimmest(plane: AnyArray) -> FloatArray:
    """Return the dimmest intensities of each part of the grid."""
    step = max(1, min(plane.shape) // 128)
    coarse = plane[::step, ::step]
    height, width = (n // _GRID for n in coarse.shape)
    grid = coarse[: height * _GRID, : width * _GRID].reshape(_GRID, height, _GRID, width)
    parts = grid.swapaxes(1, 2).reshape(_GRID, _GRID, -1)
    whole, rest = divmod(_DIM * (parts.shape[2] - 1), 1)
    places = [int(whole), int(whole) + 1]
    below, above = np.moveaxis(np.partition(parts, places)[..., places], -1, 0).astype(np.float64)
    dim: FloatArray = below + rest * (above - below)
    return dim
