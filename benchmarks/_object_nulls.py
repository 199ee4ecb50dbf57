"""How nulls of objects keep their level: ``python -m benchmarks._object_nulls [images]``.

2000 images of the scenes that matter most, or as many as are named, and a tenth of the others. It
writes docs/objects-calibration.md.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks._calibration import table
from benchmarks._object_scenes import COUPLED, REACH, SHARES, UNRELATED
from covoxel.objects import coupling_test, cross_k_test

IMAGES, SEED = 2000, 20261129
PAGE = Path(__file__).parents[1] / "docs" / "objects-calibration.md"
#: Of so many images one is also tested by the distance map whatever it is, and by cross-K.
_ALSO = 4
#: Largest distance of cross-K, over that of coupling, and its draws.
_FAR, _DRAWS = 2, 99
#: Scenes of which all images are made.
_FULL = {"uniform, 100", "20 clusters of 5, σ 6 px", "30 in a cell"}
#: Options of scenes that cross-K takes.
_CROSS_K = {"shape", "mask", "spacing"}
NULLS = ("distance_map", "shifts", "clusters")


def unrelated(index: int, scene: str) -> dict[str, Any]:
    """Return the p-values of one image."""
    points1, points2, options = UNRELATED[scene](np.random.default_rng([SEED, index]))
    found = coupling_test(points1, points2, rng=index, **options)
    out = {"p": found.p, "null": found.null}
    if index % _ALSO == 0 and scene in _FULL:
        naive = coupling_test(points1, points2, rng=index, **options | {"null": "distance_map"})
        out["naive"] = naive.p
    if (index % _ALSO == 0 or scene not in _FULL) and options.keys() <= _CROSS_K:
        reach = _FAR * REACH * min(options.get("spacing", (1.0,)))
        curve = {"max_distance": reach, "rings": 10, "n_draws": _DRAWS}
        out["k"] = cross_k_test(points1, points2, rng=index, **curve, **options).p
    return out


def related(index: int, scene: str, truth: float) -> dict[str, float]:
    """Return the coupled share of one image."""
    points1, points2, options = COUPLED[scene](np.random.default_rng([SEED, index]), truth)
    found = coupling_test(points1, points2, max_distance=REACH, rng=index, **options)
    value = (found.near - found.chance) / (1 - found.chance)
    held = float(found.low <= truth <= found.high)
    return {"p": found.p, "share": value, "held": held, "width": found.high - found.low}


def rate(found: Sequence[dict[str, Any]], column: str) -> str:
    """Return the percentage of p-values up to 5 %, and in brackets that of missing ones."""
    p = np.array([one[column] for one in found if column in one], float)
    known = p[np.isfinite(p)]
    if not known.size:
        return "–"
    missing = 100 * (1 - known.size / p.size)
    return f"{100 * np.mean(known <= 0.05):.1f}" + (f" ({missing:.0f})" if missing >= 0.5 else "")


def main(images: int, run: Callable[..., list[dict[str, Any]]]) -> None:
    nulls, shares = [], []
    for scene in sorted(UNRELATED, key=lambda scene: scene not in _FULL):
        n = images if scene in _FULL else images // 10
        found = run(partial(unrelated, scene=scene), n)
        used = Counter(one["null"] for one in found)
        parts = [f"{100 * used[name] / n:.0f}" for name in NULLS]
        nulls.append([scene, str(n), *(rate(found, name) for name in ("p", "naive", "k")), *parts])
        print(" | ".join(nulls[-1]), flush=True)
    for scene in COUPLED:
        for truth in SHARES:
            found = run(partial(related, scene=scene, truth=truth), images // 20)
            given = [one for one in found if np.isfinite(one["share"])]
            mean, held, width = (
                np.mean([one[k] for one in given]) for k in ("share", "held", "width")
            )
            row = [f"{mean:.3f}", f"{100 * held:.1f}", f"{width:.2f}", rate(found, "p")]
            shares.append([scene, f"{truth:g}", *row])
            print(" | ".join(shares[-1]), flush=True)
    PAGE.write_text(
        _TEXT.format(
            images=images,
            error=100 * (0.05 * 0.95 / images) ** 0.5,
            tenth=images // 10,
            more=100 * (0.05 * 0.95 / (images // 10)) ** 0.5,
            fewer=images // 20,
            reach=REACH,
            far=_FAR * REACH,
            draws=_DRAWS,
            also=_ALSO,
            nulls=table(
                [
                    "scene",
                    "images",
                    "`p`",
                    "distance map always",
                    "cross-K",
                    *(f"`{n}`" for n in NULLS),
                ],
                nulls,
            ),
            shares=table(["scene", "truth", "mean", "held", "width", "found"], shares),
        ),
        encoding="utf-8",
    )


_TEXT = """\
# Calibration of the nulls of objects

`python -m benchmarks._object_nulls {images}` simulates images of unrelated objects with a fixed
seed and writes this page. A test at the level of 5 % should call 5 % of them significant; the
standard error of such a rate is {error:.1f} points of {images} images, and {more:.1f} of {tenth}.
In brackets is the percentage of images for which no p-value is given, with a reason.

## Unrelated objects: percent called significant

{nulls}

- `p` is that of `coupling_test`, by the null that it chooses: the last columns are the percentage
  of images with each.
- "Distance map always" is what comes out where objects count as independent even though they
  cluster, as tests of nearest distances usually do; "cross-K" is the p-value of the global envelope
  of `cross_k_test` up to {far:g} px with {draws} draws. Of the first three scenes both are of every
  {also}th image.

## Related objects: the coupled share

{fewer} images a row; objects within {reach:g} px count as near. "Held" is the percentage of 95 %
intervals that hold the true share, "width" their mean width, "found" the percentage of images with
p ≤ 0.05. The mean is that of the share before it is limited to 0 to 1.

{shares}
"""

if __name__ == "__main__":
    os.environ["OMP_NUM_THREADS"] = "1"
    warnings.simplefilter("ignore")
    count = int(sys.argv[1]) if len(sys.argv) > 1 else IMAGES
    with ProcessPoolExecutor(2) as pool:

        def run(one: Callable[[int], Any], images: int) -> list[dict[str, Any]]:
            return list(pool.map(one, range(images), chunksize=10))

        main(count, run)
