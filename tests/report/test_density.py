"""The joint histogram, coarsened and drawn."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from covoxel.intensity.histogram import joint_histogram
from covoxel.report import (
    DARK,
    LIGHT,
    density,
    density_axes,
    draw_highlight,
    draw_threshold,
    move_threshold,
)


def pair(high=4000, kind=np.uint16, seed=0):
    return np.random.default_rng(seed).integers(0, high, (2, 60, 70)).astype(kind)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.int16, np.float32, np.float64])
def test_every_pixel_is_in_the_bin_of_its_intensities(kind):
    image1, image2 = pair(250, kind)
    binned = density(joint_histogram(image1, image2), bins=20)
    expected, *_ = np.histogram2d(
        image1.ravel(), image2.ravel(), bins=(binned.edges1, binned.edges2)
    )
    np.testing.assert_array_equal(binned.counts, expected)
    assert binned.counts.sum() == image1.size


def test_bins_of_integers_hold_equally_many_levels():
    binned = density(joint_histogram(*pair(1001)))
    width = np.diff(binned.edges1)
    assert np.all(width == 8)
    assert binned.edges1[0] == -0.5
    assert binned.counts.shape == (126, 126)


@pytest.mark.slow
def test_a_spilled_histogram_looks_the_same():
    image1, image2 = np.random.default_rng(0).integers(0, 4000, (2, 3, 1100, 1300), np.uint16)
    whole, spilled = (
        joint_histogram(image1, image2),
        joint_histogram(image1, image2, memory_budget=1 << 20),
    )
    assert spilled.spilled
    np.testing.assert_array_equal(density(whole).counts, density(spilled).counts)


def test_one_region_or_all_of_them():
    image1, image2 = pair()
    labels = np.zeros(image1.shape, int)
    labels[:20], labels[30:] = 4, 9
    histogram = joint_histogram(image1, image2, labels=labels)
    alone = density(joint_histogram(image1[30:], image2[30:]))
    np.testing.assert_array_equal(density(histogram, region=1).counts, alone.counts)
    assert density(histogram, region=None).counts.sum() == np.count_nonzero(labels)
    with pytest.raises(ValueError, match="region is 2; allowed are 0 to 1"):
        density(histogram, region=2)


@pytest.mark.parametrize("kind", [np.uint8, np.float64])
def test_constant_and_empty_regions_can_be_drawn(kind):
    constant = np.full((5, 5), 7, kind)
    assert density(joint_histogram(constant, constant)).counts.tolist() == [[25]]
    empty = joint_histogram(constant, constant, mask=np.zeros((5, 5), bool))
    assert density(empty).counts.sum() == 0
    figure = Figure()
    density_axes(figure.add_subplot(), density(empty), line=(np.nan, np.nan))
    figure.draw_without_rendering()


def test_what_is_drawn_is_given_back():
    axes = Figure().add_subplot()
    artists = density_axes(
        axes,
        density(joint_histogram(*pair())),
        line=(0.5, 20),
        threshold1=1234.5,
        threshold2=5000,
        names=("actin", "tubulin"),
        theme=DARK,
    )
    assert artists.threshold1.get_xdata() == [1234.5, 1234.5]
    assert artists.threshold2.get_ydata() == [5000, 5000]
    assert (artists.label1.get_text(), artists.label2.get_text()) == ("T1 = 1234.5", "T2 = 5000")
    x, y = artists.line.get_data()
    np.testing.assert_allclose(y, 0.5 * x + 20)
    assert axes.get_xlabel() == "intensity of actin"
    assert axes.get_ylabel() == "intensity of tubulin"
    assert axes.get_ylim()[1] > 5000


def test_channel_1_goes_to_the_right():
    image1, image2 = np.array([[0, 9]]), np.array([[0, 4]])
    axes = Figure().add_subplot()
    binned = density(joint_histogram(image1, image2))
    shown = density_axes(axes, binned).image.get_array()
    assert shown.shape == (5, 10)
    assert shown[4, 9] == 1
    assert shown.mask[4, 8]


def test_nothing_is_drawn_for_what_is_undefined():
    artists = density_axes(
        Figure().add_subplot(),
        density(joint_histogram(*pair())),
        line=(np.nan, 1),
        threshold1=np.nan,
    )
    assert artists.line is artists.threshold1 is artists.threshold2 is artists.label1 is None


def test_a_region_is_counted_into_the_bins_of_all_and_what_is_outside_is_left_out():
    image1, image2 = pair(250)
    labels = np.ones(image1.shape, int)
    labels[:20] = 2
    histogram = joint_histogram(image1, image2, labels=labels)
    pooled = density(histogram, region=None)
    parts = [density(histogram, region=i, like=pooled).counts for i in range(2)]
    np.testing.assert_array_equal(sum(parts), pooled.counts)
    dim = density(joint_histogram(image1 // 2, image2 // 2))
    within = (image1 <= dim.edges1[-1]) & (image2 <= dim.edges2[-1])
    assert density(histogram, region=None, like=dim).counts.sum() == np.count_nonzero(within)


def test_a_label_stays_within_the_axes_as_its_threshold_moves():
    axes = Figure().add_subplot(xlim=(0, 100), ylim=(0, 100))
    for channel, at in ((1, "get_horizontalalignment"), (2, "get_verticalalignment")):
        line, label = draw_threshold(axes, channel, 50, LIGHT)
        placed = []
        for value in (1, 50, 99):
            move_threshold(channel, value, line, label)
            assert label.get_text() == f"T{channel} = {value}"
            placed.append(getattr(label, at)())
        assert placed in (["left", "center", "right"], ["bottom", "center", "top"])
        assert label.get_position()[channel - 1] == 99


def test_a_highlight_covers_the_bins_that_hold_pixels():
    binned = density(joint_histogram(np.array([[0, 9, 9]]), np.array([[0, 4, 4]])))
    shown = draw_highlight(Figure().add_subplot(), binned, DARK).get_array()
    assert shown.shape == (5, 10, 4)
    assert 0 < shown[0, 0, 3] < shown[4, 9, 3] == 1
    assert np.count_nonzero(shown[..., 3]) == 2
