"""Every analysis takes the same regions, and says the same of those without pixels."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

import covoxel as cx
from covoxel.analysis.notes import notes_text

SHAPE = (64, 72)


@pytest.fixture(scope="module")
def images():
    rng = np.random.default_rng(0)
    light = gaussian_filter(rng.gamma(1, 1, SHAPE), 2)
    first = 1000 * light + rng.normal(0, 5, SHAPE)
    return first, 900 * np.roll(light, 1, axis=1) + rng.normal(0, 5, SHAPE)


@pytest.fixture(scope="module")
def series(images):
    return tuple(
        np.stack([image + np.random.default_rng(t).normal(0, 5, SHAPE) for t in range(12)])
        for image in images
    )


LABELS = np.zeros(SHAPE, np.uint16)
LABELS[4:30, 4:60], LABELS[36:60, 4:60] = 3, 9
UPPER = np.zeros(SHAPE)
UPPER[:33] = 1

ROWS = {
    "measure": lambda pair, _, **kw: (
        cx.measure(*pair, measures="all", threshold1="otsu", **kw).table
    ),
    "distance": lambda pair, _, **kw: cx.measure_distance(*pair, intervals=False, **kw).table,
    "ccf": lambda pair, _, **kw: cx.measure_ccf(*pair, max_shift=4, **kw).table,
    "delay": lambda _, series, **kw: cx.measure_delay(*series, axes="TYX", **kw).table,
    "map_means": lambda pair, _, **kw: cx.analysis.map_means(pair[0], **kw),
}
WHOLE = {
    "register": lambda pair, **kw: cx.registration.register(*pair, max_shift=4, **kw).shift,
    "register_channels": lambda pair, **kw: cx.register_channels(*pair, max_shift=4, **kw).table,
    "measure_field": lambda pair, **kw: cx.measure_field(*pair, tile=24, max_shift=4, **kw).table,
    "map_channels": lambda pair, **kw: cx.map_channels(*pair, radius=3, **kw).image.read(),
    "compare_channels": lambda pair, **kw: cx.compare_channels(*pair, **kw).table,
    "local_correlation": lambda pair, **kw: cx.local.local_correlation(*pair, radius=3, **kw),
    "channel_shift": lambda pair, **kw: cx.quality.channel_shift(*pair, **kw),
    "threshold": lambda pair, **kw: cx.thresholds.threshold(pair[0], "otsu", **kw),
    "correlogram": lambda pair, **kw: cx.correlation.correlogram(
        *pair, max_shift=3, **kw
    ).covariance(),
}


def alike(found, expected):
    if hasattr(expected, "equals"):
        return found.drop(columns="settings", errors="ignore").equals(
            expected.drop(columns="settings", errors="ignore")
        )
    if isinstance(expected, np.ndarray):
        return np.array_equal(found, expected, equal_nan=True)
    return found == expected


@pytest.mark.slow
@pytest.mark.parametrize("name", ROWS)
def test_labels_of_any_kind_give_the_same_rows(images, series, name):
    expected = ROWS[name](images, series, labels=LABELS)
    assert expected["label"].unique().tolist() == [3, 9]
    for labels in (
        LABELS.astype(np.float32),
        np.where(LABELS > 0, LABELS, np.nan),
        np.ma.masked_array(np.maximum(LABELS, 1), LABELS == 0),
    ):
        assert alike(ROWS[name](images, series, labels=labels), expected)
    one = ROWS[name](images, series, labels=LABELS > 0)
    assert one["label"].unique().tolist() == [1]


@pytest.mark.slow
@pytest.mark.parametrize("name", ROWS)
def test_a_label_that_the_mask_empties_keeps_its_row(images, series, name):
    found = ROWS[name](images, series, labels=LABELS, mask=UPPER)
    kept = ROWS[name](images, series, labels=np.where(LABELS == 3, 3, 0))
    upper = found[found["label"] == 3].reset_index(drop=True)
    for column in ("pixels", "distance", "peak", "delay", "mean", "minimum1"):
        if column in kept:
            np.testing.assert_allclose(
                upper[column].astype(float), kept[column].astype(float), atol=1e-9
            )
    lower = found[found["label"] == 9]
    assert len(lower) == 1
    assert "no pixels" in lower["notes"].iloc[0]


@pytest.mark.parametrize("name", ROWS)
def test_labels_without_any_are_no_rows(images, series, name):
    table = ROWS[name](images, series, labels=np.zeros(SHAPE, np.uint8))
    assert table.empty
    assert {"t", "label", "notes"} <= set(table.columns)


@pytest.mark.slow
@pytest.mark.parametrize("name", ROWS)
def test_shapes_are_rows_that_may_overlap(images, series, name):
    squares = [
        [[y, x], [y, x + 40], [y + 26, x + 40], [y + 26, x]] for y, x in ((30, 20), (4, 4), (20, 9))
    ]
    found = ROWS[name](images, series, shapes=squares)
    assert found["label"].unique().tolist() == [1, 2, 3]
    alone = ROWS[name](images, series, shapes=squares[1:2])
    for column in ("pixels", "pearson", "combined", "peak", "delay", "mean"):
        if column in found:
            second = found[found["label"] == 2].reset_index(drop=True)
            assert second[column].equals(alone[column])


@pytest.mark.slow
@pytest.mark.parametrize("name", WHOLE)
def test_masks_of_any_kind_give_the_same(images, name):
    inside = UPPER > 0
    expected = WHOLE[name](images, mask=inside)
    for mask in (
        UPPER,
        np.where(inside, 1, np.nan).astype(np.float32),
        LABELS.dtype.type(7) * inside,
        np.ma.masked_array(np.ones(SHAPE), ~inside),
    ):
        assert alike(WHOLE[name](images, mask=mask), expected)


@pytest.mark.slow
def test_of_a_region_without_a_finite_pixel_every_measure_says_so(images):
    first, second = images
    lost = np.where(LABELS == 9, np.nan, first)
    result = cx.measure(lost, second, labels=LABELS, measures="all")
    table, notes = result.table, dict(result.remarks["notes"][1])
    for name, rows in result.remarks.items():
        assert [notes_text(row) for row in rows] == table[name].tolist()
    missing = [name for name in table if table[name].isna()[1] and name not in ("z", "area_um2")]
    assert len(missing) > 40
    assert {name: notes.get(name) for name in missing} == dict.fromkeys(missing, "no pixels")


def test_nan_outside_of_a_mask_is_outside():
    rng = np.random.default_rng(4)
    first, second = rng.random((2, 64, 64))
    square = np.zeros((64, 64), bool)
    square[10:30, 20:40] = True
    second[square] = first[square]
    mask = np.where(square, 1, np.nan)
    table = cx.measure(first, second, mask=mask, measures="pearson").table
    assert table["pixels"].tolist() == [400]
    assert table["pearson"][0] == pytest.approx(1, abs=1e-12)
    assert cx.intensity.pearson(first, second, mask=mask).pixels == 400
    assert cx.similarity.compare_images(first, second, mask=mask, measures="pearson").pixels == 400
