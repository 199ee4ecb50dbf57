"""Interpolation of a displacement field between its tiles, and warping by it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import interpolate, ndimage

from covoxel.core.resample import SplineOrder
from covoxel.core.sharing import in_threads
from covoxel.core.types import BoolArray, FloatArray
from covoxel.correlation.overlaps import MaskedBatch
from covoxel.image.channel import NEAR_VOXELS, Slices, block_slices
from covoxel.registration.field.fit import bases, linear_fit
from covoxel.registration.field.strain import Surfaces
from covoxel.registration.field.tiles import Tiles, in_stack, known_pixels

#: Pixels that the boundary of a spline affects.
_MARGIN = 6
#: A position that is outside by rounding alone counts as inside.
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Spline:
    """An image between its pixels.

    It is extended beyond its edges point-symmetrically, in value and slope, by `margin` pixels.
    """

    side: MaskedBatch
    coefficients: FloatArray
    margin: tuple[int, ...]
    order: SplineOrder

    @classmethod
    def through(cls, side: MaskedBatch) -> Spline:
        """Return the spline through an image."""
        order: SplineOrder = 5 if len(side.shape) == 2 else 3
        margin = tuple(min(_MARGIN, n - 1) for n in side.shape)
        wide = np.pad(side.values, [(m, m) for m in margin], "reflect", reflect_type="odd")
        filtered = ndimage.spline_filter(wide, order, np.float64, mode="mirror")
        reach = order // 2 + 1
        return cls(
            side, np.pad(filtered, reach, "reflect"), tuple(m + reach for m in margin), order
        )

    def warped(self, at: Callable[[Slices], FloatArray], workers: int | None = None) -> MaskedBatch:
        """Return the image at displaced pixels; `at` gives the displacements of a block."""
        from covoxel.registration.field.kernels import interpolate  # takes a while to load

        shape = self.side.shape
        values, known = np.empty(shape), np.empty(shape, np.bool_)
        plane, inside = (None,) * (3 - len(shape)), known_pixels(self.side)

        def write(block: Slices) -> None:
            interpolate(
                self.coefficients[plane],
                inside[plane],
                in_stack(self.margin, 0),
                at(block)[(slice(None), *plane)],
                in_stack([pixels.start for pixels in block], 0),
                _ROUNDING,
                values[plane],
                known[plane],
            )

        for _ in in_threads(write, list(block_slices(shape, NEAR_VOXELS)), workers):
            pass
        return MaskedBatch(values, known)


class Dense:
    """Displacements of every pixel: a spline through the tiles.

    Tiles that are not valid, and the rim beyond the outermost ones, are replaced by quadratic
    surfaces through the valid ones nearby, on top of one linear displacement of them all; with
    `smooth` all of them are, weighted by their standard errors.
    """

    def __init__(
        self,
        tiles: Tiles,
        displacement: FloatArray,
        valid: BoolArray,
        error: FloatArray,
        *,
        smooth: bool,
    ) -> None:
        ratios = [math.ceil(t / s) for t, s in zip(tiles.tile, tiles.step, strict=True)]
        margin, grid = max(ratios) // 2 + 1, tiles.grid
        centers = tiles.centers
        trend = linear_fit(centers[valid], displacement[valid], bases("affine", np.ones(len(grid))))
        rest = np.where(valid[:, None], displacement - trend.at(centers), 0)
        weight = np.where(valid, _precision(error), 0)
        values = Surfaces.through(rest, weight, grid, min(max(2, *ratios), 3)).padded(margin)
        inner = (slice(margin, -margin),) * len(grid)
        if not smooth:
            there = valid.reshape(grid)[..., None]
            values[inner] = np.where(there, rest.reshape(*grid, -1), values[inner])
        first, sizes = centers[0], zip(values.shape, tiles.step, strict=False)
        self._nodes = [
            start + step * (np.arange(n) - margin)
            for start, (n, step) in zip(first, sizes, strict=True)
        ]
        self.at_tiles = values[inner].reshape(len(centers), -1) + trend.at(centers)
        self._splines = []
        for nodes in self._nodes:
            spline = interpolate.make_interp_spline(nodes, values, min(3, nodes.size - 1))
            self._splines.append((spline.t, spline.k))
            values = np.moveaxis(spline.c, 0, len(grid) - 1)  # each axis comes first in turn
        self._coefficients, self._trend = values, trend

    def at(self, block: Slices) -> FloatArray:
        """Return the displacements of a block of pixels, (D, *block)."""
        values = self._coefficients
        for nodes, (knots, degree), pixels in zip(self._nodes, self._splines, block, strict=True):
            places = np.clip(np.arange(pixels.start, pixels.stop), nodes[0], nodes[-1])
            spline = interpolate.BSpline.construct_fast(knots, values, degree)
            values = np.moveaxis(spline(places), 0, len(block) - 1)
        rest: FloatArray = np.moveaxis(values, -1, 0)
        return rest + linear(self._trend.offset, self._trend.tensor, block)


def linear(offset: FloatArray, tensor: FloatArray, block: Slices) -> FloatArray:
    """Return ``offset + tensor @ x`` at each pixel x of a block, (D, *block)."""
    out = np.empty((len(offset), *(pixels.stop - pixels.start for pixels in block)))
    grids = np.ix_(*(np.arange(pixels.start, pixels.stop) for pixels in block))
    for along, start, slopes in zip(out, offset, tensor, strict=True):
        along[:] = start
        for slope, grid in zip(slopes, grids, strict=True):
            along += slope * grid
    return out


def _precision(error: FloatArray) -> FloatArray:
    """Return weights in [0, 1] by the standard errors; 1 where they are unknown."""
    squared = np.sum(np.square(error), axis=1)
    known = np.isfinite(squared)
    usual = np.median(squared[known]) if known.any() else 0.0
    return np.where(known & (squared > 0), usual / (usual + np.where(known, squared, 1)), 1.0)
