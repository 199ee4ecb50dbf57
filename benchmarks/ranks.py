"""Rank correlations against scipy's, and four measures against its Kendall alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from scipy import stats
from skimage import metrics
from skimage.measure import regionprops

import covoxel
from benchmarks._harness import Row
from benchmarks._images import Pair, noise, tiles, tissue
from covoxel.intensity.information import bins_for


def _fractions(pair: Pair) -> Pair:
    noise = np.random.default_rng(0).random((2, *pair.image1.shape))
    return replace(pair, image1=pair.image1 + noise[0], image2=pair.image2 + noise[1])


def _noise(pair: Pair) -> Pair:
    del pair
    return noise()


def _tiled(pair: Pair) -> tuple[Pair, Any]:
    del pair
    return tissue(), tiles(tissue().image1.shape, 46, 47)


def _of_labels(measure: Callable[..., Any], given: tuple[Pair, Any]) -> Any:
    pair, labels = given
    return measure(pair.image1, pair.image2, labels=labels).value


def _loop(measure: Callable[..., Any], given: tuple[Pair, Any]) -> list[float]:
    pair, labels = given
    regions = [(region.slice, region.image) for region in regionprops(labels)]
    images = pair.image1, pair.image2
    return [
        measure(*(image[where][inside] for image in images)).statistic for where, inside in regions
    ]


def _value(measure: Callable[..., Any], pair: Pair) -> float:
    return measure(pair.image1, pair.image2).value


def _statistic(measure: Callable[..., Any], pair: Pair) -> float:
    return measure(*pair.flat).statistic


def _information(pair: Pair) -> float:
    return covoxel.intensity.mutual_information(pair.image1, pair.image2).normalized


def _information_of_skimage(pair: Pair) -> float:
    bins = int(bins_for(np.array([pair.image1.size]))[0])
    return metrics.normalized_mutual_information(pair.image1, pair.image2, bins=bins)


def _together(pair: Pair) -> float:
    histogram = covoxel.intensity.joint_histogram(pair.image1, pair.image2)
    covoxel.intensity.spearman(histogram)
    covoxel.intensity.mutual_information(histogram)
    covoxel.thresholds.costes_threshold(histogram)
    return float(covoxel.intensity.kendall(histogram).value[0])


spearman, kendall = covoxel.intensity.spearman, covoxel.intensity.kendall
SPEARMAN = partial(_value, spearman), partial(_statistic, stats.spearmanr)
KENDALL = partial(_value, kendall), partial(_statistic, stats.kendalltau)

ROWS = [
    Row("Spearman : SciPy", *SPEARMAN, 8, rounds=3),
    Row("Kendall : SciPy", *KENDALL, 3, rounds=3),
    Row("mutual information : scikit-image", _information, _information_of_skimage, 8),
    Row("Spearman, float64 : SciPy", *SPEARMAN, 1.5, prepare=_fractions, rounds=3),
    Row("Kendall of broad noise : SciPy", *KENDALL, {"2048²": 1.5}, prepare=_noise, rounds=3),
    Row("Spearman, Kendall, MI and Costes : SciPy's Kendall", _together, KENDALL[1], {"2048²": 3}),
    *(
        Row(
            f"{name} of 2000 labels : SciPy in a loop",
            partial(_of_labels, ours),
            partial(_loop, peer),
            {"2048²": 2},
            prepare=_tiled,
            rounds=3,
        )
        for name, ours, peer in (
            ("Spearman", spearman, stats.spearmanr),
            ("Kendall", kendall, stats.kendalltau),
        )
    ),
]
