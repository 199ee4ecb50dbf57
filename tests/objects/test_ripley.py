"""Cross-K: brute force, known answers, laws, bad input."""

import math
import re

import numpy as np
import pytest
from hypothesis import given, strategies as st

from covoxel.objects import cross_k
from covoxel.objects.window import window_of


def holed(shape=(40, 50)):
    """Return an ellipse with a hole."""
    y, x = np.ogrid[: shape[0], : shape[1]]
    mask = ((y - 20) / 19) ** 2 + ((x - 25) / 23) ** 2 < 1
    mask[15:22, 18:30] = False
    return mask


def shared_area(mask, step, displacement):
    """Return the area of a mask that lies in the mask displaced, box by box."""
    boxes = np.argwhere(mask) * step
    total = 0.0
    for box in boxes:
        overlap = np.maximum(step - np.abs(boxes + displacement - box), 0)
        total += np.prod(overlap, axis=1).sum()
    return total


@pytest.mark.parametrize("displacement", [(0, 0), (1.3, -2.6), (0.2, 3.0), (9.75, 8.1)])
def test_the_area_of_a_displacement_is_that_of_boxes_that_overlap(displacement):
    mask, step = holed(), np.array([1.5, 0.5])
    window = window_of(None, mask, step)
    found = window.covariance(np.array([12.0, 12.0])).at(np.array([displacement], float))
    assert found[0] == pytest.approx(shared_area(mask, step, np.array(displacement)), rel=1e-9)


@pytest.mark.parametrize("displacement", [0, 0.4, -2.3, 8.5, 11])
def test_a_mask_of_one_row_is_a_line(displacement):
    mask = holed()[20:21]
    mask[0, 4:7] = False
    window = window_of(None, mask, (1.0, 0.5))
    found = window.covariance(np.array([12.0])).at(np.array([[displacement]], float))
    expected = shared_area(mask[0], np.array([0.5]), np.array([displacement]))
    assert found[0] == pytest.approx(expected, abs=1e-9)


def test_a_binned_mask_has_about_the_same_areas(monkeypatch):
    mask = np.kron(holed(), np.ones((6, 6), bool))
    window, reach = window_of(None, mask, None), np.array([150.0, 150.0])
    places = np.random.default_rng(0).uniform(-100, 100, (50, 2))
    exact = window.covariance(reach).at(places)
    monkeypatch.setattr("covoxel.objects.window._COARSE_PIXELS", 20_000)
    binned = window.covariance(reach, coarse=True)
    assert binned.bins > 1
    np.testing.assert_allclose(binned.at(places), exact, atol=0.01 * window.volume)


@pytest.mark.slow
def test_each_pair_is_weighted_by_the_area_of_its_displacement():
    rng, mask, step = np.random.default_rng(2), holed(), np.array([0.4, 0.5])
    points1, points2 = rng.uniform(0, (40, 50), (2, 60, 2)) * step
    found = cross_k(points1, points2, mask=mask, spacing=step, max_distance=3, rings=3)
    inside = [
        points[mask[tuple(np.clip(np.rint(points / step), 0, (39, 49)).astype(int).T)]]
        for points in (points1, points2)
    ]
    total = np.zeros(3)
    for one in inside[0]:
        for two in inside[1]:
            distance = math.dist(one, two)
            if distance <= 3:
                total[math.ceil(distance) - 1] += 1 / shared_area(mask, step, two - one)
    area = mask.sum() * 0.2
    expected = np.cumsum(total) * area**2 / (len(inside[0]) * len(inside[1]))
    np.testing.assert_allclose(found.k, expected, rtol=1e-9)
    np.testing.assert_allclose(found.l, np.sqrt(expected / np.pi))
    assert (found.n1, found.n2) == (len(inside[0]), len(inside[1]))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shape", "mask", "spacing", "radius"),
    [
        ((90, 70), None, None, 25),
        (None, holed(), None, 12),
        ((6, 40, 40), None, (0.3, 0.1, 0.1), 2),
    ],
)
def test_independent_points_have_k_of_a_disk_or_ball(shape, mask, spacing, radius):
    rng = np.random.default_rng(5)
    window = window_of(shape, mask, spacing)
    found = [
        cross_k(
            *(window.uniform(150, rng) for _ in "12"),
            shape=shape,
            mask=mask,
            spacing=spacing,
            max_distance=radius,
            rings=4,
        )
        for _ in range(100)
    ]
    g = np.array([one.g for one in found])
    error = g.std(axis=0) / math.sqrt(len(g))
    assert np.all(np.abs(g.mean(axis=0) - 1) < 4 * error)
    assert error.max() < 0.05
    k = np.mean([one.k for one in found], axis=0)
    np.testing.assert_allclose(k, window.ball(found[0].distances), rtol=0.1)


POINTS = st.lists(
    st.tuples(st.integers(0, 3900), st.integers(0, 4900)).map(lambda p: (p[0] / 100, p[1] / 100)),
    max_size=12,
).map(lambda points: np.array(points, float).reshape(-1, 2))


@pytest.mark.slow
@given(POINTS, POINTS, st.tuples(st.integers(0, 9), st.integers(0, 9)))
def test_neither_swapping_nor_moving_changes_it(points1, points2, move):
    mask = holed()
    found = cross_k(points1, points2, mask=mask, max_distance=20, rings=5)
    swapped = cross_k(points2, points1, mask=mask, max_distance=20, rings=5)
    moved_mask = np.zeros((60, 70), bool)
    moved_mask[move[0] : move[0] + 40, move[1] : move[1] + 50] = mask
    moved = cross_k(points1 + move, points2 + move, mask=moved_mask, max_distance=20, rings=5)
    np.testing.assert_array_equal(found.pairs, swapped.pairs)
    for other in (swapped, moved):
        np.testing.assert_allclose(found.k, other.k, rtol=1e-6)
        assert found.pairs.sum() == other.pairs.sum()
    assert np.isnan(found.k).all() == bool(found.reason)


@pytest.mark.parametrize("count", [0, 1])
def test_without_points_there_is_a_reason(count):
    found = cross_k(np.zeros((count, 2)), np.zeros((0, 2)), shape=(9, 9), max_distance=3)
    assert found.reason == f"{count} and 0 points inside; at least one of each is needed"
    assert np.isnan(found.g).all()


def test_points_outside_and_without_a_place_do_not_count():
    points = np.array([[4.0, 4.0], [-0.6, 3], [3, 8.6], [np.nan, 1], [np.inf, 2]])
    found = cross_k(points, points, shape=(9, 9), max_distance=3, rings=1)
    assert (found.n1, found.n2, *found.pairs) == (1, 1, 1)
    empty = cross_k(points, points, mask=np.zeros((9, 9), bool), max_distance=3)
    assert empty.reason == "the mask is empty"


def test_a_mask_of_one_pixel_has_displacements_inside_it_alone():
    mask = np.zeros((9, 9), bool)
    mask[4, 4] = True
    found = cross_k([[4, 4]], [[4.1, 4]], mask=mask, max_distance=4, rings=4)
    assert found.pairs.tolist() == [1, 0, 0, 0]
    assert np.isfinite(found.g[0])
    assert np.isnan(found.g[3])
    assert found.reason == "no displacement so large fits into the mask"


def test_equal_points_are_pairs_of_the_first_ring():
    found = cross_k(np.full((3, 2), 4), np.full((2, 2), 4), shape=(9, 9), max_distance=2, rings=2)
    assert found.pairs.tolist() == [6, 0]


def test_a_stack_of_one_plane_is_a_plane():
    points = np.random.default_rng(1).uniform(0, 30, (2, 40, 2))
    flat = cross_k(*points, shape=(31, 31), max_distance=5)
    stack = cross_k(*np.pad(points, ((0, 0), (0, 0), (1, 0))), shape=(1, 31, 31), max_distance=5)
    np.testing.assert_array_equal(flat.k, stack.k)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "shape is missing"),
        ({"shape": (9,)}, "shape is (9,)"),
        ({"shape": (0, 9)}, "shape is (0, 9)"),
        ({"shape": (9, 9), "mask": np.ones((8, 9))}, "mask has shape (8, 9)"),
        ({"shape": (9, 9), "spacing": (1, 0)}, "spacing is (1.0, 0.0)"),
        ({"shape": (9, 9), "spacing": (1, 1, 1)}, "spacing is (1.0, 1.0, 1.0)"),
        ({"shape": (3, 9, 9)}, "points1 has shape (4, 2); allowed is (N, 3)"),
        ({"shape": (9, 9), "max_distance": 0}, "max_distance is 0"),
        ({"shape": (9, 9), "rings": 0}, "rings is 0"),
    ],
)
def test_wrong_requests_are_named(options, message):
    points = np.ones((4, 2))
    with pytest.raises(ValueError, match=re.escape(message)):
        cross_k(points, points, **{"max_distance": 3} | options)
