from fractions import Fraction

import numpy as np
import pytest

from covoxel.image.channel import as_channel
from covoxel.image.regions import as_region
from covoxel.intensity.cuts import Cut
from covoxel.intensity.histogram import JointHistogram, frame_histogram, joint_histogram
from covoxel.intensity.linear_correlation import pearson, pearson_of
from covoxel.intensity.moments import Moments
from covoxel.intensity.sums import ClassSums, class_sums

WHOLE = ["u2", "i2", "i4", "u4", "f4", "f8", "i8", "u8"]


def exact_sums(first, second) -> list[int]:
    """Return the six sums of whole numbers, by Python's integers."""
    a, b = ([int(x) for x in np.ravel(image).tolist()] for image in (first, second))
    return [
        len(a),
        sum(a),
        sum(b),
        sum(x * x for x in a),
        sum(x * x for x in b),
        sum(x * y for x, y in zip(a, b, strict=True)),
    ]


def exact_r(first, second) -> float:
    """Return Pearson's r by exact fractions, rounded once at the end."""
    a, b = ([Fraction(x) for x in np.ravel(image).tolist()] for image in (first, second))
    n = len(a)
    c = n * sum(x * y for x, y in zip(a, b, strict=True)) - sum(a) * sum(b)
    v1, v2 = (n * sum(x * x for x in values) - sum(values) ** 2 for values in (a, b))
    return float(c) / (float(v1) ** 0.5 * float(v2) ** 0.5)


def listed(moments: Moments) -> list[int]:
    return [int(s[0]) for s in moments.sums]


@pytest.mark.parametrize("dtype", WHOLE)
def test_sums_of_whole_numbers_are_exact_whatever_their_type(dtype):
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, 2**15, (2, 40, 50)).astype(dtype)
    moments = class_sums(joint_histogram(first, second)).select()
    assert moments.exact
    assert listed(moments) == exact_sums(first, second)


def test_sums_are_exact_over_the_whole_range_of_16_bits():
    rng = np.random.default_rng(1)
    first, second = rng.integers(60_000, 2**16, (2, 300, 300)).astype(np.uint16)
    assert listed(class_sums(joint_histogram(first, second)).select()) == exact_sums(first, second)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("dtype", "low", "high"),
    [
        ("u4", 2**32 - 9, 2**32),
        ("i4", -(2**31), 2**31),
        ("i4", -(2**31), 9 - 2**31),
        ("i8", 2**53 - 9, 2**53),
        ("f8", 2**52, 2**53),
    ],
)
def test_sums_that_outgrow_64_bits_are_exact(dtype, low, high):
    rng = np.random.default_rng(2)
    first, second = rng.integers(low, high, (2, 30, 30)).astype(dtype)
    histogram = joint_histogram(first, second)
    assert listed(class_sums(histogram).select()) == exact_sums(first, second)
    assert pearson(histogram).value == pytest.approx(exact_r(first, second), rel=1e-14)


def test_a_constant_bright_32_bit_image_is_summed():
    image = np.full((200, 200), 2**32 - 1, np.uint32)
    moments = class_sums(joint_histogram(image, image)).select()
    assert moments.s12 == 40_000 * (2**32 - 1) ** 2
    assert moments.spread()[0] == 0


def test_sums_are_exact_for_more_pixels_than_any_memory_holds():
    image = np.array([[65_535, 65_534, 0]], np.uint16)
    one = joint_histogram(image, image[:, ::-1])
    many = 3 << 40
    (group,) = one.groups()
    (cells,) = group.load()
    counted = type(cells)(0, cells.starts, cells.code1, cells.code2, cells.count * many)
    histogram = JointHistogram(
        one.regions, one.pixels * many, one.dropped, one.first, one.codes1, one.codes2,
        (counted,),
    )  # fmt: skip
    expected = [s * many for s in exact_sums(image, image[:, ::-1])]
    assert listed(class_sums(histogram).select()) == expected
    assert pearson(histogram).value == pearson(one).value


def test_sums_of_blocks_outgrow_64_bits_too():
    image = np.array([[65_535, 1]], np.uint16)
    one = joint_histogram(image, image)
    sums = ClassSums(1)
    (group,) = one.groups()
    (cells,) = group.load()
    counted = type(cells)(0, cells.starts, cells.code1, cells.code2, cells.count << 28)
    for _ in range(20):
        sums.add(one, counted)
    assert listed(sums.select()) == [(20 << 28) * s for s in exact_sums(image, image)]


@pytest.mark.slow
@pytest.mark.parametrize("offset", [0, 40_000, -3e6])
@pytest.mark.parametrize("voxels", [1 << 20, 97])
def test_floats_lose_no_digits_to_an_offset(offset, voxels):
    rng = np.random.default_rng(3)
    shared = rng.normal(size=(40, 30))
    first, second = (offset + shared + rng.normal(size=shared.shape) for _ in range(2))
    channels = as_channel(first), as_channel(second)
    region = as_region(None, None, first.shape)
    sums = ClassSums(1)
    parts = [(0, 7), (7, 8), (8, 40)] if voxels < 100 else [(0, 40)]
    for start, stop in parts:
        histogram = joint_histogram(first[start:stop], second[start:stop])
        for group in histogram.groups():
            for cells in group.load():
                sums.add(histogram, cells)
    expected = exact_r(first, second)
    assert pearson_of(sums.select()).value[0] == pytest.approx(expected, rel=1e-12)
    found = pearson(frame_histogram(*channels, region, voxels=voxels)).value
    assert found == pytest.approx(expected, rel=1e-12)


def test_a_small_class_far_from_the_others_keeps_its_digits():
    rng = np.random.default_rng(4)
    first, second = rng.normal(size=(2, 50, 50))
    second += first
    first[:10] += 1e6
    second[:10] += 1e6
    cuts = [Cut(np.array([1e3]))]
    above = class_sums(joint_histogram(first, second), cuts, cuts).select((0,), (0,))
    expected = exact_r(first[:10], second[:10])
    assert pearson_of(above).value[0] == pytest.approx(expected, rel=1e-9)  # digits of the data
    whole = [np.rint(image * 1e3) for image in (first, second)]
    cuts = [Cut(np.array([1e6]))]
    above = class_sums(joint_histogram(*whole), cuts, cuts).select((0,), (0,))
    assert pearson_of(above).value[0] == pytest.approx(
        exact_r(whole[0][:10], whole[1][:10]), rel=1e-14
    )


def test_whole_blocks_and_others_add_up():
    rng = np.random.default_rng(5)
    first, second = rng.integers(0, 99, (2, 20, 20)).astype(np.float64)
    first[12:] += 0.25
    sums = ClassSums(1)
    for start, stop in ((0, 6), (6, 12), (12, 20)):
        histogram = joint_histogram(first[start:stop], second[start:stop])
        for cells in histogram.groups()[0].load():
            sums.add(histogram, cells)
    moments = sums.select()
    assert not moments.exact
    assert pearson_of(moments).value[0] == pytest.approx(exact_r(first, second), rel=1e-13)


def test_differences_of_sets():
    rng = np.random.default_rng(6)
    for first, second in (rng.integers(0, 9, (2, 30, 30)), rng.normal(size=(2, 30, 30))):
        cuts = [Cut(np.array([0.4]))]
        sums = class_sums(joint_histogram(first, second), cuts, cuts)
        rest = sums.select() - sums.select((0,), (0,))
        inside = ~((first > 0.4) & (second > 0.4))
        assert pearson_of(rest).value[0] == pytest.approx(
            exact_r(first[inside], second[inside]), rel=1e-11
        )
        either = sums.select((0,), (0,), either=True)
        inside = (first > 0.4) | (second > 0.4)
        assert either.n == inside.sum()
        assert pearson_of(either).value[0] == pytest.approx(
            exact_r(first[inside], second[inside]), rel=1e-12
        )


@pytest.mark.parametrize("zero", [(0.0, 0.0), (40_000.0, 39_999.0), (40_000.3, 12.7)])
def test_sums_above_a_background_do_not_cancel(zero):
    rng = np.random.default_rng(7)
    first, second = rng.integers(40_001, 40_009, (2, 30, 30)).astype(np.uint16)
    found = class_sums(joint_histogram(first, second)).select().about(*np.array(zero))
    a, b = (
        [Fraction(int(x)) - Fraction(z) for x in image.ravel()]
        for image, z in ((first, zero[0]), (second, zero[1]))
    )
    expected = (
        sum(a),
        sum(b),
        sum(x * x for x in a),
        sum(x * x for x in b),
        sum(x * y for x, y in zip(a, b, strict=True)),
    )
    for value, exact in zip(found, expected, strict=True):
        assert value[0] == pytest.approx(float(exact), rel=1e-14)
