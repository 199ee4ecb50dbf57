import math

import numpy as np
import pytest
from skimage import measure

from covoxel.intensity.areas import threshold_overlap, tos


def test_known_answers_on_a_small_image():
    first = np.array([[9, 9, 9, 9], [1, 1, 1, 1]])
    second = np.array([[9, 9, 9, 0], [9, 0, 0, 0]])
    found = tos(first, second, threshold1=5, threshold2=5)
    assert (found.fraction1, found.fraction2, found.fraction_both) == (4 / 8, 4 / 8, 3 / 8)
    assert (found.jaccard, found.dice) == (3 / 5, 6 / 8)
    assert found.intensity_fraction1 == 36 / 40
    assert found.tos == 0.5  # 3/2 of what chance gives, at most 2
    assert found.tos_log == pytest.approx(0.5)  # at least 0: 1 lies halfway, as when linear


@pytest.mark.parametrize("limits", [(9, 8), (3, 20), (0, 0), (-1, 5), (99, 5)])
def test_areas_by_brute_force(pair, labels, limits):
    first, second = pair
    found = tos(first, second, labels=labels, threshold1=limits[0], threshold2=limits[1])
    for at, label in enumerate([3, 7, 12, 500, 90_000_000]):
        a, b = first[labels == label], second[labels == label]
        above1, above2 = a > limits[0], b > limits[1]
        both, either = above1 & above2, above1 | above2
        expected = {
            "fraction1": above1.mean(),
            "fraction2": above2.mean(),
            "fraction_both": both.mean(),
            "intensity_fraction1": a[above1].sum() / a.sum() if a.sum() else np.nan,
            "intensity_fraction2": b[above2].sum() / b.sum() if b.sum() else np.nan,
            "jaccard": both.sum() / either.sum() if either.any() else np.nan,
            "dice": 2 * both.sum() / (above1.sum() + above2.sum()) if either.any() else np.nan,
        }
        for name, value in expected.items():
            assert getattr(found, name)[at] == pytest.approx(value, rel=1e-13, nan_ok=True), name
        if above1.any() and above2.any():
            expected = measure.intersection_coeff(above1, above2)
            assert found.fraction_both[at] / found.fraction1[at] == pytest.approx(expected)


def first_principles(n: int, n1: int, n2: int, both: int) -> tuple[float, float]:
    """Return TOS, linear and logarithmic, from counts of pixels."""
    p1, p2 = n1 / n, n2 / n
    if min(p1, p2) == 0 or max(p1, p2) == 1:
        return math.nan, math.nan
    observed = both / n / (p1 * p2)
    highest, lowest = 1 / max(p1, p2), max(0.0, (p1 + p2 - 1) / (p1 * p2))
    up = observed > 1
    linear = (observed - 1) / (highest - 1) if up else (1 - observed) / (lowest - 1)
    # the line x ↦ u·x + v that takes lowest, 1, highest to 1/k, 1, k, read by its logarithm
    k = (highest - 1) / (1 - lowest)
    if abs(k - 1) < 1e-9:
        return linear, linear
    slope = (k - 1 / k) / (highest - lowest)
    return linear, math.log(1 + slope * (observed - 1), k)


@pytest.mark.parametrize("n", [5, 8, 12])
def test_tos_from_first_principles(n):
    for n1 in range(n + 1):
        for n2 in range(n + 1):
            for both in range(max(0, n1 + n2 - n), min(n1, n2) + 1):
                expected = first_principles(n, n1, n2, both)
                found = threshold_overlap(*(np.array([c / n]) for c in (n1, n2, both)))
                assert [f[0] for f in found] == pytest.approx(expected, abs=1e-9, nan_ok=True)


def test_tos_at_its_ends():
    first = np.array([1, 1, 1, 0, 0, 0, 0, 0])
    least = tos(first, first[::-1], threshold1=0, threshold2=0)
    most = tos(first, np.where(np.arange(8) < 5, 1, 0), threshold1=0, threshold2=0)
    assert (least.tos, most.tos) == pytest.approx((-1, 1))
    assert (least.tos_log, most.tos_log) == pytest.approx((-1, 1))


def test_tos_is_undefined_where_an_area_is_all_or_nothing():
    image = np.arange(8)
    for threshold in (-1, 7):
        found = tos(image, image, threshold1=threshold, threshold2=3)
        assert np.isnan([found.tos, found.tos_log]).all()


def test_without_a_threshold_areas_are_undefined(pair):
    found = tos(*pair, threshold1=np.nan, threshold2=5)
    assert np.isnan([found.fraction1, found.fraction_both, found.jaccard, found.dice]).all()
    assert found.fraction2 == pytest.approx((pair[1] > 5).mean())
