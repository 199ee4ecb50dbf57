"""Contribution images: bright at partners, and what they add up to."""

import numpy as np
import pytest

from covoxel import simulate_pair
from covoxel.distance import association_distance, contribution_images


@pytest.fixture(scope="module")
def pair():
    return simulate_pair(n_spots1=180, n_shared=120, association_distance=0.6, rng=4)


@pytest.fixture(scope="module")
def found(pair):
    return association_distance(pair.channel1, pair.channel2)


@pytest.fixture(scope="module")
def images(pair, found):
    return contribution_images(pair.channel1, pair.channel2, found)


@pytest.mark.slow
def test_partners_are_bright_and_singles_are_not(pair, images):
    for image, positions in zip(images, (pair.positions1, pair.positions2), strict=True):
        pixel = np.rint(positions[0] / 0.1).astype(int)
        known = ((pixel >= 0) & (pixel < 256)).all(axis=1)
        value = np.full(known.size, np.nan)
        value[known] = image[tuple(pixel[known].T)]
        assert np.nanmedian(value[:120]) > 1 > np.nanmedian(value[120:])


@pytest.mark.slow
def test_both_channels_contribute_the_same_sum(images, found):
    first, second = images
    assert first.shape == second.shape == (256, 256)
    assert first.sum() == pytest.approx(second.sum())
    assert 0 < first.mean() < 1.2 * found.amplitude


def test_a_pixel_sees_its_partner_at_the_distance_alone(found):
    image1, image2 = np.zeros((2, 81, 81))
    image1[40, 40] = 1
    image2[40, 46] = image2[10, 10] = 1
    first, second = contribution_images(image1, image2, found, spacing=(0.1, 0.1))
    assert np.unravel_index(first.argmax(), first.shape) == (40, 40)
    assert np.unravel_index(second.argmax(), second.shape) == (40, 46)
    assert abs(second[10, 10]) < 0.03 * second.max()


def test_outside_the_mask_is_zero(pair, found):
    mask = np.zeros((256, 256), bool)
    mask[30:200, 50:220] = True
    for image in contribution_images(pair.channel1, pair.channel2, found, mask=mask):
        assert not image[~mask].any()
        assert image[mask].any()


@pytest.mark.slow
def test_a_stack_and_a_gaussian_have_images_too():
    stack = simulate_pair(
        shape=(15, 70, 70), n_spots1=180, n_shared=150, association_distance=0.5, rng=1
    )
    for model in ("shell", "gaussian"):
        found = association_distance(stack.channel1, stack.channel2, model=model, intervals=False)
        first, _ = contribution_images(stack.channel1, stack.channel2, found)
        assert first.shape == (15, 70, 70)
        assert first.mean() > 0


def test_wrong_requests_are_refused(pair, found):
    alone = association_distance(pair.channel1, np.ones((256, 256)))
    with pytest.raises(ValueError, match="association holds no distance"):
        contribution_images(pair.channel1, pair.channel2, alone)
    with pytest.raises(ValueError, match="the pixel size is unknown; pass spacing="):
        contribution_images(pair.channel1.data, pair.channel2.data, found)
    with pytest.raises(ValueError, match="channel 2 is constant"):
        contribution_images(pair.channel1, np.ones((256, 256)), found)
