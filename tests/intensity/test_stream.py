"""Sums of pixels as they are read: what the joint histogram gives, without its ranks."""

import tracemalloc

import numpy as np
import pytest

import covoxel.analysis.measure.data  # noqa: F401  loaded before anything is patched
from covoxel import Channel, measure
from covoxel.image.regions import as_region
from covoxel.intensity import (
    joint_histogram,
    kendall,
    li_icq,
    manders,
    overlap,
    pearson,
    regression,
    spearman,
    tos,
)
from covoxel.intensity.blocks import Stream
from covoxel.intensity.cuts import Cut
from covoxel.intensity.histogram import JointHistogram
from covoxel.intensity.marginal import marginal
from covoxel.intensity.stream_levels import stream_marginals
from covoxel.intensity.sums import class_sums

READINGS = {
    "pearson": pearson,
    "regression": regression,
    "icq": li_icq,
    "manders": lambda *pair, **kw: manders(*pair, threshold1=3, threshold2=2, **kw),
    "overlap": lambda *pair, **kw: overlap(*pair, background1=1, **kw),
    "tos": lambda *pair, **kw: tos(*pair, threshold1=3, threshold2=2, **kw),
}
DTYPES = ["u1", "i2", "u2", "u4", "i8", "u8", "f2", "f4", "f8"]


def pair(dtype, shape=(40, 50)):
    """Two channels that correlate; whole numbers for integers, with some NaN for floats."""
    rng = np.random.default_rng(3)
    first = rng.gamma(2, 4, shape)
    second = first / 2 + rng.gamma(2, 2, shape)
    if dtype[0] != "f":
        return first.astype(dtype), second.astype(dtype)
    first[0, :9] = np.nan
    return first.astype(dtype), second.astype(dtype)


def values(record):
    return np.array([getattr(record, n) for n in record.__slots__ if n != "reason"], np.float64)


def labels_of(shape):
    rng = np.random.default_rng(5)
    return rng.integers(0, 4, shape) ** 2


@pytest.mark.slow
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", READINGS)
@pytest.mark.parametrize("labelled", [False, True])
def test_sums_of_pixels_are_those_of_the_histogram(name, dtype, labelled):
    images = pair(dtype)
    given = {"labels": labels_of(images[0].shape)} if labelled else {}
    found = values(READINGS[name](*images, **given))
    expected = values(READINGS[name](joint_histogram(*images, **given)))
    expected = expected.reshape(found.shape)
    if dtype[0] == "f":
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)
    else:
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("dtype", ["u2", "f4", "f8"])
def test_no_ranks_are_taken_where_sums_suffice(dtype, monkeypatch):
    def refused(*_, **__):
        raise AssertionError("a histogram was made")

    images = pair(dtype)
    monkeypatch.setattr("covoxel.intensity.histogram.frame_histogram", refused)
    monkeypatch.setattr("covoxel.intensity.reading.joint_histogram", refused)
    for reading in READINGS.values():
        reading(*images)
    if dtype[0] == "f":
        monkeypatch.setattr("covoxel.analysis.measure.data.frame_histogram", refused)
        measure(
            *images, measures="pearson,icq,m1,moc,slope,mean1,jaccard", threshold1=3, threshold2=2
        )


def test_cuts_hold_for_each_region_and_block():
    first, second = pair("f8", (3, 30, 20))
    labels = labels_of(first.shape)
    channels = Channel(first, "ZYX"), Channel(second, "ZYX")
    region = as_region(None, labels, first.shape)
    limits = np.array([2.0, 5.0, 9.0])
    whole, parts = (
        class_sums(Stream(*channels, region, voxels=voxels), [Cut(limits)], [Cut(limits[::-1])])
        for voxels in (1 << 20, 70)
    )
    for i, label in enumerate((1, 4, 9)):
        inside = (labels == label) & np.isfinite(first)
        above = inside & (first > limits[i]) & (second > limits[::-1][i])
        for sums in (whole, parts):
            moments = sums.select((0,), (0,))
            assert moments.n[i] == above.sum()
            s1, _, _, _, s12 = (x[i] for x in moments.about(np.zeros(3), np.zeros(3)))
            assert s1 == pytest.approx(first[above].sum(), rel=1e-13)
            assert s12 == pytest.approx((first * second)[above].sum(), rel=1e-13)
            assert sums.dropped[i] == ((labels == label) & np.isnan(first)).sum()
            assert sums.first[i, 1] == second[inside][0]


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["f4", "f8", "i8"])
@pytest.mark.parametrize("labelled", [False, True])
@pytest.mark.parametrize("voxels", [1 << 20, 130])
def test_levels_of_pixels_are_those_of_the_histogram(dtype, labelled, voxels):
    images = [np.rint(image * 2) / 2 for image in pair("f8")]
    images = [np.nan_to_num(image, nan=1).astype(dtype) for image in images]
    labels = labels_of(images[0].shape) if labelled else None
    histogram = joint_histogram(*images, labels=labels)
    stream = Stream(
        *(Channel(image, "YX") for image in images),
        as_region(None, labels, images[0].shape),
        voxels=voxels,
    )
    for channel in (1, 2):
        found = stream_marginals(stream, 1 << 30)[channel - 1]
        (group,) = histogram.groups()
        expected = marginal(histogram, group, channel)
        occupied = expected.counts > 0  # a table has the levels of other regions, too
        np.testing.assert_array_equal(found.values, expected.values[occupied])
        np.testing.assert_array_equal(found.counts, expected.counts[occupied])
        np.testing.assert_array_equal(np.diff(found.starts), expected.distinct())
        assert found.values.dtype == expected.values.dtype


def test_levels_beyond_the_budget_are_refused():
    images = [np.random.default_rng(i).random((300, 300)) for i in (0, 1)]
    stream = Stream(*(Channel(image, "YX") for image in images), as_region(None, None, (300, 300)))
    with pytest.raises(MemoryError, match="memory_budget=1000000 bytes"):
        stream_marginals(stream, 10**6, (1,))


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_levels_are_merged_within_the_budget(dtype):
    n = 1 << 19
    image = np.random.default_rng(0).permutation(n).astype(dtype).reshape(512, -1) / n
    budget = 40 * n
    stream = Stream(*[Channel(image, "YX")] * 2, as_region(None, None, image.shape), voxels=1 << 14)
    stream_marginals(stream, budget, (1,))  # what is loaded and compiled is not counted
    tracemalloc.start()
    try:
        (found,) = stream_marginals(stream, budget, (1,))
        taken = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found.values.size == n
    assert taken < budget + 1e6


SIZES = [(154, 0), (-154, -154), (200, 200), (-200, 10), (-170, 0), (300, -300), (305, 305)]


@pytest.mark.slow
@pytest.mark.parametrize("sizes", SIZES)
def test_intensities_of_any_size(sizes):
    first, second = pair("f8")
    large, small = first * 10.0 ** sizes[0], second * 10.0 ** sizes[1]
    for reading in (pearson, li_icq, spearman):
        found, expected = reading(large, small), reading(first, second)
        assert found.value == pytest.approx(expected.value, abs=1e-12)
        assert found.reason == ""
    found = manders(large, small, threshold1=3 * 10.0 ** sizes[0], threshold2=2 * 10.0 ** sizes[1])
    expected = manders(first, second, threshold1=3, threshold2=2)
    np.testing.assert_allclose(values(found), values(expected), rtol=1e-12)
    assert overlap(large, small).moc == pytest.approx(overlap(first, second).moc, rel=1e-12)


def test_a_table_of_very_large_and_very_small_intensities():
    first, second = pair("f8")
    asked = {"measures": "pearson,slope,mean1,sd2,moc,k1,m1,tm1"}
    plain = measure(first, second, threshold1="otsu", threshold2="otsu", **asked).table.iloc[0]
    table = measure(
        first * 1e160, second * 1e160, threshold1="otsu", threshold2="otsu", **asked
    ).table
    (row,) = table.to_dict("records")
    for name in ("pearson", "slope", "moc", "k1", "m1", "tm1"):
        assert row[name] == pytest.approx(plain[name], rel=1e-10)
    for name in ("mean1", "sd2", "threshold1"):
        assert row[name] == pytest.approx(plain[name] * 1e160, rel=1e-10)


def test_a_slope_that_no_float_holds_is_undefined():
    first, second = pair("f8")
    line = regression(first * 1e200, second * 1e-200)
    assert np.isnan(line.slope)
    assert line.reason == "the slope is beyond 64-bit floats"


def test_a_constant_of_any_size_is_constant():
    first, second = pair("f8")
    for size in (1e-180, 1e-10, 0.1, 1e180):
        assert pearson(np.full_like(first, size), second).reason == "channel 1 is constant"


def test_intensities_that_begin_small_and_end_large():
    first, second = pair("f8", (60, 3000))
    first[:20] *= 1e-220
    first[:10] = 0
    first[40:] *= 1e200
    inside = np.isfinite(first)
    expected = np.corrcoef(first[inside] / 1e200, second[inside])[0, 1]
    assert pearson(first, second).value == pytest.approx(expected, abs=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("dtype", "offset"),
    [("u8", 2**53), ("u8", 2**60), ("u8", 2**63), ("u8", 2**64 - 2**21), ("i8", -(2**63))],
)
def test_whole_numbers_beyond_the_digits_of_floats(dtype, offset):
    rng = np.random.default_rng(2)
    first, second = rng.integers(0, 1 << 19, (2, 40, 40))
    second += first
    large = [
        np.array([int(v) + offset for v in image.ravel()], dtype).reshape(image.shape)
        for image in (first, second)
    ]
    histogram = joint_histogram(*large)
    assert isinstance(histogram, JointHistogram)
    for reading in (pearson, spearman, kendall):
        expected = reading(first, second).value
        assert reading(*large).value == pytest.approx(expected, abs=1e-9)
        assert reading(histogram).value == pytest.approx(expected, abs=1e-9)
    table = measure(*large, measures="pearson,spearman").table
    assert table["pearson"][0] == pytest.approx(pearson(first, second).value, abs=1e-9)
