"""Presets where programs have limits: fractions of 1, and CellProfiler's objects."""

import numpy as np
import pytest

from covoxel import measure
from covoxel.analysis.measure.conventions import CONVENTIONS

STEPPING = ("coloc2", "coloc2-bisection", "jacop", "biop-jacop")
SAID = "steps in whole grey levels, but channel 1 has fractions (0 to 0.98), rescale"


@pytest.fixture
def cells(rng):
    """Two channels of fractions that rise together, with a label each half."""
    first = rng.gamma(1.0, 40.0, (40, 30))
    second = 0.5 * first + rng.gamma(1.0, 20.0, first.shape)
    labels = np.ones(first.shape, np.uint8)
    labels[:, 15:] = 2
    return first / first.max() * 0.98, second / second.max() * 0.98, labels


@pytest.mark.slow
@pytest.mark.parametrize("like", CONVENTIONS)
def test_programs_that_step_in_grey_levels_say_so_of_fractions(cells, like):
    first, second, _ = cells
    first = first - first.min()
    first *= 0.98 / first.max()
    row = measure(first, second, like=like, measures="tm1").table.iloc[0]
    for i in (1, 2):
        assert (f"threshold{i}: this program's method {SAID}" in row["notes"]) == (like in STEPPING)
    whole = [np.rint(255 * image) for image in (first, second)]
    assert "grey levels" not in measure(*whole, like=like, measures="tm1").table.iloc[0]["notes"]
    given = {"threshold1": 0.5, "threshold2": 0.5}
    assert (
        "grey" not in measure(first, second, like=like, measures="tm1", **given).table["notes"][0]
    )


def test_each_region_is_told_of_its_own_fractions(cells):
    first, second, labels = cells
    second = np.where(labels == 2, np.rint(255 * second), second)
    first = np.where(labels == 2, np.rint(255 * first), first)
    table = measure(first, second, labels=labels, like="coloc2", measures="tm1").table
    assert table["notes"].str.contains("grey levels").tolist() == [True, False]


def cellprofiler(first, second, labels) -> dict[str, list[float]]:
    """CellProfiler's measures of objects, by its definitions: pixels of all objects are ranked."""
    inside = labels > 0
    a, b, of = first[inside].astype(float), second[inside].astype(float), labels[inside]
    (levels1, rank1), (levels2, rank2) = (np.unique(v, return_inverse=True) for v in (a, b))
    most = max(levels1.size, levels2.size)
    weight = (most - np.abs(rank1 - rank2)) / most
    names = ("tm1_own", "tm2_own", "rwc1", "rwc2", "moc", "k1", "k2")
    out: dict[str, list[float]] = {name: [] for name in names}
    for label in np.unique(of):
        x, y, w = a[of == label], b[of == label], weight[of == label]
        above1, above2 = x >= 0.15 * x.max(), y >= 0.15 * y.max()
        both = above1 & above2
        xx, yy, xy = ((p * q)[both].sum() for p, q in ((x, x), (y, y), (x, y)))
        values = [
            x[both].sum() / x[above1].sum(),
            y[both].sum() / y[above2].sum(),
            (x * w)[both].sum() / x[above1].sum(),
            (y * w)[both].sum() / y[above2].sum(),
            *((xy / np.sqrt(xx * yy), xy / xx, xy / yy) if both.any() else (0, 0, 0)),
        ]
        for name, value in zip(names, values, strict=True):
            out[name].append(value)
    return out


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float64])
def test_objects_as_cellprofiler_measures_them(pair, dtype):
    first, second = pair(24, 30, dtype=dtype)
    labels = np.repeat(np.repeat([[1, 2, 0], [3, 4, 5]], 12, axis=0), 10, axis=1)
    for label in (1, 2, 3):  # many pixels on the thresholds
        inside = labels == label
        first[inside] = np.resize([15, 100, 7, 15, 60], inside.sum())
        second[inside] = np.resize([30, 200, 30, 29, 11, 90, 30], inside.sum())
    first[labels == 4] = np.resize([90, 0], 120)
    second[labels == 4] = np.resize([0, 70], 120)  # nothing is above both
    expected = cellprofiler(first, second, labels)
    table = measure(first, second, labels=labels, like="cellprofiler", measures="all").table
    for name, values in expected.items():
        assert table[name].to_numpy() == pytest.approx(values, rel=1e-12), name
    assert table.loc[3, list(expected)].tolist() == [0] * len(expected)
    assert table["threshold1"].to_numpy()[:4] == pytest.approx([15, 15, 15, 13.5])


def test_an_image_is_ranked_by_itself_and_above_is_strict(pair):
    first, second = pair(24, 30)
    first[:4], second[:4] = 15, 30
    first[5, 5], second[5, 5] = 250, 250
    first, second = np.minimum(first, 100), np.minimum(second, 200)
    a, b = first.astype(float), second.astype(float)
    above1, above2 = a > 0.15 * a.max(), b > 0.15 * b.max()
    row = measure(first, second, like="cellprofiler", measures="manders").table.iloc[0]
    assert row["tm1_own"] == pytest.approx(a[above1 & above2].sum() / a[above1].sum(), rel=1e-12)
    assert row["tm2_own"] == pytest.approx(b[above1 & above2].sum() / b[above2].sum(), rel=1e-12)
