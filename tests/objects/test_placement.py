"""Objects placed anew: forms, room, level, power, cells, refusals."""

import math

import numpy as np
import pytest

from covoxel.core.types import Cancelled
from covoxel.objects import labelled_objects, placement_test, point_objects
from covoxel.objects.placement import _scenes

SHAPE = (64, 128)


def two_cells():
    y, x = np.ogrid[: SHAPE[0], : SHAPE[1]]
    labels = np.zeros(SHAPE, int)
    labels[np.hypot(y - 32, x - 32) < 30] = 4
    labels[np.hypot(y - 32, x - 96) < 30] = 9
    return labels


def disks(rng, cells, n, radius=3.0):
    """Return disks in each cell that neither overlap nor leave it."""
    labels, (y, x) = np.zeros(SHAPE, int), np.mgrid[: SHAPE[0], : SHAPE[1]]
    number = 0
    for cell in np.unique(cells[cells > 0]):
        places = np.argwhere(cells == cell)
        for centre in places[rng.permutation(len(places))]:
            disk = np.hypot(y - centre[0], x - centre[1]) < radius
            if (cells[disk] == cell).all() and not labels[disk].any():
                number += 1
                labels[disk] = number
                if number % n == 0:
                    break
    return labels


def test_objects_keep_their_form_and_neither_overlap_nor_leave_their_cell():
    rng, cells = np.random.default_rng(1), two_cells()
    labels = disks(rng, cells, 15)
    labels[labels == 3] = 0
    labels[30:34, 29:40] = 3  # one of another form
    objects = labelled_objects(labels)
    for _, scene in _scenes(objects, objects, labelled_objects(cells)):
        moves, count = scene._moves(rng)
        places = [form + move for form, move in zip(scene.forms, moves, strict=True)]
        together = np.concatenate(places)
        assert len(np.unique(together, axis=0)) == len(together)
        assert scene.inside[tuple(together.T)].all()
        assert np.abs(moves).max() > 5
        assert count == sum(scene.taken[tuple(place.T)].any() for place in places)
    assert sum(len(scene.forms) for _, scene in _scenes(objects, objects, None)) == len(objects)


@pytest.mark.slow
def test_unrelated_objects_are_seldom_significant():
    rng, cells = np.random.default_rng(2), two_cells()
    found = [
        placement_test(
            *(labelled_objects(disks(rng, cells, 12)) for _ in "12"),
            cells=labelled_objects(cells),
            n_draws=39,
        )
        for _ in range(60)
    ]
    for name in ("p", "p_overlap"):
        rate = np.mean([getattr(one, name) <= 0.05 for one in found])
        assert rate < 0.05 + 3 * math.sqrt(0.05 * 0.95 / 60)
    assert abs(np.mean([one.z for one in found])) < 3 / math.sqrt(60)
    differences = [one.overlapping - one.chance for one in found]
    assert abs(np.mean(differences)) < 3 * np.std(differences) / math.sqrt(60)


@pytest.mark.parametrize("spacing", [None, (0.2, 0.1)])
def test_partners_are_found_in_their_cell(spacing):
    rng, cells = np.random.default_rng(3), two_cells()
    first = disks(rng, cells, 12)
    second = np.where(cells == 4, np.roll(first, 2, axis=1), disks(rng, cells, 12))
    objects = [labelled_objects(labels, spacing=spacing) for labels in (first, second)]
    found = placement_test(*objects, cells=labelled_objects(cells))
    assert found.p <= 0.02
    assert found.z > 2
    assert found.cells[4].p_overlap <= 0.02
    assert list(found.cells) == [4, 9]
    assert found.cells[4].p <= 0.02
    assert found.cells[9].p > 0.02
    assert found.n2 == found.cells[4].n2 + found.cells[9].n2
    assert found.overlapping == sum(one.overlapping for one in found.cells.values())


def test_points_and_stacks_are_objects_too():
    labels = np.zeros((5, 30, 30), int)
    labels[1:3, 4:7, 4:7], labels[2:4, 20:23, 20:23] = 1, 2
    points = point_objects([[2, 5, 5], [3, 21, 21]], shape=labels.shape)
    found = placement_test(points, labelled_objects(labels))
    assert (found.n1, found.n2, found.overlapping) == (2, 2, 2)
    assert found.p <= 0.05
    flat = placement_test(*(labelled_objects(labels[2:3]) for _ in "12"), n_draws=39)
    assert flat.overlapping == 2


def test_a_full_cell_is_left_out():
    cells = np.zeros((20, 60), int)
    cells[:, :20], cells[:, 30:] = 1, 2
    first = np.zeros_like(cells)
    first[4:8, 4:8], first[4:8, 40:44] = 1, 2
    second = np.zeros_like(cells)
    for number in range(16):  # bricks that fit in one way alone
        y, x = 5 * (number // 4), 5 * (number % 4)
        second[y : y + 5, x : x + 5] = number + 1
    second[10:14, 50:54] = 20
    objects = [labelled_objects(one) for one in (first, second)]
    found = placement_test(*objects, cells=labelled_objects(cells), n_draws=19)
    assert found.reason == "1 cells without room for their objects are left out"
    assert found.cells[1].reason == "the objects of channel 2 fill the cell"
    assert np.isfinite(found.cells[2].p)
    assert found.n2 == 1


def test_what_cannot_be_tested_has_a_reason():
    empty = labelled_objects(np.zeros(SHAPE, int))
    one = np.zeros(SHAPE, int)
    one[10:13, 10:13] = 1
    one = labelled_objects(one)
    cells = labelled_objects(two_cells())
    for found in (placement_test(empty, one), placement_test(one, empty, cells=cells)):
        assert found.reason == "no cell holds objects of both channels"
        assert math.isnan(found.p)
    with pytest.raises(ValueError, match="objects2 are points"):
        placement_test(one, point_objects([[1, 1]], shape=SHAPE))
    with pytest.raises(ValueError, match="objects2 has shape"):
        placement_test(one, labelled_objects(np.ones((3, 3), int)))
    with pytest.raises(ValueError, match="n_draws is 3"):
        placement_test(one, one, n_draws=3)

    def cancel(done, total):
        raise Cancelled

    with pytest.raises(Cancelled):
        placement_test(one, one, progress=cancel)
