"""The lasso and the regions of the histogram plot, under simulated mouse and keys."""

import numpy as np
import pytest
from qtpy.QtCore import Qt

from covoxel.intensity.histogram import joint_histogram
from covoxel.report import DARK, LIGHT, density

from .plotted import at, circle, drag, heard, intensities, on_canvas, pair, plot_in, share_of, show

pytestmark = pytest.mark.slow


@pytest.fixture
def plot(shown, qtbot):
    return plot_in(shown)


def test_a_lasso_tells_its_corners_and_stays(plot):
    told = heard(plot)
    without = share_of(plot, DARK.accent)
    plot.buttons.lasso.click()
    points = circle(plot, 400, 600, 150)  # across both thresholds, which stay
    drag(plot, *points)
    ((name, corners),) = told
    assert name == "lassoed"
    expected = [intensities(plot, point) for point in points]
    np.testing.assert_allclose(corners, expected)
    assert share_of(plot, DARK.accent) > without
    plot.set_theme("light")
    plot.canvas.draw()
    assert share_of(plot, LIGHT.accent) > 0
    assert len(told) == 1


def test_escape_the_button_or_a_new_lasso_clear_it(plot, qtbot):
    told = heard(plot)
    plot.buttons.lasso.click()
    assert not plot.buttons.clear.isVisible()
    drag(plot, *circle(plot, 300, 300, 100))
    assert plot.buttons.clear.isVisible()
    drag(plot, *circle(plot, 700, 700, 100))
    qtbot.keyClick(plot.canvas, Qt.Key.Key_Escape)
    assert not plot.buttons.clear.isVisible()
    drag(plot, *circle(plot, 300, 300, 100))
    plot.buttons.clear.click()
    qtbot.keyClick(plot.canvas, Qt.Key.Key_Escape)
    assert [name for name, *_ in told] == ["lassoed", "cleared"] * 3
    assert share_of(plot, DARK.accent) == 0


def test_a_lasso_that_encloses_nothing_is_none(plot):
    told = heard(plot)
    plot.buttons.lasso.click()
    drag(plot, at(plot, 300, 300))
    drag(plot, at(plot, 300, 300), at(plot, 400, 300), at(plot, 500, 300))
    assert told == []
    assert not plot.buttons.clear.isVisible()


def test_a_lasso_stays_with_its_channels(plot):
    told = heard(plot)
    plot.buttons.lasso.click()
    drag(plot, *circle(plot, 300, 300, 100))
    show(plot)
    assert plot.buttons.clear.isVisible()
    show(plot, names=("actin", "DAPI"))
    assert [name for name, *_ in told] == ["lassoed", "cleared"]
    assert not plot.buttons.clear.isVisible()


def test_a_region_lights_up_and_goes_out(plot):
    image1, image2 = pair()
    labels = np.where(image1 < 300, 1, 2)
    regions = joint_histogram(image1, image2, labels=labels)
    before = on_canvas(plot)
    plot.highlight(density(regions, region=0, like=density(regions)))
    lit = np.abs(on_canvas(plot) - before).max(axis=-1) > 0.05
    left = at(plot, 300 + 10, 500).x() * plot.canvas.device_pixel_ratio
    assert lit.sum() > 1000
    assert not lit[:, round(left) :].any()
    plot.highlight(None)
    np.testing.assert_array_equal(on_canvas(plot), before)


def test_a_new_histogram_puts_the_light_out(plot):
    image1, image2 = pair()
    regions = joint_histogram(image1, image2, labels=np.where(image1 < 300, 1, 2))
    before = on_canvas(plot)
    plot.highlight(density(regions, region=1, like=density(regions)))
    show(plot)
    np.testing.assert_array_equal(on_canvas(plot), before)
