"""The strip of cautions, with real widgets."""

import pytest
from qtpy.QtCore import Qt

from covoxel.gui.running.caution_strip import CautionStrip
from covoxel.quality import Caution

SEVERE = Caution("saturated1", "severe", "3 % of pixels are saturated", "Use less gain.")
WARNING = Caution("tiny_region", "warning", "340 pixels are fewer than 500", "Compare many.")
OFFSET = Caution("offset2", "warning", "99 % of pixels are at 108 or more", "Subtract it.")
NOTICE = Caution("no_voxel_size", "notice", "the voxel size is unknown", "Give the spacing.")


@pytest.fixture
def strip(shown):
    strip = shown(CautionStrip)
    strip.parentWidget().layout().addStretch(1)
    return strip


def lines(strip):
    return [line for line in strip._lines if line.isVisible()]


def messages(strip):
    return [line.message.text() for line in lines(strip)]


def show_all(strip, cautions):
    strip.show_cautions(cautions)
    strip._more.click()


def test_the_gravest_comes_first_and_the_order_is_kept_otherwise(strip):
    show_all(strip, [NOTICE, WARNING, SEVERE])
    assert messages(strip) == [c.message for c in (SEVERE, WARNING, NOTICE)]
    show_all(strip, [OFFSET, WARNING])
    assert messages(strip) == [OFFSET.message, WARNING.message]


def test_it_takes_no_space_without_cautions(strip):
    window = strip.parentWidget().layout()
    assert strip.isHidden()
    assert window.minimumSize().height() == 0
    strip.show_cautions([SEVERE])
    assert strip.isVisible()
    assert window.minimumSize().height() > 0
    strip.show_cautions([])
    assert strip.isHidden()
    assert window.minimumSize().height() == 0


def test_all_but_the_gravest_are_folded_away(strip):
    strip.show_cautions([NOTICE])
    assert not strip._more.isVisible()
    strip.show_cautions([NOTICE, WARNING, OFFSET, SEVERE, NOTICE])
    assert messages(strip) == [SEVERE.message]
    assert strip._more.text() == "+4"
    strip._more.click()
    assert len(lines(strip)) == 5
    assert strip._more.text() == "\N{MINUS SIGN}4"
    strip._more.click()
    assert len(lines(strip)) == 1


def test_a_click_unfolds_the_remedy(strip, qtbot):
    show_all(strip, [SEVERE, WARNING])
    first, second = lines(strip)
    assert SEVERE.message in first.toolTip()
    assert SEVERE.fix in first.toolTip()
    assert not first.fix.isVisible()
    qtbot.mouseClick(first.message, Qt.MouseButton.LeftButton)
    assert first.fix.isVisible()
    assert first.fix.text() == SEVERE.fix
    assert not second.fix.isVisible()
    qtbot.mouseClick(first.arrow, Qt.MouseButton.LeftButton)
    assert not first.fix.isVisible()


def test_the_same_cautions_again_leave_what_is_unfolded(strip):
    show_all(strip, [SEVERE, WARNING])
    lines(strip)[1].arrow.click()
    strip.show_cautions((WARNING, SEVERE))
    assert lines(strip)[1].fix.isVisible()


def test_severity_is_told_by_shape_and_word_too(strip):
    show_all(strip, [SEVERE, WARNING, NOTICE])
    names = [line.message.accessibleName() for line in lines(strip)]
    assert names[0] == f"severe: {SEVERE.message}"
    signs = [line.sign for line in lines(strip)]
    assert [sign.toolTip() for sign in signs] == ["severe", "warning", "notice"]
    shapes = {sign.pixmap().toImage().createAlphaMask().bits().asstring(32) for sign in signs}
    assert len(shapes) == 3


@pytest.mark.parametrize("words", [12, 40])
def test_long_messages_wrap_and_nothing_is_cut_off(strip, qtbot, words):
    long = Caution("offset1", "warning", "message " * words, "remedy " * (words + 3))
    strip.add_actions({"subtract_mode": lambda _: None})
    show_all(strip, [SEVERE, long, NOTICE])
    for line in lines(strip):
        line.arrow.click()

    def everything_fits():
        for line in lines(strip):
            assert strip.rect().contains(line.geometry())
            for text in (line.message, line.fix):
                assert line.rect().contains(text.geometry())
                assert text.height() >= text.heightForWidth(text.width())

    qtbot.waitUntil(everything_fits)
    assert strip.width() == 430
    assert lines(strip)[1].height() > lines(strip)[0].height()


def test_an_action_is_offered_where_a_kind_of_caution_has_it(strip, qtbot):
    pressed = []
    show_all(strip, [SEVERE, OFFSET])
    strip.add_actions({"subtract_mode": pressed.append, "register": pressed.append})
    assert [[one.text() for one in line.buttons] for line in lines(strip)] == [
        [],
        ["Subtract mode"],
    ]
    qtbot.mouseClick(lines(strip)[1].buttons[0], Qt.MouseButton.LeftButton)
    assert pressed == [2]
    assert not lines(strip)[1].fix.isVisible()


def test_old_lines_are_let_go(strip, qtbot):
    for cautions in ([SEVERE], [WARNING, NOTICE], [], [NOTICE]):
        strip.show_cautions(cautions)
    qtbot.wait(1)
    assert len(strip.findChildren(type(strip._lines[0]))) == 1
