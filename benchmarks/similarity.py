"""Structural similarity and differences against scikit-image."""

from __future__ import annotations

from functools import partial
from typing import Any

from skimage import metrics

from benchmarks._harness import Row
from benchmarks._images import Pair
from covoxel.similarity import compare_images

_RANGE = 65535.0


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


ROWS = [
    Row("SSIM : scikit-image", partial(_ours, measures="ssim"), _structural_similarity, 10),
    Row(
        "MSE, NRMSE, PSNR : scikit-image",
        partial(_ours, measures="mse,nrmse,psnr"),
        _differences,
        1.5,
    ),
]
