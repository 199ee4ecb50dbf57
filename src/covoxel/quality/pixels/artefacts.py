"""What is in an image that did not come from the sample: compression, text, uneven light."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from covoxel._types import AnyArray, FloatArray
from covoxel.quality.codes import BURNED_IN, JPEG, VIGNETTING
from covoxel.quality.findings import Finding, digits
from covoxel.quality.pixels.sampled import Sampled

#: Blocks of JPEG, in pixels, and the fewest of them in a tile.
_BLOCK, _BLOCKS = 8, 4
#: Steps at the borders of blocks, relative to those elsewhere, along either axis; by how many
#: standard errors they exceed those at every other place, along either axis and in sum.
_STEP, _EACH, _SUM = 1.1, 1.5, 5.0
#: Fewest pixels of a letter or a scale bar, and how far below it, as a share of the range of the
#: image, the pixels around it lie: light that a microscope images falls off gradually.
_LETTER, _CLIFF = 12, 0.5
#: So many marks are looked at.
_MARKS = 50
#: The grid on which the dimmest pixels are compared, the share of them, its smallest image.
_GRID, _DIM, _SMALLEST = 8, 0.2, 64
#: Light falls off towards all corners by this share, as a paraboloid with this R², and by this
#: part of it in the middle of the edges.
_FALL, _FIT, _EDGES = 0.15, 0.7, 0.2


def artefact_findings(sampled: Sampled) -> list[Finding]:
    """Look for compression, text and uneven light in the plane."""
    number, found = sampled.number, []
    if blocky(sampled.tiles):
        found.append(_jpeg(number))
    marks = burned_in(sampled.plane)
    if marks:
        found.append(_burned_in(number, marks))
    fall = fall_off(sampled.plane)
    if fall >= _FALL:
        found.append(_vignetting(number, fall))
    return found


def blocky(tiles: Sequence[FloatArray]) -> bool:
    """Return whether intensities step every 8 pixels along both axes, as JPEG makes them.

    Examples
    --------
    >>> image = np.random.default_rng(0).normal(size=(64, 64))
    >>> image[:] += np.random.default_rng(1).normal(size=(8, 8)).repeat(8, 0).repeat(8, 1)
    >>> blocky([image])
    True
    """
    least = min(_BLOCKS * _BLOCK, *(min(tile.shape) for tile in tiles)) if tiles else 0
    if least < _BLOCKS * _BLOCK:
        return False
    steps = [_steps(tiles), _steps([tile.T for tile in tiles])]
    sizes, errors = zip(*steps, strict=True)
    return min(sizes) >= _STEP and min(errors) >= _EACH and sum(errors) >= _SUM


def _steps(tiles: Sequence[FloatArray]) -> tuple[float, float]:
    """Return how large steps are at the borders of blocks along the rows.

    A step is what a line through the pixels on either side does not explain. The first number
    is relative to elsewhere; the second is by how many standard errors the place stands out.
    """
    rows = []
    for tile in tiles:
        slope = np.diff(tile, axis=1)
        step = np.abs(slope[:, 1:-1] - (slope[:, :-2] + slope[:, 2:]) / 2)
        whole = step.shape[1] // _BLOCK * _BLOCK
        rows.append(step[:, :whole].reshape(len(step), -1, _BLOCK).mean(axis=0))
    blocks = np.concatenate(rows)
    blocks = blocks[blocks.any(axis=1)]
    if len(blocks) < _BLOCKS:
        return 0.0, 0.0
    blocks /= blocks.mean(axis=1, keepdims=True)
    size = blocks.mean(axis=0)
    at = int(size.argmax())
    lead = size[at] - np.delete(size, at).max()
    error = max(blocks[:, at].std() / np.sqrt(len(blocks)), 1e-9)
    return size[at] / np.median(size), lead / error


def burned_in(plane: AnyArray) -> int:
    """Return how many marks of the highest intensity have sharp edges, as text and bars have.

    Examples
    --------
    >>> image = np.random.default_rng(0).poisson(20, (64, 64))
    >>> image[50:53, 10:40] = 255
    >>> burned_in(image)
    1
    """
    top, bottom = np.nanmax(plane), np.nanmedian(plane)
    marked = plane == top
    if np.count_nonzero(marked) < _LETTER or not np.isfinite(top) or len(np.unique(plane)) < 8:
        return 0
    labels, _ = ndimage.label(marked, np.ones((3, 3), int))
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    large = np.flatnonzero(sizes >= _LETTER)[:_MARKS]
    boxes = ndimage.find_objects(labels)
    return sum(_sharp(plane, labels, int(i), boxes[i - 1], top, bottom) for i in large)


def _sharp(
    plane: AnyArray, labels: AnyArray, label: int, box: tuple[slice, slice], top: float, low: float
) -> bool:
    """Return whether the pixels around a mark are far below it."""
    around = tuple(slice(max(0, part.start - 1), part.stop + 1) for part in box)
    own = labels[around] == label
    ring = ndimage.binary_dilation(own, np.ones((3, 3), bool)) & ~own
    if not ring.any():
        return False
    return bool(np.quantile(plane[around][ring], 0.9) < top - _CLIFF * (top - low))


def fall_off(plane: AnyArray) -> float:
    """Return by which share the dimmest pixels fall off from the centre to all corners.

    0 where they do not, or not evenly.

    Examples
    --------
    >>> y, x = np.mgrid[-1:1:128j, -1:1:128j]
    >>> round(fall_off(100 - 20 * (x**2 + y**2)), 1)
    0.3
    """
    if min(plane.shape) < _SMALLEST:
        return 0.0
    dim = _dimmest(plane)
    y, x = np.meshgrid(*(np.linspace(-1, 1, _GRID) * n / max(plane.shape) for n in plane.shape))
    terms = np.stack([np.ones_like(x), x, y, x * x + y * y]).reshape(4, -1).T
    fitted = terms @ np.linalg.lstsq(terms, dim.T.ravel(), rcond=None)[0]
    spread = np.square(dim - dim.mean()).sum()
    if not spread or 1 - np.square(dim.T.ravel() - fitted).sum() / spread < _FIT:
        return 0.0
    half = _GRID // 2
    middle = slice(half - 1, half + 1)
    centre = dim[middle, middle].mean()
    corners = dim[:: _GRID - 1, :: _GRID - 1]
    edges = np.mean([dim[:: _GRID - 1, middle].mean(), dim[middle, :: _GRID - 1].mean()])
    if centre <= 0 or edges - corners.mean() < _EDGES * (centre - corners.mean()):
        return 0.0
    return float((centre - corners.max()) / centre)


def _dimmest(plane: AnyArray) -> FloatArray:
    """Return the dimmest intensities of each part of the grid."""
    step = max(1, min(plane.shape) // 256)
    coarse = plane[::step, ::step].astype(np.float64)
    height, width = (n // _GRID for n in coarse.shape)
    parts = coarse[: height * _GRID, : width * _GRID].reshape(_GRID, height, _GRID, width)
    dim: FloatArray = np.nan_to_num(np.quantile(parts, _DIM, axis=(1, 3)))
    return dim


def _jpeg(number: int) -> Finding:
    return Finding(
        JPEG,
        "warning",
        np.True_,
        f"channel {number} has steps every 8 pixels, as JPEG compression leaves them",
        (),
        number,
    )


def _burned_in(number: int, marks: int) -> Finding:
    return Finding(
        BURNED_IN,
        "severe",
        np.True_,
        f"{{}} marks of the highest intensity with sharp edges are in channel {number}, as text "
        "or a scale bar",
        (np.asarray(marks),),
        number,
    )


def _vignetting(number: int, fall: float) -> Finding:
    return Finding(
        VIGNETTING,
        "warning",
        np.True_,
        f"the background of channel {number} falls off by {{}} % from the centre to all corners",
        (digits(100 * fall),),
        number,
    )
