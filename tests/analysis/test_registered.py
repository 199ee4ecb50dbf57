"""Measured with a registration: the numbers of the moved channel, on what it covers."""

from dataclasses import replace

import numpy as np
import pytest

from covoxel import measure, simulate_pair
from covoxel.analysis.measure.schema import table_columns
from covoxel.registration import Registration
from covoxel.thresholds.rolling import without_rolling_ball

from .moved import SHIFT, moved, numbers


@pytest.fixture(scope="module")
def images():
    simulated = simulate_pair(offset=(4.3, -3), shape=(96, 96), n_frames=2, rng=1)
    return simulated.channel1, simulated.channel2


@pytest.fixture(scope="module")
def registration():
    return Registration.from_shift(SHIFT, (96, 96), (0.1, 0.1))


OPTIONS = [
    {},
    {"threshold1": "otsu", "threshold2": "otsu", "measures": "all"},
    {"threshold1": "li", "threshold2": "li", "threshold_scope": "region"},
    {"background1": "mode", "background2": "percentile:5"},
    {"pool_time": True},
    {"like": "coloc2"},
]


@pytest.mark.slow
@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: " ".join(options) or "default")
def test_the_numbers_of_the_moved_channel(images, registration, options):
    first, second = images
    mask = np.zeros((96, 96), np.bool_)
    mask[5:70, :80] = True
    for region in ({}, {"mask": mask}, {"labels": mask + 2 * (np.arange(96) > 70)}):
        found = measure(first, second, registration=registration, **region, **options).table
        expected = measure(first, moved(registration, second), **region, **options).table
        np.testing.assert_array_equal(numbers(found), numbers(expected))


def test_pearson_before_and_after(images, registration):
    found = measure(*images, registration=registration, measures="pearson").table
    in_place = measure(*images, measures="pearson").table
    assert found["pearson_before"].tolist() == in_place["pearson"].tolist()
    assert (found["pearson"] > found["pearson_before"] + 0.3).all()
    assert found[["shift_y", "shift_x"]].to_numpy().tolist() == [list(SHIFT)] * 2
    assert "shift_z" not in found
    assert found["dropped"].tolist() == [96 * 96 - 91 * 93] * 2
    assert found["pixels"].tolist() == [91 * 93] * 2
    assert not {"shift_y", "pearson_before"} & set(in_place)
    known = [column.name for column in table_columns([], registered=True)]
    assert [name for name in known if name in found] == [n for n in found if n != "pearson"]


def test_backgrounds_are_filtered_first(images, registration):
    found = measure(*images, registration=registration, background2="rolling:8", t=0).table
    expected = moved(registration, without_rolling_ball(images[1], 8))
    wanted = measure(images[0], expected, t=0).table
    assert found["pearson"].tolist() == wanted["pearson"].tolist()
    assert found["pearson"].tolist() != found["pearson_before"].tolist()


def test_a_plane_of_a_stack_is_registered_along_z_too():
    stack = simulate_pair(offset=(0, 2, -1), shape=(4, 64, 64), shared_fraction=1, rng=0)
    solid = Registration.from_shift((1, -2, 1), (4, 64, 64), stack.channel1.spacing)
    table = measure(stack.channel1, stack.channel2, registration=solid, z=0).table
    assert table[["shift_z", "shift_y", "shift_x", "pixels"]].to_numpy().tolist() == [[1, -2, 1, 0]]


def test_saturation_is_seen_where_it_was(images, registration):
    data = images[1].data.copy()
    data[:, 20:40, 20:40] = 65535
    table = measure(images[0], replace(images[1], data=data), registration=registration).table
    assert table["saturated2"].tolist() == pytest.approx([400 / 96**2] * 2)


def test_masks_of_a_registered_table(images, registration):
    result = measure(*images, registration=registration, threshold1="otsu", threshold2="otsu")
    (mask,), table = result.colocalized(), result.table
    expected = moved(registration, images[1])
    for t in range(2):
        row = table.iloc[t]
        above = (images[0].read(t) > row["threshold1"]) & (expected.read(t) > row["threshold2"])
        np.testing.assert_array_equal(mask.read(t), np.where(above, 255, 0))
