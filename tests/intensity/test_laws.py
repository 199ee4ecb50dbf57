"""Laws that hold for every reading, whatever the images."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings, strategies as st
from hypothesis.extra import numpy as hnp

from covoxel.image.channel import as_channel, is_picture
from covoxel.image.regions import as_region
from covoxel.intensity.areas import tos
from covoxel.intensity.co_occurrence import manders, overlap
from covoxel.intensity.histogram import frame_histogram, joint_histogram
from covoxel.intensity.information import mutual_information
from covoxel.intensity.linear_correlation import li_icq, pearson, regression
from covoxel.intensity.ranks import kendall, rwc, spearman
from covoxel.thresholds.costes import costes_threshold

pytestmark = pytest.mark.slow

laws = settings(derandomize=True, max_examples=12)

LIMITS = {"threshold1": 3, "threshold2": 4.5}
GROUND = {"background1": 1, "background2": 2.5}

READINGS: dict[str, Callable[..., Any]] = {
    "pearson": pearson,
    "regression": regression,
    "ordinary": lambda *a, **k: regression(*a, kind="ordinary", **k),
    "spearman": spearman,
    "kendall": kendall,
    "icq": li_icq,
    "icq with ties": lambda *a, **k: li_icq(*a, ties="positive", **k),
    "manders": lambda *a, **k: manders(*a, **LIMITS, **GROUND, **k),
    "overlap": lambda *a, **k: overlap(*a, **GROUND, **k),
    "tos": lambda *a, **k: tos(*a, **LIMITS, **k),
    "rwc": lambda *a, **k: rwc(*a, **LIMITS, **GROUND, **k),
    "information": mutual_information,
    "costes": costes_threshold,
    "jacop": lambda *a, **k: costes_threshold(*a, rule="jacop", **k),
    "ezcolocalization": lambda *a, **k: costes_threshold(*a, rule="ezcolocalization", **k),
}

every = pytest.mark.parametrize("name", READINGS)


def values(record: Any) -> dict[str, Any]:
    """Return what a record holds, by name; what is a dict is taken apart."""
    found: dict[str, Any] = {}
    for field in fields(record):
        value = getattr(record, field.name)
        parts = value if isinstance(value, dict) else {"": value}
        found |= {f"{field.name} {name}".strip(): part for name, part in parts.items()}
    return found


def assert_same(one: Any, other: Any, **close: float) -> None:
    """Assert that two records agree, exactly unless `close` says how closely."""
    expectations = values(other)
    for name, value in (one if isinstance(one, dict) else values(one)).items():
        expected = expectations[name]
        if close and np.asarray(value).dtype.kind == "f":
            np.testing.assert_allclose(value, expected, err_msg=name, **close)
        else:
            np.testing.assert_array_equal(value, expected, err_msg=name)


@st.composite
def pairs(draw: Any, kind: str = "u1", high: int = 12, sides: int = 8) -> Any:
    """Draw two whole-number images of one shape, often tied, often constant."""
    shapes = hnp.array_shapes(min_dims=2, max_dims=3, min_side=1, max_side=sides)
    shape = draw(shapes.filter(lambda shape: not is_picture(shape)))
    low = 0 if kind[0] == "u" else -high
    numbers = st.integers(low, high)
    return tuple(draw(hnp.arrays(kind, shape, elements=numbers)) for _ in range(2))


@st.composite
def labelled(draw: Any) -> Any:
    """Draw a pair and labels over it: sparse, negative, one, or none at all."""
    first, second = draw(pairs())
    ids = draw(st.lists(st.sampled_from([-7, 1, 2, 3, 40, 2_000_000_000]), max_size=4))
    chosen = draw(hnp.arrays(np.int64, first.shape, elements=st.sampled_from([0, *ids])))
    return first, second, chosen


@every
@laws
@given(pair=pairs())
def test_a_data_type_changes_nothing(name, pair):
    first, second = pair
    expected = READINGS[name](first, second)
    for dtype in ("u2", ">u2", "i2", "i4", "u4", "i8", "u8", "f2", "f4", "f8"):
        assert_same(READINGS[name](first.astype(dtype), second.astype(dtype)), expected)


@every
@laws
@given(pair=pairs("u1", high=1))
def test_booleans_are_0_and_1(name, pair):
    first, second = pair
    assert_same(READINGS[name](first > 0, second > 0), READINGS[name](first, second))


@every
@laws
@given(pair=pairs("i1"))
def test_negative_numbers_of_any_type(name, pair):
    first, second = pair
    expected = READINGS[name](first, second)
    for dtype in ("i2", "i4", "i8", "f4"):
        assert_same(READINGS[name](first.astype(dtype), second.astype(dtype)), expected)


@every
@laws
@given(drawn=labelled())
def test_labels_are_a_loop_over_masks(name, drawn):
    first, second, labels = drawn
    found = READINGS[name](first, second, labels=labels)
    ids = np.unique(labels[labels > 0])
    for field, value in values(found).items():
        assert np.shape(value) == (ids.size,), field
    for at, label in enumerate(ids):
        one = READINGS[name](first, second, mask=labels == label)
        part = {field: value[at] for field, value in values(found).items()}
        assert_same(part, one, rtol=1e-13, atol=1e-15)


@every
@laws
@given(pair=pairs(), data=st.data())
def test_a_mask_is_a_crop(name, pair, data):
    first, second = pair
    ends = [sorted(data.draw(st.tuples(st.integers(0, n), st.integers(0, n)))) for n in first.shape]
    box = tuple(slice(*end) for end in ends)
    assume(not is_picture(first[box].shape))
    inside = np.zeros(first.shape, bool)
    inside[box] = True
    found = READINGS[name](first, second, mask=inside)
    assert_same(found, READINGS[name](first[box], second[box]))


@every
@laws
@given(drawn=labelled(), voxels=st.integers(1, 30), kind=st.sampled_from(["u1", "i4", "f4", "f8"]))
def test_chunked_is_whole(name, drawn, voxels, kind):
    first, second, labels = drawn
    first, second = first.astype(kind), second.astype(kind)
    whole = READINGS[name](joint_histogram(first, second, labels=labels))
    region = as_region(None, labels, first.shape)
    blocks = frame_histogram(as_channel(first), as_channel(second), region, voxels=voxels)
    assert_same(READINGS[name](blocks), whole)
    cut = min(voxels, first.shape[0])
    sum_of_parts = joint_histogram(
        first[:cut], second[:cut], labels=labels[:cut]
    ) + joint_histogram(first[cut:], second[cut:], labels=labels[cut:])
    assert_same(READINGS[name](sum_of_parts), whole)


SWAPPED = {
    "pearson": pearson,
    "spearman": spearman,
    "kendall": kendall,
    "icq": li_icq,
    "information": mutual_information,
    "manders": lambda a, b: manders(a, b, threshold1=3, threshold2=3, background2=1, background1=1),
    "overlap": overlap,
    "tos": lambda a, b: tos(a, b, threshold1=3, threshold2=3),
    "rwc": lambda a, b: rwc(a, b, threshold1=3, threshold2=3),
}


@pytest.mark.parametrize("name", SWAPPED)
@laws
@given(pair=pairs())
def test_swapped_channels_swap_1_and_2(name, pair):
    first, second = pair
    one, other = SWAPPED[name](first, second), SWAPPED[name](second, first)
    swap, expectations = str.maketrans("12", "21"), values(other)
    for field, value in values(one).items():
        if isinstance(value, str):
            # a reason of both is named as it is, one of a channel by the other's number
            named = field if field in ("reason", "notes") else field.translate(swap)
            assert value == expectations[named].translate(swap)
        else:
            expected = expectations[field.translate(swap)]
            np.testing.assert_allclose(value, expected, rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize("reading", [pearson, spearman, kendall, li_icq])
@laws
@given(
    pair=pairs(),
    scale=st.tuples(*[st.sampled_from([-3, -1, 1, 2, 5, 250])] * 2),
    offset=st.tuples(*[st.integers(-40_000, 40_000)] * 2),
)
def test_correlations_know_no_scale_and_no_offset(reading, pair, scale, offset):
    first, second = (image.astype(np.int64) for image in pair)
    expected = reading(first, second)
    found = reading(scale[0] * first + offset[0], scale[1] * second + offset[1])
    sign = np.sign(scale[0] * scale[1])
    if reading is li_icq and sign < 0:  # ties count for neither side: a sign does not mirror it
        return
    assert found.value == pytest.approx(sign * expected.value, rel=1e-14, nan_ok=True)
    assert (found.reason, found.pixels) == (expected.reason, expected.pixels)


@laws
@given(pair=pairs("f8"), scale=st.floats(1e-3, 1e3), offset=st.floats(-4e4, 4e4))
def test_pearson_of_floats_knows_no_offset(pair, scale, offset):
    rng = np.random.default_rng(0)
    first, second = (image + rng.normal(size=image.shape) for image in pair)
    expected = pearson(first, second)
    found = pearson(scale * (first + offset), second - offset)
    assert found.reason == expected.reason
    # the images themselves lose digits to the offset
    assert found.value == pytest.approx(expected.value, abs=1e-8, nan_ok=True)


@laws
@given(pair=pairs("i2", high=40), limits=st.tuples(*[st.integers(-50, 50)] * 4))
def test_bounds(pair, limits):
    t1, t2, b1, b2 = limits
    for scale in (1, 0.1):
        first, second = (scale * image for image in pair)
        gates = {"threshold1": scale * t1, "threshold2": scale * t2}
        grounds = {"background1": scale * b1, "background2": scale * b2}
        for reading, low, high in (
            (pearson, -1, 1), (spearman, -1, 1), (kendall, -1, 1), (li_icq, -0.5, 0.5),
        ):  # fmt: skip
            value = reading(first, second).value
            assert np.isnan(value) or low <= value <= high
        records = [
            manders(first, second, **gates, **grounds),
            rwc(first, second, **gates, **grounds),
        ]
        for record in records:
            for field, value in values(record).items():
                known = not isinstance(value, str) and not np.isnan(value)
                assert not known or -1e-15 <= value <= 1 + 1e-15, field
        moc = overlap(first, second, **grounds).moc
        assert np.isnan(moc) or 0 <= moc <= 1
        for field, value in values(tos(first, second, **gates)).items():
            low = -1 if field.startswith("tos") else 0
            known = not isinstance(value, str) and not np.isnan(value)
            assert not known or low <= value <= 1, field
        information = mutual_information(first, second)
        if not information.reason:
            assert information.mutual_information >= 0
            assert 1 - 1e-12 <= information.normalized <= 2 + 1e-12


@laws
@given(pair=pairs())
def test_a_channel_and_itself(pair):
    first, _ = pair
    if np.ptp(first) and first.size > 2:
        for reading in (pearson, spearman, kendall):
            assert reading(first, first).value == 1.0
        assert regression(first, first).slope == 1.0
        assert overlap(first, first).moc == 1.0
        found = manders(first, first, threshold1=2, threshold2=2)
        assert found.m1 == found.m2 == 1.0
        assert rwc(first, first, threshold1=-1, threshold2=-1).rwc1 == 1.0
        assert mutual_information(first, first).normalized == pytest.approx(2)


@every
@pytest.mark.parametrize("shape", [(0, 3), (1, 1), (1, 2), (3, 3)])
@pytest.mark.parametrize("kind", ["u1", "f8"])
def test_what_is_empty_tiny_or_constant_is_undefined(name, kind, shape):
    image = np.full(shape, 5, kind)
    record = values(READINGS[name](image, image))
    reasons = {field: value for field, value in record.items() if isinstance(value, str)}
    numbers = {f: v for f, v in record.items() if f not in reasons and f not in ("pixels", "bins")}
    if "reason" in record:
        assert record["reason"]
        assert np.isnan(list(numbers.values())).all()
    else:
        defined = [v for f, v in numbers.items() if not f.startswith(("fraction", "tos"))]
        assert np.isnan(defined).all() == (image.size == 0)
    for field in reasons:
        _, _, number = field.partition(" ")
        if number:
            assert bool(reasons[field]) == np.isnan(numbers[number]), field


@every
@laws
@given(pair=pairs("f8"), data=st.data())
def test_pixels_that_are_not_finite_are_left_out(name, pair, data):
    first, second = pair
    bad = [
        data.draw(hnp.arrays(np.float64, first.shape, elements=st.sampled_from([0, 0, 0, *odd])))
        for odd in ([np.nan, np.inf], [np.nan, -np.inf])
    ]
    found = READINGS[name](first + bad[0], second + bad[1])
    assert_same(
        found, READINGS[name](first, second, mask=np.isfinite(bad[0]) & np.isfinite(bad[1]))
    )
