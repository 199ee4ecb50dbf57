from __future__ import annotations

import numpy as np
import pytest

from covoxel.channel import as_channel
from covoxel.intensity import inversions
from covoxel.intensity.blocks import as_region
from covoxel.intensity.cells import Cells
from covoxel.intensity.histogram import frame_histogram
from covoxel.intensity.ranks import kendall

_WALK, _MERGE = 1 << 60, 0


def both_ways(monkeypatch, count):
    """Return what `count` gives by the walk over first codes and by the merge."""
    found = []
    for steps in (_WALK, _MERGE):
        monkeypatch.setattr(inversions, "_STEPS_A_CELL", steps)
        found.append(count())
    return found


@pytest.mark.parametrize("rows", [1, 2, 40])
def test_discordant_pairs_by_brute_force(monkeypatch, rows):
    rng = np.random.default_rng(rows)
    key = np.unique(rng.integers(0, rows * 30, 300))
    code1, code2 = (key // 30 + 7).astype(np.uint16), (key % 30).astype(np.uint16)
    count = rng.integers(1, 9, key.size)
    cells = Cells(0, np.array([0, key.size]), code1, code2, count)
    place = code2.astype(np.int64) + 3
    against = (code1[:, None] > code1) & (place[:, None] < place)
    expected = (count[:, None] * count)[against].sum()
    assert both_ways(monkeypatch, lambda: inversions.discordant(cells, place)) == [[expected]] * 2


@pytest.mark.parametrize("budget", [1 << 30, 1 << 22])
@pytest.mark.parametrize("kind", ["u2", "i2"])
def test_the_walk_and_the_merge_agree_in_memory_and_on_disk(monkeypatch, budget, kind):
    rng = np.random.default_rng(4)
    first, second = rng.integers(-400, 400, (2, 400, 300))
    if kind == "u2":
        first, second = first + 400, second + 400
    channels = [as_channel(image.astype(kind)) for image in (first, second + first // 3 + 134)]
    everywhere = as_region(None, None, first.shape)
    histogram = frame_histogram(*channels, everywhere, memory_budget=budget)
    assert histogram.spilled == (budget < 1 << 30)
    walked, merged = both_ways(monkeypatch, lambda: kendall(histogram).value)
    assert walked == merged
