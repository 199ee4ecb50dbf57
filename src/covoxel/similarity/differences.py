"""How much two images differ, pixel by pixel and in their histograms, and what both share."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from covoxel.core.memory import in_words
from covoxel.core.types import AnyArray, FloatArray, IntArray
from covoxel.image.channel import stack
from covoxel.intensity.histogram import MEMORY_BUDGET
from covoxel.intensity.information import mutual_information
from covoxel.intensity.linear_correlation import pearson
from covoxel.intensity.reading import NO_PIXELS
from covoxel.similarity.pair import Measured, Pair

#: Types whose pixels are summed as they are; others are promoted first.
_SUMMED = [np.dtype(kind) for kind in ("u1", "u2", "f4", "f8")]
_CORRELATIONS = ("pearson", "correlation_distance")


def of_differences(pair: Pair, wanted: tuple[str, ...]) -> dict[str, Measured]:
    """Return the requested measures of `covoxel.similarity.measures`.

    mse, rmse and mae are means of squared differences, their root, and the mean of absolute ones;
    nrmse is √(Σ(a − b)² / Σa²), norm √Σ(a − b)², psnr 10·log10(data_range² / mse) in dB, and
    cosine_distance 1 − Σab / √(Σa² Σb²).
    """
    found: dict[str, Measured] = {}
    if {*wanted} - {*_CORRELATIONS}:
        found = _of_sums(pair) if pair.n_pixels else dict.fromkeys(wanted, (math.nan, NO_PIXELS))
    if {*wanted} & {*_CORRELATIONS}:
        r = pearson(stack(pair.image1), stack(pair.image2), mask=pair.inside)
        reason = r.reason.replace("channel", "image")
        found["pearson"] = float(r), reason
        found["correlation_distance"] = 1 - float(r), reason
    return {name: found[name] for name in wanted}


def _of_sums(pair: Pair) -> dict[str, Measured]:
    """Return the measures that are read from sums over the pixels."""
    from covoxel.similarity.kernels import add_differences

    n, alike = pair.n_pixels, pair.image1.dtype == pair.image2.dtype
    sums = np.zeros(5)
    for pixels in pair.blocks():
        if not alike or pair.image1.dtype not in _SUMMED:
            pixels = pixels[0].astype(np.float64), pixels[1].astype(np.float64)
        add_differences(*pixels, sums)
    squares, absolute, own1, own2, product = sums.tolist()
    mse, data_range = squares / n, pair.span.data_range
    psnr = math.nan, "the images are constant"
    if mse == 0:
        psnr = math.inf, "infinite, as the images are equal"
    elif not math.isnan(data_range):
        psnr = 20 * math.log10(data_range) - 10 * math.log10(mse), ""
    dark = next((number for number, own in ((1, own1), (2, own2)) if not own), None)
    cosine = math.nan, f"image {dark} is 0 everywhere"
    if dark is None:
        cosine = max(0.0, 1 - product / math.sqrt(own1) / math.sqrt(own2)), ""
    return {
        "mse": (mse, ""),
        "rmse": (math.sqrt(mse), ""),
        "nrmse": (math.sqrt(squares / own1), "") if own1 else (math.nan, "image 1 is 0 everywhere"),
        "mae": (absolute / n, ""),
        "norm": (math.sqrt(squares), ""),
        "psnr": psnr,
        "cosine_distance": cosine,
    }


def of_masks(pair: Pair, wanted: tuple[str, ...]) -> dict[str, Measured]:
    """Return Jaccard's index, Dice's and the share of mask 1 inside mask 2."""
    found: tuple[set[float], set[float]] = (set(), set())
    one = other = both = 0
    for pixels in pair.blocks():
        mask1, mask2 = (each != 0 for each in pixels)
        for held, each, mask in zip(found, pixels, (mask1, mask2), strict=True):
            held.update(np.unique(each[mask])[:2].tolist())
        one, other = one + int(mask1.sum()), other + int(mask2.sum())
        both += int(np.count_nonzero(mask1 & mask2))
    for number, held in enumerate(found, start=1):
        if len(held) > 1:
            return dict.fromkeys(wanted, (math.nan, f"image {number} is not binary"))
    parts = {
        "jaccard": (both, one + other - both, "both masks are empty"),
        "dice": (2 * both, one + other, "both masks are empty"),
        "intersection_coefficient": (both, one, "mask 1 is empty"),
    }
    return {
        name: (part / whole, "") if whole else (math.nan, reason)
        for name, (part, whole, reason) in parts.items()
        if name in wanted
    }


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
    try:
        found = mutual_information(stack(pair.image1), stack(pair.image2), mask=pair.inside)
    except MemoryError:
        needed = f"the pairs of intensities need more than {in_words(MEMORY_BUDGET)} of memory"
        return dict.fromkeys(wanted, (math.nan, needed))
    reason = found.reason.replace("channel", "image")
    values = {"mutual_information": found.mutual_information, "nmi": found.normalized}
    return {name: (float(values[name]), reason) for name in wanted}
