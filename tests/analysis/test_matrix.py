"""All pairs as a matrix."""

import numpy as np
import pytest

from covoxel import Channel, measure
from covoxel.analysis import correlation_matrix


@pytest.fixture
def channels(pair):
    images = [*pair(3, 20, 16), pair(3, 20, 16, seed=4)[0]]
    return [
        Channel(image, "TYX", name=name)
        for image, name in zip(images, ("dapi", "actin", "golgi"), strict=True)
    ]


@pytest.mark.slow
def test_correlations(channels):
    table = measure(channels, measures="pearson,spearman,tm1,tm2,nmi", pool_time=True).table
    matrix = correlation_matrix(table)
    assert list(matrix.index) == list(matrix.columns) == ["dapi", "actin", "golgi"]
    pixels = [channel.data.ravel() for channel in channels]
    assert matrix.to_numpy() == pytest.approx(np.corrcoef(pixels), rel=1e-12)
    assert np.diag(correlation_matrix(table, "spearman")).tolist() == [1, 1, 1]
    assert np.isnan(np.diag(correlation_matrix(table, "nmi"))).all()
    shares = correlation_matrix(table, "tm1")
    assert shares.loc["dapi", "golgi"] == table.loc[1, "tm1"]
    assert shares.loc["golgi", "dapi"] == table.loc[1, "tm2"]
    assert correlation_matrix(table, "tm2").equals(shares.T)


def test_one_time_point(channels):
    table = measure(channels, measures="pearson").table
    second = correlation_matrix(table, t=1)
    frame = [channel.data[1].ravel() for channel in channels]
    assert second.to_numpy() == pytest.approx(np.corrcoef(frame), rel=1e-12)
    with pytest.raises(ValueError, match="dapi with actin has 3 rows; choose one by t="):
        correlation_matrix(table)
    with pytest.raises(ValueError, match="dapi with actin has 0 rows"):
        correlation_matrix(table, t=7)


def test_one_label(channels):
    labels = np.repeat([3, 8], 10)[:, None] * np.ones((1, 16), int)
    table = measure(channels, labels=labels, measures="pearson").table
    found = correlation_matrix(table, t=0, label=8)
    frame = [channel.data[0, 10:].ravel() for channel in channels]
    assert found.to_numpy() == pytest.approx(np.corrcoef(frame), rel=1e-12)


def test_unknown_column(channels):
    table = measure(channels, measures="pearson", t=0).table
    with pytest.raises(ValueError, match="column is 'icq'; the measures of this table are pearson"):
        correlation_matrix(table, "icq")
