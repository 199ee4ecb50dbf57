"""Comparisons of images against scikit-image and OpenCV."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from skimage import feature, metrics

from benchmarks._harness import Row
from benchmarks._images import Pair
from covoxel.similarity import compare_images, find_image

_RANGE = 65535.0
_HISTOGRAMS = "histogram_correlation,chi_square,histogram_intersection,hellinger"
#: Where the template lies, and its size.
_CORNER, _SIDE = (190, 230), 64


def _ours(pair: Pair, measures: str) -> list[float]:
    found = compare_images(pair.image1, pair.image2, measures=measures, data_range=_RANGE)
    return [*found.values()]


def _structural_similarity(pair: Pair) -> list[float]:
    return [metrics.structural_similarity(pair.image1, pair.image2, data_range=_RANGE)]


def _differences(pair: Pair) -> list[float]:
    images: tuple[Any, Any] = pair.image1, pair.image2
    return [
        metrics.mean_squared_error(*images),
        metrics.normalized_root_mse(*images),
        metrics.peak_signal_noise_ratio(*images, data_range=_RANGE),
    ]


def _histograms(pair: Pair) -> list[float]:
    return [*compare_images(pair.image1, pair.image2, measures=_HISTOGRAMS, bits=16).values()]


def _histograms_of_opencv(pair: Pair) -> list[float]:
    import cv2

    ends = [0, 1 << 16]
    one, other = (
        cv2.calcHist([image.reshape(len(image), -1)], [0], None, [256], ends) / image.size
        for image in (pair.image1, pair.image2)
    )
    methods = ("CORREL", "CHISQR", "INTERSECT", "HELLINGER")
    return [cv2.compareHist(one, other, getattr(cv2, f"HISTCMP_{name}")) for name in methods]


def _template(pair: Pair) -> Any:
    return pair.image1[tuple(slice(start, start + _SIDE) for start in _CORNER)]


def _found(pair: Pair) -> list[int]:
    return find_image(pair.image1, _template(pair)).corners[0].tolist()


def _found_by_skimage(pair: Pair) -> list[int]:
    r = feature.match_template(pair.image1, _template(pair))
    return [int(i) for i in np.unravel_index(r.argmax(), r.shape)]


ROWS = [
    Row("SSIM : scikit-image", partial(_ours, measures="ssim"), _structural_similarity, 10),
    Row(
        "MSE, NRMSE, PSNR : scikit-image",
        partial(_ours, measures="mse,nrmse,psnr"),
        _differences,
        1.5,
    ),
    Row(
        "histogram comparisons : OpenCV",
        _histograms,
        _histograms_of_opencv,
        0.5,
        (1e-4, 1e-5),
        needs="cv2",
    ),
    Row(
        "template 64² : scikit-image", _found, _found_by_skimage, {"512²": 2, "2048²": 2}, rounds=3
    ),
]
