import numpy as np
import pytest

from covoxel.intensity.linear_correlation import li_icq


def test_known_answers_on_a_small_image():
    # means 2.5 and 1: signs of the deviations − − + + and − 0 0 +
    first, second = [[1, 2], [3, 4]], [[0, 1], [1, 2]]
    assert li_icq(first, second).value == 0.0
    assert li_icq(first, second, ties="positive").value == 0.5
    assert li_icq(first, [[4, 3], [2, 1]]).value == -0.5


@pytest.mark.parametrize("mode", ["u1", "f8"])
@pytest.mark.parametrize("ties", ["neither", "positive"])
def test_icq_by_brute_force(pair, labels, ties, mode):
    first, second = (image.astype(mode) for image in pair)
    first = first + (mode == "f8") * 0.3
    result = li_icq(first, second, labels=labels, ties=ties)
    for at, label in enumerate([3, 7, 12, 500, 90_000_000]):
        a, b = first[labels == label], second[labels == label]
        if a.size < 3:
            assert result.reason[at] == "fewer than 3 pixels"
            continue
        product = (a - a.mean()) * (b - b.mean())
        positive = product > 0 if ties == "neither" else product >= 0
        assert result.value[at] == pytest.approx(positive.mean() - 0.5, abs=1e-15)


@pytest.mark.parametrize("ties", ["neither", "positive"])
def test_many_pixels_on_the_mean(ties):
    rng = np.random.default_rng(0)
    first, second = rng.integers(-1, 2, (2, 500))
    first[-1] -= first.sum()
    second[-1] -= second.sum()
    product = first * second
    expected = (product > 0 if ties == "neither" else product >= 0).mean() - 0.5
    assert li_icq(first, second, ties=ties).value == pytest.approx(expected)


def test_trap_12_a_nan_pixel_is_left_out():
    rng = np.random.default_rng(1)
    first, second = rng.random((2, 10, 10))
    inside = np.ones(first.shape, bool)
    inside[3, 4] = False
    expected = li_icq(first, second, mask=inside).value
    for bad in (np.nan, np.inf, -np.inf):
        first[3, 4] = bad
        found = li_icq(first, second)
        assert (found.value, found.pixels, found.reason) == (expected, 99, "")


def test_constant_channels_and_wrong_ties():
    image = np.arange(12).reshape(3, 4)
    result = li_icq(image, np.ones(image.shape))
    assert np.isnan(result.value)
    assert result.reason == "channel 2 is constant"
    with pytest.raises(ValueError, match="ties is 'none'; allowed are neither, positive"):
        li_icq(image, image, ties="none")
