"""Rotated, magnified and sheared channels, drawn anew and not resampled."""

import numpy as np
import pytest

from covoxel import read_image, simulate_pair
from covoxel.io.samples import sample_path
from covoxel.registration import register

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("degrees", "factor", "offset"),
    [(0.4, 1.003, (0.7, -1.2)), (11, 1.04, (-6, 5)), (-40, 0.9, (3, 2)), (172, 1, (4, 1))],
)
def test_similarity(degrees, factor, offset, drawn, plane_matrix):
    first, second = drawn((200, 220), plane_matrix(2, degrees, factor), offset)
    noisy = [np.random.default_rng(1).poisson(50 + 100 * image) for image in (first, second)]
    for images, scale in (((first, second), 1), (noisy, 5)):
        found = register(*images, transform="similarity")
        assert abs(-found.rotation - degrees) < 0.01 * scale
        assert abs(1 / found.scale / factor - 1) < 2e-4 * scale
        np.testing.assert_allclose(found.offset, offset, atol=0.004 * scale)
        assert found.ncc_after > 0.9
    applied = found.apply(second)
    inside = np.isfinite(applied)
    assert np.corrcoef(applied[inside], first[inside])[0, 1] > 0.99


def test_affine_magnifies_each_axis_by_itself(drawn):
    matrix = np.array([[1.01, 0.004], [-0.002, 0.995]])
    first, second = drawn((220, 220), matrix, (1.5, -0.5))
    found = register(first, second, transform="affine")
    np.testing.assert_allclose(np.linalg.inv(found.matrix), matrix, atol=1e-4)
    np.testing.assert_allclose(found.offset, (1.5, -0.5), atol=0.01)
    similar = register(first, second, transform="similarity")
    assert found.ncc_after > similar.ncc_after


def test_planes_of_a_stack_turn_alike(drawn, plane_matrix):
    shape = (10, 96, 96)
    first, second = drawn(shape, plane_matrix(3, 2.0, 1.01), (1.2, -2, 3), count=1200)
    mask = np.ones(shape, bool)
    mask[:, :10] = False
    found = register(first, second, mask=mask, transform="similarity")
    assert abs(-found.rotation - 2) < 0.05
    assert abs(1 / found.scale / 1.01 - 1) < 1e-3
    np.testing.assert_allclose(found.offset, (1.2, -2, 3), atol=0.05)
    assert found.matrix[0] == (1.0, 0.0, 0.0)


def test_a_calibration_corrects_another_image(drawn, plane_matrix):
    """A registration of beads corrects a sample that was seen through the same lens."""
    matrix, offset = plane_matrix(2, 0.5, 1.01), (2.3, -1.4)
    beads = drawn((200, 200), matrix, offset, seed=1)
    sample = drawn((200, 200), matrix, offset, seed=2)
    applied = register(*beads, transform="affine").apply(sample[1])
    inside = np.isfinite(applied)
    assert np.corrcoef(sample[0][inside], sample[1][inside])[0, 1] < 0.5
    assert np.corrcoef(sample[0][inside], applied[inside])[0, 1] > 0.999


def test_says_when_nothing_is_alike():
    pair = simulate_pair(structure="textures", shared_fraction=0.0, shape=(128, 128), rng=3)
    with pytest.raises(ValueError, match="valid tiles"):
        register(pair.channel1, pair.channel2, transform="affine")
    trace = np.random.default_rng(0).random(50)
    with pytest.raises(ValueError, match="along one axis"):
        register(trace, trace, transform="similarity")


@pytest.fixture(scope="module")
def cells():
    channels = read_image(sample_path("shifted_channels.ome.tif"))
    (labels,) = read_image(sample_path("shifted_channels_labels.tif"))
    return *channels, np.asarray(labels.data)


@pytest.mark.parametrize("transform", ["similarity", "affine"])
def test_many_tiles_with_large_errors_are_fitted_together(cells, transform):
    first, second, labels = cells
    found = register(first, second, mask=labels > 0, transform=transform)
    assert np.all(np.abs(np.subtract(found.offset, (4, -3))) < 3 * np.array(found.uncertainty))
    assert 0.01 < max(found.uncertainty) < 0.5
    assert abs(found.scale - 1) < 0.01
    assert abs(found.rotation) < 0.5
    assert found.ncc_after > found.ncc_before + 0.3


def test_a_mask_that_is_too_small_says_what_to_do(cells):
    first, second, labels = cells
    with pytest.raises(ValueError, match=r"of \d+ inside the mask .* widen the mask, or take 'tr"):
        register(first, second, mask=labels == 3, transform="affine")
