"""What is compiled is kept once, by many processes that start together, or not at all."""

import logging
import os
import subprocess
import sys

import pytest
from numba.core import caching

from covoxel.core import compiled as module

FUNCTION = """
from covoxel.core.compiled import compiled

@compiled
def twice(values):
    for i in range(values.size):
        values[i] *= 2
"""
CALL = """
import numpy as np, doubling
values = np.ones(3)
doubling.twice(values)
print(values.sum(), sum(doubling.twice.stats.cache_misses.values()))
"""


@pytest.mark.slow
def test_processes_that_start_together_compile_once(tmp_path):
    (tmp_path / "doubling.py").write_text(FUNCTION)
    path = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    environment = os.environ | {"PYTHONPATH": path, "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    started = [
        subprocess.Popen([sys.executable, "-c", CALL], env=environment, stdout=subprocess.PIPE)
        for _ in range(4)
    ]
    printed = sorted(process.communicate()[0].decode().split() for process in started)
    assert printed == [["6.0", "0"]] * 3 + [["6.0", "1"]]


def test_without_a_cache_it_runs_and_says_why_it_is_slow(monkeypatch, caplog):
    for locator in caching.CacheImpl._locator_classes:
        monkeypatch.setattr(locator, "from_function", classmethod(lambda *_: None))
    monkeypatch.setattr(module._CompileState, "reported", False)

    def plus_one(value):
        return value + 1

    with caplog.at_level(logging.WARNING, "covoxel"):
        assert module.compiled(plus_one)(2) == 3
        module.compiled(plus_one)
    (message,) = caplog.messages
    assert "NUMBA_CACHE_DIR" in message


def test_on_a_full_disk_it_runs_and_says_so(monkeypatch, caplog):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(caching.IndexDataCacheFile, "save", full)
    monkeypatch.setattr(module._CompileState, "reported", False)

    def plus_two(value):
        return value + 2

    with caplog.at_level(logging.WARNING, "covoxel"):
        assert module.compiled(plus_two)(2) == 4
    (message,) = caplog.messages
    assert "No space left on device" in message


@pytest.mark.slow
def test_what_is_kept_is_loaded_without_what_numba_compiles_with(tmp_path):
    (tmp_path / "doubling.py").write_text(FUNCTION)
    path = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    environment = os.environ | {"PYTHONPATH": path, "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    code = f"{CALL}\nimport sys; print('numba.np.arraymath' in sys.modules)"
    run = [sys.executable, "-c", code]
    printed = [
        subprocess.run(run, env=environment, capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    assert [text.split() for text in printed] == [["6.0", "1", "True"], ["6.0", "0", "False"]]


def test_with_another_numba_functions_are_kept_all_the_same(monkeypatch):
    monkeypatch.setitem(sys.modules, "numba.core.runtime.nrt", None)
    cache = type("Cache", (), {})()
    module._load_alone(cache)
    assert not vars(cache)
