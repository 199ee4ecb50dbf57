"""The mask of what is above both thresholds, against brute force."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest

from covoxel import Channel, measure
from covoxel.analysis import colocalized
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
            limits[t, z, row["label"]] = row["threshold_1"], row["threshold_2"]
    out = np.zeros(labels.shape, np.uint8)
    for at in np.ndindex(labels.shape):
        found = limits.get((at[0], at[1], labels[at]))
        if labels[at] and found:
            first, second = (channel.data[at] for channel in shots)
            out[at] = 255 * (first > found[0] and second > found[1])
    return out


@pytest.mark.parametrize("per_z", [False, True])
@pytest.mark.parametrize("pool_time", [False, True])
@pytest.mark.parametrize("scope", ["image", "region"])
def test_labels_planes_and_time(shots, labels, per_z, pool_time, scope):
    table = measure(
        *shots,
        labels=labels,
        per_z=per_z,
        pool_time=pool_time,
        threshold_scope=scope,
        threshold_1="otsu",
        threshold_2="mean",
        measures="tm1",
    )
    found = colocalized(table, *shots, labels=labels)
    expected = brute(table, shots, labels)
    assert expected.any()
    assert np.array_equal(np.asarray(found.data), expected)
    assert (found.axes, found.spacing, found.time_step) == ("TZYX", (0.3, 0.1, 0.1), 2.0)


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
    table = measure(*shots, labels=labels, threshold_1=40, threshold_2="mean", measures="tm1")
    data = colocalized(table, *shots, labels=labels).data
    assert np.array_equal(data[key], np.asarray(data)[key])


def test_only_what_was_measured(shots):
    table = measure(*shots, t=1, z=2, threshold_1=40, threshold_2=40, measures="tm1")
    found = np.asarray(colocalized(table, *shots).data)
    first, second = (channel.data for channel in shots)
    expected = np.zeros_like(found)
    expected[1, 2] = 255 * ((first[1, 2] > 40) & (second[1, 2] > 40))
    assert np.array_equal(found, expected)


def test_mask_and_overlapping_shapes(pair):
    first, second = pair(20, 16)
    options = {"threshold_1": "otsu", "threshold_2": 30, "threshold_scope": "region"}
    mask = np.zeros((20, 16), bool)
    mask[3:15, 3:9] = True
    table = measure(first, second, mask=mask, **options)
    above = (first > table.loc[0, "threshold_1"]) & (second > 30) & mask
    assert np.array_equal(colocalized(table, first, second, mask=mask).read() > 0, above)
    shapes = [[(2, 2), (2, 9), (9, 9), (9, 2)], [(4, 4), (4, 15), (15, 4)]]
    table = measure(first, second, shapes=shapes, **options)
    single = [
        colocalized(
            measure(first, second, shapes=[shape], **options), first, second, shapes=[shape]
        )
        for shape in shapes
    ]
    both = colocalized(table, first, second, shapes=shapes).read()
    assert np.array_equal(both, np.maximum(*(one.read() for one in single)))


def test_rolling_ball_is_taken_off_before(pair):
    first, second = pair(20, 16)
    table = measure(first, second, background_1="rolling:4", threshold_1=40, threshold_2=30)
    flat = without_rolling_ball(Channel(first, "YX"), 4).read()
    found = colocalized(table, first, second).read()
    assert np.array_equal(found > 0, (flat > 40) & (second > 30))
    assert not np.array_equal(found > 0, (first > 40) & (second > 30))


def test_missing_threshold_leaves_nothing(pair):
    first, second = pair(20, 16)
    table = measure(first, 255 - second, measures="tm1", threshold_1="costes")
    assert table["threshold_1"].isna().all()
    assert not colocalized(table, first, 255 - second).read().any()
    assert not colocalized(table.iloc[:0], first, second).read().any()


def test_the_pair_is_found_among_several(pair):
    images = [*pair(20, 16), pair(20, 16, seed=4)[0]]
    options = {"threshold_1": "otsu", "threshold_2": "otsu", "measures": "tm1"}
    named = [Channel(image, "YX", name=name) for image, name in zip(images, "abc", strict=True)]
    table = measure(named, **options)
    alone = measure(images[0], images[2], **options)
    expected = colocalized(alone, images[0], images[2]).read()
    assert np.array_equal(colocalized(table, named[0], named[2]).read(), expected)
    with pytest.raises(ValueError, match="images without names; the table holds a with b"):
        colocalized(table, images[0], images[2])
    with pytest.raises(ValueError, match="are c with a; the table holds a with b"):
        colocalized(table, named[2], named[0])
