"""The profile on which a range is picked, a real widget under a simulated mouse."""

from types import SimpleNamespace

import numpy as np
import pytest
from qtpy.QtCore import QPoint, Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication

from covoxel import simulate_pair
from covoxel.distance import association_distance
from covoxel.gui.distance.numbers import association_html, curves_html, delay_html, shortened
from covoxel.gui.distance.profile_plot import ProfilePlot
from covoxel.gui.html import notes_html
from covoxel.gui.plots.figure_pane import FigurePane, ShownFigure
from covoxel.report import DARK, LIGHT

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(scope="module")
def found():
    pair = simulate_pair(n_spots1=180, n_shared=120, association_distance=0.6, rng=4)
    return association_distance(pair.channel1, pair.channel2, max_distance=2)


@pytest.fixture(scope="module")
def unrelated():
    pair = simulate_pair(n_spots1=180, n_shared=0, rng=5)
    return association_distance(pair.channel1, pair.channel2)


@pytest.fixture
def plot(shown, found):
    plot = shown(ProfilePlot, 420, 300)
    plot.show_association(found)
    plot.canvas.draw()
    return plot


def at(plot, distance):
    """The middle of the plot at a distance, on the canvas."""
    ratio = plot.canvas.device_pixel_ratio
    x = plot.axes.transData.transform((distance, 0))[0] / ratio
    return QPoint(round(x), plot.canvas.height() // 2)


def drag(plot, *distances, release=True):
    first, *rest = (at(plot, distance) for distance in distances)
    QTest.mousePress(plot.canvas, LEFT, Qt.KeyboardModifier.NoModifier, first)
    for place in rest:
        QTest.mouseMove(plot.canvas, place)
    if release:
        QTest.mouseRelease(plot.canvas, LEFT, Qt.KeyboardModifier.NoModifier, rest[-1])


def signals_of(plot):
    seen = SimpleNamespace(moved=[], picked=[], cleared=[])
    plot.range_moved.connect(lambda *limits: seen.moved.append(limits))
    plot.range_picked.connect(lambda *limits: seen.picked.append(limits))
    plot.range_cleared.connect(lambda: seen.cleared.append(True))
    return seen


@pytest.mark.slow
def test_a_drag_picks_a_range_in_either_direction(plot):
    seen = signals_of(plot)
    drag(plot, 0.3, 0.7, 1.2)
    drag(plot, 1.6, 1.0, 0.5)
    assert len(seen.moved) == 4
    np.testing.assert_allclose(seen.picked, [(0.3, 1.2), (0.5, 1.6)], atol=0.02)
    assert plot._range.limits == seen.picked[1]


@pytest.mark.slow
def test_a_limit_is_pulled_and_the_other_one_stays(plot):
    drag(plot, 0.3, 1.0, 1.2)
    seen = signals_of(plot)
    drag(plot, 1.2, 1.3, 1.5)
    ((low, high),) = seen.picked
    assert low == pytest.approx(0.3, abs=0.02)
    assert high == pytest.approx(1.5, abs=0.02)


@pytest.mark.slow
def test_a_range_ends_where_the_axes_do(plot):
    seen = signals_of(plot)
    drag(plot, 0.5, 0.2, -0.3)
    assert seen.picked[0][0] == 0


@pytest.mark.slow
def test_a_click_picks_nothing(plot):
    seen = signals_of(plot)
    drag(plot, 0.5, 0.5)
    assert seen.moved == seen.picked == seen.cleared == []
    assert not plot.dragging


@pytest.mark.slow
def test_a_double_click_and_escape_fit_all(plot):
    seen = signals_of(plot)
    QTest.mouseDClick(plot.canvas, LEFT, Qt.KeyboardModifier.NoModifier, at(plot, 1))
    plot.canvas.setFocus()
    QTest.keyClick(plot.canvas, Qt.Key.Key_Escape)
    assert seen.cleared == [True, True]


@pytest.mark.slow
def test_a_refit_leaves_the_range_that_is_being_picked(plot, found):
    drag(plot, 0.3, 0.7, 1.2, release=False)
    assert plot.dragging
    limits = plot._range.limits
    plot.show_association(found)
    assert plot._range.limits == limits
    assert plot.dragging


@pytest.mark.slow
def test_a_method_that_fits_all_has_no_range(plot, found):
    pair = simulate_pair(n_spots1=60, n_shared=40, association_distance=0.6, rng=4)
    seen = signals_of(plot)
    plot.show_association(
        association_distance(pair.channel1, pair.channel2, model="gaussian", like="ccc-2.3")
    )
    plot.canvas.draw()
    drag(plot, 0.3, 0.7, 1.2)
    assert seen.picked == []


@pytest.mark.slow
def test_it_shows_profile_fit_and_distance(plot, found):
    labels = plot.axes.get_legend_handles_labels()[1]
    assert {"fit", "baseline", "profile, 95 %", "distance, 95 %"} <= set(labels)
    assert plot.axes.get_xlabel() == "distance (µm)"
    lines = {line.get_label(): line for line in plot.axes.lines}
    np.testing.assert_array_equal(lines["fit"].get_ydata(), found.profile.fit)
    assert lines["distance, 95 %"].get_xdata()[0] == found.distance


@pytest.mark.slow
def test_the_legend_and_all_labels_are_inside(plot):
    figure = plot.canvas.figure
    box = figure.bbox
    texts = [plot.axes.get_legend(), plot.axes.xaxis.label, plot.axes.yaxis.label]
    for artist in texts:
        extent = artist.get_window_extent()
        assert extent.x0 >= 0
        assert extent.y0 >= 0
        assert extent.x1 <= box.width
        assert extent.y1 <= box.height


@pytest.mark.slow
def test_it_follows_the_theme_and_keeps_the_range(plot):
    plot.set_theme("light")
    assert plot.canvas.figure.get_facecolor()[:3] == (1, 1, 1)
    assert plot.axes.xaxis.label.get_color() == LIGHT.ink
    plot.set_theme("dark")
    assert plot.axes.xaxis.label.get_color() == DARK.ink


def test_numbers_of_an_association(found):
    said = association_html(found)
    assert f"<b>{found.distance:.3f} µm</b>" in said
    assert f"({found.distance_low:.3f}–{found.distance_high:.3f})" in said
    assert f"associated <b>{found.associated_fraction:.0%}</b>" in said
    assert "PSF 0.1" in said


@pytest.mark.slow
def test_numbers_say_what_it_means_that_nothing_was_found(unrelated):
    assert unrelated.associated is False
    said = association_html(unrelated)
    assert "<b>no association found</b>: no distance stands out" in said
    assert said.count("no association found") == 1
    assert "null displacements fit as well" in said


def test_numbers_of_curves_name_the_axis_of_a_note():
    note = (("offset", "the peak is 0.3 µm off zero"),)
    curve = SimpleNamespace(
        peak=0.5, offset=-0.3, fwhm=np.nan, r_squared=0.9, unit="µm", notes=note
    )
    said = curves_html({"x": curve, "y": curve})
    assert "−0.3\N{NO-BREAK SPACE}µm" in said
    assert "⚠ <i>x, y: the peak is 0.3 µm off zero</i>" in said
    assert "–" in said


def test_more_notes_than_there_is_room_for_are_counted():
    notes = [f"note {number}" for number in range(4)]
    whole = "<br>".join(["numbers", *notes_html(notes)])
    assert shortened(whole) == "<br>".join(["numbers", *notes_html(notes[:2]), "and 2 more…"])
    few = "<br>".join(["numbers", *notes_html(notes[:2])])
    assert shortened(few) == few


def test_numbers_of_delays():
    later = {"delay": 3.04, "delay_low": -1.2, "delay_high": 6, "correlation": 0.8, "unit": "s"}
    said = delay_html(SimpleNamespace(**later, notes=()))
    assert said == "<b>3.0 s</b> (−1.2 to 6.0), channel 2 is later, r 0.80"
    none = later | {"delay": np.nan}
    said = delay_html(SimpleNamespace(**none, notes=(("delay", "a trace is constant"),)))
    assert said == "<b>no delay found</b><br>⚠ <i>a trace is constant</i>"


def test_a_legend_keeps_inside_a_narrow_plot(shown):
    def draw(axes, names, theme):
        for name in names:
            axes.plot([0, 1], label=name)

    names = "null displacements, 95 %", "fit", "baseline", "bleed-through", "profile"
    pane = shown(lambda window: FigurePane("nothing", window), 300, 260)
    for width in (300, 700):
        pane.window().resize(width, 260)
        QApplication.processEvents()
        pane.show_picture(ShownFigure(draw, (names,), "across", "up", "title"))
        pane.canvas.draw()
        box, figure = pane.axes.get_legend().get_window_extent(), pane.canvas.figure.bbox
        assert box.x0 >= 0
        assert box.y1 <= figure.y1
