"""Compiled sums against NumPy on small arrays: every type, mask, labels and cut, in any blocks."""

import numpy as np
import pytest

from covoxel.image.channel import Channel
from covoxel.image.regions import as_region
from covoxel.intensity.blocks import Stream
from covoxel.intensity.cuts import Cut
from covoxel.intensity.stream_levels import stream_marginals
from covoxel.intensity.sums import class_sums

DTYPES = ["u1", "i1", "u2", ">u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", ">f4", "f8", "bool"]
REGIONS = ["everywhere", "mask", "labels"]
SHAPE = (41, 57)


def images_of(dtype: str) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    first, second = rng.gamma(2, 20, (2, *SHAPE))
    kind = np.dtype(dtype)
    if kind.kind == "i":
        first, second = first - 60, second - 60
    first, second = (np.clip(image, -100, 120).astype(kind) for image in (first, second))
    if kind.kind == "f":
        first[3, ::7], second[5:8, 4] = np.nan, np.inf
    for image in (first, second):
        image.flags.writeable = False
    return first[::-1], second[::-1]  # strided and read-only


def regions_of(kind: str) -> tuple[dict[str, np.ndarray], np.ndarray]:
    rng = np.random.default_rng(1)
    if kind == "everywhere":
        return {}, np.ones(SHAPE, int)
    if kind == "mask":
        mask = rng.random(SHAPE) < 0.6
        return {"mask": mask}, mask.astype(int)
    labels = np.repeat(np.repeat(rng.integers(0, 5, (21, 10)), 2, 0), 6, 1)[: SHAPE[0], : SHAPE[1]]
    return {"labels": labels * 7}, labels


@pytest.mark.slow
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", REGIONS)
@pytest.mark.parametrize("voxels", [1 << 20, 130])
def test_sums_above_cuts(dtype, kind, voxels):
    first, second = images_of(dtype)
    given, index = regions_of(kind)
    region = as_region(given.get("mask"), given.get("labels"), SHAPE)
    n = region.ids.size
    limits = np.linspace(-3.5, 40, n), np.where(np.arange(n) == 2, np.nan, 24.0)
    cuts = [[Cut(limit), Cut(np.zeros(n)), Cut(limit, inclusive=True)] for limit in limits]
    stream = Stream(Channel(first, "YX"), Channel(second, "YX"), region, voxels=voxels)
    sums = class_sums(stream, *cuts)
    a, b = (np.asarray(image, np.longdouble) for image in (first, second))
    finite = np.isfinite(a) & np.isfinite(b)
    for i in range(n):
        inside = index == i + 1
        assert sums.dropped[i] == (inside & ~finite).sum()
        inside = inside & finite
        assert sums.first[i].tolist() == [image[inside][0] for image in (first, second)]
        above1, above2 = inside & (a > limits[0][i]), inside & (b >= limits[1][i])
        for where, moments in (
            (inside, sums.select()),
            (above1 & (a > 0), sums.select((0, 1))),
            (above1 & above2, sums.select((0,), (2,))),
            (above1 | above2, sums.select((0,), (2,), either=True)),
        ):
            assert moments.n[i] == where.sum()
            found = moments.about(np.zeros(n), np.zeros(n))
            x, y = a[where], b[where]
            expected = (x.sum(), y.sum(), (x * x).sum(), (y * y).sum(), (x * y).sum())
            for value, exact in zip(found, expected, strict=True):
                assert value[i] == pytest.approx(float(exact), rel=1e-13, abs=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", REGIONS)
def test_sums_of_lower_order_are_the_same(dtype, kind):
    channels = [Channel(image, "YX") for image in images_of(dtype)]
    given, _ = regions_of(kind)
    region = as_region(given.get("mask"), given.get("labels"), SHAPE)
    n = region.ids.size
    cuts = [[Cut(np.zeros(n)), Cut(np.full(n, limit))] for limit in (24.0, -3.5)]
    stream = Stream(*channels, region, voxels=300)
    pixels, intensities, products = (class_sums(stream, *cuts, order) for order in (0, 1, 2))
    for named in (((), ()), ((0,), ()), ((0, 1), (1,)), ((1,), (0,))):
        for either in (False, True):
            expected = products.select(*named, either=either)
            assert np.array_equal(pixels.select(*named, either=either).n, expected.n)
            found = intensities.select(*named, either=either)
            for zero in (np.zeros(n), np.full(n, 7.25)):
                totals = expected.about(zero, zero)
                for channel in (1, 2):
                    assert np.array_equal(found.total(channel, zero), totals[channel - 1])


@pytest.mark.slow
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", REGIONS)
@pytest.mark.parametrize("voxels", [1 << 20, 130])
def test_levels(dtype, kind, voxels):
    first, second = images_of(dtype)
    given, index = regions_of(kind)
    region = as_region(given.get("mask"), given.get("labels"), SHAPE)
    stream = Stream(Channel(first, "YX"), Channel(second, "YX"), region, voxels=voxels)
    finite = np.isfinite(first) & np.isfinite(second)
    for image, levels in zip((first, second), stream_marginals(stream, 1 << 30), strict=True):
        for i, (start, stop) in enumerate(zip(levels.starts, levels.starts[1:], strict=False)):
            expected = np.unique(image[finite & (index == i + 1)], return_counts=True)
            np.testing.assert_array_equal(levels.values[start:stop], expected[0])
            np.testing.assert_array_equal(levels.counts[start:stop], expected[1])


def test_levels_leave_masked_pixels_out():
    first, second = images_of("u2")
    masked = np.ma.masked_greater(first, 60)
    region = as_region(None, None, SHAPE)
    stream = Stream(Channel(masked, "YX"), Channel(second, "YX"), region)
    for image, levels in zip((first, second), stream_marginals(stream, 1 << 30), strict=True):
        expected = np.unique(image[first <= 60], return_counts=True)
        np.testing.assert_array_equal(levels.values, expected[0])
        np.testing.assert_array_equal(levels.counts, expected[1])


@pytest.mark.parametrize("dtype", ["u1", "u2"])
@pytest.mark.parametrize("voxels", [1 << 20, 130])
def test_levels_of_more_regions_than_a_table_is_made_for(dtype, voxels):
    rng = np.random.default_rng(2)
    labels = np.repeat(np.repeat(rng.permutation(21 * 29).reshape(21, 29), 2, 0), 2, 1)[:41, :57]
    highest = np.where(labels % 3, 40, np.iinfo(dtype).max)  # sorted, where levels are sparse
    first = rng.integers(0, highest + 1, SHAPE).astype(dtype)
    first[labels == 5] = 7
    region = as_region(None, labels, SHAPE)
    large = np.zeros(SHAPE, "u2")  # with it, a table of all would be too large
    stream = Stream(Channel(first, "YX"), Channel(large, "YX"), region, voxels=voxels)
    levels, others = stream_marginals(stream, 1 << 30)
    for i, label in enumerate(region.ids):
        held = slice(levels.starts[i], levels.starts[i + 1])
        expected = np.unique(first[labels == label], return_counts=True)
        np.testing.assert_array_equal(levels.values[held], expected[0])
        np.testing.assert_array_equal(levels.counts[held], expected[1])
    np.testing.assert_array_equal(others.counts, [(labels == label).sum() for label in region.ids])
