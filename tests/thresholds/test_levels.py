import numpy as np
import pytest
from skimage import data, filters

from covoxel.thresholds.levels import METHODS, mode_level, percentile_level, top_level
from covoxel.thresholds.spec import threshold

FUNCTIONS = {name: getattr(filters, f"threshold_{name}") for name in METHODS}


def images() -> dict[str, np.ndarray]:
    """Return integer images, some with their tail to the left, some offset, some 16-bit."""
    rng = np.random.default_rng(0)
    coins = data.coins()[::3, ::3]
    dim = rng.poisson(20, (60, 60)) + (rng.random((60, 60)) < 0.2) * rng.poisson(90, (60, 60))
    return {
        "coins": coins,
        "flipped coins": 255 - coins,
        "dim": dim.astype(np.uint16),
        "flipped dim": (3000 - dim).astype(np.uint16),
        "16 bits": rng.poisson(np.repeat([3000, 4500], [1500, 700])).astype(np.uint16),
        "offset": (dim + 20_000).astype(np.int32),
        "negative": (dim - 200).astype(np.int16),
    }


IMAGES = images()


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", IMAGES)
def test_methods_are_scikit_images_on_integers(method, name):
    image = IMAGES[name]
    if method == "triangle":
        expected = filters.threshold_triangle(image, nbins=int(np.ptp(image)) + 1)
    elif method == "li":
        expected = filters.threshold_li(image)
    elif method == "mean":
        expected = image.mean()
    else:
        counts = np.bincount((image - image.min()).astype(int).ravel())
        try:
            expected = FUNCTIONS[method](hist=(counts, np.arange(counts.size) + image.min()))
        except RuntimeError:
            assert np.isnan(threshold(image, method))
            return
    # Li's threshold is an iteration's last step, the others are levels
    assert threshold(image, method) == pytest.approx(expected, rel=1e-9 if method == "li" else 0)


@pytest.mark.slow
@pytest.mark.parametrize("method", [*METHODS, "percentile:90", "top:7", "max:15"])
def test_a_data_type_does_not_change_a_threshold(method):
    image = IMAGES["coins"]
    for dtype in ("u1", "u2", "i4", "u4", "i8", "f4", "f8"):
        assert threshold(image.astype(dtype), method) == threshold(image, method), dtype


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_of_floats_256_bins_are_made(method):
    image = IMAGES["coins"] / 3 + 0.1
    low, high = image.min(), image.max()
    edges = np.linspace(low, high, 257)
    counts, _ = np.histogram(image, edges)
    centres = low + (np.arange(256) + 0.5) * (high - low) / 256
    found = threshold(image, method)
    width = (high - low) / 256
    if method == "li":
        assert found == pytest.approx(filters.threshold_li(image), abs=2 * width)
    elif method == "mean":
        assert found == pytest.approx(image.mean(), abs=width)
    elif method == "triangle":
        assert found == pytest.approx(filters.threshold_triangle(image), abs=width)
    else:
        assert found == pytest.approx(FUNCTIONS[method](hist=(counts, centres)), abs=width)


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_one_level_has_no_threshold(method):
    assert np.isnan(threshold(np.full((4, 4), 7), method))
    assert np.isnan(threshold(np.zeros((0, 4)), method))


def test_two_peaks_are_needed_by_the_minimum_method():
    assert np.isnan(threshold(np.repeat([1, 2, 3], [1, 50, 1]), "minimum"))


@pytest.mark.parametrize("percent", [0, 1, 12.5, 50, 95, 99.9, 100])
@pytest.mark.parametrize("dtype", ["u1", "f8"])
def test_percentiles_are_numpys(percent, dtype):
    image = np.random.default_rng(1).poisson(9, 77).astype(dtype) * (1.3 if dtype == "f8" else 1)
    expected = np.percentile(image, percent)
    assert threshold(image, f"percentile:{percent}") == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("percent", [0, 1, 10, 50, 99, 100])
def test_the_brightest_pixels_lie_above_a_top_level(percent):
    image = np.random.default_rng(2).permutation(200)
    assert (image > threshold(image, f"top:{percent}")).sum() == 2 * percent


def test_tied_pixels_are_taken_by_their_mean_rank():
    values, counts = np.array([1, 5, 9]), np.array([10, 6, 4])
    # ranks from the top: 9 has 2.5, 5 has 7.5, 1 has 15.5, of 20 pixels
    assert top_level(values, counts, 10) == 9
    assert top_level(values, counts, 15) == 5
    assert top_level(values, counts, 35) == 5
    assert top_level(values, counts, 40) == 1
    assert top_level(values, counts, 100) < 1


def test_share_of_the_maximum():
    assert threshold(np.array([3, 200]), "max:15") == 30


def test_the_most_frequent_level():
    assert mode_level(np.array([3, 8, 9]), np.array([5, 7, 7])) == 8
    assert mode_level(np.array([3]), np.array([5])) == 3
    assert np.isnan(mode_level(np.array([]), np.array([], int)))
    assert np.isnan(percentile_level(np.array([]), np.array([], int), 5))


def test_a_mask_tells_where_to_look():
    image = IMAGES["coins"]
    inside = np.zeros(image.shape, bool)
    inside[13:50, 7:66] = True
    assert threshold(image, "otsu", mask=inside) == filters.threshold_otsu(image[inside])


def test_numbers_are_thresholds_and_methods_of_two_images_are_refused():
    image = IMAGES["coins"]
    assert threshold(image, 7.5) == threshold(image, "manual:7.5") == 7.5
    assert np.isnan(threshold(image, "none"))
    for method in ("costes", "control:a.tif"):
        with pytest.raises(ValueError, match="needs more than one image"):
            threshold(image, method)
