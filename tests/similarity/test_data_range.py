"""What intensities are measured against: stated, and the same for all data types."""

import math

import numpy as np
import pytest

from covoxel.similarity.data_range import data_range_of, extremes

CASES = [
    ([0, 1], "?", 1, "1 bit", 2),
    ([0, 255], "u1", 255, "8 bits", 256),
    ([0, 200], "u2", 255, "8 bits", 256),
    ([90, 900], "u2", 1023, "10 bits", 256),
    ([90, 3900], "u2", 4095, "12 bits", 256),
    ([90, 3900], "f4", 4095, "12 bits", 256),
    ([90, 4096], "u2", 16383, "14 bits", 256),
    ([0, 65535], "u2", 65535, "16 bits", 256),
    ([0, 65536], "i4", 2**32 - 1, "32 bits", 256),
    ([-5, 10], "i2", 15, "extremes of both", 256),
    ([0.25, 0.75], "f8", 0.5, "extremes of both", 256),
]


@pytest.mark.parametrize(("values", "dtype", "data_range", "source", "bins"), CASES)
def test_found(values, dtype, data_range, source, bins):
    span = data_range_of(extremes([np.array(values, dtype)]))
    assert (span.data_range, span.source, span.bins) == (data_range, source, bins)
    assert span.low <= min(values)
    assert span.high >= max(values)


def test_given():
    found = extremes([np.array([90, 3900], np.uint16)])
    assert data_range_of(found, bits=16).data_range == 65535
    assert data_range_of(found, bits=16).source == "16 bits, as given"
    span = data_range_of(found, data_range=500)
    assert (span.data_range, span.low, span.high) == (500, 0, 3900)


@pytest.mark.parametrize(
    ("values", "noted"),
    [
        ([0.0, 0.85], True),
        ([0.25, 0.75], True),
        ([0.0, 0.5, 1.0], False),  # the range is 1
        ([0.0, 1.5], False),
        ([-0.1, 0.5], False),
        ([0.0, 1.0], False),  # a mask
        ([0, 200], False),
    ],
)
def test_fractions_are_noted(values, noted):
    found = extremes([np.array(values)])
    assert ("data_range=1" in data_range_of(found).note) == noted
    assert not data_range_of(found, data_range=1).note


def test_blocks_are_as_one_image():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(7, 5))
    values[2, 2] = np.nan
    assert extremes(values) == extremes([values])


def test_nothing_tells():
    assert math.isnan(data_range_of(extremes([])).data_range)
    assert math.isnan(data_range_of(extremes([np.full(3, 2.5)])).data_range)
