"""Background runs, and steps on the main thread."""

import threading

import pytest

from covoxel.core.types import Cancelled
from covoxel.gui.running.jobs import Jobs, StepRunner, to_the_end


@pytest.fixture
def jobs(qtbot):
    found = Jobs()
    yield found
    found.cancel()


def test_a_result_comes_back_on_the_main_thread(jobs, qtbot):
    threads = []
    jobs.returned.connect(lambda _: threads.append(threading.current_thread()))
    with qtbot.waitSignal(jobs.returned) as answer:
        jobs.run(lambda _: threading.current_thread())
    assert answer.args[0] is not threading.main_thread()
    assert threads == [threading.main_thread()]
    assert not jobs.running


def test_progress_is_reported(jobs, qtbot):
    seen = []
    jobs.progressed.connect(lambda *at: seen.append(at))

    def work(progress):
        for done in range(3):
            progress(done, 3)

    with qtbot.waitSignal(jobs.returned):
        jobs.run(work)
    assert seen == [(0, 3), (1, 3), (2, 3)]


@pytest.mark.parametrize(
    "error", [ValueError("wrong"), RuntimeError("broken"), MemoryError("full")]
)
def test_an_error_is_handed_over(jobs, qtbot, error):
    def work(_):
        raise error

    with qtbot.waitSignal(jobs.failed) as answer:
        jobs.run(work)
    assert answer.args[0] is error
    assert not jobs.running


def test_cancel_lets_go_at_once_and_drops_the_result(jobs, qtbot):
    started, released, ended = (threading.Event() for _ in range(3))
    answers = []
    jobs.returned.connect(answers.append)
    jobs.failed.connect(answers.append)

    def work(progress):
        started.set()
        released.wait(5)
        try:
            progress(0, 1)
        except Cancelled:
            ended.set()
            raise

    jobs.run(work)
    assert started.wait(5)
    jobs.cancel()
    assert not jobs.running
    assert not ended.is_set()
    released.set()
    assert ended.wait(5)
    qtbot.wait(50)
    assert answers == []


def test_a_stale_result_is_dropped(jobs, qtbot):
    release, answers = threading.Event(), []
    jobs.returned.connect(answers.append)

    def slow(_):
        release.wait(5)
        return "old"

    jobs.run(slow)
    with qtbot.waitSignal(jobs.returned):
        jobs.run(lambda _: "new")
    release.set()
    qtbot.wait(100)
    assert answers == ["new"]


def test_of_what_follows_the_newest_is_next(jobs, qtbot):
    release, answers = threading.Event(), []
    jobs.returned.connect(answers.append)

    def slow(_):
        release.wait(5)
        return "first"

    jobs.follow(slow)
    for name in ("second", "third"):
        jobs.follow(lambda _, name=name: name)
    assert answers == []
    release.set()
    qtbot.waitUntil(lambda: len(answers) == 2 and not jobs.running)
    assert answers == ["first", "third"]


def test_a_failure_is_not_told_where_something_follows(jobs, qtbot):
    release, told = threading.Event(), []
    jobs.failed.connect(told.append)

    def fail(_):
        release.wait(5)
        raise ValueError("old")

    jobs.follow(fail)
    jobs.follow(lambda _: "new")
    with qtbot.waitSignal(jobs.returned):
        release.set()
    assert told == []


def test_what_follows_is_cancelled_too(jobs, qtbot):
    release, answers = threading.Event(), []
    jobs.returned.connect(answers.append)
    jobs.follow(lambda _: release.wait(5))
    jobs.follow(lambda _: "next")
    jobs.cancel()
    release.set()
    qtbot.wait(100)
    assert answers == []


def test_busy_tells_of_beginning_and_end(jobs, qtbot):
    told = []
    jobs.busy.connect(told.append)
    with qtbot.waitSignal(jobs.returned):
        jobs.run(lambda _: None)
    assert told == [True, False]


def test_a_widget_that_is_gone_stops_its_computation(qtbot):
    from qtpy.QtCore import QObject

    release, done = threading.Event(), threading.Event()
    owner = QObject()
    jobs = Jobs(owner)

    def work(progress):
        release.wait(5)
        try:
            progress(1, 1)
        except Cancelled:
            done.set()
            raise

    jobs.run(work)
    owner.deleteLater()
    qtbot.wait(50)
    release.set()
    assert done.wait(5)
    qtbot.wait(50)


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


def test_steps_that_follow_are_taken_after_those_that_are_left(runner, qtbot):
    first, later = [], []
    runner.start(counted(first, 3))
    runner.follow(counted(later, 2))
    assert first == later == []
    qtbot.waitUntil(lambda: not runner.running)
    assert (first, later) == ([0, 1, 2], [0, 1])
    runner.follow(counted(later, 1))
    qtbot.waitUntil(lambda: not runner.running)
    assert later == [0, 1, 0]


@pytest.mark.parametrize("taken", [1, 3])
def test_steps_that_are_to_be_taken_to_the_end_are_taken_when_they_are_dropped(taken):
    done = []

    def steps():
        for number in range(4):
            done.append(number)
            yield

    begun = to_the_end(steps())
    for _ in range(taken):
        next(begun)
    assert len(done) == taken
    begun.close()
    assert done == [0, 1, 2, 3]
