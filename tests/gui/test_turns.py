"""Steps on the main thread, one in each turn of the event loop."""

from __future__ import annotations

import pytest

from covoxel.gui.running.jobs import Turns


@pytest.fixture
def turns(qtbot):
    found = Turns()
    yield found
    found.stop()


def counted(steps, n):
    for i in range(n):
        steps.append(i)
        yield


def test_steps_are_taken_in_turns(turns, qapp):
    steps = []
    turns.take(counted(steps, 3))
    assert steps == []
    seen = []
    while turns.running:
        before = len(steps)
        qapp.processEvents()
        seen.append(len(steps) - before)
    assert steps == [0, 1, 2]
    assert max(seen) == 1


def test_what_is_left_is_let_go_for_what_is_newer(turns, qtbot):
    steps, newer = [], []
    turns.take(counted(steps, 1000))
    qtbot.waitUntil(lambda: len(steps) > 0)
    turns.take(counted(newer, 2))
    taken = len(steps)
    qtbot.waitUntil(lambda: not turns.running)
    assert len(steps) == taken
    assert newer == [0, 1]


def test_a_step_may_begin_something_newer(turns, qtbot):
    newer = []

    def steps():
        turns.take(counted(newer, 2))
        yield

    turns.take(steps())
    qtbot.waitUntil(lambda: not turns.running)
    assert newer == [0, 1]


def test_nothing_follows_an_error(turns, qtbot):
    def broken():
        yield
        raise KeyError("lost")

    errors = []
    turns.failed.connect(errors.append)
    turns.take(broken())
    qtbot.waitUntil(lambda: not turns.running)
    assert [type(error) for error in errors] == [KeyError]
