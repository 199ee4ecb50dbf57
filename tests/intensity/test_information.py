import numpy as np
import pytest
from skimage.metrics import normalized_mutual_information

from covoxel.intensity.information import bins_for, mutual_information


def brute(a, b) -> tuple[float, float]:
    """Return mutual information in bits, and normalised, on equal bins between extremes."""
    bins = int(bins_for(np.array([a.size]))[0])
    joint = np.histogram2d(a, b, bins=bins)[0] / a.size

    def entropy(p) -> float:
        p = p[p > 0]
        return float(-(p * np.log2(p)).sum())

    h1, h2, h12 = entropy(joint.sum(1)), entropy(joint.sum(0)), entropy(joint.ravel())
    return h1 + h2 - h12, (h1 + h2) / h12


def test_known_answers_on_a_small_image():
    same = mutual_information([0, 0, 1, 1], [5, 5, 9, 9])
    assert (same.mutual_information, same.normalized, same.bins) == (1, 2, 2)
    independent = mutual_information([0, 0, 1, 1], [5, 9, 5, 9])
    assert (independent.mutual_information, independent.normalized) == (0, 1)


@pytest.mark.parametrize("mode", ["u1", "i4", "f4"])
def test_information_by_brute_force(pair, labels, mode):
    first, second = (image.astype(mode) + (mode == "f4") * np.float32(0.3) for image in pair)
    found = mutual_information(first, second, labels=labels)
    for at, label in zip((0, 1, 4), (3, 7, 90_000_000), strict=True):
        inside = labels == label
        expected = brute(first[inside].astype(float), second[inside].astype(float))
        assert (found.mutual_information[at], found.normalized[at]) == pytest.approx(expected)
    assert found.reason[2:4].tolist() == ["fewer than 3 pixels"] * 2


def test_normalised_information_is_scikit_images_with_the_same_bins(pair):
    first, second = pair
    found = mutual_information(first, second)
    expected = normalized_mutual_information(first, second, bins=int(found.bins))
    assert found.normalized == pytest.approx(expected, rel=1e-12)


def test_bins_depend_on_the_pixels_alone():
    assert bins_for(np.array([0, 19, 20, 44, 45, 5 * 255**2, 10**9])).tolist() == [
        2, 2, 2, 2, 3, 255, 256,
    ]  # fmt: skip


def test_constant_channels_say_so():
    image = np.arange(30)
    found = mutual_information(image, np.zeros(30))
    assert np.isnan([found.mutual_information, found.normalized]).all()
    assert found.reason == "channel 2 is constant"
