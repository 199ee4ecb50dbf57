import numpy as np
import pytest
from scipy import stats

from covoxel.intensity.gates import gate
from covoxel.intensity.histogram import joint_histogram
from covoxel.intensity.linear_correlation import pearson, pearson_of, regression, regression_of
from covoxel.intensity.sums import class_sums


def test_known_answer_on_a_small_image():
    # means 2.5 and 1; deviations (−1.5 −.5 .5 1.5) and (−1 1 −1 1): Σ products 2, Σ² 5 and 4
    result = pearson([[1, 2], [3, 4]], [[0, 2], [0, 2]])
    assert result.value == 2 / 20**0.5
    assert result.pixels == 4
    assert result.reason == ""
    assert float(result) == result.value
    assert result.degrees_of_freedom == 2
    assert result.t_statistic == pytest.approx(result.value * (2 / (1 - 0.2)) ** 0.5)


def test_t_statistic_at_the_ends():
    assert pearson([1, 2, 3], [1, 2, 3]).t_statistic == np.inf
    assert np.isnan(pearson([1], [1]).t_statistic)


@pytest.mark.parametrize("mode", ["u1", "f4"])
def test_pearson_is_scipys(pair, labels, mode):
    first, second = (image.astype(mode) for image in pair)
    result = pearson(first, second, labels=labels)
    for label, found in zip((3, 7, 90_000_000), result.value[[0, 1, 4]], strict=True):
        inside = labels == label
        expected = stats.pearsonr(first[inside].astype(float), second[inside])[0]
        assert found == pytest.approx(expected, rel=1e-12)


def test_regions_on_which_it_is_undefined_say_why(pair, labels):
    first, second = (image.copy() for image in pair)
    first[labels == 3] = 4
    second[labels == 90_000_000] = 9
    result = pearson(first, second, labels=labels)
    assert result.reason.tolist() == [
        "channel 1 is constant",
        "",
        "fewer than 3 pixels",
        "fewer than 3 pixels",
        "channel 2 is constant",
    ]
    assert np.isnan(result.value).tolist() == [True, False, True, True, True]


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        (np.zeros((0, 4)), "no pixels"),
        (np.full((3, 3), np.nan), "no pixels"),
        (np.ones((1, 2)), "fewer than 3 pixels"),
        (np.ones((3, 3)), "both channels are constant"),
        (np.full((3, 3), 0.1), "both channels are constant"),
    ],
)
def test_images_on_which_it_is_undefined_say_why(image, reason):
    result = pearson(image, image)
    assert np.isnan(result.value)
    assert result.reason == reason


@pytest.mark.parametrize("mode", ["u1", "f8"])
def test_the_subsets_that_thresholds_make(pair, labels, mode):
    first, second = (image.astype(mode) + (mode == "f8") * 0.125 for image in pair)
    limits = np.array([3.0, 9.0, 9.0, 9.0, 6.5]), np.array([5.0, 8.0, 8.0, 8.0, 12.25])
    histogram = joint_histogram(first, second, labels=labels)
    sums = gate(5, *limits).sums(histogram, inclusive=True)
    found = {
        "all": sums.everything(),
        "above": sums.above(),
        "above 1": sums.above(1),
        "above 2": sums.above(2),
        "on or above": sums.above(inclusive=True),
        "either": sums.above_either(),
        "below": sums.below_either(),
        "not above": sums.everything() - sums.above(),
    }
    for at, label in enumerate(histogram.regions):
        a, b = first[labels == label], second[labels == label]
        t1, t2 = limits[0][at], limits[1][at]
        sets = {
            "all": np.ones(a.shape, bool),
            "above": (a > t1) & (b > t2),
            "above 1": a > t1,
            "above 2": b > t2,
            "on or above": (a >= t1) & (b >= t2),
            "either": (a > t1) | (b > t2),
            "below": (a < t1) | (b < t2),
            "not above": (a <= t1) | (b <= t2),
        }
        for name, inside in sets.items():
            assert found[name].n[at] == inside.sum(), name
            r = pearson_of(found[name]).value[at]
            if inside.sum() < 3:
                assert np.isnan(r)
            else:
                expected = np.corrcoef(a[inside], b[inside])[0, 1]
                assert r == pytest.approx(expected, rel=1e-11, nan_ok=True), name


def test_nothing_lies_above_a_threshold_that_was_not_found(pair):
    histogram = joint_histogram(*pair)
    sums = gate(1, np.nan, 3).sums(histogram, inclusive=True)
    assert sums.above().n == sums.above(1).n == 0
    assert sums.above(2).n == sums.above_either().n == (pair[1] > 3).sum()
    assert sums.below_either().n == pair[0].size


def test_ordinary_regression_is_scipys(pair):
    first, second = pair
    line = regression(first, second, kind="ordinary")
    expected = stats.linregress(first.ravel(), second.ravel())
    assert line.slope == pytest.approx(expected.slope, rel=1e-12)
    assert line.intercept == pytest.approx(expected.intercept, rel=1e-12)


@pytest.mark.parametrize("swap", [False, True])
@pytest.mark.parametrize("sign", [1, -1])
def test_orthogonal_regression_is_the_principal_axis(pair, swap, sign):
    first, second = (image.astype(float).ravel() for image in (pair[::-1] if swap else pair))
    second = sign * second
    line = regression(first, second)
    x, y = np.linalg.eigh(np.cov(first, second))[1][:, -1]
    assert line.slope == pytest.approx(y / x, rel=1e-11)
    assert line.intercept == pytest.approx(second.mean() - y / x * first.mean(), rel=1e-10)


def test_lines_along_the_axes_and_no_line():
    flat = regression([0, 9, 0, 9], [1, 1, 2, 2])
    assert (flat.slope, flat.intercept, flat.reason) == (0, 1.5, "")
    upright = regression([1, 1, 2, 2], [0, 9, 0, 9])
    assert np.isnan(upright.slope)
    assert upright.reason == "the line is vertical"
    none = regression([0, 0, 1, 1], [0, 1, 0, 1])
    assert np.isnan(none.slope)
    assert none.reason == "no line fits better than another"


def test_the_line_does_not_cancel_where_one_channel_hardly_varies():
    first = np.array([0, 1e6, 2e6, 3e6])
    line = regression(first, 1e-3 * first + [0.1, -0.1, -0.1, 0.1])
    assert line.slope == pytest.approx(1e-3, rel=1e-9)


def test_a_skipped_pair_counts_for_the_means_alone(pair):
    first, second = (image.astype(float).ravel() for image in pair)
    histogram = joint_histogram(first, second)
    line = regression_of(class_sums(histogram).select(), skipped=histogram.first)
    d1, d2 = first - first.mean(), second - second.mean()
    v1, v2, c = (d1[1:] ** 2).sum(), (d2[1:] ** 2).sum(), (d1[1:] * d2[1:]).sum()
    slope = (v2 - v1 + ((v2 - v1) ** 2 + 4 * c * c) ** 0.5) / (2 * c)
    assert line.slope == pytest.approx(slope, rel=1e-12)
    assert line.intercept == pytest.approx(second.mean() - slope * first.mean(), rel=1e-12)


def test_wrong_requests_name_what_was_given(pair):
    with pytest.raises(ValueError, match="image2 is missing"):
        pearson(pair[0])
    with pytest.raises(ValueError, match="image1 is a joint histogram"):
        pearson(joint_histogram(*pair), pair[1])
    with pytest.raises(ValueError, match="kind is 'robust'; allowed are orthogonal, ordinary"):
        regression(*pair, kind="robust")
