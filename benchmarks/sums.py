"""Measures of whole images that need only sums, and the joint histogram."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from skimage import filters, measure as skimage_measure

import covoxel
from benchmarks._harness import Row
from benchmarks._images import Pair, noise
from covoxel.intensity.areas import areas_of
from covoxel.intensity.co_occurrence import manders_of, overlap_of
from covoxel.intensity.gates import gate
from covoxel.intensity.linear_correlation import pearson_of
from covoxel.intensity.reading import as_stream

MEASURES = "pearson,manders,overlap,areas"


def _as(kind: str, pair: Pair) -> Pair:
    """Return a pair in another data type; f8 are fractions."""
    step = 1 / 3 if kind == "f8" else 1
    image1, image2 = ((image * step).astype(kind) for image in (pair.image1, pair.image2))
    return replace(pair, image1=image1, image2=image2, threshold=pair.threshold * step)


def _noise(pair: Pair) -> Pair:
    del pair
    return noise()


def _pearson(pair: Pair) -> float:
    return covoxel.intensity.pearson(pair.image1, pair.image2).value


def _corrcoef(pair: Pair) -> float:
    return np.corrcoef(*pair.flat)[0, 1]


def _manders(pair: Pair) -> list[float]:
    threshold = {"threshold1": pair.threshold, "threshold2": pair.threshold}
    found = covoxel.intensity.manders(pair.image1, pair.image2, **threshold)
    return [found.tm1, found.tm2]


def _manders_of_skimage(pair: Pair) -> list[float]:
    images = pair.image1, pair.image2
    return [
        skimage_measure.manders_coloc_coeff(own, other > pair.threshold)
        for own, other in (images, images[::-1])
    ]


def _icq(pair: Pair) -> float:
    return covoxel.intensity.li_icq(pair.image1, pair.image2).value


def _icq_of_numpy(pair: Pair) -> float:
    a, b = pair.image1, pair.image2
    return ((a - a.mean()) * (b - b.mean()) > 0).mean() - 0.5


def _cells(pair: Pair) -> int:
    return covoxel.intensity.joint_histogram(pair.image1, pair.image2).n_cells


def _unique(pair: Pair) -> int:
    first, second = pair.flat
    pairs, _counts = np.unique(first.astype(np.uint32) << 16 | second, return_counts=True)
    return pairs.size


def _otsu(pair: Pair) -> float:
    return covoxel.thresholds.threshold(pair.image1, "otsu")


def _otsu_of_skimage(pair: Pair) -> float:
    return filters.threshold_otsu(pair.image1)


def _sums(pair: Pair) -> list[float]:
    pixels = as_stream(pair.image1, pair.image2, None, None)
    sums = gate(1, pair.threshold, pair.threshold).sums(pixels)
    areas = areas_of(sums)
    return [
        pearson_of(sums.everything()).value[0],
        manders_of(sums).tm1[0],
        overlap_of(sums).moc[0],
        areas.fraction_both[0] / areas.fraction1[0],
    ]


def table(pair: Pair) -> list[float]:
    """Return four results by `measure`."""
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


def _row(
    name: str,
    ours: Callable[[Pair], Any],
    peer: Callable[[Pair], Any],
    goal: float | dict[str, float],
    kind: str = "",
    **more: Any,
) -> Row:
    return Row(name, ours, peer, goal, prepare=partial(_as, kind) if kind else None, **more)


ROWS = [
    _row("Pearson, uint16 : np.corrcoef", _pearson, _corrcoef, 6),
    _row("Pearson, float32 : np.corrcoef", _pearson, _corrcoef, 3, "f4", within=(1e-5, 0)),
    _row("Pearson, float64 of fractions : np.corrcoef", _pearson, _corrcoef, 2, "f8"),
    _row("Manders : scikit-image, 2 calls", _manders, _manders_of_skimage, 2),
    _row("ICQ : one line of NumPy", _icq, _icq_of_numpy, 2),
    _row("joint histogram : np.unique", _cells, _unique, 3),
    _row("Otsu : scikit-image", _otsu, _otsu_of_skimage, 2),
    Row(
        "measure() of sums : scikit-image, 4 calls",
        table,
        scikit_image,
        {"512²": 1.5, "2048²": 6, "32×512²": 6},
    ),
    Row(
        "sums of broad noise : scikit-image, 4 calls",
        _sums,
        scikit_image,
        {"2048²": 6},
        prepare=_noise,
    ),
    Row(
        "joint histogram of broad noise : np.unique", _cells, _unique, {"2048²": 1}, prepare=_noise
    ),
]
