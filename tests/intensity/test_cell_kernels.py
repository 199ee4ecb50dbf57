import numpy as np
import pytest

from covoxel.image.channel import as_channel
from covoxel.image.regions import as_region
from covoxel.intensity.cells import Cells
from covoxel.intensity.histogram import frame_histogram, joint_histogram
from covoxel.intensity.level_kernels import discordant_pairs
from covoxel.intensity.ranks import kendall, spearman
from covoxel.intensity.value_codes import distinct, level_codes, ranked


def counted(cells, place):
    found = np.zeros(cells.n_regions)
    discordant_pairs(place, cells.count, cells.starts, found)
    return found.tolist()


def by_pairs(code1, place, count):
    against = (code1[:, None] > code1) & (place[:, None] < place)
    return (count[:, None] * count)[against].sum()


@pytest.mark.parametrize("rows", [1, 2, 40])
def test_discordant_pairs_by_brute_force(rows):
    rng = np.random.default_rng(rows)
    key = np.unique(rng.integers(0, rows * 30, 300))
    code1, code2 = (key // 30 + 7).astype(np.uint16), (key % 30).astype(np.uint16)
    count = rng.integers(1, 9, key.size)
    cells = Cells(0, np.array([0, key.size]), code1, code2, count)
    place = code2.astype(np.int64) + 3
    expected = by_pairs(code1, place, count)
    assert counted(cells, place) == [expected]


def test_more_pairs_than_64_bits_count():
    place, count = np.array([1, 0]), np.array([4_000_000_000, 4_000_000_000])
    cells = Cells(0, np.array([0, 2]), np.array([0, 1], np.uint16), place, count)
    assert counted(cells, place) == [1.6e19]


def test_pairs_are_counted_beyond_the_room_of_a_table():
    counts = np.array([1, 254, 255, 256, 509, 510, 511, 70_000])
    pixels = np.random.default_rng(0).permutation(np.repeat(np.arange(8), counts))
    histogram = joint_histogram(*(pixels.astype(np.uint16) * 3 + 5, 9 - pixels.astype(np.uint8)))
    assert histogram.parts[0].load().count.tolist() == counts.tolist()


def test_each_region_of_many_by_brute_force():
    rng = np.random.default_rng(1)
    sizes = np.concatenate([np.arange(70), rng.integers(1, 500, 30), [0, 2100]])
    labels = rng.permutation(np.repeat(np.arange(sizes.size), sizes))
    first, second = rng.integers(0, 60, (2, labels.size)).astype(np.uint16)
    second[::7] = rng.integers(0, 1 << 16, second[::7].size)
    first[labels % 5 == 0] //= 20  # many pixels a cell
    second[labels % 5 == 0] %= 3
    (cells,) = joint_histogram(first, second, labels=labels + 1).groups()[0].load()
    place = cells.code2 + 70_000 * cells.region
    expected = []
    for start, stop in zip(cells.starts[:-1], cells.starts[1:], strict=True):
        at = slice(start, stop)
        expected.append(by_pairs(cells.code1[at], place[at], cells.count[at]))
    assert counted(cells, place) == expected


@pytest.mark.parametrize("kind", ["u2", "i2"])
def test_pairs_in_memory_and_on_disk(kind):
    rng = np.random.default_rng(4)
    first, second = rng.integers(-400, 400, (2, 400, 300))
    if kind == "u2":
        first, second = first + 400, second + 400
    channels = [as_channel(image.astype(kind)) for image in (first, second + first // 3 + 134)]
    everywhere = as_region(None, None, first.shape)
    held, spilled = (
        frame_histogram(*channels, everywhere, memory_budget=budget)
        for budget in (1 << 30, 1 << 22)
    )
    assert (held.spilled, spilled.spilled) == (False, True)
    assert kendall(held).value == kendall(spilled).value


@pytest.mark.parametrize("most", [1 << 48, 500])  # some, or many, in the first of equal steps
@pytest.mark.parametrize("highest", [0, 40, 1 << 20, (1 << 64) - 1])
def test_levels_are_found_whatever_lies_between_them(highest, most):
    rng = np.random.default_rng(3)
    keys = rng.integers(0, highest, 500, np.uint64, endpoint=True)
    keys[::3] %= np.uint64(most)
    levels, expected = np.unique(keys, return_inverse=True)
    np.testing.assert_array_equal(level_codes(keys.dtype, [levels]).encode(keys), expected)
    found, places = ranked(keys, keys.dtype)
    np.testing.assert_array_equal(found, levels)
    np.testing.assert_array_equal(places, expected)
    np.testing.assert_array_equal(distinct(keys, keys.dtype), levels)


@pytest.mark.parametrize("labels", [None, np.arange(1200).reshape(30, 40) // 400 + 1])
def test_fractions_in_one_block_and_in_several(labels):
    first, second = np.random.default_rng(5).normal(size=(2, 30, 40)).round(1)
    channels = [as_channel(image) for image in (first, second + first / 3)]
    regions = as_region(None, labels, first.shape)
    one, several = (frame_histogram(*channels, regions, voxels=n) for n in (1 << 22, 200))
    np.testing.assert_array_equal(one.n_cells, several.n_cells)
    np.testing.assert_array_equal(spearman(one).value, spearman(several).value)
    np.testing.assert_array_equal(kendall(one).value, kendall(several).value)
