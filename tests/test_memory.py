"""Pauses of garbage collection."""

import gc
import subprocess
import sys
import weakref

import pytest

from covoxel.core.memory import gc_pause

MANY = """
import gc
from covoxel.core.memory import gc_pause

searched = []
gc.callbacks.append(lambda phase, info: searched.append(info["generation"]))
held = [[] for _ in range(10_000)]
assert searched
searched.clear()
with gc_pause():
    held += [[] for _ in range(10_000)]
    assert searched == []
assert len(held) == 20_000
"""


class Knot:
    """Garbage as soon as nobody holds it."""

    def __init__(self):
        self.itself = self


def test_many_objects_begin_no_search():
    """In a process of its own, where no other thread begins or ends a pause."""
    run = subprocess.run([sys.executable, "-c", MANY], capture_output=True, text=True, timeout=120)
    assert (run.returncode, run.stderr) == (0, "")


@pytest.mark.slow
def test_garbage_is_found_later():
    with gc_pause():
        lost = weakref.ref(Knot())
    assert lost() is not None
    gc.collect()
    assert lost() is None


@pytest.mark.parametrize("collects", [True, False])
def test_all_is_as_before_even_after_an_error(collects):
    before = gc.isenabled()
    try:
        gc.enable() if collects else gc.disable()
        with pytest.raises(KeyError), gc_pause():
            raise KeyError
        assert gc.isenabled() is collects
        assert gc.get_freeze_count() == 0
    finally:
        gc.enable() if before else gc.disable()
