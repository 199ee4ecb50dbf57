import gc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from covoxel.image.channel import as_channel
from covoxel.image.regions import as_region
from covoxel.intensity import runs as runs_module
from covoxel.intensity.cells import gathered
from covoxel.intensity.co_occurrence import manders
from covoxel.intensity.histogram import frame_histogram, joint_histogram
from covoxel.intensity.information import mutual_information
from covoxel.intensity.linear_correlation import pearson
from covoxel.intensity.ranks import kendall, rwc, spearman
from covoxel.intensity.runs import SortedRun
from covoxel.intensity.spill import GatheredRuns, Spill, key_ranges
from covoxel.thresholds.costes import RULES, costes_threshold

_SIZE = 700


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    """Where runs go: files of its own for each test."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture(scope="module")
def noise() -> tuple[np.ndarray, np.ndarray]:
    """Two channels of few pixels a cell: more cells than one window holds."""
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, 3000, (2, _SIZE, _SIZE))
    return first.astype(np.uint16), (second + first // 4).astype(np.uint16)


@pytest.fixture(scope="module")
def many() -> np.ndarray:
    """Small regions around one that is larger than a window."""
    rows, columns = np.mgrid[:_SIZE, :_SIZE]
    labels = 1 + (rows // 20) * (_SIZE // 20) + columns // 20
    labels[100:600, 60:660] = 700
    labels[:5] = 0
    return labels


def histograms(first, second, **regions):
    """Return the histogram in memory, and the same one spilled in runs of some blocks."""
    held = joint_histogram(first, second, **regions)
    region = as_region(regions.get("mask"), regions.get("labels"), first.shape)
    channels = as_channel(first), as_channel(second)
    spilled = frame_histogram(*channels, region, voxels=60_000, memory_budget=1 << 20)
    assert spilled.spilled
    assert not held.spilled
    return held, spilled


def same_record(one, other):
    for name in one.__dataclass_fields__:
        np.testing.assert_equal(getattr(one, name), getattr(other, name), err_msg=name)


READINGS = {
    "pearson": pearson,
    "spearman": spearman,
    "kendall": kendall,
    "information": mutual_information,
    "manders": lambda h: manders(h, threshold1=900, threshold2=1200, background1=100),
}


@pytest.mark.slow
@pytest.mark.parametrize("regions", ["whole", "mask", "labels"])
def test_readings_are_the_same_from_disk(noise, many, regions):
    chosen = {"whole": {}, "mask": {"mask": many != 700}, "labels": {"labels": many}}[regions]
    held, spilled = histograms(*noise, **chosen)
    assert len(spilled.parts) > 1
    assert spilled.n_cells == held.n_cells
    assert spilled.pixels.tolist() == held.pixels.tolist()
    for reading in READINGS.values():
        same_record(reading(spilled), reading(held))
    same_record(pearson(spilled.above(800, 700)), pearson(held.above(800, 700)))
    weighted = [rwc(h, threshold1=900, threshold2=1200) for h in (spilled, held)]
    for name in ("rwc1", "rwc2", "rwc1_own", "rwc2_own"):  # sums of fractions, part by part
        found, expected = (getattr(record, name) for record in weighted)
        np.testing.assert_allclose(found, expected, rtol=1e-13)


def test_a_region_larger_than_the_window_is_one_group_of_many_parts(noise, many):
    _, spilled = histograms(*noise, labels=many)
    sizes = {group.start: len(group.parts) for group in spilled.groups() if len(group.parts) > 1}
    assert list(sizes) == [np.searchsorted(spilled.regions, 700)]


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES)
def test_costes_is_the_same_from_disk(noise, rule):
    held, spilled = histograms(*noise)
    same_record(costes_threshold(spilled, rule=rule), costes_threshold(held, rule=rule))


@pytest.mark.parametrize("regions", [1, 5])
def test_ranges_of_keys_hold_whole_regions_or_parts_of_one(regions):
    rng = np.random.default_rng(3)
    highest = 1000 << 16 if regions == 1 else regions << 32
    kind = np.uint32 if regions == 1 else np.uint64
    keys = [np.unique(rng.integers(0, highest, 20_000)).astype(kind) for _ in range(20)]
    keys.append(keys[0][:1])
    store = Spill()
    runs = [store.store(SortedRun(16, key, np.full(key.size, 300))) for key in keys]
    ranges = key_ranges(runs, 1 << 16)
    assert 8 < len(ranges) < 20
    assert (ranges[0][0], ranges[-1][1]) == (0, None)
    assert [high for _, high in ranges[:-1]] == [low for low, _ in ranges[1:]]
    for low, high in ranges:
        assert low % (1 << 16) == 0
        if low % (1 << 32):
            assert high is None or high - 1 >> 32 == low >> 32
        held = [run.read(low, high) for run in runs]
        assert sum(run.key.size for run in held) < (1 << 16) + 1024 * len(runs)
    found = [np.concatenate([run.read(*one).key for one in ranges]) for run in runs]
    for key, again in zip(keys, found, strict=True):
        np.testing.assert_array_equal(key, again)
    assert set(runs[0].read().count.tolist()) == {300}


def test_one_level_in_channel_1_takes_no_more_memory(monkeypatch):
    """All keys are then in one range, in which runs are merged as they are read."""
    monkeypatch.setattr(runs_module, "GATHERED", 1 << 12)
    most = []
    merge = runs_module.merge_runs

    def watched(runs):
        most.append(sum(run.key.size for run in runs))
        return merge(runs)

    runs = GatheredRuns(1 << 16, Spill())
    key = np.arange(2000, dtype=np.uint32)
    for _ in range(50):
        runs.add(SortedRun(16, key, np.ones(key.size, np.int64)))
    monkeypatch.setattr(runs_module, "merge_runs", watched)
    parts, spilled = runs.parts(1)
    assert spilled
    assert max(most) <= 3 * key.size
    cells = gathered(parts, 1)
    np.testing.assert_array_equal(cells.code2, key)
    assert set(cells.count) == {50}


def test_no_part_is_larger_than_a_reading_of_it_may_be(noise):
    budget = 1 << 24
    channels = [as_channel(image) for image in noise]
    found = frame_histogram(*channels, as_region(None, None, noise[0].shape), memory_budget=budget)
    sizes = [part.load().count.size for part in found.parts]
    assert found.n_cells > budget // 256  # all of them fit, but not what is read from them
    assert found.spilled
    assert max(sizes) <= budget // 256


@pytest.mark.slow
def test_the_folder_goes_with_the_histogram(noise, folder):
    _, spilled = histograms(*noise)
    assert len(list(folder.iterdir())) == 1
    derived = spilled.above(10, 10)
    del spilled
    gc.collect()
    assert derived.n_cells > 0  # what is read from it keeps it
    del derived
    gc.collect()
    assert list(folder.iterdir()) == []


def test_float_cells_past_the_budget_are_refused(noise):
    first, second = (image + np.float32(0.5) for image in noise)
    with pytest.raises(MemoryError, match="memory_budget=100000"):
        joint_histogram(first, second, memory_budget=100_000)


@pytest.mark.parametrize("written", [0, 3, 12])
def test_a_full_disk_leaves_nothing_behind(noise, folder, monkeypatch, written):
    store, left = Spill.store, [written]

    class Full(np.ndarray):
        """Keys for which there is no room."""

        def tofile(self, *args):
            raise OSError(28, "No space left on device")

    def stored(self, run):
        left[0] -= 1
        return store(self, replace(run, key=run.key.view(Full)) if left[0] < 0 else run)

    monkeypatch.setattr(Spill, "store", stored)
    with pytest.raises(OSError, match="cells do not fit on the disk") as caught:
        histograms(*noise)
    assert caught.value.__cause__.errno == 28
    assert list(folder.iterdir()) == []


def test_a_spilled_histogram_adds_up_like_a_held_one(noise):
    held, spilled = histograms(*noise)
    expected, found = held + held, spilled + spilled
    assert not found.spilled
    for cells, same in zip(gathered_all(expected), gathered_all(found), strict=True):
        np.testing.assert_array_equal(cells, same)
    np.testing.assert_array_equal(expected.pixels, found.pixels)


def gathered_all(histogram):
    cells = gathered(histogram.parts, histogram.regions.size)
    return cells.starts, cells.code1, cells.code2, cells.count
