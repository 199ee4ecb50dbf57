"""Steps on the main thread, one in each turn of the event loop."""

from __future__ import annotations

import pytest

from covoxel.gui.running.jobs import StepRunner


@pytest.fixture
def runner(qtbot):
    found = StepRunner()
    yield found
    found.stop()


def counted(steps, n):
    for i in range(n):
        steps.append(i)
        yield


def test_steps_are_taken_in_turns(runner, qapp):
    steps = []
    runner.start(counted(steps, 3))
    assert steps == []
    seen = []
    while runner.running:
        before = len(steps)
        qapp.processEvents()
        seen.append(len(steps) - before)
    assert steps == [0, 1, 2]
    assert max(seen) == 1


def test_what_is_left_is_let_go_for_what_is_newer(runner, qtbot):
    steps, newer = [], []
    runner.start(counted(steps, 1000))
    qtbot.waitUntil(lambda: len(steps) > 0)
    runner.start(counted(newer, 2))
    taken = len(steps)
    qtbot.waitUntil(lambda: not runner.running)
    assert len(steps) == taken
    assert newer == [0, 1]


def test_a_step_may_begin_something_newer(runner, qtbot):
    newer = []

    def steps():
        runner.start(counted(newer, 2))
        yield

    runner.start(steps())
    qtbot.waitUntil(lambda: not runner.running)
    assert newer == [0, 1]


def test_nothing_follows_an_error(runner, qtbot):
    def broken():
        yield
        raise KeyError("lost")

    errors = []
    runner.failed.connect(errors.append)
    runner.start(broken())
    qtbot.waitUntil(lambda: not runner.running)
    assert [type(error) for error in errors] == [KeyError]
