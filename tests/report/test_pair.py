"""Pictures of channels, and the figure that holds them."""

import math

import numpy as np
import pytest
from hypothesis import given, strategies as st

from covoxel.image.channel import Channel
from covoxel.intensity.histogram import joint_histogram
from covoxel.report import pair_figure, pictures
from covoxel.report.pictures import length_label, outline, picture, round_length, stretched


def stack(shape=(4, 30, 40), seed=0):
    return np.random.default_rng(seed).integers(0, 1000, shape).astype(np.uint16)


def channel(data, **more):
    return Channel(data, "TZYX"[-data.ndim :], **more)


def drawn(*data, mask=None, spacing=None, **more):
    channels = [channel(image, spacing=spacing, name=f"dye {i}") for i, image in enumerate(data)]
    frames = [image.reshape(-1, *image.shape[-2:]) for image in data]
    figure = pair_figure(*channels, joint_histogram(*frames), outlined=mask, **more)
    figure.draw_without_rendering()
    return figure


def texts(figure):
    return [text.get_text() for text in figure.texts]


def test_a_stack_is_projected_unless_a_plane_is_asked_for():
    data = stack()
    np.testing.assert_array_equal(picture(channel(data)), data.max(axis=0))
    np.testing.assert_array_equal(picture(channel(data), z=2), data[2])
    series = stack((3, 4, 30, 40))
    np.testing.assert_array_equal(picture(channel(series), t=1), series[1].max(axis=0))


def test_large_pictures_are_averaged_down(monkeypatch):
    monkeypatch.setattr(pictures, "MAX_SIDE", 10)
    data = stack((1, 25, 12)).astype(float)
    shown = picture(channel(data))
    assert shown.shape == (9, 4)
    np.testing.assert_allclose(shown[0, 0], data[0, :3, :3].mean(), rtol=1e-6)
    np.testing.assert_allclose(shown[-1, -1], data[0, 24:, 9:].mean(), rtol=1e-6)


def test_blocks_of_rows_give_the_same_picture(monkeypatch):
    monkeypatch.setattr(pictures, "MAX_SIDE", 10)
    whole = picture(channel(stack()))
    monkeypatch.setattr(pictures, "BLOCK_VOXELS", 100)
    np.testing.assert_array_equal(picture(channel(stack())), whole)


def test_a_stack_is_read_plane_by_plane():
    class Lazy:
        shape, dtype, largest = (50, 64, 64), np.dtype(np.uint8), 0

        def __getitem__(self, index):
            block = np.zeros([part.stop - part.start for part in index], np.uint8)
            self.largest = max(self.largest, block.size)
            return block

    lazy = Lazy()
    picture(Channel(lazy, "ZYX"))
    assert lazy.largest == 64 * 64


def test_pixels_that_are_not_finite_are_left_out():
    data = np.array([[[1, np.nan], [np.inf, 4]], [[0, np.nan], [2, 5]]])
    shown = picture(channel(data))
    np.testing.assert_array_equal(shown, [[1, np.nan], [2, 5]])
    assert stretched(shown)[0, 1] == 0
    assert np.all(stretched(np.full((2, 2), np.nan)) == 0)


def test_pictures_are_stretched_between_robust_limits():
    image = np.full((100, 100), 10.0)
    image[:, 50:] = 20
    image[0, 0], image[5, 60] = -1e6, 1e6
    np.testing.assert_array_equal(np.unique(stretched(image)), [0, 1])
    assert np.all(stretched(np.full((4, 4), 3.0)) == 0)
    lonely = np.zeros((100, 100))
    lonely[4, 4] = 7
    assert stretched(lonely)[4, 4] == 1


def test_touching_regions_are_parted():
    labels = np.zeros((6, 8), int)
    labels[1:5, 1:4], labels[1:5, 4:7] = 1, 2
    inside = outline(labels, labels.shape)
    assert inside[2].tolist() == [False, True, True, False, True, True, True, False]
    assert outline(labels > 0, labels.shape)[2, 3]


def test_regions_of_a_stack_are_united_or_shown_by_plane():
    mask = np.zeros((3, 5, 5), bool)
    mask[0, 1, 1] = mask[2, 3, 3] = True
    np.testing.assert_array_equal(outline(mask, mask.shape), mask.any(axis=0))
    np.testing.assert_array_equal(outline(mask, mask.shape, z=2), mask[2])
    np.testing.assert_array_equal(outline(mask[0], mask.shape, z=2), mask[0])
    with pytest.raises(ValueError, match=r"outlined has shape \(4, 5\)"):
        outline(np.zeros((4, 5)), mask.shape)


@given(st.floats(1e-3, 1e6))
def test_round_lengths_are_1_2_or_5(limit):
    length = round_length(limit)
    assert limit / 2.5 <= length * (1 + 1e-9)
    assert length <= limit * (1 + 1e-9)
    digits = f"{length:e}".split("e")[0]
    assert float(digits) in (1, 2, 5)


def test_lengths_are_written_in_a_fitting_unit():
    written = [length_label(value, microns=True) for value in (0.05, 1, 500, 1000)]
    assert written == ["50 nm", "1 µm", "500 µm", "1 mm"]
    assert length_label(1000, microns=False) == "1000 px"


def test_the_merge_is_magenta_where_channel_1_and_green_where_channel_2_is():
    image1, image2 = np.zeros((2, 10, 10), np.uint8)
    image1[:, :6], image2[:, 4:] = 200, 200
    merge = drawn(image1, image2).axes[2].images[0].get_array()
    colours = [merge[5, x].tolist() for x in (0, 5, 9)]
    assert colours == [[1, 0, 1], [1, 1, 1], [0, 1, 0]]


def test_pixels_are_drawn_in_their_true_proportions():
    figure = drawn(stack((30, 40)), stack((30, 40), 1), spacing=(0.3, 0.1))
    for axes in figure.axes[:3]:
        box = axes.get_window_extent()
        assert box.height / box.width == pytest.approx(30 * 0.3 / (40 * 0.1))


@pytest.mark.slow
@pytest.mark.parametrize(("spacing", "label"), [((0.5, 0.5), "2 µm"), (None, "5 px")])
def test_the_scale_bar_has_a_round_length_in_the_unit_that_is_known(spacing, label):
    merge = drawn(stack((30, 25)), stack((30, 25), 1), spacing=spacing).axes[2]
    (bar,) = merge.patches
    assert label in [text.get_text() for text in merge.texts]
    assert bar.get_width() == float(label.split()[0])


@pytest.mark.slow
def test_the_figure_says_what_it_shows():
    data = stack(), stack(seed=1)
    assert "maximum projection of 4 planes" in texts(drawn(*data))[-1]
    assert "plane 1 of 4" in texts(drawn(*data, z=1))[-1]
    assert "plane" not in texts(drawn(*(image[0] for image in data)))[-1]
    series = stack((3, 30, 40)), stack((3, 30, 40), 1)
    channels = [Channel(image, "TYX") for image in series]
    figure = pair_figure(*channels, joint_histogram(series[0][2], series[1][2]), t=2)
    assert "time point 2 of 3" in texts(figure)[-1]
    np.testing.assert_array_equal(figure.axes[0].images[0].get_array(), stretched(series[0][2]))


def test_key_numbers_are_quoted_as_far_as_they_are_known():
    row = {"pearson": 0.12345, "tm1": math.nan, "tm2": 0.5, "pixels": 1200, "icq": 3}
    row |= {"pearson_low": 0.05, "pearson_high": 0.2, "tm1_chance": math.nan, "tm2_chance": 0.25}
    numbers = texts(drawn(stack(), stack(seed=1), row=row))[-2]
    assert numbers.split("   ") == [
        "r = 0.123 (0.05 to 0.20)",
        "tM1 = undefined",
        "tM2 = 0.500 (chance 0.25)",
        "pixels = 1200",
    ]


def test_long_names_are_cut_and_nothing_leaves_the_figure():
    names = "a dye with a name of many words", "b" * 80
    channels = [
        channel(image, name=name)
        for image, name in zip((stack(), stack(seed=1)), names, strict=True)
    ]
    histogram = joint_histogram(*channels)
    figure = pair_figure(*channels, histogram, threshold1=999, threshold2=0, line=(9, -4000))
    figure.draw_without_rendering()
    page = figure.bbox
    for text in [*figure.texts, *(text for axes in figure.axes for text in axes.texts)]:
        box = text.get_window_extent()
        assert page.x0 <= box.x0 <= box.x1 <= page.x1, text
        assert page.y0 <= box.y0 <= box.y1 <= page.y1, text


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(3, 200), (200, 3), (1, 1), (64, 64)])
def test_pictures_of_any_proportion_do_not_overlap(shape):
    mask = np.ones(shape, bool)
    figure = drawn(stack(shape), stack(shape, 1), mask=mask)
    boxes = [axes.get_tightbbox() for axes in figure.axes[:4]]
    for i, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:i])


def test_wrong_requests_are_refused():
    data = stack(), stack(seed=1)
    with pytest.raises(ValueError, match="z is 4; allowed are 0 to 3"):
        drawn(*data, z=4)
    with pytest.raises(ValueError, match="t is 1; allowed are 0 to 0"):
        drawn(*data, t=1)
    histogram = joint_histogram(*data)
    with pytest.raises(ValueError, match="channel1 has shape"):
        pair_figure(channel(data[0]), channel(data[1][1:]), histogram)
