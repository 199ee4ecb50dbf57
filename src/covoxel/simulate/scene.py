"""What lies in the simulated sample: cells, and spots that may have partners."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import spatial

from covoxel.core.types import BoolArray, FloatArray, IntArray
from covoxel.simulate.options import SimulateOptions

#: Attempts at placing one cell, all cells, and spots, before a request is called impossible.
_TRIES = 100
_LAYOUTS = 100
_ROUNDS = 1000
#: Waves along the outline of a cell, and how far each may bulge.
_WAVES = np.arange(2, 5)
_BULGE = 0.07


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedSpots:
    """Spots of both channels, before channel 2 is displaced by the offset.

    Attributes
    ----------
    positions1, positions2 : ndarray of float, (frames, spots, spatial axes)
        Centres in µm from the centre of the first voxel. In a frame with k shared spots
        the first k of both channels are partners.
    brightness : ndarray of float, (spots of the richer channel,)
        Relative brightness; partners are equally bright.
    """

    positions1: FloatArray
    positions2: FloatArray
    brightness: FloatArray


def place_cells(options: SimulateOptions, rng: np.random.Generator) -> IntArray:
    """Place roundish cells that neither touch nor leave the image.

    Returns
    -------
    ndarray of int, (Z)YX
        0 outside, 1…n_cells inside.

    Raises
    ------
    ValueError
        If the cells do not fit.
    """
    labels = np.zeros(options.shape, dtype=np.int64)
    radii = options.cell_radius * rng.uniform(0.85, 1.15, options.n_cells)
    bulges = rng.uniform(-_BULGE, _BULGE, (options.n_cells, _WAVES.size))
    phases = rng.uniform(0, 2 * math.pi, bulges.shape)
    reaches = radii * (1 + np.abs(bulges).sum(axis=1))
    centres = _scatter(options, reaches + max(options.voxel[-2:]), rng)
    outlines = zip(centres, radii, bulges, phases, strict=True)
    for label, outline in enumerate(outlines, start=1):
        _paint_cell(labels, label, options.voxel, *outline)
    return labels


def _scatter(options: SimulateOptions, reaches: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Centres (y, x) in µm of discs that neither overlap nor leave the image."""
    extent = np.multiply(options.shape[-2:], options.voxel[-2:])
    centres = np.empty((reaches.size, 2))
    for _ in range(_LAYOUTS if 2 * reaches.max() < extent.min() else 0):
        for index, reach in enumerate(reaches):
            offers = rng.uniform(reach, extent - reach, (_TRIES, 2))
            distances = spatial.distance.cdist(offers, centres[:index])
            free = (distances > reach + reaches[:index]).all(axis=1)
            if not free.any():
                break
            centres[index] = offers[free.argmax()]
        else:
            return centres
    msg = (
        f"n_cells is {options.n_cells} and cell_radius {options.cell_radius:g} µm; "
        f"so many of that size do not fit into {extent[0]:g} × {extent[1]:g} µm"
    )
    raise ValueError(msg)


def _paint_cell(
    labels: IntArray,
    label: int,
    voxel: tuple[float, ...],
    centre: FloatArray,
    radius: float,
    bulges: FloatArray,
    phases: FloatArray,
) -> None:
    """Paint an upright ellipsoid with a wavy outline, as high as the stack allows."""
    size = radius * (1 + float(np.abs(bulges).sum()))
    window = tuple(
        slice(max(0, int((middle - size) / step)), int((middle + size) / step) + 2)
        for middle, step in zip(centre, voxel[-2:], strict=True)
    )
    part = labels[(slice(None),) * (labels.ndim - 2) + window]
    y, x = (
        np.arange(cut.start, cut.start + n) * step - middle
        for cut, n, step, middle in zip(window, part.shape[-2:], voxel[-2:], centre, strict=True)
    )
    angle = np.arctan2(y[:, None], x[None, :])
    wave = bulges @ np.cos(np.multiply.outer(_WAVES, angle) + phases[:, None, None]).swapaxes(0, 1)
    inside = (y[:, None] ** 2 + x[None, :] ** 2) / (radius * (1 + wave)) ** 2
    if labels.ndim == 3:
        planes = labels.shape[0]
        height = min(radius, 0.5 * planes * voxel[0])
        z = (np.arange(planes) - (planes - 1) / 2) * voxel[0] / height
        inside = inside + z[:, None, None] ** 2
    part[inside < 1] = label


def place_spots(
    options: SimulateOptions,
    labels: IntArray | None,
    vectors: FloatArray,
    rng: np.random.Generator,
) -> SimulatedSpots:
    """Place spots in the cells (the whole image without cells) and let them move.

    A spot stays in its cell: a step that would leave it is not taken.

    `options`: how many spots, shared ones and frames, and how they move.
    `labels`: the cells.
    `vectors`: from each shared spot to its partner, µm.
    `rng`: source of randomness.

    Raises
    ------
    ValueError
        If associated spots do not fit into the image or its cells.
    """
    first, second = options.spot_counts
    most = max(options.shared_counts)
    room = _Room(options, labels)
    bound = np.zeros((first, len(options.shape)))
    bound[:most] = vectors[:most]
    anchors = room.fill(bound, rng)
    loose = room.fill(np.zeros((second, len(options.shape))), rng)
    positions1 = np.empty((options.frames, *anchors.shape))
    positions2 = np.empty((options.frames, *loose.shape))
    for t, shared in enumerate(options.shared_counts):
        if t:
            anchors = room.step(anchors, bound, rng)
            loose = room.step(loose, np.zeros_like(loose), rng)
        positions1[t] = anchors
        positions2[t] = loose
        positions2[t, :shared] = anchors[:shared] + vectors[:shared]
    brightness = np.exp(rng.normal(0, options.brightness_spread, max(first, second)))
    return SimulatedSpots(positions1, positions2, brightness)


def association_vectors(
    options: SimulateOptions, count: int, rng: np.random.Generator
) -> FloatArray:
    """Draw vectors from what is shared in channel 1 to its place in channel 2, µm."""
    if options.association_direction is None:
        directions = rng.standard_normal((count, len(options.shape)))
    else:
        directions = np.tile(options.per_axis("association_direction"), (count, 1))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    lengths = rng.normal(options.association_distance, options.association_spread, count)
    return directions * np.abs(lengths)[:, None]


class _Room:
    """Where spots may be."""

    def __init__(self, options: SimulateOptions, labels: IntArray | None) -> None:
        self.options = options
        self.labels = labels
        self.voxel = np.asarray(options.voxel)
        self.voxels = None if labels is None else np.flatnonzero(labels)

    def fill(self, partners: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Random points whose `partners`, relative to them, lie in the same cell."""
        points = np.empty_like(partners)
        missing = np.arange(len(partners))
        for _ in range(_ROUNDS):
            points[missing] = self._anywhere(missing.size, rng)
            here, there = self._cell(points[missing]), self._cell((points + partners)[missing])
            missing = missing[(here == 0) | (here != there)]
            if not missing.size:
                return points
        msg = (
            f"association_distance is {self.options.association_distance} µm; "
            "spots so far apart do not fit into the image or its cells"
        )
        raise ValueError(msg)

    def step(
        self, points: FloatArray, partners: FloatArray, rng: np.random.Generator
    ) -> FloatArray:
        """Points after one frame of drift and random walk."""
        moves = rng.normal(0, self.options.walk, points.shape) + self.options.per_axis("drift")
        moved = points + moves
        if self.labels is None:
            return moved
        home = self._cell(points)
        stays = (self._cell(moved) == home) & (self._cell(moved + partners) == home)
        return np.where(stays[:, None], moved, points)

    def _anywhere(self, count: int, rng: np.random.Generator) -> FloatArray:
        shape = self.options.shape
        if self.voxels is None:
            corners = rng.integers(0, shape, (count, len(shape)))
        else:
            corners = np.stack(np.unravel_index(rng.choice(self.voxels, count), shape), axis=1)
        return np.asarray((corners + rng.uniform(-0.5, 0.5, corners.shape)) * self.voxel)

    def _cell(self, points: FloatArray) -> IntArray:
        """Label under each point, 0 outside the image; without cells the image is cell 1."""
        index = np.rint(points / self.voxel).astype(np.int64)
        in_image: BoolArray = ((index >= 0) & (index < self.options.shape)).all(axis=1)
        if self.labels is None:
            return in_image.astype(np.int64)
        index[~in_image] = 0
        found: IntArray = self.labels[tuple(index.T)]
        return found * in_image
