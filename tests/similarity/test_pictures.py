"""Colours, noise, and two images in one picture."""

import numpy as np
import pytest
from skimage.color import rgb2hsv

from covoxel import simulate_pair
from covoxel.similarity import compare_colors, compare_images, filtered_correlation
from covoxel.similarity.views import checkerboard, overlay, split


@pytest.fixture
def pictures() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return tuple(rng.integers(0, 256, (20, 24, 3), np.uint8) for _ in range(2))


def test_channel_by_channel(pictures):
    found = compare_colors(*pictures)
    assert list(found) == ["red", "green", "blue"]
    for number, one in enumerate(found.values()):
        assert dict(one) == dict(compare_images(*(picture[..., number] for picture in pictures)))


def test_in_hsv(pictures):
    found = compare_colors(*pictures, space="hsv", measures="mse,hellinger")
    hsv = [rgb2hsv(picture) for picture in pictures]
    assert list(found) == ["hue", "saturation", "value"]
    for number, one in enumerate(found.values()):
        assert one["mse"] == pytest.approx(((hsv[0] - hsv[1])[..., number] ** 2).mean())
        assert one.span.data_range == 1


def test_opacity_is_left_out(pictures):
    clear = [np.concatenate([p, p[..., :1]], axis=-1) for p in pictures]
    assert dict(compare_colors(*clear)["blue"]) == dict(compare_colors(*pictures)["blue"])


def test_no_picture(pictures):
    with pytest.raises(ValueError, match=r"image2 has shape \(20, 24\)"):
        compare_colors(pictures[0], pictures[1][..., 0])
    with pytest.raises(ValueError, match="space is 'lab'; allowed are rgb, hsv"):
        compare_colors(*pictures, space="lab")


def test_noise_lowers_the_coefficient_of_an_image_and_its_filtered_self():
    clean = simulate_pair(shape=(64, 64), rng=0).channel1.read().astype(float)
    rng = np.random.default_rng(0)
    found = [
        filtered_correlation(clean + rng.normal(0, sigma, clean.shape)).value
        for sigma in (0, 20, 80, 320)
    ]
    assert found == sorted(found, reverse=True)
    assert found[0] > 0.9 > 0.5 > found[-1]
    pair = compare_images(clean, clean + 5, measures="noise")
    assert pair["filtered_correlation1"] == found[0]
    assert pair["filtered_correlation2"] == pytest.approx(found[0])


def test_medians_that_nothing_is_known_of():
    image = np.random.default_rng(0).normal(size=(12, 12))
    image[4, 4] = np.nan
    assert filtered_correlation(image).pixels == 144 - 9
    with pytest.raises(ValueError, match="size is 4; it must be odd"):
        filtered_correlation(image, size=4)


def test_overlay():
    one, other = np.array([[0, 10], [5, np.nan]]), np.array([[3, 3], [7, 3]])
    found = overlay(one, other)
    assert found.shape == (2, 2, 3)
    assert found[0, 1].tolist() == [1, 0, 1]
    assert found[1, 0].tolist() == [0.5, 1, 0.5]
    assert found[1, 1].tolist() == [0, 0, 0]


def test_checkerboard():
    one, other = np.zeros((2, 7, 9), np.uint8), np.full((2, 7, 9), 300)
    found = checkerboard(one, other, tile=4)
    assert found.max() == 300
    assert (found[:, :4, :4] == 0).all()
    assert (found[:, :4, 4:8] == 300).all()
    assert (found[:, 4:, 4:8] == 0).all()


def test_split():
    one, other = np.zeros((6, 8)), np.ones((6, 8))
    assert split(one, other).sum() == 24
    assert (split(one, other, at=1 / 3, axis=0)[2:] == 1).all()
    assert split(one, other, at=1).sum() == 0


def test_wrong_views():
    image = np.ones((6, 8))
    for view, options, said in [
        (overlay, {}, "image1 has shape"),
        (checkerboard, {"tile": 0}, "tile is 0"),
        (split, {"at": 2}, "at is 2"),
        (split, {"axis": 2}, "axis is 2"),
    ]:
        with pytest.raises(ValueError, match=said):
            view(image, image if options else image[1:], **options)
