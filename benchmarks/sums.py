"""Pearson, Manders, overlap and areas of whole images, against scikit-image's functions."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
from skimage import measure as skimage_measure

import covoxel
from benchmarks._harness import Comparison, Faster, compare
from benchmarks._images import Pair, noise, plane, stack
from covoxel.intensity.areas import areas_of
from covoxel.intensity.co_occurrence import manders_of, overlap_of
from covoxel.intensity.gates import gate
from covoxel.intensity.linear_correlation import pearson_of

MEASURES = "pearson,manders,overlap,areas"


def run() -> Iterator[Comparison]:
    for pair, goal, rounds in ((plane(), 4, 7), (stack(), 4, 5), (noise(), None, 5)):
        for name, ours in (("sums", _sums), ("measure() of the sums", table)):
            yield compare(
                f"{name}, {pair.name}",
                partial(ours, pair),
                partial(scikit_image, pair),
                goal=goal and Faster(goal),
                rounds=rounds,
            )


def _sums(pair: Pair) -> list[float]:
    histogram = covoxel.intensity.joint_histogram(pair.image1, pair.image2)
    sums = gate(1, pair.threshold, pair.threshold).sums(histogram)
    areas = areas_of(sums)
    return [
        pearson_of(sums.everything()).value[0],
        manders_of(sums).tm1[0],
        overlap_of(sums).moc[0],
        areas.fraction_both[0] / areas.fraction1[0],
    ]


def table(pair: Pair) -> list[float]:
    """Return the four results by `measure`."""
    found = covoxel.measure(
        pair.image1,
        pair.image2,
        measures=MEASURES,
        threshold1=pair.threshold,
        threshold2=pair.threshold,
    ).table
    row = found.iloc[0]
    fraction = row["area_fraction_both"] / row["area_fraction1"]
    return [row["pearson"], row["tm1"], row["moc"], fraction]


def scikit_image(pair: Pair) -> list[float]:
    """Return them by scikit-image."""
    above1, above2 = pair.image1 > pair.threshold, pair.image2 > pair.threshold
    return [
        skimage_measure.pearson_corr_coeff(pair.image1, pair.image2)[0],
        skimage_measure.manders_coloc_coeff(pair.image1, above2),
        # in the integers' own type its products would overflow
        skimage_measure.manders_overlap_coeff(
            pair.image1.astype(np.float64), pair.image2.astype(np.float64)
        ),
        skimage_measure.intersection_coeff(above1, above2),
    ]
