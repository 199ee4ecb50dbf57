"""A displacement field between its tiles, and images moved by it."""

from __future__ import annotations

import math

import numpy as np
from scipy import interpolate, ndimage

from covoxel._types import AnyArray, BoolArray, FloatArray
from covoxel.channel import Slices, block_slices
from covoxel.displacement.field_fit import bases, robust_fit
from covoxel.displacement.field_tiles import Tiles
from covoxel.displacement.overlaps import Side
from covoxel.displacement.strain import Surfaces

_BLOCK = 1 << 20
#: Pixels from a masked one that a spline would still see.
_SEEN = 3


class Dense:
    """Displacements of every pixel: a spline through the tiles.

    Tiles that are not valid, and the rim beyond the outermost ones, are bridged by quadratic
    surfaces through the valid ones nearby, on top of one linear displacement of them all.
    """

    def __init__(
        self, tiles: Tiles, displacement: FloatArray, valid: BoolArray, *, smooth: bool
    ) -> None:
        ratios = [math.ceil(t / s) for t, s in zip(tiles.tile, tiles.step, strict=True)]
        margin, grid = max(ratios) // 2 + 1, tiles.grid
        centers = tiles.centers
        trend = robust_fit(centers[valid], displacement[valid], bases("affine", np.ones(len(grid))))
        rest = np.where(valid[:, None], displacement - trend.at(centers), 0)
        values = Surfaces.through(rest, valid, grid, min(max(2, *ratios), 3)).padded(margin)
        inner = (slice(margin, -margin),) * len(grid)
        if not smooth:
            there = valid.reshape(grid)[..., None]
            values[inner] = np.where(there, rest.reshape(*grid, -1), values[inner])
        first, sizes = centers[0], zip(values.shape, tiles.step, strict=False)
        self._nodes = [
            start + step * (np.arange(n) - margin)
            for start, (n, step) in zip(first, sizes, strict=True)
        ]
        self._values, self._trend = values, trend
        self.at_tiles = values[inner].reshape(len(centers), -1) + trend.at(centers)

    def at(self, block: Slices) -> FloatArray:
        """Return the displacements of a block of pixels, (D, *block)."""
        values = self._values
        for axis, (nodes, pixels) in enumerate(zip(self._nodes, block, strict=True)):
            places = np.clip(np.arange(pixels.start, pixels.stop), nodes[0], nodes[-1])
            degree = min(3, nodes.size - 1)
            values = interpolate.make_interp_spline(nodes, values, degree, axis=axis)(places)
        grids = np.ix_(*(np.arange(s.start, s.stop, dtype=np.float64) for s in block))
        out: FloatArray = np.moveaxis(values, -1, 0).copy()
        for i, row in enumerate(self._trend.tensor):
            out[i] += self._trend.offset[i]
            for slope, grid in zip(row, grids, strict=True):
                out[i] += slope * grid
        return out

    def warped(self, side: Side, spline: AnyArray, order: int) -> Side:
        """Return image 2 as it would be without the displacements."""
        shape = side.shape
        values, known = np.empty(shape), np.empty(shape, np.bool_)
        sure = None
        if side.mask is not None:
            kernel = ndimage.generate_binary_structure(len(shape), len(shape))
            sure = ndimage.binary_erosion(side.mask, kernel, _SEEN, border_value=1)
        for block in block_slices(shape, _BLOCK):
            grids = np.ix_(*(np.arange(s.start, s.stop) for s in block))
            places = self.at(block)
            known[block] = True
            for place, grid, n in zip(places, grids, shape, strict=True):
                place += grid
                known[block] &= (place >= 0) & (place <= n - 1)
            values[block] = ndimage.map_coordinates(
                spline, places, order=order, mode="mirror", prefilter=False
            )
            if sure is not None:
                known[block] &= ndimage.map_coordinates(sure, places, order=0, mode="nearest")
        values[~known] = 0
        return Side(values, None if known.all() else known)
