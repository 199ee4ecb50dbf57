"""Tests and intervals as columns of `measure`."""

import math

import numpy as np
import pytest

import covoxel
from covoxel.analysis.measure import significance as measured
from covoxel.significance import correlation_test, manders_test

COLUMNS = ["pearson_low", "pearson_high", "pearson_n_eff", "pearson_p", "pearson_p_fine"]


@pytest.fixture(scope="module")
def pair():
    return covoxel.simulate_pair(
        n_cells=2, shape=(160, 160), n_spots1=80, n_shared=40, background=20, rng=3
    )


@pytest.fixture(scope="module")
def eight(pair):
    """The labels of eight parts of the image."""
    rows, columns = np.indices(pair.labels.shape)
    return 1 + 4 * (rows // 80) + columns // 40


def test_a_run_stops_between_regions(pair, eight, monkeypatch):
    tested = []
    test = measured._tested
    monkeypatch.setattr(measured, "_tested", lambda *given: tested.append(0) or test(*given))
    monkeypatch.setattr(measured, "processors", lambda: 2)

    def stop(*_):
        if tested:
            raise covoxel.Cancelled

    with pytest.raises(covoxel.Cancelled):
        covoxel.measure(
            *(pair.channel1, pair.channel2), labels=eight, measures="significance", progress=stop
        )
    assert 1 <= len(tested) <= 4


@pytest.mark.parametrize("room", [1, 3])
def test_threads_have_room_and_change_nothing(pair, eight, room, monkeypatch):
    test, running, most = measured._tested, [], []

    def counted(*given):
        running.append(0)
        most.append(len(running))
        found = test(*given)
        running.pop()
        return found

    def table(processors, budget):
        monkeypatch.setattr(measured, "processors", lambda: processors)
        options = {"labels": eight, "measures": "significance", "memory_budget": budget}
        return covoxel.measure(pair.channel1, pair.channel2, **options).table

    needed = measured._BYTES_A_VOXEL * 82 * 42
    alone = table(1, 8 * needed)
    monkeypatch.setattr(measured, "_tested", counted)
    assert table(4, room * needed + 1).equals(alone)
    assert max(most) <= room
    assert alone["pearson_p"].notna().any()


def test_columns_are_those_of_the_functions(pair):
    table = covoxel.measure(
        pair.channel1,
        pair.channel2,
        labels=pair.labels,
        measures="pearson,tm1,significance",
        background1=15,
        background2=15,
    ).table
    for row in table.itertuples():
        mask = pair.labels == row.label
        found = correlation_test(pair.channel1, pair.channel2, mask=mask)
        assert row.pearson == pytest.approx(found.r, abs=1e-9)
        for name in COLUMNS:
            expected = getattr(found, name.removeprefix("pearson_"))
            assert getattr(row, name) == pytest.approx(expected, rel=1e-6, nan_ok=True), name
        images = [channel.data - 15.0 for channel in (pair.channel1, pair.channel2)]
        limits = {f"threshold{i}": getattr(row, f"threshold{i}") - 15 for i in (1, 2)}
        share, _ = manders_test(*images, mask=mask, spacing=pair.channel1.spacing, **limits)
        assert row.tm1 == pytest.approx(share.value)
        expected = (share.low, share.high, share.p_shift, share.shifts)
        given = (row.tm1_low, row.tm1_high, row.tm1_p_shift, row.shifts)
        assert given == pytest.approx(expected, nan_ok=True)
        assert found.verdict in row.notes


@pytest.mark.slow
def test_a_region_gives_the_same_alone_and_under_any_number(pair):
    def tested(labels):
        images = pair.channel1, pair.channel2
        table = covoxel.measure(*images, labels=labels, measures="significance").table
        return table.set_index("label").drop(columns=["warnings"])

    together = tested(pair.labels)
    swapped = tested(np.array([0, 2, 1], pair.labels.dtype)[pair.labels])
    assert together["pearson_p"].notna().all()
    for own, other in ((1, 2), (2, 1)):
        assert swapped.loc[own].equals(together.loc[other])
        alone = tested(np.where(pair.labels == own, own, 0))
        assert alone.loc[own].equals(together.loc[own])


@pytest.mark.slow
def test_they_are_asked_for_by_name(pair):
    for measures in ("default", "all"):
        table = covoxel.measure(pair.channel1, pair.channel2, measures=measures).table
        assert not set(COLUMNS) & set(table)
    table = covoxel.measure(pair.channel1, pair.channel2, measures="pearson_p").table
    assert "pearson_p" in table
    assert "tm1_p_shift" not in table


def test_planes_and_pooled_time(pair):
    stack = covoxel.simulate_pair(shape=(4, 64, 64), n_spots1=80, n_shared=40, rng=4)
    planes = covoxel.measure(
        stack.channel1, stack.channel2, per_plane=True, measures="pearson,pearson_p,pearson_low"
    ).table
    one = correlation_test(
        stack.channel1.data[2], stack.channel2.data[2], spacing=stack.channel1.spacing[1:]
    )
    assert planes["pearson_p"][2] == pytest.approx(one.p, nan_ok=True)
    frames = covoxel.simulate_pair(shape=(64, 64), n_frames=2, rng=5)
    pooled = covoxel.measure(
        frames.channel1, frames.channel2, pool_time=True, measures="significance"
    ).table.iloc[0]
    assert math.isnan(pooled["pearson_p"])
    assert "pearson_p: time points are pooled" in pooled["notes"]


def test_what_cannot_be_tested_has_a_reason(pair):
    labels = np.where(pair.labels == 1, 1, 0)
    labels[:9, :9] = 7
    row = covoxel.measure(
        pair.channel1, pair.channel2, labels=labels, measures="significance"
    ).table.iloc[1]
    assert math.isnan(row["pearson_p"])
    assert "pearson_p: 81 pixels deeper in the mask" in row["notes"]
    small = covoxel.measure(
        pair.channel1, pair.channel2, measures="significance", memory_budget=1 << 17
    ).table.iloc[0]
    assert "more than memory_budget" in small["notes"]


def test_empty_labels_keep_their_row(pair):
    mask = pair.labels != 2
    table = covoxel.measure(
        pair.channel1, pair.channel2, labels=pair.labels, mask=mask, measures="significance"
    ).table
    assert table["label"].tolist() == [1, 2]
    assert "no pixels" in table["notes"][1]
