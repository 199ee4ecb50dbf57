"""What a command needs is known beforehand, and refused where it is not there."""

import re
import tracemalloc
from functools import partial
from itertools import product

import numpy as np
import pytest

from covoxel import Channel, measure
from covoxel.analysis.ccf import measure_ccf
from covoxel.analysis.compare.analysis import compare_channels
from covoxel.analysis.distance.analysis import measure_distance
from covoxel.analysis.map.analysis import map_channels
from covoxel.analysis.register.analysis import register_channels
from covoxel.core.memory import in_words, memory_limit, refuse_beyond
from covoxel.io.write import write_channels
from covoxel.registration import Registration

COMMANDS = {
    "ccf": [],
    "compare": [],
    "distance": [],
    "field": ["--tile", "16"],
    "map": ["--kind", "nmdp", "--out", "map.tif"],
    "map ": ["--radius", "2", "--kind", "beyond", "--out", "map.tif"],
    "objects": [],
    "register": [],
    "register ": ["--transform", "affine", "--max-shift", "4"],
}


def channels(*shape):
    rng = np.random.default_rng(0)
    light = rng.gamma(1.0, 40.0, shape)
    return [
        Channel(rng.poisson(20 + light / i).astype("u2"), "ZYX"[-len(shape) :], name=f"c{i}")
        for i in (1, 2)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_more_than_the_budget_is_refused(run, tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    image = write_channels(tmp_path / "image.tif", channels(64, 64))
    called = run(command.strip(), image, *COMMANDS[command], "--memory-budget", "65536")
    assert called.code == 1
    assert f"{command.strip()} of 64 × 64 pixels needs about" in called.line
    assert "but memory_budget is 0.0655 MB; crop or bin" in called.line


def test_more_than_is_free_is_refused(run, tmp_path, monkeypatch):
    monkeypatch.setattr("covoxel.core.memory.free_memory", lambda: 1e5)
    image = write_channels(tmp_path / "image.tif", channels(64, 64))
    called = run("compare", image)
    assert called.code == 1
    assert "needs about 0.262 MB of memory, but 0.1 MB are free" in called.line
    called = run("simulate", tmp_path / "s.tif", "--shape", "100000,100000", "--n-frames", "9")
    assert called.code == 1
    assert "needs about 8550.0 GB of memory" in called.line


LARGE = {
    "register": partial(register_channels, max_shift=20),
    "register anywhere": register_channels,
    "ccf": measure_ccf,
    "distance": measure_distance,
    "map": partial(map_channels, radius=7),
    "map of products": partial(map_channels, kind="nmdp"),
    "compare": compare_channels,
    "compare cropped": partial(compare_channels, fit="crop"),
    "compare registered": partial(compare_channels, fit="register"),
}
#: What others need, in GB.
MOST = {"distance": 4.0, "compare registered": 2.6}


@pytest.mark.parametrize(
    ("analysis", "shape"),
    [*product(LARGE, [(100, 1024, 2048), (14142, 14142)]), ("affine", (14142, 14142))],
)
def test_large_images_need_little_beside_themselves(shape, analysis):
    """2 × 400 MB of 16 bits need 2 GB at most, and are refused before they are read."""
    data = np.broadcast_to(np.uint16(1), shape)
    pair = [Channel(data, "ZYX"[-len(shape) :], name=name) for name in "ab"]
    analyses = LARGE | {"affine": partial(register_channels, transform="affine")}
    with memory_limit(10**8), pytest.raises(MemoryError, match="needs about") as error:
        analyses[analysis](*pair)
    size, unit = re.search(r"needs about ([\d.]+) (GB|MB)", str(error.value)).groups()
    assert 0.8 <= float(size) / {"GB": 1, "MB": 1000}[unit] <= MOST.get(analysis, 2.0)


@pytest.mark.slow
def test_planes_need_less_than_their_stack(run, tmp_path):
    image = write_channels(tmp_path / "image.tif", channels(8, 32, 32))
    assert run("compare", image, "--memory-budget", "500000").code == 1
    assert run("compare", image, "--memory-budget", "500000", "--per-plane").code == 0


def test_budgets_are_numbers_of_bytes(run, image):
    called = run("ccf", image(), "--memory-budget", "5")
    assert called.code == 2
    assert "memory_budget is 5" in called.line


def test_much_is_stated():
    said = []
    with memory_limit(None, said.append):
        refuse_beyond("a test", 10, "")
        refuse_beyond("a test", 1e9, "")
    assert said == ["a test needs about 1.0 GB of memory"]
    assert in_words(2.5e11) == "250.0 GB"


#: What is not counted here, as it is no array: the plans of transforms, and Python's own.
SLACK = 4e6


def peak(call) -> float:
    """Return the peak of what a call allocates, without what it loads."""
    call(channels(48, 48))
    given = channels(360, 400)
    tracemalloc.start()
    try:
        call(given)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("each", "call"),
    [
        (64, compare_channels),
        (66, lambda pair: register_channels(pair, max_shift=5)),
        (36, lambda pair: Registration.from_shift((0.5, 0.5), pair[1].shape).apply(pair[1].read())),
        (20, lambda pair: map_channels(*pair, kind="nmdp").image.read()),
        (12, lambda pair: map_channels(*pair, radius=3).image.read()),
    ],
)
def test_what_is_needed_is_about_what_is_taken(each, call):
    pixels = 360 * 400
    assert 0.2 * each * pixels < peak(call) < each * pixels + SLACK


@pytest.mark.slow
@pytest.mark.parametrize(("measures", "dtype"), [("default", "f4"), ("costes", "f8")])
def test_measuring_floats_stays_within_its_budget(measures, dtype):
    """Whether the budget is enough for what is asked or not."""
    rng = np.random.default_rng(0)
    pair = rng.gamma(2.0, 1.0, (2, 300, 300)).astype(dtype)
    # what the first call loads and compiles is not counted
    measure(*pair, measures=measures, memory_budget=8_000_000)
    for budget in (8_000_000, 60_000_000):
        tracemalloc.start()
        try:
            measure(*pair, measures=measures, memory_budget=budget)
            taken = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert taken < max(budget, 8_000_000)
