"""Objects that are made of images: spots at known places, thresholds, sizes and splits."""

import numpy as np
import pytest

from covoxel import Channel
from covoxel.objects import (
    centres_of_mass,
    find_spots,
    labelled_objects,
    object_intensities,
    segment_objects,
)

FWHM = 2 * np.sqrt(2 * np.log(2))


def spots_at(places, shape, sigma, light):
    grid = np.indices(shape).reshape(len(shape), -1).T
    image = np.zeros(len(grid))
    for place, own in zip(places, light, strict=True):
        image += own * np.exp(-((grid - place) ** 2 / (2 * np.square(sigma))).sum(axis=1))
    return image.reshape(shape) / np.prod(np.sqrt(2 * np.pi) * np.asarray(sigma))


def apart(rng, n, shape, least):
    places = []
    while len(places) < n:
        place = [rng.uniform(least, size - least) for size in shape]
        if all(np.linalg.norm(np.subtract(place, one)) > 2 * least for one in places):
            places.append(place)
    return np.array(places)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["log", "dog"])
@pytest.mark.parametrize(
    ("shape", "sigma"), [((160, 150), (1.7, 1.7)), ((30, 60, 70), (1.4, 1.8, 1.8))]
)
def test_spots_at_known_places(method, shape, sigma):
    rng = np.random.default_rng(4)
    places = apart(rng, 12, shape, 8)
    light = rng.uniform(3000, 9000, 12)
    clean = spots_at(places, shape, sigma, light) + 50 + 0.3 * np.indices(shape)[-1]
    image = rng.poisson(clean)
    spacing = [0.3, 0.1, 0.1][-len(shape) :]
    width = [FWHM * own * step for own, step in zip(sigma, spacing, strict=True)]
    found = find_spots(image, width=width, method=method, spacing=spacing)
    assert len(found.objects) == 12
    distance = np.linalg.norm(found.objects.centroids[:, None] - places, axis=2)
    nearest = distance.argmin(axis=1)
    assert sorted(nearest) == [*range(12)]
    assert np.sqrt((distance.min(axis=1) ** 2).mean()) < 0.15
    assert abs(np.mean(found.width / width[-1]) - 1) < 0.06
    assert abs(np.mean(found.intensity / light[nearest]) - 1) < 0.1
    assert (found.contrast > 6).all()


def test_width_and_intensity_without_noise():
    for size in (0.7, 1.0, 1.6):
        image = spots_at([[20.2, 19.7]], (41, 40), (2 * size, 2 * size), [500.0]) - 3
        found = find_spots(image, width=2 * FWHM)
        assert len(found.objects) == 1
        assert found.objects.centroids[0] == pytest.approx([20.2, 19.7], abs=0.03)
        assert found.width[0] == pytest.approx(2 * size * FWHM, rel=0.04)
        assert found.intensity[0] == pytest.approx(500, rel=0.05)


def test_noise_alone_has_few_spots():
    image = np.random.default_rng(0).normal(0, 1, (256, 256))
    assert len(find_spots(image).objects) == 0


def test_spots_in_a_mask_beside_missing_pixels():
    image = spots_at([[10, 10], [10, 30]], (20, 40), (1.7, 1.7), [900, 900])
    image[18] = np.nan
    mask = np.ones(image.shape)
    mask[:, 20:] = 0
    found = find_spots(Channel(image, "YX", spacing=(0.2, 0.2)), mask=mask)
    assert found.objects.positions.round(2).tolist() == [[2, 2]]
    assert len(find_spots(np.full((9, 9), 7)).objects) == 0


def test_wrong_requests_for_spots_are_refused():
    image = np.ones((9, 9))
    for given, text in (
        ({"width": 0}, "width is 0"),
        ({"width": (1, 2, 3)}, "one for each axis"),
        ({"min_contrast": -1}, "min_contrast is -1"),
        ({"method": "mean"}, "method is 'mean'"),
    ):
        with pytest.raises(ValueError, match=text):
            find_spots(image, **given)
    with pytest.raises(ValueError, match="time points"):
        find_spots(Channel(np.ones((2, 9, 9)), "TYX"))


def test_objects_above_a_threshold_within_sizes():
    image = np.array([[9, 0, 0, 9, 9], [0, 9, 0, 0, 0], [0, 0, 0, 5, 5], [9, 0, 0, 5, 5]])
    found = segment_objects(image, 4)
    assert found.tolist() == [[1, 0, 0, 2, 2], [0, 1, 0, 0, 0], [0, 0, 0, 3, 3], [4, 0, 0, 3, 3]]
    assert segment_objects(image, 5).max() == 3
    assert segment_objects(image, 5, inclusive=True).max() == 4
    assert np.unique(segment_objects(image, 4, min_size=2, max_size=2)).tolist() == [0, 1, 2]
    assert segment_objects(image, 4, max_size=1)[3, 0] == 1
    mask = np.ones(image.shape)
    mask[:, 4] = 0
    assert segment_objects(image, 4, mask=mask)[0].tolist() == [1, 0, 0, 2, 0]


def test_touching_disks_are_split():
    y, x = np.mgrid[:30, :50]
    centres = [(15, 14), (15, 27), (14, 40)]
    image = np.any([(y - cy) ** 2 + (x - cx) ** 2 <= 49 for cy, cx in centres], axis=0)
    assert segment_objects(image, 0).max() == 1
    found = segment_objects(image, 0, split=5)
    assert found.max() == 3
    assert len({int(found[at]) for at in centres}) == 3
    assert (found > 0).sum() == image.sum()
    assert segment_objects(image, 0, split=2.5, spacing=(0.5, 0.5)).max() == 3
    assert segment_objects(image, 0, split=30).max() < 3


def test_nothing_is_split_in_a_line_without_peaks():
    assert segment_objects(np.zeros((64, 1)), 2.0, split=3.5).max() == 0
    line = np.zeros((1, 64, 1))
    line[:, 9:20] = 5
    assert segment_objects(line, 2.0, split=3.5).max() == 1


def test_wrong_requests_for_objects_are_refused():
    image = np.ones((9, 9))
    with pytest.raises(ValueError, match="finds none here"):
        segment_objects(image, "otsu")
    with pytest.raises(ValueError, match="max_size is 2"):
        segment_objects(image, 0, min_size=3, max_size=2)
    with pytest.raises(ValueError, match="split is -1"):
        segment_objects(image, 0, split=-1)
    with pytest.raises(ValueError, match="which needs more than one image"):
        segment_objects(image, "costes")


@pytest.mark.parametrize("measured", [object_intensities, centres_of_mass])
def test_intensities_of_a_series_are_refused(measured):
    series = Channel(np.ones((3, 8, 8)), "TYX")
    with pytest.raises(ValueError, match="image has 3 time points"):
        measured(labelled_objects(np.eye(8, dtype=int)), series)


def test_levels_of_any_size_are_taken_and_others_refused_by_their_name():
    light = np.array([[9, 9, 0], [0, 0, 8]]) * 1e300
    np.testing.assert_array_equal(segment_objects(light, 5e300), [[1, 1, 0], [0, 0, 1]])
    with pytest.raises(ValueError, match="threshold is inf"):
        segment_objects(light, np.inf)
