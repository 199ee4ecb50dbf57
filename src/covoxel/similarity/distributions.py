"""Distances of histograms, and mutual information."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from covoxel.core.types import AnyArray, FloatArray, IntArray
from covoxel.image.channel import stack
from covoxel.intensity.information import mutual_information
from covoxel.intensity.reading import NO_PIXELS
from covoxel.similarity.pair import Measured, Pair


def of_histograms(pair: Pair, wanted: tuple[str, ...]) -> dict[str, Measured]:
    """Return the requested distances of the histograms."""
    if not pair.n_pixels:
        return dict.fromkeys(wanted, (math.nan, NO_PIXELS))
    span, counts = pair.span, _counts(pair)
    blocks: Iterable[tuple[AnyArray, AnyArray]] = pair.blocks()
    weights: list[IntArray] | tuple[None, None] = (None, None)
    if counts is not None:
        levels = np.arange(len(counts[0]))
        blocks, weights = [(levels, levels)], counts
    held = np.zeros((2, span.bins))
    for block in blocks:
        for total, values, own in zip(held, block, weights, strict=True):
            total += np.histogram(values, span.bins, (span.low, span.high), weights=own)[0]
    shares1, shares2 = held / pair.n_pixels
    readings = {
        "histogram_correlation": _correlation,
        "chi_square": _chi_square,
        "histogram_intersection": _intersection,
        "hellinger": _hellinger,
    }
    found = {name: read(shares1, shares2) for name, read in readings.items() if name in wanted}
    if "earth_movers" in wanted:
        found["earth_movers"] = _earth_movers(pair, counts), ""
    return found


def _counts(pair: Pair) -> list[IntArray] | None:
    """Return how many pixels have each intensity from 0 on; None for types of more than 16 bits."""
    images = pair.image1, pair.image2
    if any(image.dtype not in ("u1", "u2") for image in images):
        return None
    size = 1 + max(int(image.max()) for image in images)
    counts = [np.zeros(size, np.int64) for _ in images]
    for pixels in pair.blocks():
        for held, each in zip(counts, pixels, strict=True):
            held += np.bincount(each, minlength=size)
    return counts


def _correlation(shares1: FloatArray, shares2: FloatArray) -> Measured:
    about1, about2 = shares1 - shares1.mean(), shares2 - shares2.mean()
    spread = math.sqrt((about1**2).sum() * (about2**2).sum())
    if spread == 0:
        return math.nan, "a histogram is even"
    return float(np.clip((about1 * about2).sum() / spread, -1, 1)), ""


def _chi_square(shares1: FloatArray, shares2: FloatArray) -> Measured:
    held = shares1 > 0
    return float(((shares1 - shares2)[held] ** 2 / shares1[held]).sum()), ""


def _intersection(shares1: FloatArray, shares2: FloatArray) -> Measured:
    return float(min(np.minimum(shares1, shares2).sum(), 1.0)), ""


def _hellinger(shares1: FloatArray, shares2: FloatArray) -> Measured:
    # equal to √(1 − Σ√(h1·h2)), without taking nearly 1 from 1
    return float(np.linalg.norm(np.sqrt(shares1) - np.sqrt(shares2)) / math.sqrt(2)), ""


def _earth_movers(pair: Pair, counts: list[IntArray] | None) -> float:
    if counts is not None:  # the area between both cumulative histograms
        return float(np.abs(np.cumsum(counts[0] - counts[1])).sum() / pair.n_pixels)
    # of as many pixels on both sides the cheapest way moves each rank to the same rank
    return float(np.abs(np.sort(pair.pixels1) - np.sort(pair.pixels2)).mean())


def of_information(pair: Pair, wanted: tuple[str, ...]) -> dict[str, Measured]:
    """Return the mutual information in bits, and its normalised form."""
    found = mutual_information(stack(pair.image1), stack(pair.image2), mask=pair.inside)
    reason = found.reason.replace("channel", "image")
    values = {"mutual_information": found.mutual_information, "nmi": found.normalized}
    return {name: (float(values[name]), reason) for name in wanted}
