"""Delays of labels in time series as tables."""

import numpy as np
import pytest

from covoxel import Channel, measure_delay
from covoxel.analysis.delay import DELAY_COLUMNS
from covoxel.analysis.schema import SHIFTS
from covoxel.correlation import delay

pytestmark = pytest.mark.slow

#: By how many frames channel 2 is later, by label; of the last the channels are independent.
LATER = {3: 0, 5: 2, 40: -3, 700: None}
FRAMES, STEP = 60, 2.5


@pytest.fixture(scope="module")
def labels():
    found = np.zeros((12, 20), np.uint16)
    for row, label in enumerate(LATER):
        found[3 * row : 3 * row + 2, 2:15] = label
    return found


@pytest.fixture(scope="module")
def series(labels):
    rng = np.random.default_rng(3)
    images = rng.normal(100, 3, (2, FRAMES, *labels.shape))
    for label, frames in LATER.items():
        light = rng.gamma(2, 20, (2, FRAMES + 20))
        first = light[0, 10 : 10 + FRAMES]
        second = light[1, :FRAMES] if frames is None else light[0, 10 - frames :][:FRAMES]
        images[0][:, labels == label] += first[:, None]
        images[1][:, labels == label] += second[:, None]
    return [
        Channel(image, "TYX", time_step=STEP, name=name)
        for image, name in zip(images, ("calcium", "actin"), strict=True)
    ]


@pytest.fixture(scope="module")
def found(series, labels):
    return measure_delay(*series, labels=labels)


def test_the_truth_is_found(found):
    table = found.table.set_index("label")
    for label, frames in LATER.items():
        row = table.loc[label]
        if frames is None:
            assert np.isnan(row["delay"])
            assert row["notes"] == "delay: no peak rises above independent traces"
            continue
        assert row["delay"] == pytest.approx(frames * STEP, abs=0.3)
        assert row["delay_low"] <= frames * STEP + 0.3
        assert row["delay_high"] >= frames * STEP - 0.3
        assert row["correlation"] > row["null"]
    assert table["unit"].unique().tolist() == ["s"]
    assert table["t"].isna().all()


def test_rows_are_the_delays_of_mean_intensities(series, labels, found):
    assert list(found.table.columns) == [c.name for c in DELAY_COLUMNS if c not in SHIFTS]
    assert found.table["label"].tolist() == sorted(LATER)
    for number, label in enumerate(sorted(LATER)):
        means = [channel.data[:, labels == label].mean(axis=1) for channel in series]
        expected = delay(*means, time_step=STEP)
        row = found.table.iloc[number]
        ours = row[["delay", "delay_low", "delay_high", "correlation", "null"]].astype(float)
        theirs = [getattr(expected, name) for name in ours.index]
        np.testing.assert_allclose(ours, theirs, rtol=1e-9)
        one = found.traces[found.traces["label"] == label]
        np.testing.assert_allclose(one[["mean1", "mean2"]], np.transpose(means))
        np.testing.assert_allclose(found.found[number].curve, expected.curve)
        points = found.curves[found.curves["label"] == label]["correlation"]
        np.testing.assert_allclose(points, expected.curve)


def test_a_series_is_read_frame_by_frame(series, labels, found):
    class Lazy:
        shape, dtype, largest = series[0].shape, series[0].dtype, 0

        def __init__(self, data):
            self._data = data

        def __getitem__(self, key):
            block = self._data[key]
            Lazy.largest = max(Lazy.largest, block.size)
            return block

    lazy = [channel.with_data(Lazy(channel.data)) for channel in series]
    table = measure_delay(*lazy, labels=labels).table
    assert table.equals(found.table)
    assert Lazy.largest <= labels.size


def test_labels_that_come_and_go(series, labels):
    timed = np.repeat(labels[None], FRAMES, axis=0)
    timed[:20][:, labels == 5] = 0
    timed[8:][:, labels == 3] = 0
    table = measure_delay(*series, labels=timed).table.set_index("label")
    assert table["frames"].to_dict() == {3: 8, 5: 40, 40: 60, 700: 60}
    assert table.loc[5, "delay"] == pytest.approx(2 * STEP, abs=0.5)
    assert table.loc[3, "notes"] == "delay: fewer than 10 frames"


def test_the_time_step_asked_for_wins_and_an_unknown_one_is_said(series, labels):
    one = measure_delay(*series, mask=labels == 5, time_step=10.0).table.iloc[0]
    assert one["delay"] == pytest.approx(20, abs=1)
    assert (one["time_step"], one["label"]) == (10, 1)
    table = measure_delay(*(c.data for c in series), axes="TYX", mask=labels == 5).table
    assert table["delay"][0] == pytest.approx(2, abs=0.1)
    assert table["unit"][0] == "frames"
    assert "the time step is unknown" in table["notes"][0]
