"""Rank correlations against scipy's, and four measures against its Kendall alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from scipy import stats
from skimage.measure import regionprops

import covoxel
from benchmarks._harness import Comparison, Faster, compare
from benchmarks._images import Pair, noise, plane, stack, tiles, tissue


def run() -> Iterator[Comparison]:
    for pair, spearman, kendall, together, rounds in (
        (plane(), 5, 3.5, 3, 7),
        (stack(), 12, 10, None, 3),
        (noise(), None, None, None, 3),
    ):
        for name, ours, peer, goal in (
            ("Spearman", covoxel.intensity.spearman, stats.spearmanr, spearman),
            ("Kendall", covoxel.intensity.kendall, stats.kendalltau, kendall),
            (
                "Spearman, Kendall, mutual information and Costes for scipy's Kendall",
                _together,
                stats.kendalltau,
                together,
            ),
        ):
            yield compare(
                f"{name}, {pair.name}",
                partial(_value, ours, pair),
                partial(_statistic, peer, pair),
                goal=goal and Faster(goal),
                rounds=rounds,
            )
    pair, labels = tissue(), tiles(tissue().image1.shape, 46, 47)
    for name, reading, peer in (
        ("Spearman", covoxel.intensity.spearman, stats.spearmanr),
        ("Kendall", covoxel.intensity.kendall, stats.kendalltau),
    ):
        yield compare(
            f"{name} of {labels.max()} labels, {pair.name}",
            partial(_of_labels, reading, pair, labels),
            partial(_loop, peer, pair, labels),
            goal=Faster(2),
            rounds=3,
        )


def _of_labels(measure: Callable[..., Any], pair: Pair, labels: Any) -> Any:
    return measure(pair.image1, pair.image2, labels=labels).value


def _loop(measure: Callable[..., Any], pair: Pair, labels: Any) -> list[float]:
    regions = [(region.slice, region.image) for region in regionprops(labels)]
    images = pair.image1, pair.image2
    return [
        measure(*(image[where][inside] for image in images)).statistic for where, inside in regions
    ]


def _value(measure: Callable[..., Any], pair: Pair) -> float:
    return measure(pair.image1, pair.image2).value


def _statistic(measure: Callable[..., Any], pair: Pair) -> float:
    return measure(*pair.flat).statistic


def _together(image1: Any, image2: Any) -> Any:
    histogram = covoxel.intensity.joint_histogram(image1, image2)
    covoxel.intensity.spearman(histogram)
    covoxel.intensity.mutual_information(histogram)
    covoxel.thresholds.costes_threshold(histogram)
    return covoxel.intensity.kendall(histogram)
