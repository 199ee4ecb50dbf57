"""The lasso as a table, against matplotlib's point in polygon."""

import numpy as np
import pytest
from hypothesis import given, strategies as st
from matplotlib.path import Path

from covoxel.gui.measure.lasso import inside_lasso

SQUARE = [(10, 10), (10, 20), (20, 20), (20, 10)]


def loop(seed, corners=12):
    """A lasso that does not cross itself."""
    rng = np.random.default_rng(seed)
    angle = np.sort(rng.uniform(0, 2 * np.pi, corners))
    radius = rng.uniform(200, 900, corners)
    return np.column_stack([1000 + radius * np.cos(angle), 3000 + 2 * radius * np.sin(angle)])


def distance_in_bins(points, corners, bins):
    """Distance of points from the polygon's border, in bins."""
    span = np.ptp(corners, axis=0) / bins
    points, ends = points / span, corners / span
    nearest = np.full(len(points), np.inf)
    for start, end in zip(ends, np.roll(ends, -1, axis=0), strict=True):
        along = np.clip((points - start) @ (end - start) / np.sum((end - start) ** 2), 0, 1)
        foot = start + along[:, None] * (end - start)
        nearest = np.minimum(nearest, np.hypot(*(points - foot).T))
    return nearest


@pytest.mark.slow
@given(st.integers(0, 1000), st.sampled_from([64, 512]))
def test_it_agrees_with_matplotlib_but_for_a_bin_at_the_border(seed, bins):
    corners = loop(seed)
    points = np.random.default_rng(seed).uniform((-100, 500), (2200, 5500), (5000, 2))
    found = inside_lasso(corners, *points.T, bins=bins)
    clear = distance_in_bins(points, corners, bins) > 1
    assert clear.mean() > 0.8
    np.testing.assert_array_equal(found[clear], Path(corners).contains_points(points)[clear])


@pytest.mark.parametrize(
    "kind", [np.uint8, np.int8, np.uint16, np.int16, np.uint32, np.int64, np.float16, np.float64]
)
def test_any_kind_of_number(kind):
    values1, values2 = np.meshgrid(np.arange(0, 128).astype(kind), np.arange(0, 128).astype(kind))
    found = inside_lasso(SQUARE, values1, values2)
    assert found.shape == values1.shape
    assert found[values1 == 15].sum() == found.sum(axis=0)[15]
    core = (values1 > 10) & (values1 < 20) & (values2 > 10) & (values2 < 20)
    assert found[core].all()
    assert not found[(values1 < 10) | (values1 > 20) | (values2 < 10) | (values2 > 20)].any()


def test_bools_are_0_and_1():
    corner = [(0.5, 0.5), (0.5, 2), (2, 2), (2, 0.5)]
    assert inside_lasso(corner, [True, True, False], [True, False, True]).tolist() == [
        True,
        False,
        False,
    ]


def test_a_lasso_may_reach_beyond_what_a_kind_can_hold():
    wide = [(-1e6, -1e6), (-1e6, 1e6), (1e6, 1e6), (1e6, -1e6)]
    assert inside_lasso(wide, np.array([0, 255], np.uint8), np.array([255, 0], np.uint8)).all()
    assert not inside_lasso(np.add(SQUARE, 300), *np.full((2, 5), 255, np.uint8)).any()


def test_what_is_no_number_is_outside():
    bad = np.array([np.nan, np.inf, -np.inf, 15])
    assert inside_lasso(SQUARE, bad, np.full(4, 15)).tolist() == [False, False, False, True]
    assert inside_lasso(SQUARE, np.full(4, 15), bad).tolist() == [False, False, False, True]


def test_nothing_in_nothing_out():
    assert inside_lasso(SQUARE, np.zeros((0, 3)), np.zeros((0, 3))).shape == (0, 3)


def test_a_loop_within_a_loop_is_outside():
    twice = [*SQUARE, (10, 10), (13, 13), (13, 17), (17, 17), (17, 13), (13, 13)]
    assert inside_lasso(twice, [11, 15], [15, 15]).tolist() == [True, False]


def test_the_table_is_quick_on_many_corners_and_pixels():
    angle = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    corners = np.column_stack([np.cos(angle), np.sin(angle)]) * 400 + 500
    values = np.random.default_rng(0).integers(0, 1000, (2, 700, 700)).astype(np.uint16)
    found = inside_lasso(corners, *values)
    assert found.mean() == pytest.approx(np.pi * 0.4**2, abs=0.005)
