"""Estimation of the displacement of channel 2 relative to channel 1, tile by tile."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import ndimage

from covoxel.core.types import AnyArray, BoolArray, Progress
from covoxel.correlation.frames import Frame, paired_frames, per_axis, shift_bound
from covoxel.correlation.overlaps import MaskedBatch
from covoxel.registration.field.dense import Dense, Spline
from covoxel.registration.field.record import DisplacementField
from covoxel.registration.field.residual import Sloped, residual_displacements
from covoxel.registration.field.tiles import MIN_SHARE, TileMatches, Tiles, match
from covoxel.registration.field.validity import MAX_ERROR, like_chance, rivalled, unlike_neighbours

#: Fewest pixels of a tile along an axis, unless it takes all planes.
MIN_TILE = 8
#: Most refinements, each with image 2 warped by the displacements found so far; they end when none
#: moves a tile by more than so many standard errors.
_PASSES, _SETTLED = 4, 0.25
#: Error of a displacement in the search, in pixels.
_SEARCH_NOISE = 0.5
#: Width of the smoothing in the planes, in pixels.
_SMOOTH = 0.7

FEW = "too few pixels inside the mask"
CONSTANT = "constant"
CHANCE = "no more alike than unrelated tiles"
UNSETTLED = "too flat or too bent to settle"
RATIO = "another peak is as high"
BORDER = "at the border of the search"
UNSURE = "known to no better than 0.25 px"
NEIGHBOURS = "unlike its neighbours"


def displacement_field(
    image1: Any,
    image2: Any,
    *,
    tile: int | Sequence[int],
    overlap: float = 0.5,
    mask: Any = None,
    max_shift: int | Sequence[int] | None = None,
    spacing: Sequence[float] | None = None,
    progress: Progress | None = None,
    workers: int | None = None,
) -> DisplacementField:
    """Measure the displacement of channel 2, tile by tile.

    Each tile of channel 1 is compared with a larger window of channel 2 by masked normalised
    correlation, at every displacement up to `max_shift`. Then channel 2 is warped by a smooth
    surface through the displacements, and the remaining displacement of each tile is solved for,
    four times at most, until none changes by more than a quarter of its standard error: so
    rotation, magnification and bending within a tile do not blur it, and masks do not bias it. Both
    images are smoothed by 0.7 pixels in their planes.

    Parameters
    ----------
    image1, image2 : (Z, Y, X) or (Y, X) array-like, Channel or napari layer
        The channels, on one grid. NaN and infinite pixels are left out.
    tile : int or sequence of int
        Size of a tile in pixels, at least 8, or one size for each axis. Along Z a tile may hold
        fewer if it holds all planes; one number takes at most all of them.
    overlap : float
        Overlap of neighbouring tiles, as a share of a tile, in [0, 1).
    mask : bool array-like, optional
        Pixels to use.
    max_shift : int or sequence of int, optional
        Largest displacement in pixels, or one for each axis; a quarter of the tile by default.
    spacing : sequence of float, optional
        Pixel size in µm along each axis; overrides that of the images.
    progress : callable, optional
        Called with (done, total).
    workers : int, optional
        Threads of the transforms; all by default.

    Returns
    -------
    DisplacementField
        Every tile, valid or not. Tiles with less than half of their pixels inside the mask, and
        constant ones, have no number. Not valid are tiles whose correlation is at most three times
        that of unrelated ones by chance (unless above 0.95), with another peak above 1/1.2 of the
        highest (unless that is at least four times as far from 1), with a peak at the border of
        the search, with a standard error above 0.25 px, or unlike their neighbours: by the
        normalised median test [2]_ (limit 2, noise 0.1 px), and by as much from the predictions
        of their neighbours: the mean of opposite ones, the extrapolation of two or three in a row.

    Raises
    ------
    ValueError
        If shapes differ, tile, overlap or max_shift are not possible, a mask is empty, or an
        image is constant.
    TypeError
        If an image is complex or RGB.

    References
    ----------
    .. [1] Padfield, "Masked object registration in the Fourier domain", 2012,
       doi:10.1109/TIP.2011.2181402
    .. [2] Westerweel & Scarano, "Universal outlier detection for PIV data", 2005,
       doi:10.1007/s00348-005-0016-6
    .. [3] Scarano, "Iterative image deformation methods in PIV", 2002,
       doi:10.1088/0957-0233/13/1/201

    Examples
    --------
    >>> import numpy as np
    >>> from scipy import ndimage
    >>> image1 = ndimage.gaussian_filter(np.random.default_rng(0).random((96, 96)), 2)
    >>> image2 = np.roll(image1, (2, -1), axis=(0, 1))
    >>> field = displacement_field(image1, image2, tile=32)
    >>> bool(field.valid.all()), field.displacement.mean(axis=0).round(2).tolist()
    (True, [2.0, -1.0])
    """
    frame1, frame2, channel = paired_frames(image1, image2, mask, spacing=spacing)
    shape = frame1.shape
    size = _tile_size(tile, shape)
    reach = tuple(n // 4 for n in size) if max_shift is None else shift_bound(max_shift, shape)
    if not 0 <= overlap < 1:
        msg = f"overlap is {overlap!r}; allowed are shares of a tile from 0 to below 1"
        raise ValueError(msg)
    step = tuple(max(1, round(n * (1 - overlap))) for n in size)
    tiles = Tiles(shape, size, step)
    for name, frame in (("image1", frame1), ("image2", frame2)):
        if frame.scale == 0:
            msg = f"{name} is constant where it is measured; displacements need a texture"
            raise ValueError(msg)
    return field_of_frames(
        frame1, frame2, tiles, reach, spacing=channel.spacing, workers=workers, progress=progress
    )


def field_of_frames(
    frame1: Frame,
    frame2: Frame,
    tiles: Tiles,
    reach: tuple[int, ...],
    *,
    passes: int = _PASSES,
    spacing: tuple[float, ...] | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> DisplacementField:
    """Return the displacements up to `reach` of tiles, refined in some passes."""
    side1, side2 = prepared(frame1), prepared(frame2)
    found, reason = _measured(side1, side2, tiles, reach, passes, workers, progress)
    return DisplacementField(
        positions=tiles.centers,
        displacement=found.displacement,
        correlation=found.correlation,
        peak_ratio=found.peak_ratio,
        valid=reason == "",
        reason=reason,
        uncertainty=found.error,
        grid=tiles.grid,
        tile=tiles.tile,
        step=tiles.step,
        shape=tiles.shape,
        spacing=spacing,
        names=(frame1.name, frame2.name),
    )


def _measured(
    side1: MaskedBatch,
    side2: MaskedBatch,
    tiles: Tiles,
    reach: tuple[int, ...],
    passes: int,
    workers: int | None,
    progress: Progress | None,
) -> tuple[TileMatches, AnyArray]:
    """Return the displacement of each tile, and why it is not valid."""
    total = len(tiles.corners) * (1 + passes)

    def report(done: int) -> None:
        if progress is not None:
            progress(done, total)

    found = match(side1, side2, tiles, reach, workers=workers, report=report)
    reason = _reasons(found, tiles)
    axes = np.flatnonzero(reach)
    sloped = Sloped.of(side1, axes)
    spline = Spline.through(side2)
    for turn in range(passes):
        rows = np.flatnonzero(reason == "")
        if rows.size and axes.size:
            dense = Dense(tiles, found.displacement, reason == "", found.error, smooth=True)
            warped = Sloped.of(spline.warped(dense.at, workers), axes)
            rest = residual_displacements(sloped, warped, tiles, rows, axes, workers)
            before = found.displacement[rows]
            found.displacement[rows] = dense.at_tiles[rows] + rest.displacement[rows]
            found.correlation[rows], found.error[rows] = rest.correlation[rows], rest.error[rows]
            _mark(reason, ~np.isfinite(found.correlation), UNSETTLED)
            change = np.abs(found.displacement[rows] - before)
            if (change <= _SETTLED * found.error[rows]).all():
                report(total)
                break
        report((2 + turn) * len(tiles.corners))
    _mark(reason, np.max(found.error, axis=1) > MAX_ERROR, UNSURE)
    _mark(reason, unlike_neighbours(found.displacement, reason == "", tiles.grid), NEIGHBOURS)
    return found, reason


def _reasons(found: TileMatches, tiles: Tiles) -> AnyArray:
    """Return why tiles are not valid after the search."""
    reason = np.full(len(found.correlation), "", dtype="<U40")
    _mark(reason, found.pixels < MIN_SHARE * math.prod(tiles.tile), FEW)
    _mark(reason, found.constant | ~np.isfinite(found.correlation), CONSTANT)
    _mark(reason, found.at_border, BORDER)
    _mark(reason, like_chance(found.correlation, found.chance), CHANCE)
    _mark(reason, rivalled(found.correlation, found.peak_ratio), RATIO)
    strange = unlike_neighbours(found.displacement, reason == "", tiles.grid, _SEARCH_NOISE)
    _mark(reason, strange, NEIGHBOURS)
    return reason


def _mark(reason: AnyArray, where: BoolArray, text: str) -> None:
    reason[where & (reason == "")] = text


def prepared(frame: Frame) -> MaskedBatch:
    """Return a standardised image of its full shape, slightly smoothed in the planes.

    Unknown pixels take the nearest value, so that smoothing and splines meet no edge there; their
    neighbours are marked unknown, too.
    """
    part, box = frame.side(np.dtype(np.float64)), frame.box
    values, known = np.zeros(frame.shape), np.zeros(frame.shape, np.bool_)
    values[box], known[box] = part.values, True if part.mask is None else part.mask
    if not known.all():
        nearest = ndimage.distance_transform_edt(
            ~known, return_distances=False, return_indices=True
        )
        values = values[tuple(nearest)]
    width = (0.0,) * (values.ndim - 2) + (_SMOOTH, _SMOOTH)
    beside = (1,) * (values.ndim - 2) + (3, 3)
    inner = ndimage.minimum_filter(known, beside, mode="constant", cval=False)
    return MaskedBatch(ndimage.gaussian_filter(values, width), inner)


def _tile_size(tile: int | Sequence[int], shape: tuple[int, ...]) -> tuple[int, ...]:
    if len(shape) == 1:
        msg = f"image1 has shape {shape}; tiles need a plane (YX) or a stack (ZYX)"
        raise ValueError(msg)
    size = per_axis("tile", tile, len(shape))
    if np.size(tile) == 1 and len(shape) == 3:
        size = (min(size[0], shape[0]), *size[1:])
    for axis, n, most in zip("ZYX"[-len(shape) :], size, shape, strict=True):
        least = min(MIN_TILE, most) if axis == "Z" else MIN_TILE
        if most < least:
            msg = (
                f"image1 has shape {shape}; along {axis} the smallest tile takes {least} pixels "
                "(split an RGB image into its channels)"
            )
            raise ValueError(msg)
        if not least <= n <= most:
            msg = (
                f"tile is {tile!r}; along {axis} allowed are {least} to {most} pixels, "
                f"in an image of shape {shape}"
            )
            raise ValueError(msg)
    return size
