"""The mask of what is above both thresholds, against brute force."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from covoxel import Channel, measure
from covoxel.thresholds.rolling import without_rolling_ball


@pytest.fixture
def shots(pair):
    return [
        Channel(image, "TZYX", spacing=(0.3, 0.1, 0.1), time_step=2.0, name=name)
        for image, name in zip(pair(3, 4, 20, 16), ("actin", "dapi"), strict=True)
    ]


@pytest.fixture
def labels():
    found = np.zeros((3, 4, 20, 16), np.uint16)
    found[:, :, 2:9, 2:9], found[1:, 1:3, 10:19, 3:14], found[0, 0, 12:, 9:] = 5, 2, 40_000
    return found


def brute(table, shots, labels):
    """Pixel by pixel: the row of its label, plane and time point decides."""
    limits = {}
    for _, row in table.iterrows():
        frames = range(3) if row["t"] is pd.NA else [row["t"]]
        planes = range(4) if row["z"] is pd.NA else [row["z"]]
        for t, z in product(frames, planes):
            limits[t, z, row["label"]] = row["threshold1"], row["threshold2"]
    out = np.zeros(labels.shape, np.uint8)
    for at in np.ndindex(labels.shape):
        found = limits.get((at[0], at[1], labels[at]))
        if labels[at] and found:
            first, second = (channel.data[at] for channel in shots)
            out[at] = 255 * (first > found[0] and second > found[1])
    return out


@pytest.mark.slow
@pytest.mark.parametrize("per_plane", [False, True])
@pytest.mark.parametrize("pool_time", [False, True])
@pytest.mark.parametrize("scope", ["image", "region"])
def test_labels_planes_and_time(shots, labels, per_plane, pool_time, scope):
    result = measure(
        *shots,
        labels=labels,
        per_plane=per_plane,
        pool_time=pool_time,
        threshold_scope=scope,
        threshold1="otsu",
        threshold2="mean",
        measures="tm1",
    )
    (found,) = result.colocalized()
    expected = brute(result.table, shots, labels)
    assert expected.any()
    assert np.array_equal(np.asarray(found.data), expected)
    assert (found.axes, found.spacing, found.time_step) == ("TZYX", (0.3, 0.1, 0.1), 2.0)


@pytest.mark.slow
@pytest.mark.parametrize(
    "key",
    [
        (1,),
        (slice(0, 2), 3),
        (2, slice(1, 3), slice(4, 9)),
        (0, 1, 2, 3),
        (slice(None, None, 2), slice(None), 5),
        (slice(None), slice(2, 3), slice(None), slice(3, 9)),
    ],
    ids=str,
)
def test_parts_are_parts_of_the_whole(shots, labels, key):
    result = measure(*shots, labels=labels, threshold1=40, threshold2="mean", measures="tm1")
    for intensities in (False, True):
        data = result.colocalized(intensities=intensities)[0].data
        assert np.array_equal(data[key], np.asarray(data)[key])


def test_intensities_are_the_geometric_mean_of_both(pair):
    first, second = pair(20, 16)
    result = measure(first, second, threshold1=40, threshold2=30, measures="tm1")
    found = result.colocalized(intensities=True)[0].read()
    above = (first > 40) & (second > 30)
    expected = np.sqrt(first.astype(float) * second) * above
    assert above.any()
    assert not above.all()
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_mask_and_overlapping_shapes(pair):
    first, second = pair(20, 16)
    options = {"threshold1": "otsu", "threshold2": 30, "threshold_scope": "region"}
    mask = np.zeros((20, 16), bool)
    mask[3:15, 3:9] = True
    result = measure(first, second, mask=mask, **options)
    above = (first > result.table.loc[0, "threshold1"]) & (second > 30) & mask
    assert np.array_equal(result.colocalized()[0].read() > 0, above)
    shapes = [[(2, 2), (2, 9), (9, 9), (9, 2)], [(4, 4), (4, 15), (15, 4)]]
    both, *single = (
        measure(first, second, shapes=each, **options).colocalized()[0].read()
        for each in (shapes, shapes[:1], shapes[1:])
    )
    assert np.array_equal(both, np.maximum(*single))


def test_rolling_ball_is_taken_off_before(pair):
    first, second = pair(20, 16)
    result = measure(first, second, background1="rolling:4", threshold1=40, threshold2=30)
    flat = without_rolling_ball(Channel(first, "YX"), 4).read()
    found = result.colocalized()[0].read()
    assert np.array_equal(found > 0, (flat > 40) & (second > 30))
    assert not np.array_equal(found > 0, (first > 40) & (second > 30))


def test_missing_threshold_leaves_nothing(pair):
    first, second = pair(20, 16)
    result = measure(first, 255 - second, measures="tm1", threshold1="costes")
    assert result.table["threshold1"].isna().all()
    assert not result.colocalized()[0].read().any()
