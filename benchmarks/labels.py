"""Many regions at once, against a loop over scikit-image's regionprops."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from skimage.measure import regionprops

import covoxel
from benchmarks._harness import Comparison, Faster, compare
from benchmarks._images import Pair, tissue
from benchmarks.sums import MEASURES
from covoxel.intensity.areas import areas_of
from covoxel.intensity.gates import gate
from covoxel.intensity.manders import manders_of, overlap_of
from covoxel.intensity.pearson import pearson_of


def run() -> Iterator[Comparison]:
    pair = tissue()
    labels = _tiles(pair.image1.shape)
    for name, ours in (("sums", _sums), ("measure() of the sums", _table)):
        yield compare(
            f"{name} of {labels.max()} labels, 2D",
            partial(ours, pair, labels),
            partial(_loop, pair, labels),
            goal=Faster(25),
            rounds=3,
        )


def _tiles(shape: tuple[int, int]) -> Any:
    """Return labels of 16 × 13 pixels: about 20 000."""
    y, x = np.indices(shape, np.int32)
    return y // 16 * (-(-shape[1] // 13)) + x // 13 + 1


def _sums(pair: Pair, labels: Any) -> Any:
    histogram = covoxel.joint_histogram(pair.image1, pair.image2, labels=labels)
    sums = gate(histogram.regions.size, pair.threshold, pair.threshold).sums(histogram)
    manders = manders_of(sums)
    return np.stack(
        [
            pearson_of(sums.everything()).value,
            manders.tm1,
            manders.tm2,
            overlap_of(sums).moc,
            areas_of(sums).jaccard,
        ],
        axis=1,
    )


def _table(pair: Pair, labels: Any) -> Any:
    table = covoxel.measure(
        pair.image1,
        pair.image2,
        labels=labels,
        measures=MEASURES,
        threshold_1=pair.threshold,
        threshold_2=pair.threshold,
    )
    return table[["pearson", "tm1", "tm2", "moc", "jaccard"]].to_numpy()


def _loop(pair: Pair, labels: Any) -> Any:
    rows = []
    for region in regionprops(labels):
        x, y = (
            image[region.slice][region.image].astype(np.float64)
            for image in (pair.image1, pair.image2)
        )
        above1, above2 = x > pair.threshold, y > pair.threshold
        either = (above1 | above2).sum()
        rows.append(
            (
                np.corrcoef(x, y)[0, 1],
                x[above2].sum() / x.sum(),
                y[above1].sum() / y.sum(),
                (x * y).sum() / np.sqrt((x * x).sum() * (y * y).sum()),
                (above1 & above2).sum() / either if either else np.nan,
            )
        )
    return np.array(rows)
