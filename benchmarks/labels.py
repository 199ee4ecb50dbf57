"""Many regions at once, against a loop over scikit-image's regionprops."""

from __future__ import annotations

from typing import Any

import numpy as np
from skimage.measure import regionprops

import covoxel
from benchmarks._harness import Row
from benchmarks._images import Pair, tiles, tissue
from covoxel.intensity.areas import areas_of
from covoxel.intensity.co_occurrence import manders_of, overlap_of
from covoxel.intensity.gates import gate
from covoxel.intensity.linear_correlation import pearson_of
from covoxel.intensity.reading import MIN_PIXELS, as_stream

#: All that is compared, as `measure` names it.
_COLUMNS = [
    *("pearson", "pearson_above", "pearson_above_either", "pearson_below"),
    *("m1", "m2", "tm1", "tm2", "tm1_own", "tm2_own", "tm1_both", "tm2_both"),
    *("moc", "k1", "k2", "area_fraction1", "area_fraction2", "area_fraction_both"),
    *("intensity_fraction1", "intensity_fraction2", "jaccard", "dice"),
]


def _labelled(pair: Pair) -> tuple[Pair, Any]:
    del pair
    return tissue(), tiles(tissue().image1.shape, 16, 13)


def _sums(given: tuple[Pair, Any]) -> Any:
    pair, labels = given
    pixels = as_stream(pair.image1, pair.image2, None, labels)
    sums = gate(pixels.regions.size, pair.threshold, pair.threshold).sums(pixels)
    everything, above = sums.everything(), sums.above()
    parts = everything, above, sums.above_either(), everything - above
    areas, manders, overlap = areas_of(sums), manders_of(sums), overlap_of(sums)
    columns = (
        *(pearson_of(part).value for part in parts),
        *(getattr(manders, name) for name in _COLUMNS[4:12]),
        *(overlap.moc, overlap.k1, overlap.k2),
        *(areas.fraction1, areas.fraction2, areas.fraction_both),
        *(areas.intensity_fraction1, areas.intensity_fraction2, areas.jaccard, areas.dice),
    )
    return np.stack(columns, axis=1)


def _table(given: tuple[Pair, Any]) -> Any:
    pair, labels = given
    found = covoxel.measure(
        pair.image1,
        pair.image2,
        labels=labels,
        measures=tuple(_COLUMNS),
        threshold1=pair.threshold,
        threshold2=pair.threshold,
    ).table
    return found[_COLUMNS].to_numpy()


def _loop(given: tuple[Pair, Any]) -> Any:
    pair, labels = given
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.array([_of_region(pair, region) for region in regionprops(labels)])


def _of_region(pair: Pair, region: Any) -> tuple[float, ...]:
    x, y = (
        image[region.slice][region.image].astype(np.float64) for image in (pair.image1, pair.image2)
    )
    above1, above2 = x > pair.threshold, y > pair.threshold
    both, either = above1 & above2, above1 | above2
    n, n1, n2, n12 = x.size, above1.sum(), above2.sum(), both.sum()
    s1, s2, own1, own2 = x.sum(), y.sum(), x[above1].sum(), y[above2].sum()
    both1, both2 = x[both].sum(), y[both].sum()
    s11, s22, s12 = (x * x).sum(), (y * y).sum(), (x * y).sum()
    return (
        *(_pearson(x[part], y[part]) for part in (slice(None), both, either, ~both)),
        *(x[y > 0].sum() / s1, y[x > 0].sum() / s2),
        *(x[above2].sum() / s1, y[above1].sum() / s2),
        *(both1 / own1, both2 / own2, both1 / s1, both2 / s2),
        *(s12 / np.sqrt(s11 * s22), s12 / s11, s12 / s22),
        *(n1 / n, n2 / n, n12 / n, own1 / s1, own2 / s2),
        *(n12 / either.sum(), 2 * n12 / (n1 + n2)),
    )


def _pearson(x: Any, y: Any) -> float:
    few = x.size < MIN_PIXELS or np.ptp(x) == 0 or np.ptp(y) == 0
    return np.nan if few else np.corrcoef(x, y)[0, 1]


ROWS = [
    Row(
        f"{name} of 20 000 labels, 22 columns : loop over regionprops",
        ours,
        _loop,
        {"2048²": goal},
        prepare=_labelled,
        rounds=3,
    )
    for name, ours, goal in (("sums", _sums, 60), ("measure()", _table, 25))
]
