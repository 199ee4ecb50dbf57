"""A user's script, for mypy: what is misspelt is found, and what is right is not.

An ignored error that mypy does not find is an error itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import covoxel
from covoxel.intensity import pearson

if TYPE_CHECKING:
    from covoxel.similarity import compare_image  # type: ignore[attr-defined]  # noqa: F401


def analyse(path: str) -> None:
    """Analyse a file, rightly and wrongly."""
    first, second = covoxel.read_image(path)
    measured = covoxel.measure_distance(first, second, max_distance=1.5, like="ccc-2.3")
    measured.table.to_csv("distances.csv")
    covoxel.compare_channels(first, second, measures="ssim,mse", axes="ZYX")
    covoxel.compare_channels(first, second, measures=["ssim", "mse"])
    covoxel.measure_ccf([first, second], direction=(0.0, 1.0))
    pearson(first, second)

    covoxel.measure_distance(first, second, max_distanse=1.5)  # type: ignore[call-arg]
    covoxel.measure_distance(first, second, max_distance="far")  # type: ignore[arg-type]
    covoxel.distance_channel(first, second)  # type: ignore[attr-defined]
    covoxel.thresholds.otsu(first)  # type: ignore[attr-defined]
    covoxel.DistanceOptions(max_distanse=1.5)  # type: ignore[call-arg]
    pearson(first, second, maks=None)  # type: ignore[call-arg]
    measured.tabel  # type: ignore[attr-defined]  # noqa: B018
