from __future__ import annotations

import numpy as np
import pytest

from covoxel.image.channel import as_channel
from covoxel.image.region import as_region
from covoxel.intensity import inversions
from covoxel.intensity.cells import Cells
from covoxel.intensity.crossings import crossings, padded_width
from covoxel.intensity.histogram import frame_histogram, joint_histogram
from covoxel.intensity.ranks import kendall

#: Steps a cell and steps a pixel that leave one way of counting in a large region.
WAYS = {"walk": (1 << 60, 1 << 60), "merge": (0, 1), "sort": (1, 0)}


def each_way(monkeypatch, count):
    """Return what `count` gives with all regions taken as large, by each way, and as small."""
    found = [count()]
    monkeypatch.setattr(inversions, "_SMALL", 0)
    monkeypatch.setattr(inversions, "_PIXELS_A_CELL", 1 << 60)
    for a_cell, a_pixel in WAYS.values():
        monkeypatch.setattr(inversions, "_STEPS_A_CELL", a_cell)
        monkeypatch.setattr(inversions, "_STEPS_A_PIXEL", a_pixel)
        found.append(count())
    return found


def by_pairs(code1, place, count):
    against = (code1[:, None] > code1) & (place[:, None] < place)
    return (count[:, None] * count)[against].sum()


@pytest.mark.parametrize("rows", [1, 2, 40])
def test_discordant_pairs_by_brute_force(monkeypatch, rows):
    rng = np.random.default_rng(rows)
    key = np.unique(rng.integers(0, rows * 30, 300))
    code1, code2 = (key // 30 + 7).astype(np.uint16), (key % 30).astype(np.uint16)
    count = rng.integers(1, 9, key.size)
    cells = Cells(0, np.array([0, key.size]), code1, code2, count)
    place = code2.astype(np.int64) + 3
    expected = by_pairs(code1, place, count)
    found = each_way(monkeypatch, lambda: inversions.discordant(cells, place).tolist())
    assert found == [[expected]] * 4


def test_each_region_of_many_by_brute_force(monkeypatch):
    rng = np.random.default_rng(1)
    sizes = np.concatenate([np.arange(70), rng.integers(1, 500, 30), [0, 2100]])
    labels = rng.permutation(np.repeat(np.arange(sizes.size), sizes))
    first, second = rng.integers(0, 60, (2, labels.size)).astype(np.uint16)
    second[::7] = rng.integers(0, 1 << 16, second[::7].size)
    first[labels % 5 == 0] //= 20  # many pixels a cell
    second[labels % 5 == 0] %= 3
    (cells,) = next(joint_histogram(first, second, labels=labels + 1).groups()).load()
    place = cells.code2 + 70_000 * cells.region
    expected = []
    for start, stop in zip(cells.starts[:-1], cells.starts[1:], strict=True):
        at = slice(start, stop)
        expected.append(by_pairs(cells.code1[at], place[at], cells.count[at]))
    found = each_way(monkeypatch, lambda: inversions.discordant(cells, place).tolist())
    assert found == [expected] * 4


@pytest.mark.parametrize("budget", [1 << 30, 1 << 22])
@pytest.mark.parametrize("kind", ["u2", "i2"])
def test_all_ways_agree_in_memory_and_on_disk(monkeypatch, budget, kind):
    rng = np.random.default_rng(4)
    first, second = rng.integers(-400, 400, (2, 400, 300))
    if kind == "u2":
        first, second = first + 400, second + 400
    channels = [as_channel(image.astype(kind)) for image in (first, second + first // 3 + 134)]
    everywhere = as_region(None, None, first.shape)
    histogram = frame_histogram(*channels, everywhere, memory_budget=budget)
    assert histogram.spilled == (budget < 1 << 30)
    found = each_way(monkeypatch, lambda: kendall(histogram).value)
    assert found == [found[0]] * 4


@pytest.mark.parametrize("highest", [3, 500, 1 << 40])
def test_crossings_of_rows_of_any_length(highest):
    rng = np.random.default_rng(highest)
    for length in (*range(1, 40), 130, 257, 1000):
        width = int(padded_width(np.array([length]))[0])
        assert length <= width <= max(length * 9 / 8, length + 1)
        levels = np.full((3, width), highest)
        levels[:, :length] = rng.integers(0, highest, (3, length))
        expected = np.triu(levels[:, :, None] > levels[:, None, :]).sum(axis=(1, 2))
        assert crossings(levels).tolist() == expected.tolist()
