"""What is read of many regions at once is, to the last digit, what is read of each alone."""

from dataclasses import astuple
from functools import partial

import numpy as np
import pytest

from covoxel.intensity import cells as cells_module
from covoxel.intensity.co_occurrence import manders
from covoxel.intensity.histogram import joint_histogram
from covoxel.intensity.information import mutual_information
from covoxel.intensity.linear_correlation import li_icq
from covoxel.intensity.marginal import marginal
from covoxel.intensity.ranks import kendall, rwc, spearman

READINGS = [
    *(spearman, kendall, mutual_information, li_icq),
    *(partial(each, threshold1=90, threshold2=110) for each in (manders, rwc)),
]


def arrays(record):
    """What a record holds; what is a dict is taken apart."""
    for value in astuple(record):
        yield from value.values() if isinstance(value, dict) else (value,)


@pytest.mark.parametrize("sizes", [[17], [0, 3, 0, 9, 4, 0], [4, 4], [0], [5, 0, 0]])
def test_values_are_repeated_piece_by_piece_as_at_once(monkeypatch, sizes):
    monkeypatch.setattr(cells_module, "_REPEATED", 4)
    values = np.arange(len(sizes), dtype=np.float32) + 7
    repeated = cells_module.repeated(values, np.concatenate([[0], np.cumsum(sizes)]))
    np.testing.assert_array_equal(repeated, np.repeat(values, sizes), strict=True)


@pytest.mark.slow
@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("dtype", ["u2", "f4"])
def test_each_of_many_regions_is_as_alone(monkeypatch, reading, dtype):
    monkeypatch.setattr(cells_module, "_BUNCH", 500)
    rng = np.random.default_rng(0)
    first, second = rng.poisson(100, (2, 90, 90)).astype(dtype)
    second += first // 2
    sizes = np.array([1, 2, 3, 40, 200, 900, 5000])
    labels = np.repeat(np.arange(sizes.size), sizes)
    labels = rng.permutation(np.append(labels, np.arange(7, 8100 - labels.size + 7) // 50 + 7))
    labels = labels.reshape(first.shape)
    together = list(arrays(reading(first, second, labels=labels + 1)))
    for region, label in enumerate(np.unique(labels)):
        alone = arrays(reading(first, second, mask=labels == label))
        for found, expected in zip(together, alone, strict=True):
            np.testing.assert_array_equal(found[region], expected)


def test_extremes_pass_over_levels_that_do_not_occur():

    first = np.array([[5, 9, 9, 300, 2, 7]], np.uint16)
    labels = np.array([[1, 1, 1, 2, 3, 3]])
    histogram = joint_histogram(first, first, labels=labels).above([0, 400, 2], 0)
    (group,) = histogram.groups()
    lowest, highest = marginal(histogram, group, 1).extremes()
    np.testing.assert_array_equal(lowest, [5, np.nan, 7])
    np.testing.assert_array_equal(highest, [9, np.nan, 7])
