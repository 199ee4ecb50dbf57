"""Progress over steps: one total, never back, and to the end."""

import pytest

from covoxel.core.progress import Steps
from covoxel.core.types import Cancelled


def test_steps_share_the_whole():
    seen = []
    steps = Steps(lambda *told: seen.append(told), 2)
    steps(1, 4)
    steps(0, 4)  # a second pass over the same pixels
    steps.next()
    part = steps.part(1, 4)
    part(1, 2)
    part(2, 2)
    steps.next()
    assert seen == [(k, 200) for k in (25, 25, 100, 125, 137, 150, 200)]


def test_without_anyone_to_tell():
    steps = Steps(None, 1)
    steps.part(0, 1)(1, 1)
    steps.next()


def test_cancelled_from_within():
    def stop(done, of):
        raise Cancelled

    with pytest.raises(Cancelled):
        Steps(stop, 3)(0, 1)
