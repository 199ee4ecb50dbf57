"""Objects placed anew in their cells, as they are and without overlap."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from covoxel.core.checks import in_range, same_shape
from covoxel.core.types import BoolArray, FloatArray, IntArray, Progress
from covoxel.image.channel import frame_slices
from covoxel.objects.cells import parent_cells
from covoxel.objects.object_set import ObjectSet
from covoxel.objects.redraws import ranked
from covoxel.objects.sites import Closeness, Site, steps_of
from covoxel.objects.window import window_in

#: Places that are tried for an object at a time, and how often a cell is begun anew.
_BATCHES, _RESTARTS = (8, 64, 512, 4096), 20


@dataclass(frozen=True, slots=True)
class PlacementTest:
    """Objects of channel 2 beside what they are where they are placed anew.

    Undefined values are NaN.

    Attributes
    ----------
    n1, n2 : int
        Objects in cells that are tested.
    p, z : float
        Of the nearest distances of centres: two-sided p-value, and standard deviations of the null,
        above 0 where objects are nearer than by chance.
    overlapping : int
        Objects of channel 2 that overlap with one of channel 1.
    chance : float
        How many do by chance.
    p_overlap, z_overlap : float
        Of their number.
    by_chance : (N,) ndarray of float
        Nearest distances of objects placed anew, at equal steps of probability; empty where
        nothing is tested.
    reason : str
        Why values are NaN, or which cells are left out; empty if none is.
    cells : dict of int to PlacementTest
        The test of each cell, by label; empty without cells.
    """

    n1: int
    n2: int
    p: float = math.nan
    z: float = math.nan
    overlapping: int = 0
    chance: float = math.nan
    p_overlap: float = math.nan
    z_overlap: float = math.nan
    by_chance: FloatArray = field(default_factory=lambda: np.zeros(0), compare=False, repr=False)
    reason: str = ""
    cells: dict[int, PlacementTest] = field(default_factory=dict)


def placement_test(
    objects1: ObjectSet,
    objects2: ObjectSet,
    *,
    cells: ObjectSet | None = None,
    n_draws: int = 199,
    rng: int | np.random.Generator | None = 0,
    progress: Progress | None = None,
) -> PlacementTest:
    """Test whether objects are near or overlap, against objects placed anew inside their cells.

    Each object of channel 2 keeps its form and is put anywhere in its cell, larger ones first, so
    that it lies inside and overlaps with no other object of channel 2. For objects that are not
    small beside their cells or their distances; `coupling_test` takes objects for points.

    Parameters
    ----------
    objects1, objects2 : ObjectSet
        In frames of one shape; those of channel 2 of labels.
    cells : ObjectSet, optional
        Cells; None for the mask or the frame as one cell.
    n_draws : int
        Placements, from 19.
    rng : int or numpy.random.Generator, optional
        Seed of the placements.
    progress : callable, optional
        Called with (cells done, in all).

    Returns
    -------
    PlacementTest

    Raises
    ------
    ValueError
        If shapes differ, objects 2 are points, or an option is out of range.

    Notes
    -----
    Objects that cluster inside their cell are separated by the placement, for which the test is
    significant too often; see `coupling_test`.

    References
    ----------
    DiAna, doi:10.1016/j.ymeth.2016.11.016

    Examples
    --------
    >>> from covoxel.objects import labelled_objects
    >>> labels = np.zeros((64, 64), int)
    >>> for number in range(1, 13):
    ...     y, x = 16 * ((number - 1) // 4) + 5, 15 * ((number - 1) % 4) + 5
    ...     labels[y : y + 3, x : x + 3] = number
    >>> moved = np.roll(labels, 1, axis=1)
    >>> found = placement_test(labelled_objects(labels), labelled_objects(moved))
    >>> found.p, found.overlapping, round(found.chance)
    (0.01, 12, 1)
    """
    in_range("n_draws", n_draws, 19, 1e6)
    if objects2.index is None:
        msg = "objects2 are points, which have no form; use coupling_test"
        raise ValueError(msg)
    for name, one in (("objects2", objects2), ("cells", cells)):
        if one is not None:
            same_shape(name, one.shape, "objects1", objects1.shape)
    generator = np.random.default_rng(rng)
    scenes = _scenes(objects1, objects2, cells)
    total, distances = np.zeros((2, 1 + int(n_draws))), []
    each, crowded, n1, n2 = {}, 0, 0, 0
    for done, (label, scene) in enumerate(scenes):
        drawn = scene.drawn(int(n_draws), generator)
        if isinstance(drawn, str):
            crowded += drawn == _CROWDED
            each[label] = PlacementTest(len(scene.points1), len(scene.forms), reason=drawn)
        else:
            total += drawn[0]
            distances.append(drawn[1])
            n1, n2 = n1 + len(scene.points1), n2 + len(scene.forms)
            each[label] = _result(len(scene.points1), len(scene.forms), *drawn)
        if progress is not None:
            progress(done + 1, len(scenes))
    reason = f"{crowded} cells without room for their objects are left out" if crowded else ""
    if not n2:
        nothing = reason or "no cell holds objects of both channels"
        return PlacementTest(0, 0, reason=nothing, cells=each if cells is not None else {})
    near = np.concatenate(distances)
    return _result(n1, n2, total, near, reason, each if cells is not None else None)


_CROWDED = "the objects of channel 2 fill the cell"


def _result(
    n1: int,
    n2: int,
    drawn: FloatArray,
    near: FloatArray,
    reason: str = "",
    cells: dict[int, PlacementTest] | None = None,
) -> PlacementTest:
    """Return the test of scores and overlapping objects, those found before those drawn.

    `near` are the nearest distances of all draws.
    """
    (score, *scores), (count, *counts) = drawn
    p, z = ranked(score, np.array(scores))
    p_overlap, z_overlap = ranked(count, np.array(counts))
    chance, by_chance = float(np.mean(counts)), steps_of(near, np.ones(len(near)))
    return PlacementTest(
        n1, n2, p, z, int(count), chance, p_overlap, z_overlap, by_chance, reason, cells or {}
    )


def _scenes(
    objects1: ObjectSet, objects2: ObjectSet, cells: ObjectSet | None
) -> list[tuple[int, _Scene]]:
    """Return each cell with what lies in it, by label."""
    frame = frame_slices(objects1.shape)
    if cells is None or cells.index is None:
        inside = np.ones(objects1.shape, bool) if objects2.mask is None else objects2.mask
        own = [np.flatnonzero(one.inside) for one in (objects1, objects2)]
        return [(0, _Scene.of(objects1, objects2, inside, frame, *own))]
    parents = [parent_cells(one, cells) for one in (objects1, objects2)]
    found = []
    for number, label in enumerate(cells.ids):
        if cells.pixels[number]:
            box = cells.box(number)
            own = [np.flatnonzero(parent == number) for parent in parents]
            inside = cells.index[box] == number + 1
            found.append((int(label), _Scene.of(objects1, objects2, inside, box, *own)))
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Scene:
    """What lies in a cell."""

    #: The centres of both channels in the cell.
    site: Site
    #: The cell in its box.
    inside: BoolArray
    #: Where objects of channel 1 are.
    taken: BoolArray
    #: Pixels of each object of channel 2, in the box.
    forms: list[IntArray]

    @property
    def points1(self) -> FloatArray:
        """Centres of channel 1."""
        return self.site.points1

    @classmethod
    def of(
        cls,
        objects1: ObjectSet,
        objects2: ObjectSet,
        inside: BoolArray,
        box: tuple[slice, ...],
        own1: IntArray,
        own2: IntArray,
    ) -> _Scene:
        """Return the scene of a cell with a box and some objects."""
        assert objects2.index is not None
        start = np.array([side.start for side in box])
        window = window_in(inside, objects1.shape, box, objects1.step)
        one, two = (
            window.kept(objects.centroids[own] * objects1.step)
            for objects, own in ((objects1, own1), (objects2, own2))
        )
        if objects1.index is None:
            taken = np.zeros(inside.shape, bool)
            pixels = np.rint(objects1.centroids[own1]).astype(int) - start
            taken[tuple(pixels.T)] = True
        else:
            taken = objects1.index[box] > 0
        forms = []
        for number in own2:
            part = objects2.box(int(number))
            first = np.array([side.start for side in part])
            pixels = np.argwhere(objects2.index[part] == number + 1) + first - start
            within = np.all((pixels >= 0) & (pixels < inside.shape), axis=1)
            forms.append(pixels[within])
        forms = [form[inside[tuple(form.T)]] for form in forms]
        site = Site(window, one, two, one, two)
        return cls(site, inside, taken & inside, forms)

    def drawn(self, n: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray] | str:
        """Return scores and overlapping objects, as found and as drawn, or why there are none.

        The second are the nearest distances of all that was drawn.
        """
        if not (len(self.points1) and self.forms):
            found = f"{len(self.points1)} and {len(self.forms)} objects"
            return f"{found} in the cell; at least one of each is needed"
        moves = np.zeros((1 + n, len(self.forms), self.inside.ndim), np.int64)
        counts = np.zeros(1 + n)
        counts[0] = sum(bool(self.taken[tuple(form.T)].any()) for form in self.forms)
        for draw in range(1, 1 + n):
            placed = self._moves(rng)
            if placed is None:
                return _CROWDED
            moves[draw], counts[draw] = placed
        closeness, window = Closeness.of(self.site, rng), self.site.window
        shifts = moves[:, :, list(window.axes)] * window.step
        points = (self.site.points2 + shifts).reshape(-1, window.ndim)
        near = closeness.nearest(points)
        scores = closeness.score(near).reshape(1 + n, -1).sum(axis=1)
        return np.stack([scores, counts]), near[len(self.forms) :]

    def _moves(self, rng: np.random.Generator) -> tuple[IntArray, int] | None:
        """Return a displacement of each object and how many overlap; None if they did not fit."""
        largest = sorted(range(len(self.forms)), key=lambda one: -len(self.forms[one]))
        for _ in range(_RESTARTS):
            free = self.inside.ravel().copy()
            moves, count = np.zeros((len(self.forms), self.inside.ndim), np.int64), 0
            for number in largest:
                found = self._place(self.forms[number], free, rng)
                if found is None:
                    break
                moves[number], pixels = found
                free[pixels] = False
                count += bool(self.taken.ravel()[pixels].any())
            else:
                return moves, count
        return None

    def _place(
        self, form: IntArray, free: BoolArray, rng: np.random.Generator
    ) -> tuple[IntArray, IntArray] | None:
        """Return a displacement of an object to where it is free, and its pixels there."""
        low, shape = form.min(axis=0), np.array(self.inside.shape)
        strides = np.append(np.cumprod(shape[:0:-1])[::-1], 1)
        own, room = (form - low) @ strides, shape - (form.max(axis=0) - low)
        for batch in _BATCHES:
            places = rng.integers(0, room, (batch, len(shape)))
            pixels = own + (places @ strides)[:, None]
            fits = free[pixels].all(axis=1)
            if fits.any():
                first = int(np.argmax(fits))
                return places[first] - low, pixels[first]
        return None
