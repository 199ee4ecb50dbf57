"""Many regions at once, against a loop over scikit-image's regionprops."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple
from functools import partial
from typing import Any

import numpy as np
from skimage.measure import regionprops

import covoxel
from benchmarks._harness import Comparison, Faster, compare
from benchmarks._images import Pair, tiles, tissue
from covoxel.intensity.areas import areas_of
from covoxel.intensity.co_occurrence import manders_of, overlap_of
from covoxel.intensity.gates import gate
from covoxel.intensity.linear_correlation import pearson_of
from covoxel.intensity.reading import MIN_PIXELS

#: All that is compared, as `measure` names it.
_COLUMNS = [
    *("pearson", "pearson_above", "pearson_above_either", "pearson_below"),
    *("m1", "m2", "tm1", "tm2", "tm1_own", "tm2_own", "tm1_both", "tm2_both"),
    *("moc", "k1", "k2", "area_fraction1", "area_fraction2", "area_fraction_both"),
    *("intensity_fraction1", "intensity_fraction2", "jaccard", "dice"),
]


def run() -> Iterator[Comparison]:
    pair = tissue()
    labels = tiles(pair.image1.shape, 16, 13)  # about 20 000
    for name, ours in (("sums", _sums), ("measure() of the sums", _table)):
        yield compare(
            f"{name} of {labels.max()} labels, 2D",
            partial(ours, pair, labels),
            partial(_loop, pair, labels),
            goal=Faster(25),
            rounds=3,
        )


def _sums(pair: Pair, labels: Any) -> Any:
    histogram = covoxel.intensity.joint_histogram(pair.image1, pair.image2, labels=labels)
    sums = gate(histogram.regions.size, pair.threshold, pair.threshold).sums(histogram)
    everything, above = sums.everything(), sums.above()
    parts = everything, above, sums.above_either(), everything - above
    areas = areas_of(sums)
    columns = (
        *(pearson_of(part).value for part in parts),
        *astuple(manders_of(sums)),
        *astuple(overlap_of(sums)),
        *(areas.fraction1, areas.fraction2, areas.fraction_both),
        *(areas.intensity_fraction1, areas.intensity_fraction2, areas.jaccard, areas.dice),
    )
    return np.stack(columns, axis=1)


def _table(pair: Pair, labels: Any) -> Any:
    found = covoxel.measure(
        pair.image1,
        pair.image2,
        labels=labels,
        measures=tuple(_COLUMNS),
        threshold1=pair.threshold,
        threshold2=pair.threshold,
    ).table
    return found[_COLUMNS].to_numpy()


def _loop(pair: Pair, labels: Any) -> Any:
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
