"""Each check on the smallest image that shows it, and on one that nearly does."""

from functools import partial

import numpy as np
import pytest
import tifffile
from scipy import ndimage, stats

from covoxel.image.channel import Channel
from covoxel.intensity import joint_histogram, manders, pearson
from covoxel.quality import check_pair, pair

SPACING = (0.2, 0.1, 0.1)


def dark(seed=0, mean=3.0, shape=(100, 100)):
    """A clean channel: smooth, few photons, no offset, a wide signal range."""
    rng = np.random.default_rng(seed)
    smooth = ndimage.gaussian_filter(rng.normal(size=shape), 1.5, mode="wrap")
    share = (stats.rankdata(smooth) - 0.5) / smooth.size
    light = mean * (-10 * np.log1p(-share.reshape(shape))) ** 1.2
    return rng.poisson(light).clip(0, 3000).astype(np.uint16)


def checked(image1, image2, **regions):
    channels = [
        Channel(image, "ZYX"[-image.ndim :], SPACING[-image.ndim :]) for image in (image1, image2)
    ]
    return check_pair(*channels, **regions)


def codes(*pair, **regions):
    return [caution.code for caution in checked(*pair, **regions)]


def messages(found):
    return "; ".join(f"{caution.code}: {caution.message}" for caution in found)


def test_a_clean_pair_gives_no_caution():
    assert checked(dark(0), dark(1)) == ()


@pytest.mark.slow
@pytest.mark.parametrize("ceiling", [1023, 4095, 16383, 65520, 65535])
@pytest.mark.parametrize(
    ("pixels", "severity"),
    [(0, None), (10, None), (11, "warning"), (99, "warning"), (100, "severe")],
)
def test_pixels_piled_up_at_the_detectors_maximum(ceiling, pixels, severity):
    image = dark()
    image[image >= 1000] = 0
    image.reshape(-1)[:pixels] = ceiling
    found = [c for c in checked(image, dark(1)) if c.code == "saturated1"]
    assert [c.severity for c in found] == ([severity] if severity else [])
    if found:
        expected = f"{pixels / 100:.2g} % of pixels of channel 1 are at {ceiling}"
        assert found[0].message.startswith(expected)


def test_saturation_of_8_bit_images():
    image = np.minimum(dark(), 255).astype(np.uint8)
    assert "saturated2" in codes(dark(1), image)


def test_a_maximum_that_only_happens_to_be_4095_is_not_saturation():
    ramp = np.arange(4095 - 100, 4096).repeat(100).reshape(101, 100).astype(np.uint16)
    assert "saturated1" not in codes(ramp, dark(1, shape=ramp.shape))


@pytest.mark.parametrize("level", [40, 2500])
def test_a_pile_at_another_value_is_not_called_the_detectors_maximum(level):
    image = np.minimum(dark(mean=level / 40), level)
    (caution,) = (c for c in checked(image, dark(1)) if c.code == "saturated1")
    assert f"are at {level}, far more than just below" in caution.message


def test_a_few_pixels_may_lie_above_a_pile():
    image = np.minimum(dark(), 300)
    image[0, :3] = 301, 310, 950
    (caution,) = checked(image, dark(1))
    assert "are at 300, far more" in caution.message
    assert codes(np.minimum(dark(mean=1), 300), dark(1)) == []


def test_saturation_does_not_depend_on_the_data_type():
    image = np.minimum(dark(mean=30), 1023)
    found = [messages(checked(image.astype(kind), dark(1))) for kind in ("u2", "i4", "f4", "f8")]
    assert "saturated1: " in found[0]
    assert len(set(found)) == 1


def test_an_offset_that_counts_as_signal_is_found_however_small_it_is():
    image = dark()
    assert "offset1" not in codes(image, dark(1))
    for offset in (1, 100):
        (caution,) = checked(image + np.uint16(offset), dark(1))
        assert caution.code == "offset1"
        assert f"at {offset} or more" in caution.message
        assert manders(dark(1), image + np.uint16(offset)).m1 == 1
    small = (slice(0, 12),) * 2
    assert "offset1" not in codes(image[small] + np.uint16(1), dark(1)[small])


def test_one_pixel_that_carries_the_correlation():
    rng = np.random.default_rng(3)
    image1, image2 = rng.integers(0, 251, (2, 354, 475)).astype(np.uint16)
    image2 = (image2 * 0.9 + 0.1 * (250 - image1)).astype(np.uint16)
    image1[177, 237] = image2[177, 237] = 100
    assert "hot_pixels" not in codes(image1, image2)
    without = np.corrcoef(np.delete(np.stack([image1, image2]).reshape(2, -1), 84312, 1))[0, 1]
    image1[177, 237], image2[177, 237] = 65000, 60000
    r = pearson(image1, image2).value
    (caution,) = (c for c in checked(image1, image2) if c.code == "hot_pixels")
    assert caution.severity == "severe"
    assert caution.message == (
        f"r is {r:.3f}, but {without:.3f} without the brightest pixels, of which there are 1"
    )
    assert r > 0.7
    assert -0.2 < without < -0.05


@pytest.mark.parametrize(("count", "size"), [(8, 200), (16, 200), (2, 50), (40, 700)])
def test_several_pixels_that_carry_the_correlation(count, size):
    rng = np.random.default_rng(count)
    image1, image2 = rng.poisson(20, (2, size, size)).astype(np.uint16)
    assert "hot_pixels" not in codes(image1, image2)
    at = np.unravel_index(rng.choice(size * size, count, replace=False), image1.shape)
    image1[at], image2[at] = rng.integers(30_000, 60_000, (2, count))
    (caution,) = (c for c in checked(image1, image2) if c.code == "hot_pixels")
    assert f"of which there are {count}" in caution.message
    assert "near_duplicate" not in codes(image1, image2)


def test_a_bright_particle_of_many_pixels_is_not_a_hot_pixel():
    image1, image2 = dark(0), dark(1)
    for image in (image1, image2):
        image[20:25, 20:25] += 3000
    assert pearson(image1, image2).value > 0.3
    assert "hot_pixels" not in codes(image1, image2)


def test_hot_pixels_of_each_label():
    image1, image2 = dark(0), dark(1)
    labels = np.repeat([1, 2, 3, 4], 25)[:, None] * np.ones((1, 100), int)
    image1[60, 50] = image2[60, 50] = 60000
    found = checked(image1, image2, labels=labels)
    assert ["hot_pixels" in [c.code for c in row] for row in found] == [False, False, True, False]


def test_a_constant_channel():
    constant = np.full((100, 100), 7, np.uint16)
    (caution,) = (c for c in checked(constant, dark(1)) if c.code == "constant1")
    assert caution.severity == "severe"
    assert caution.message == "all pixels of channel 1 are 7"
    constant[0, 0] = 8
    assert "constant1" not in codes(constant, dark(1))


def test_a_clipped_background_is_told_from_few_photons():
    rng = np.random.default_rng(2)
    camera = rng.normal(0, 5, (100, 100)) + 4 * dark()
    assert "clipped1" in codes(camera.clip(0).astype(np.uint16), dark(1))
    for spread in (3, 5, 20):  # a tenth of the pixels
        dim = rng.normal(1.28 * spread, spread, (100, 100)) + dark(mean=0.1)
        assert "clipped1" in codes(np.round(dim.clip(0)).astype(np.uint16), dark(1))
    assert "clipped1" in codes(dark().clip(30), dark(1))
    for mean in (0.05, 0.5, 5):
        photons = rng.poisson(mean, (100, 100)).astype(np.uint16)
        assert "clipped1" not in codes(photons, dark(1))


def test_negative_values():
    image = dark().astype(np.float32)
    image[0, :50] = -7.5
    (caution,) = checked(image, dark(1))
    assert caution.code == "negative1"
    assert caution.message == "0.5 % of pixels of channel 1 are negative, down to -7.5"


def test_a_mask_is_not_taken_for_a_saturated_image():
    mask = (dark() > 40) * np.uint8(255)
    assert codes(mask, dark(1)) == ["binary1"]


def test_gaps_between_well_filled_levels_show_rescaling():
    assert "rescaled1" not in codes(dark(mean=0.5), dark(1))
    assert "rescaled1" in codes(dark(mean=0.5) * np.uint16(3), dark(1))


def test_identical_channels():
    assert codes(dark(), dark()) == ["identical"]
    constant = np.full((100, 100), 7, np.uint16)
    assert "identical" not in codes(constant, constant)


@pytest.mark.parametrize("kind", ["u2", "u4", "f4", "f8"])
def test_one_pixel_makes_channels_different(kind):
    image = dark().astype(kind)
    other = image.copy()
    other[50, 50] += 1
    assert codes(image, other) == ["near_duplicate"]
    assert codes(image, image.copy()) == ["identical"]


def test_a_copy_on_another_scale_is_a_near_duplicate():
    (caution,) = (c for c in checked(dark(), 2 * dark() + 1) if c.code == "near_duplicate")
    assert "r = 1," in caution.message
    noisy = 2 * dark() + dark(1, mean=1)
    assert "near_duplicate" not in codes(dark(), noisy)


def test_a_frame_that_is_mostly_background():
    light = np.zeros((100, 100), np.uint16)
    light[40:50, 40:80] = 800
    image1, image2 = (dark(seed, mean=0.3) + light for seed in (0, 1))
    assert "mostly_background" in codes(image1, image2)
    assert "mostly_background" not in codes(image1, dark(2))
    assert "mostly_background" not in codes(image1, image2, mask=light > 0)


def test_each_label_is_checked_by_itself():
    image1, image2 = dark(), dark(1)
    labels = np.zeros((100, 100), np.int32)
    labels[10:50, 10:50], labels[60:70, 60:70], labels[80:, 80:] = 7, 9, 2000
    image1[10:50, 10:50] = np.minimum(image1[10:50, 10:50], 70)
    by_label = [[c.code for c in told] for told in checked(image1, image2, labels=labels)]
    assert ["saturated1" in codes for codes in by_label] == [True, False, False]
    assert ["tiny_region" in codes for codes in by_label] == [False, True, True]
    assert ["border" in codes for codes in by_label] == [False, False, True]
    looped = [codes(image1, image2, mask=labels == i) for i in (7, 9, 2000)]
    assert by_label == looped


def test_an_empty_region_has_no_pixels_to_speak_of():
    with np.errstate(all="raise"):
        assert codes(dark(), dark(1), mask=np.zeros((100, 100), bool)) == ["tiny_region"]
    nothing = np.full((100, 100), np.nan)
    assert codes(nothing, dark(1)) == ["tiny_region"]


def test_no_labels_no_cautions():
    assert checked(dark(), dark(1), labels=np.zeros((100, 100), int)) == []


def test_a_missing_voxel_size_stands_in_each_row():
    labels = np.arange(3).repeat(600)[None] * np.ones((9, 1), int)
    told = check_pair(dark(0, shape=labels.shape), dark(1, shape=labels.shape), labels=labels)
    assert [tuple(c.code for c in row) for row in told] == [("border", "no_voxel_size")] * 2


def test_the_most_severe_comes_first():
    image = np.full((10, 10), 100, np.uint8)
    image[0] = 255
    found = check_pair(image, image + np.uint8(1))
    order = [("severe", "warning", "notice").index(c.severity) for c in found]
    assert order == sorted(order)
    assert not any("\n" in caution.message for caution in found)


def test_real_and_drawn_images(reference):
    def pair(one, two):
        return [tifffile.imread(reference / "images" / name) for name in (one, two)]

    red, green = pair("colocsample1b-red.tif", "colocsample1b-green.tif")
    assert "saturated2: 0.33 % of pixels of channel 2 are at 255" in messages(checked(red, green))
    cells = pair(*(f"NEUBIAS_xyc_16bit__nuclei_golgi_c{i}.tif" for i in (1, 2)))
    assert codes(*cells) == ["offset1", "offset2", "undersampled1"]
    assert manders(*cells).m1 > 0.998
    stack = tifffile.imread(reference / "files" / "IXMtest_A02_s9.tif")
    assert "0.2 % of pixels of channel 2 are at 4095" in messages(check_pair(stack[0], stack[2]))


@pytest.mark.parametrize("mask", [None, np.arange(100 * 100).reshape(100, 100) > 900])
def test_planes_of_a_float_image_that_outgrows_memory_are_checked(monkeypatch, mask):
    images = [np.stack([dark(seed) + 100 for seed in range(i, i + 40)]) for i in (0, 50)]
    few = partial(joint_histogram, memory_budget=1 << 23)
    noise = np.random.default_rng(0).random((2, 40, 100, 100), np.float32)
    channels = [Channel(sum(both), "ZYX", SPACING) for both in zip(images, noise, strict=True)]
    with pytest.raises(MemoryError):
        few(*channels, mask=mask)
    exact = check_pair(*channels, mask=mask)
    monkeypatch.setattr(pair, "joint_histogram", few)
    monkeypatch.setattr(pair, "_ENOUGH", 1 << 14)
    found = check_pair(*channels, mask=mask)
    assert [one.code for one in found] == [one.code for one in exact]
    assert {"offset1", "offset2"} <= {one.code for one in found}
    with pytest.raises(MemoryError):
        check_pair(*channels, labels=np.ones((100, 100), int))
