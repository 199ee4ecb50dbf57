"""A small image in a large one: where, how sure, at edges and under masks."""

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from skimage.feature import match_template

from covoxel.similarity import find_image


@pytest.fixture
def image() -> np.ndarray:
    return np.random.default_rng(0).normal(100, 20, (60, 70))


def test_every_copy_is_found(image):
    template = image[10:22, 30:45]
    image[40:52, 5:20] = 3 * template + 7
    found = find_image(image, template)
    assert sorted(found.corners.tolist()) == [[10, 30], [40, 5]]
    assert found.scores == pytest.approx([1, 1])
    assert found.centers[0].tolist() == (found.corners[0] + (5.5, 7)).tolist()
    assert found.boxes.slices(0) in (np.s_[10:22, 30:45], np.s_[40:52, 5:20])


def test_scores_are_scikit_images(image):
    rng = np.random.default_rng(1)
    template = image[10:30, 30:50] + rng.normal(0, 10, (20, 20))
    found = find_image(image, template)
    assert found.corners.tolist() == [[10, 30]]
    assert found.scores[0] == pytest.approx(match_template(image, template).max(), abs=1e-12)
    assert found.scores[0] == pytest.approx(
        np.corrcoef(image[10:30, 30:50].ravel(), template.ravel())[0, 1]
    )


@pytest.mark.parametrize("offset", [0, 1e6])
def test_faint_structure_beside_what_is_constant(offset):
    image = np.full((80, 90), 5.0 + offset)
    image[40:] += np.random.default_rng(0).normal(0, 1e3, (40, 90))
    image[10:22, 30:45] += np.random.default_rng(1).normal(0, 0.1, (12, 15))
    found = find_image(image, image[10:22, 30:45])
    assert found.corners.tolist() == [[10, 30]]
    assert found.scores == pytest.approx([1], abs=1e-9)
    assert len(find_image(np.full((20, 20), 5.0), image[10:22, 30:45]).scores) == 0


@pytest.mark.parametrize("size", [(3, 4, 5), (1, 9, 20), (9, 1, 1), (2, 30, 1)])
def test_scores_are_the_correlations_of_windows(size):
    stack = np.random.default_rng(0).poisson(9, (9, 30, 20)).astype(np.uint16)
    template = np.random.default_rng(1).poisson(9, size)
    windows = sliding_window_view(stack, size)
    wanted = [np.corrcoef(window.ravel(), template.ravel())[0, 1] for window in windows[0, 0]]
    found = find_image(stack[: size[0], : size[1]], template, threshold=-0.99, min_distance=1)
    assert len(found.scores)
    for (_, _, x), score in zip(found.corners, found.scores, strict=True):
        assert score == pytest.approx(wanted[x], abs=1e-12)


def test_of_equal_places_the_first_corner_comes_first():
    image = np.tile(np.random.default_rng(0).normal(size=(20, 10)), 2)
    found = find_image(image, image[:, :10], threshold=0.99, min_distance=1)
    assert found.corners.tolist() == [[0, 0], [0, 10]]


def test_in_a_stack():
    stack = np.random.default_rng(0).poisson(9, (9, 30, 30)).astype(np.uint16)
    found = find_image(stack, stack[2:5, 4:14, 8:20])
    assert found.corners.tolist() == [[2, 4, 8]]
    plane = find_image(stack, stack[3, 4:14, 8:20])
    assert plane.corners.tolist() == [[3, 4, 8]]


def test_masks_say_what_counts(image):
    template = image[10:22, 30:45].copy()
    counts = np.ones(template.shape, bool)
    counts[:6, :6] = False
    template[:6, :6] = 1e4
    assert len(find_image(image, template).scores) == 0
    found = find_image(image, template, template_mask=counts)
    assert found.corners.tolist() == [[10, 30]]
    assert found.scores[0] == pytest.approx(1)
    outside = np.ones(image.shape, bool)
    outside[10:22, 30:45] = False
    assert len(find_image(image, template, template_mask=counts, mask=outside).scores) == 0


def test_pixels_that_are_not_finite_are_left_out(image):
    template = image[10:22, 30:45].copy()
    template[3, 3] = np.nan
    image[12, 31] = np.inf
    found = find_image(image, template, edges=0.9)
    assert found.corners.tolist() == [[10, 30]]
    assert found.scores[0] == pytest.approx(1)


@pytest.mark.parametrize("corner", [(-5, 20), (53, 62), (-4, -6)])
def test_at_edges(image, corner):
    big = np.pad(image, 12)
    y, x = np.add(corner, 12)
    template = np.random.default_rng(2).normal(100, 20, (14, 16))
    big[y : y + 14, x : x + 16] = template
    image[:] = big[12:-12, 12:-12]
    assert len(find_image(image, template, threshold=0.9).scores) == 0
    found = find_image(image, template, threshold=0.9, edges=0.25)
    assert list(corner) in found.corners.tolist()
    assert found.scores.max() == pytest.approx(1)


def test_wrong_requests(image):
    for template, options, said in [
        (np.ones((5, 5)), {}, "template is constant"),
        (np.eye(90), {}, r"template has shape \(90, 90\); it must fit"),
        (np.zeros((2, 5, 9, 9)), {}, "needs axes="),
        (np.zeros((2, 5, 9)), {}, "it must fit into"),
        (np.eye(5), {"threshold": 1}, "threshold is 1"),
        (np.eye(5), {"edges": 0}, "edges is 0"),
        (np.eye(5), {"min_distance": 0}, "min_distance is 0"),
        (np.full((5, 5), np.nan), {}, "template is constant"),
    ]:
        with pytest.raises(ValueError, match=said):
            find_image(image, template, **options)
