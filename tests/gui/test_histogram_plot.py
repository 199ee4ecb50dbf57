"""The histogram plot, a real widget under simulated mouse and keys."""

import math

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from qtpy.QtCore import QPoint, Qt
from qtpy.QtGui import QKeySequence, QShortcut
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QFileDialog

import covoxel.gui.plots.pane as module
from covoxel.intensity.histogram import joint_histogram
from covoxel.report import DARK, LIGHT, density

from .plotted import (
    at,
    circle,
    drag,
    heard,
    intensities,
    move,
    on_canvas,
    pair,
    plot_in,
    press,
    release,
    share_of,
    show,
    texts,
)

pytestmark = pytest.mark.slow


@pytest.fixture
def plot(shown, qtbot):
    return plot_in(shown)


@pytest.mark.parametrize("size", [(420, 300), (320, 240), (900, 600)])
@pytest.mark.parametrize(
    ("high", "kind"),
    [(255, np.uint8), (65535, np.uint16), (-32768, np.int16), (4e-5, float), (1e7, float)],
)
def test_nothing_is_cut_off(plot, size, high, kind):
    plot.window().resize(*size)
    QApplication.processEvents()
    show(plot, density(joint_histogram(*pair(high, kind))), threshold1=high, threshold2=0)
    page = plot.canvas.figure.bbox
    for text in texts(plot):
        box = text.get_window_extent()
        assert page.x0 <= box.x0, text
        assert page.y0 <= box.y0, text
        assert box.x1 <= page.x1, text
        assert box.y1 <= page.y1, text


def test_a_layout_that_takes_several_turns_is_drawn_once(plot, qtbot, monkeypatch):
    show(plot)
    drawn = []
    monkeypatch.setattr(plot.canvas, "draw", lambda: drawn.append(plot.canvas.size()))
    plot.canvas._settled.setInterval(300)
    for height in (400, 380):
        plot.window().resize(420, height)
        QApplication.processEvents()
    qtbot.waitUntil(lambda: bool(drawn))
    qtbot.wait(50)
    assert drawn == [plot.canvas.size()]


@pytest.mark.parametrize("name", ["", "tubulin"])
def test_a_plot_without_room_is_drawn(plot, name):
    axes = plot.canvas.fresh_axes(LIGHT)
    axes.set_ylabel(name)
    plot.canvas.figure.set_size_inches(1, 0.1)
    plot.canvas.draw()
    assert axes.get_ylabel() == ("…" if name else "")


def test_a_threshold_is_pulled_and_let_go(plot):
    told = heard(plot)
    stops = [at(plot, 400, 300), at(plot, 500, 320), at(plot, 700, 310)]
    drag(plot, *stops)
    expected = [intensities(plot, stop)[0] for stop in stops]
    assert [(name, channel) for name, channel, _ in told] == [
        ("moved", 1),
        ("moved", 1),
        ("released", 1),
    ]
    values = [value for *_, value in told]
    np.testing.assert_allclose(values[:2], expected[1:], atol=1)
    assert values[2] == values[1]
    assert plot._handles[0]._line.get_xdata() == [values[1]] * 2
    assert plot._handles[0]._label.get_text() == f"T1 = {values[1]:.5g}"
    assert plot._handles[1].value == 600


def test_the_other_threshold_is_pulled_upright(plot):
    told = heard(plot)
    drag(plot, at(plot, 100, 600), at(plot, 150, 800))
    (_, channel, value), last = told
    assert (channel, last) == (2, ("released", 2, value))
    assert value == pytest.approx(800, abs=4)


def test_pulled_values_of_whole_numbers_are_whole_and_stay_within_the_axes(plot):
    told = heard(plot)
    drag(plot, at(plot, 400, 300), at(plot, 517, 300), at(plot, 90000, 300))
    values = [value for *_, value in told]
    assert values[0] == round(values[0])
    assert values[-1] == plot._axes.get_xlim()[1]


def test_a_click_alone_tells_nothing(plot):
    told = heard(plot)
    drag(plot, at(plot, 400, 300))
    drag(plot, at(plot, 200, 200), at(plot, 700, 300))
    QTest.mousePress(
        plot.canvas,
        Qt.MouseButton.RightButton,
        Qt.KeyboardModifier.NoModifier,
        at(plot, 400, 300),
    )
    move(plot, at(plot, 500, 300), Qt.MouseButton.RightButton)
    assert told == []


def test_pulling_draws_nothing_anew_but_the_lines(plot, qtbot):
    qtbot.wait(20)
    draws = []
    plot.canvas.mpl_connect("draw_event", draws.append)
    before = on_canvas(plot)
    drag(plot, at(plot, 400, 300), *(at(plot, x, 300) for x in range(410, 800, 10)))
    qtbot.wait(20)
    assert draws == []
    after = on_canvas(plot)
    moved = np.abs(after - to_rgb(DARK.channel1)).max(axis=-1) < 0.05
    column = round(at(plot, 790, 300).x() * plot.canvas.device_pixel_ratio)
    assert moved[:, column - 1 : column + 2].sum() > 40
    old = round(at(plot, 400, 300).x() * plot.canvas.device_pixel_ratio)
    assert not moved[100:, old - 2 : old + 3].any()
    drag(plot, at(plot, 790, 300), at(plot, 400, 300))
    show(plot)
    np.testing.assert_array_equal(on_canvas(plot), before)


def test_the_cursor_tells_what_can_be_pulled(plot):
    move(plot, at(plot, 400, 300), Qt.MouseButton.NoButton)
    assert plot.canvas.cursor().shape() == Qt.CursorShape.SizeHorCursor
    move(plot, at(plot, 700, 600), Qt.MouseButton.NoButton)
    assert plot.canvas.cursor().shape() == Qt.CursorShape.SizeVerCursor
    move(plot, at(plot, 700, 300), Qt.MouseButton.NoButton)
    assert plot.canvas.cursor().shape() == Qt.CursorShape.ArrowCursor
    plot.buttons.lasso.click()
    move(plot, at(plot, 400, 300), Qt.MouseButton.NoButton)
    assert plot.canvas.cursor().shape() == Qt.CursorShape.CrossCursor


@pytest.mark.parametrize("nothing", [None, math.nan, math.inf])
def test_a_threshold_that_is_not_there_can_be_pulled_in_from_its_axis(plot, nothing):
    show(plot, threshold1=nothing, threshold2=nothing)
    told = heard(plot)
    low, high = plot._axes.get_ylim()
    grip = at(plot, plot._axes.get_xlim()[0], (low + high) / 2)
    move(plot, grip, Qt.MouseButton.NoButton)
    assert "Pull" in plot.canvas.toolTip()
    drag(plot, grip, at(plot, 300, 500))
    assert told[-1][:2] == ("released", 1)
    assert told[-1][2] == pytest.approx(300, abs=4)
    move(plot, at(plot, 300, 800), Qt.MouseButton.NoButton)
    assert plot.canvas.cursor().shape() == Qt.CursorShape.SizeHorCursor
    assert plot.canvas.toolTip() == ""
    low, high = plot._axes.get_xlim()
    drag(plot, at(plot, (low + high) / 2, plot._axes.get_ylim()[0]), at(plot, 500, 700))
    assert told[-1][:2] == ("released", 2)
    assert told[-1][2] == pytest.approx(700, abs=4)


def test_arrow_keys_nudge_by_a_bin(plot, qtbot):
    told = heard(plot)
    width = np.diff(plot._picture.binned.edges1)[0]
    plot.canvas.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left):
        qtbot.keyClick(plot.canvas, key)
    released = [rest for name, *rest in told if name == "released"]
    assert released == [[1, 400 + width], [2, 600 + width], [2, 600], [1, 400]]
    assert len(told) == 8
    show(plot, threshold1=None)
    qtbot.keyClick(plot.canvas, Qt.Key.Key_Right)
    assert len(told) == 8


def test_keys_do_not_become_shortcuts_of_the_window(plot, qtbot):
    fired = []
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Escape):
        shortcut = QShortcut(QKeySequence(key), plot.window())
        shortcut.activated.connect(lambda: fired.append(1))
    told = heard(plot)
    plot.window().activateWindow()
    plot.canvas.setFocus()
    qtbot.waitUntil(plot.canvas.hasFocus)
    qtbot.keyClick(plot.canvas, Qt.Key.Key_Right)
    assert told
    assert not fired


def test_a_result_that_comes_while_a_line_is_pulled_does_not_let_go(plot):
    told = heard(plot)
    press(plot, at(plot, 400, 300))
    move(plot, at(plot, 450, 300))
    show(plot, threshold1=410)
    move(plot, at(plot, 500, 300))
    release(plot, at(plot, 500, 300))
    assert [name for name, *_ in told] == ["moved", "moved", "released"]
    assert told[-1][2] == pytest.approx(500, abs=4)


def test_the_theme_changes_colours_and_nothing_else(plot):
    image1, image2 = pair()
    regions = joint_histogram(image1, image2, labels=np.where(image1 < 300, 1, 2))
    show(plot, threshold1=123, threshold2=456)
    plot.highlight(density(regions, region=1, like=density(regions)))
    plot.set_theme("light")
    plot.canvas.draw()
    assert share_of(plot, LIGHT.background) > 0.4
    assert [handle.value for handle in plot._handles] == [123, 456]
    assert len(plot.canvas.still) == 1
    plot.set_theme("dark")
    plot.canvas.draw()
    assert share_of(plot, DARK.background) > 0.4


def test_without_a_histogram_there_is_a_sentence(plot, qtbot):
    told = heard(plot)
    plot.clear("The layers are gone.")
    assert plot.message.isVisible()
    assert plot.message.text() == "The layers are gone."
    assert not plot.canvas.isVisible()
    plot.highlight(density(joint_histogram(*pair())))
    plot.set_theme("light")
    qtbot.keyClick(plot.canvas, Qt.Key.Key_Right)
    drag(plot, QPoint(100, 100), QPoint(120, 100))
    with pytest.raises(ValueError, match="there is no plot to save yet"):
        plot.save("a.svg")
    assert told == []
    show(plot)
    assert plot.canvas.isVisible()


def test_it_is_saved_for_print(plot, tmp_path):
    plot.buttons.lasso.click()
    drag(plot, *circle(plot, 300, 300, 100))
    for suffix, start in (("svg", b"<?xml"), ("pdf", b"%PDF"), ("png", b"\x89PNG")):
        path = tmp_path / f"figure.{suffix}"
        path.write_text("older")
        plot.save(path)
        assert path.read_bytes().startswith(start)
    drawn = (tmp_path / "figure.svg").read_text("utf-8")
    for text in ("T1 = 400", "T2 = 600", "intensity of actin", "pixels"):
        assert text in drawn
    assert LIGHT.accent in drawn
    assert DARK.ink not in drawn


def test_the_save_button_asks_where(plot, tmp_path, monkeypatch):
    asked = []

    def answer(dialog):
        asked.append((dialog.acceptMode(), dialog.defaultSuffix(), dialog.nameFilters()))
        dialog.filterSelected.emit(dialog.nameFilters()[1])
        asked.append(dialog.defaultSuffix())
        return True

    monkeypatch.setattr(QFileDialog, "exec", answer)
    monkeypatch.setattr(QFileDialog, "selectedFiles", lambda _: [str(tmp_path / "mine.png")])
    plot.buttons.save.click()
    assert (tmp_path / "mine.png").is_file()
    assert asked[0][:2] == (QFileDialog.AcceptMode.AcceptSave, "svg")
    assert asked[1] == "pdf"
    monkeypatch.setattr(QFileDialog, "exec", lambda _: False)
    (tmp_path / "mine.png").unlink()
    plot.buttons.save.click()
    assert not (tmp_path / "mine.png").exists()


def test_what_cannot_be_saved_is_told(plot, tmp_path, monkeypatch):
    told = []
    monkeypatch.setattr(module, "show_error", told.append)
    monkeypatch.setattr(QFileDialog, "exec", lambda _: True)
    for name in ("a.gif", "none/a.svg"):
        monkeypatch.setattr(
            QFileDialog, "selectedFiles", lambda _, name=name: [str(tmp_path / name)]
        )
        plot.buttons.save.click()
    assert "suffix of path is '.gif'" in told[0]
    assert "there is no folder" in told[1]


def test_a_long_name_beside_a_low_plot_ends_before_the_buttons(plot):
    show(plot, names=("actin", "Chromatin green"))
    plot.resize(420, 150)
    plot.canvas.draw()
    label = plot._axes.yaxis.label
    box = label.get_window_extent()
    assert "…" in label.get_text()
    assert box.y0 >= plot.buttons.height() * plot.canvas.device_pixel_ratio
    plot.resize(420, 400)
    plot.canvas.draw()
    assert label.get_text() == "intensity of Chromatin green"
