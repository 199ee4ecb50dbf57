"""The correlation matrix, a real widget."""

import numpy as np
import pytest
from qtpy.QtCore import Qt

from covoxel.gui.measure.pairs import MatrixPlot

NAMES = ("DAPI", "actin", "tubulin with a name of many words")
VALUES = np.array([[1, 0.5, -0.75], [0.5, 1, np.nan], [-0.75, np.nan, 1]])


@pytest.fixture
def matrix(shown):
    matrix = shown(MatrixPlot, 430, 260)
    matrix.show_matrix(VALUES, NAMES)
    return matrix


def click(qtbot, matrix, i, j):
    place = matrix.visualItemRect(matrix.item(i, j)).center()
    qtbot.mouseClick(matrix.viewport(), Qt.MouseButton.LeftButton, pos=place)


def color(matrix, i, j):
    return matrix.item(i, j).background().color()


def test_each_cell_says_its_number_and_its_channels(matrix):
    assert [matrix.item(0, j).text() for j in range(3)] == ["1.00", "0.50", "−0.75"]
    assert matrix.item(1, 2).text() == "–"
    assert matrix.item(0, 2).toolTip() == f"DAPI × {NAMES[2]}: −0.7500"
    assert matrix.item(2, 1).toolTip() == f"{NAMES[2]} × actin: undefined"
    assert matrix.verticalHeaderItem(2).toolTip() == NAMES[2]
    assert matrix.horizontalHeaderItem(1).text() == "actin"


def test_a_click_or_enter_picks_a_pair(matrix, qtbot):
    picked = []
    matrix.picked.connect(lambda *pair: picked.append(pair))
    click(qtbot, matrix, 0, 2)
    click(qtbot, matrix, 2, 1)
    click(qtbot, matrix, 1, 1)
    assert picked == [(0, 2), (2, 1)]
    matrix.setCurrentCell(1, 0)
    qtbot.keyClick(matrix, Qt.Key.Key_Return)
    assert picked[-1] == (1, 0)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_colours_grow_from_zero_to_both_sides(matrix, theme):
    matrix.set_theme(theme)
    steps = [-1, -0.5, 0, 0.5, 1]
    values = np.ones((6, 6))
    values[0, 1:] = steps
    matrix.show_matrix(values, [str(i) for i in range(6)])
    negative, _, zero, _, positive = (color(matrix, 0, j) for j in range(1, 6))
    assert negative.blue() > negative.red()
    assert positive.red() > positive.blue()
    reds = [color(matrix, 0, j).red() for j in range(1, 4)]
    assert reds == sorted(reds)
    assert color(matrix, 0, 2).red() == round((negative.red() + zero.red()) / 2)
    assert color(matrix, 0, 0) not in (negative, zero, positive)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_numbers_can_be_read_on_every_colour(matrix, theme):
    matrix.set_theme(theme)
    values = np.ones((9, 9))
    values[0, 1:] = np.linspace(-1, 1, 8)
    matrix.show_matrix(values, [str(i) for i in range(9)])

    def luminance(c):
        linear = (np.array([c.redF(), c.greenF(), c.blueF()]) + 0.055) / 1.055
        return np.dot([0.2126, 0.7152, 0.0722], linear**2.4)

    for j in range(9):
        item = matrix.item(0, j)
        pair = sorted(luminance(c) for c in (item.background().color(), item.foreground().color()))
        assert (pair[1] + 0.05) / (pair[0] + 0.05) > 4


def test_seven_channels_need_no_scrolling(matrix):
    matrix.show_matrix(np.ones((7, 7)), ["a long name of a channel"] * 7)
    assert matrix.horizontalScrollBar().maximum() == 0
    assert matrix.verticalScrollBar().maximum() == 0


def test_names_and_values_must_fit(matrix):
    with pytest.raises(ValueError, match=r"values has shape \(3, 3\)"):
        matrix.show_matrix(VALUES, ("a", "b"))
    with pytest.raises(ValueError, match="theme is 'blue'"):
        matrix.set_theme("blue")
