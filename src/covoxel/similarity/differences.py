"""Differences pixel by pixel, and angles between images taken as vectors."""

from __future__ import annotations

import math

import numpy as np
from scipy.spatial import distance
from skimage import metrics

from covoxel.image.channel import stack
from covoxel.intensity import linear_correlation as readings
from covoxel.intensity.reading import NO_PIXELS
from covoxel.similarity.pair import Found, Pair


def mse(pair: Pair) -> Found:
    """Mean of squared differences."""
    if not pair.pixels1.size:
        return math.nan, NO_PIXELS
    return float(metrics.mean_squared_error(pair.pixels1, pair.pixels2)), ""


def rmse(pair: Pair) -> Found:
    """Root of the mean of squared differences."""
    value, reason = mse(pair)
    return math.sqrt(value), reason


def nrmse(pair: Pair) -> Found:
    """Root of the sum of squared differences over that of the squares of image 1."""
    if not pair.pixels1.size:
        return math.nan, NO_PIXELS
    if not pair.pixels1.any():
        return math.nan, "image 1 is 0 everywhere"
    return float(metrics.normalized_root_mse(pair.pixels1, pair.pixels2)), ""


def mae(pair: Pair) -> Found:
    """Mean of absolute differences."""
    if not pair.pixels1.size:
        return math.nan, NO_PIXELS
    return float(np.abs(pair.pixels1 - pair.pixels2).mean()), ""


def norm(pair: Pair) -> Found:
    """Euclidean length of the difference."""
    if not pair.pixels1.size:
        return math.nan, NO_PIXELS
    return float(np.linalg.norm(pair.pixels1 - pair.pixels2)), ""


def psnr(pair: Pair) -> Found:
    """Peak signal to noise ratio, 10·log10(data_range² / mse), in dB."""
    value, reason = mse(pair)
    if reason:
        return value, reason
    if value == 0:
        return math.inf, "infinite, as the images are equal"
    if math.isnan(pair.span.data_range):
        return math.nan, "the images are constant"
    found = metrics.peak_signal_noise_ratio(
        pair.pixels1, pair.pixels2, data_range=pair.span.data_range
    )
    return float(found), ""


def pearson(pair: Pair) -> Found:
    """Pearson's r."""
    found = readings.pearson(stack(pair.image1), stack(pair.image2), mask=pair.inside)
    return float(found), _of_images(found.reason)


def correlation_distance(pair: Pair) -> Found:
    """1 − Pearson's r."""
    value, reason = pearson(pair)
    return 1 - value, reason


def cosine_distance(pair: Pair) -> Found:
    """1 − the cosine of the angle between the images as vectors."""
    if not pair.pixels1.size:
        return math.nan, NO_PIXELS
    for number, pixels in enumerate((pair.pixels1, pair.pixels2), start=1):
        if not pixels.any():
            return math.nan, f"image {number} is 0 everywhere"
    return float(distance.cosine(pair.pixels1, pair.pixels2)), ""


def _of_images(reason: str) -> str:
    """Say of images what readings of the histogram say of channels."""
    return reason.replace("channel", "image")
