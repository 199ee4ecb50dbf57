"""Hashes are ImageHash's own, and near-duplicates are found by them."""

import imagehash
import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from covoxel.similarity import compare_images, image_hash, near_duplicates

FUNCTIONS = {
    "average": imagehash.average_hash,
    "perceptual": imagehash.phash,
    "difference": imagehash.dhash,
    "wavelet": imagehash.whash,
}


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    rng = np.random.default_rng(0)
    smooth = ndimage.gaussian_filter(rng.normal(size=(90, 120)), 6)
    return np.interp(smooth, (smooth.min(), smooth.max()), (0, 255)).astype(np.uint8)


@pytest.mark.parametrize("method", FUNCTIONS)
@pytest.mark.parametrize("size", [4, 8, 16])
def test_equal_to_imagehash(picture, method, size):
    expected = FUNCTIONS[method](Image.fromarray(picture), hash_size=size)
    assert image_hash(picture, method, size=size) == expected


@pytest.mark.parametrize("method", FUNCTIONS)
def test_pictures_in_colours(picture, method):
    colors = np.stack([picture, picture[::-1], picture // 2], axis=-1)
    assert image_hash(colors, method) == FUNCTIONS[method](Image.fromarray(colors))


@pytest.mark.parametrize("method", FUNCTIONS)
def test_depth_and_gain_change_nothing(picture, method):
    deep = picture.astype(np.uint16) * 200 + 1000
    assert image_hash(deep, method) == image_hash(picture, method)
    stack = np.stack([deep // 2, deep, deep // 3])
    assert image_hash(stack, method) == image_hash(picture, method)


@pytest.mark.parametrize("method", FUNCTIONS)
def test_bits_of_a_comparison(picture, method):
    other = np.roll(picture, 15, axis=1)
    found = compare_images(picture, other, measures="hashes")
    bits = FUNCTIONS[method](Image.fromarray(picture)) - FUNCTIONS[method](Image.fromarray(other))
    assert found[f"{method}_hash"] == bits > 0


@pytest.mark.parametrize("method", FUNCTIONS)
def test_near_duplicates(picture, method):
    rng = np.random.default_rng(1)
    images = {
        "original": picture,
        "noisy": np.clip(picture + rng.normal(0, 3, picture.shape), 0, 255).astype(np.uint8),
        "small": picture[::2, ::2],
        "other": picture[::-1, ::-1],
    }
    hashes = {name: image_hash(image, method) for name, image in images.items()}
    found = near_duplicates(hashes, distance=6)
    pairs = {(one.first, one.second) for one in found}
    assert pairs == {("original", "noisy"), ("original", "small"), ("noisy", "small")}
    assert [one.distance for one in found] == sorted(one.distance for one in found)


@pytest.mark.parametrize("method", FUNCTIONS)
@pytest.mark.parametrize("top", [1, 3, 60, 255])
def test_the_data_type_changes_nothing(picture, method, top):
    pixels = np.rint(picture / 255 * top).astype(np.uint8)
    hashed = image_hash(pixels, method)
    for dtype in (np.uint16, np.int32, np.float32, np.float64):
        assert image_hash(pixels.astype(dtype), method) == hashed
    if top == 1:
        assert image_hash(pixels.astype(bool), method) == hashed


CONSTANT = [
    np.zeros((9, 9)),
    np.full((9, 9), 255, np.uint8),
    np.full((9, 9), 4000, np.uint16),
    np.full((9, 9), np.nan),
    np.ones(30, bool),
    np.full((9, 9, 3), (10, 20, 30), np.uint8),
]


@pytest.mark.parametrize("image", CONSTANT)
def test_constant_pictures_have_no_hash(image):
    with pytest.raises(ValueError, match="image is constant; its hash is undefined"):
        image_hash(image)


def test_comparisons_with_a_constant_picture(picture):
    black, white = np.zeros_like(picture), np.full_like(picture, 255)
    for images, said in [
        ((black, white), "image 1 and image 2 are constant"),
        ((picture, white), "image 2 is constant"),
    ]:
        found = compare_images(*images, measures="hashes")
        assert np.isnan(list(found.values())).all()
        assert set(found.notes.values()) == {said}


def test_wrong_requests(picture):
    for options, said in [
        ({"method": "md5"}, "method is 'md5'; allowed are average"),
        ({"size": 1}, "size is 1; it must be an integer"),
        ({"method": "wavelet", "size": 6}, "size is 6; it must be a power of 2"),
    ]:
        with pytest.raises(ValueError, match=said):
            image_hash(picture, **options)
