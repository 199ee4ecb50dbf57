"""Images of different size: each remedy that the error names works."""

import numpy as np
import pytest
from skimage.transform import resize

from covoxel import simulate_pair
from covoxel.similarity import changed_boxes, compare_images, difference_image


@pytest.fixture(scope="module")
def light() -> np.ndarray:
    return simulate_pair(shape=(96, 112), rng=2).channel1.read()


def test_cropped_about_the_centres(light):
    small = light[10:-10, 6:-6]
    found = compare_images(light, small, fit="crop")
    assert found["mse"] == 0
    assert found.pixels == small.size
    mask = np.zeros(light.shape, bool)
    mask[10:20, 6:16] = True
    assert compare_images(light, small, fit="crop", mask=mask).pixels == 100
    tall, wide = light[:50], light[:, :40]
    assert compare_images(tall, wide, fit="crop").pixels == 50 * 40


@pytest.mark.slow
def test_resized_to_image_1(light):
    half = resize(light, (48, 56), order=1, preserve_range=True, anti_aliasing=True)
    found = compare_images(light, half, fit="resize")
    assert found.pixels == light.size
    assert found["pearson"] > 0.8 > compare_images(light, half[::-1], fit="resize")["pearson"]
    whole = compare_images(half.round().astype(np.uint16), light, fit="resize")
    assert whole["mae"] < 1
    assert whole.span.source == "10 bits"


@pytest.mark.parametrize("part", [np.s_[7:90, 12:], np.s_[:60, :80], np.s_[20:, 30:]])
def test_registered_on_image_1(light, part):
    found = compare_images(light, light[part], fit="register")
    assert found.registration.shift == (part[0].start or 0, part[1].start or 0)
    assert found["mse"] == 0
    assert found["ssim"] == pytest.approx(1)
    assert found.pixels == light[part].size
    assert (difference_image(light, light[part], fit="register")[part] == 0).all()


def test_registered_where_the_sizes_agree(light):
    found = compare_images(light, np.roll(light, (3, -4), (0, 1)), fit="register")
    assert found.registration.shift == (-3, 4)
    assert found["mse"] == 0


def test_registered_stack():
    stack = simulate_pair(shape=(10, 48, 56), rng=3).channel1.read()
    found = compare_images(stack, stack[2:, 5:, 6:], fit="register", measures="mae,ssim")
    assert found.registration.shift == (2, 5, 6)
    assert found["mae"] == 0


def test_masks_are_of_image_1(light):
    with pytest.raises(ValueError, match="mask has shape"):
        compare_images(light, light[1:], fit="crop", mask=np.ones((95, 112)))


def test_changes(light):
    rng = np.random.default_rng(0)
    other = light.astype(float)
    other[20:30, 40:44] += 500
    other[80:84, 5:9] -= 900
    found = changed_boxes(light, other)
    assert found.tolerance == 0
    assert found.boxes.start.tolist() == [[20, 40], [80, 5]]
    assert found.boxes.stop.tolist() == [[30, 44], [84, 9]]
    assert found.pixels.tolist() == [40, 16]
    assert found.total.tolist() == [20000, 14400]
    drawn, owner = found.boxes.rectangles()
    assert drawn[0].tolist() == [[19.5, 39.5], [19.5, 43.5], [29.5, 43.5], [29.5, 39.5]]
    assert owner.tolist() == [0, 1]
    noisy = other + rng.normal(0, 20, light.shape)
    seen = changed_boxes(light, noisy, min_pixels=4)
    assert seen.boxes.start.tolist() == found.boxes.start.tolist()
    assert 80 < seen.tolerance < 120
    assert len(changed_boxes(light, light).boxes) == 0
    with pytest.raises(ValueError, match="tolerance is -1"):
        changed_boxes(light, other, tolerance=-1)


def test_boxes_in_a_stack_are_drawn_on_each_plane():
    stack = np.zeros((5, 12, 12))
    changed = stack.copy()
    changed[1:4, 2:5, 3:9] = 1
    drawn, owner = changed_boxes(stack, changed).boxes.rectangles()
    assert [sorted({*corners[:, 0]}) for corners in drawn] == [[1], [2], [3]]
    assert owner.tolist() == [0, 0, 0]
