import numpy as np
import pytest

from covoxel.intensity.histogram import joint_histogram
from covoxel.intensity.threshold_path import SingleRegion, path_moments, pearson_below_path


def paths(rising1: bool, rising2: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return thresholds with repeats, halves, and some beyond the values at both ends."""
    steps = np.array([-3, 0, 0, 1.5, 2, 2, 3, 7, 7.5, 8, 12, 40, 60.0])
    other = np.array([-1, -1, 1, 2, 2.5, 4, 4, 9, 11, 13, 30, 30, 99.0])
    return steps[:: 1 if rising1 else -1], other[:: 1 if rising2 else -1]


@pytest.mark.parametrize("mode", ["u1", "f8"])
@pytest.mark.parametrize("rising", [(True, True), (True, False), (False, True), (False, False)])
@pytest.mark.parametrize("side", ["below", "not above"])
@pytest.mark.parametrize("inclusive", [True, False])
def test_sums_along_a_path_by_brute_force(pair, mode, rising, side, inclusive):
    first, second = (image.astype(mode) + (mode == "f8") * 0.5 for image in pair)
    path1, path2 = paths(*rising)
    histogram = joint_histogram(first, second)
    region = SingleRegion(histogram, *histogram.groups(), 0)
    found = path_moments(region, path1, path2, side=side, inclusive=inclusive)
    assert found.n.size == path1.size
    for step, (t1, t2) in enumerate(zip(path1, path2, strict=True)):
        above1, above2 = (
            image >= t if inclusive else image > t for image, t in ((first, t1), (second, t2))
        )
        both = above1 & above2
        inside = {"below": ~above1 & ~above2, "not above": ~both}[side]
        a, b = first[inside].astype(float), second[inside].astype(float)
        assert found.n[step] == inside.sum()
        sums = [s[step] for s in found.about(np.zeros(1), np.zeros(1))]
        expected = [a.sum(), b.sum(), (a * a).sum(), (b * b).sum(), (a * b).sum()]
        assert sums == pytest.approx(expected, rel=1e-12, abs=1e-8)


def test_a_path_of_one_step(pair):
    first, second = pair
    histogram = joint_histogram(first, second)
    region = SingleRegion(histogram, *histogram.groups(), 0)
    for side, inside in (
        ("not above", (first < 5) | (second < 7)),
        ("below", (first < 5) & (second < 7)),
    ):
        path = np.array([5.0]), np.array([7.0])
        found = path_moments(region, *path, side=side, inclusive=True)
        assert found.n.tolist() == [inside.sum()]


@pytest.mark.parametrize("mode", ["u1", "f8"])
@pytest.mark.parametrize("rising", [True, False])
def test_r_below_a_path(pair, mode, rising):
    first, second = (image.astype(mode) + (mode == "f8") * 0.5 for image in pair)
    path1, path2 = paths(rising1=rising, rising2=rising)
    histogram = joint_histogram(first, second)
    region = SingleRegion(histogram, *histogram.groups(), 0)
    found = pearson_below_path(region, path1, path2)
    for r, t1, t2 in zip(found, path1, path2, strict=True):
        inside = (first < t1) | (second < t2)
        a, b = first[inside], second[inside]
        if a.size and np.ptp(a) and np.ptp(b):
            assert r == pytest.approx(np.corrcoef(a, b)[0, 1], rel=1e-10)
        else:
            assert np.isnan(r)
