import numpy as np
import pytest
from scipy import stats

from covoxel.intensity.histogram import joint_histogram
from covoxel.intensity.ranks import kendall, spearman

SCIPY = {spearman: stats.spearmanr, kendall: stats.kendalltau}


def test_known_answers_on_a_small_image():
    first, second = [[1, 2], [3, 4]], [[1, 3], [2, 4]]
    assert spearman(first, second).value == pytest.approx(0.8)  # 1 − 6·2 / (4·15)
    assert kendall(first, second).value == pytest.approx(4 / 6)  # 5 pairs agree, 1 does not
    tied = kendall([1, 1, 2, 3], [1, 2, 2, 3])
    assert tied.value == pytest.approx(4 / 5)  # 4 agree; 5 of 6 pairs untied in each


@pytest.mark.parametrize("reading", SCIPY)
@pytest.mark.parametrize("dtype", ["u1", "i2", "i4", "f4", "f8"])
def test_ranks_are_scipys(pair, reading, dtype):
    first, second = (image.astype(dtype) for image in pair)
    result = reading(first, second)
    assert result.value == pytest.approx(
        SCIPY[reading](first.ravel(), second.ravel())[0], rel=1e-12
    )
    assert result.pixels == first.size


@pytest.mark.parametrize("reading", SCIPY)
def test_floats_of_which_none_repeats(reading):
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(2, 50, 37))
    second -= 0.5 * first
    expected = SCIPY[reading](first.ravel(), second.ravel())[0]
    assert reading(first, second).value == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("reading", SCIPY)
@pytest.mark.parametrize("dtype", ["u1", "f8"])
def test_trap_16_ranks_are_of_each_region(pair, labels, reading, dtype):
    first, second = (image.astype(dtype) for image in pair)
    result = reading(first, second, labels=labels)
    for at, label in zip((0, 1, 4), (3, 7, 90_000_000), strict=True):
        inside = labels == label
        expected = SCIPY[reading](first[inside], second[inside])[0]
        assert result.value[at] == pytest.approx(expected, rel=1e-12)
    assert result.reason[2:4].tolist() == ["fewer than 3 pixels"] * 2


@pytest.mark.parametrize("reading", SCIPY)
def test_a_small_region_beside_a_huge_one_keeps_its_digits(reading):
    rng = np.random.default_rng(1)
    first, second = rng.integers(0, 2**16, (2, 400, 400)).astype(np.uint16)
    labels = np.ones(first.shape, int)
    labels[-1, -5:] = 2
    inside = labels == 2
    expected = SCIPY[reading](first[inside], second[inside])[0]
    assert reading(first, second, labels=labels).value[1] == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("reading", SCIPY)
@pytest.mark.parametrize("sizes", [(1, 2, 3, 64, 65), (200, 1, 200), (5,) * 40])
def test_regions_of_all_sizes(reading, sizes):
    rng = np.random.default_rng(2)
    labels = np.repeat(np.arange(1, len(sizes) + 1), sizes)
    first, second = rng.integers(0, 12, (2, labels.size))
    result = reading(first, second, labels=labels)
    for label, found in enumerate(result.value, start=1):
        inside = labels == label
        if inside.sum() < 3 or not np.ptp(first[inside]) or not np.ptp(second[inside]):
            assert np.isnan(found)
        else:
            expected = SCIPY[reading](first[inside], second[inside])[0]
            assert found == pytest.approx(expected, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("reading", SCIPY)
def test_constant_channels_say_so(reading):
    image = np.arange(12).reshape(3, 4)
    flat = np.full(image.shape, 7)
    assert reading(flat, image).reason == "channel 1 is constant"
    assert reading(image, flat).reason == "channel 2 is constant"
    assert reading(flat, flat).reason == "both channels are constant"
    assert np.isnan(reading(flat, image).value)
    assert reading(image[:0], image[:0]).reason == "no pixels"


@pytest.mark.parametrize("reading", SCIPY)
def test_of_the_pixels_above_thresholds(pair, reading):
    first, second = pair
    found = reading(joint_histogram(first, second).above(6, 9))
    inside = (first > 6) & (second > 9)
    assert found.pixels == inside.sum()
    expected = SCIPY[reading](first[inside], second[inside])[0]
    assert found.value == pytest.approx(expected, rel=1e-12)
