"""What must hold of every table, whatever the images."""

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings, strategies as st
from hypothesis.extra.numpy import arrays

from covoxel import measure
from covoxel.analysis.measure.conventions import CONVENTIONS
from covoxel.analysis.measure.schema import chosen_measures

pytestmark = pytest.mark.slow

METHODS = ["costes", "otsu", "mean", "percentile:60", "top:20", "max:30", "manual:3"]
#: Measures of channel 1 alone, or along the line from it: no counterpart of channel 2.
ONE_SIDED = ("slope", "intercept", "costes_low", "costes_high")

law = settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])

MEASURES = chosen_measures(["all"])


@st.composite
def images(draw: Any, rows: int = 9, columns: int = 7) -> tuple[np.ndarray, np.ndarray]:
    """Two small 8-bit images: related or not, flat or not, with ties."""
    top = draw(st.sampled_from([1, 3, 9, 60]))
    values = arrays(np.uint8, (2, rows, columns), elements=st.integers(0, top))
    first, second = draw(values)
    return first, second + first if draw(st.booleans()) else second


methods = st.sampled_from(METHODS)
likes = st.sampled_from(list(CONVENTIONS))
dtypes = st.sampled_from([np.uint16, np.int16, np.uint32, np.int64, np.float32, np.float64])


def swapped(name: str) -> str:
    return name.translate(str.maketrans("12", "21"))


@law
@given(images(), st.sampled_from(METHODS[1:]), st.sampled_from(METHODS[1:]))
def test_swapping_channels_swaps_columns(pair, method1, method2):
    first, second = pair
    options = {"measures": "all", "background1": 1, "background2": 2}
    one = measure(first, second, threshold1=method1, threshold2=method2, **options).table
    options |= {"background1": 2, "background2": 1}
    other = measure(second, first, threshold1=method2, threshold2=method1, **options).table
    for column in MEASURES:
        if column.name in ONE_SIDED:
            continue
        here, there = one.loc[0, column.name], other.loc[0, swapped(column.name)]
        assert here == pytest.approx(there, rel=1e-9, abs=1e-12, nan_ok=True), column.name


@law
@given(images(), methods, likes, st.integers(0, 5), st.integers(1, 4))
def test_mask_is_crop(results, pair, method, like, start, size):
    where = slice(start, start + size), slice(1, 6)
    mask = np.zeros(pair[0].shape, np.bool_)
    mask[where] = True
    options = {
        "measures": "all",
        "threshold_scope": "region",
        "threshold1": method,
        "threshold2": method,
        "like": like,
    }
    masked = measure(*pair, mask=mask, **options).table
    cropped = measure(*(image[where] for image in pair), **options).table
    assert results(masked).equals(results(cropped))


@law
@given(images(), methods, likes, arrays(np.uint8, (9, 7), elements=st.integers(0, 3)))
def test_labels_are_a_loop_over_masks(results, pair, method, like, labels):
    assume(like != "cellprofiler")  # it measures objects otherwise than images
    options = {
        "measures": "all",
        "threshold_scope": "region",
        "threshold1": method,
        "threshold2": method,
        "background1": "mode",
        "like": like,
    }
    table = measure(*pair, labels=labels, **options).table
    assert table["label"].tolist() == sorted(set(labels.ravel()) - {0})
    for at, label in enumerate(table["label"]):
        alone = measure(*pair, mask=labels == label, **options).table
        here = results(table.iloc[[at]]).reset_index(drop=True)
        for name in here.columns:
            one, other = here.loc[0, name], results(alone).loc[0, name]
            if isinstance(one, str):
                assert one == other, name
            else:
                assert one == pytest.approx(other, rel=1e-12, abs=1e-15, nan_ok=True), name


@law
@given(images(), methods, likes, dtypes)
def test_data_type_changes_nothing(results, pair, method, like, dtype):
    clamped = like in ("coloc2", "coloc2-bisection", "biop-jacop")
    assume(not (clamped and method == "costes"))  # they clamp to the data type, by intent
    measures = [column.name for column in MEASURES if not (clamped and column.group == "costes")]
    options = {"measures": measures, "threshold1": method, "threshold2": method, "like": like}
    bytes_ = measure(*pair, **options).table
    others = measure(*(image.astype(dtype) for image in pair), **options).table
    assert results(bytes_).equals(results(others))


@law
@given(images(), methods, likes, arrays(np.uint8, (9, 7), elements=st.integers(0, 4)))
def test_every_empty_cell_has_its_reason(pair, method, like, labels):
    table = measure(
        *pair,
        labels=labels,
        measures="all",
        threshold1=method,
        threshold2=method,
        threshold_scope="region",
        like=like,
    ).table
    columns = ["threshold1", "threshold2", *(column.name for column in MEASURES)]
    for _, row in table.iterrows():
        reasons = dict(part.split(": ", 1) for part in row["notes"].split("; "))
        empty = [name for name in columns if np.isnan(row[name])]
        assert set(empty) == set(reasons) & set(columns)
        assert "undefined" not in reasons.values()


@law
@given(images(), methods, likes)
def test_bounds(pair, method, like):
    row = measure(
        *pair, measures="all", threshold1=method, threshold2=method, like=like
    ).table.iloc[0]
    for column in MEASURES:
        value = row[column.name]
        if np.isnan(value) or column.group in ("regression", "costes", "intensity"):
            continue
        low, high = 0.0, 1.0
        if column.group in ("correlation", "ranks") or column.name.startswith(("spear", "tos")):
            low = -1.0
        if column.name.startswith("icq"):
            low, high = -0.5, 0.5
        if column.name.startswith(("k1", "k2", "mutual", "nmi")):
            high = np.inf
        assert low <= value <= high, (column.name, value)
