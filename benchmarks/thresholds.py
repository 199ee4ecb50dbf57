"""How near thresholded Manders is to a known overlap: ``python -m benchmarks.thresholds``.

Pairs of spots of which 0, 25, 50, 75 or 100 % are shared, of 30, 100 or 300 photons on a background
of 0 or 100: the mean distance of ``tm1_own`` and ``tm2_own`` from that share, by the method of the
threshold and of the background: the table of docs/measures/thresholds.md. An argument is the number
of pairs in each of the 120 conditions, 4 by default; as a benchmark it is 1, and the peer is
Costes' method.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

import covoxel
from benchmarks._harness import Comparison, Faster
from covoxel.intensity.co_occurrence import Manders, manders_of
from covoxel.intensity.gates import gate
from covoxel.intensity.histogram import JointHistogram, joint_histogram
from covoxel.intensity.marginal import marginal
from covoxel.thresholds.spec import Spec, marginal_levels, parse_background, parse_threshold

ON_REQUEST = True

SCENES: dict[str, dict[str, Any]] = {
    "spots": {"n_spots1": 100},
    "in cells": {"n_spots1": 100, "n_cells": 4},
    "many spots": {"n_spots1": 400},
    "few spots": {"n_spots1": 20},
}
SHARES, PHOTONS, BACKGROUNDS = (0, 0.25, 0.5, 0.75, 1), (30, 100, 300), (0, 100)
METHODS = ("otsu", "isodata", "li", "triangle", "yen", "mean", "top:10", "costes", "costes, image")
ZEROS = ("none", "percentile:5", "percentile:25", "percentile:50", "mode")
#: Numbers of a condition: scene, share, photons, background.
Condition = tuple[str, float, int, int]


class Scene:
    """Two channels and their regions, with the thresholds and backgrounds found in them."""

    def __init__(self, image1: Any, image2: Any, labels: Any = None) -> None:
        self.whole = joint_histogram(image1, image2)
        self.regions = (
            self.whole if labels is None else joint_histogram(image1, image2, labels=labels)
        )

    def manders(self, method: str, zero: str) -> Manders:
        limits = self._thresholds(method), self._zeros(zero)
        return manders_of(
            gate(self.regions.regions.size, *limits[0], *limits[1]).sums(self.regions)
        )

    def _thresholds(self, method: str) -> Sequence[Any]:
        if method.startswith("costes"):
            histogram = self.regions if method == "costes" else self.whole
            found = covoxel.thresholds.costes_threshold(histogram)
            return found.threshold1, found.threshold2
        return _picked(self.regions, parse_threshold("method", method))

    def _zeros(self, zero: str) -> Sequence[Any]:
        if zero == "none":
            return 0.0, 0.0
        histogram = self.regions if zero == "mode" else self.whole
        return _picked(histogram, parse_background("zero", zero))


def _picked(histogram: JointHistogram, spec: Spec) -> list[Any]:
    (group,) = histogram.groups()
    return [marginal_levels(marginal(histogram, group, i), spec)[0] for i in (1, 2)]


def simulated(condition: Condition, seed: int) -> Scene:
    scene, share, photons, background = condition
    pair = covoxel.simulate_pair(
        shared_fraction=share,
        photons1=photons,
        background=background,
        camera_offset=0,
        rng=seed,
        **SCENES[scene],
    )
    return Scene(pair.channel1, pair.channel2, pair.labels)


def errors(
    seeds: int, methods: Sequence[tuple[str, str]], scenes: Sequence[str] = tuple(SCENES)
) -> dict[tuple[str, str], dict[Condition, np.ndarray]]:
    """Return |tm_own - share| of both channels and all regions, by method and condition."""
    found: dict[tuple[str, str], dict[Condition, np.ndarray]] = {each: {} for each in methods}
    for condition in product(scenes, SHARES, PHOTONS, BACKGROUNDS):
        pairs = [simulated(condition, seed) for seed in range(seeds)]
        for each in methods:
            coefficients = [pair.manders(*each) for pair in pairs]
            values = [np.r_[one.tm1_own, one.tm2_own] for one in coefficients]
            found[each][condition] = np.abs(np.concatenate(values) - condition[1])
    return found


def table(found: dict[tuple[str, str], dict[Condition, np.ndarray]]) -> Iterator[str]:
    """Yield a row a method: by scene, by photons, by background, of all, and none found."""
    columns: list[tuple[str, Callable[[Condition], bool]]] = [
        *((scene, lambda c, s=scene: c[0] == s) for scene in SCENES),
        *((f"{p} photons", lambda c, p=p: c[2] == p) for p in PHOTONS),
        *((f"background {b}", lambda c, b=b: c[3] == b) for b in BACKGROUNDS),
        ("all", lambda _: True),
    ]
    titles = ["threshold, background", *(title for title, _ in columns), "none found"]
    yield f"| {' | '.join(titles)} |"
    yield f"|{'---|' * len(titles)}"
    for each, by_condition in found.items():
        cells = [
            np.concatenate([e for c, e in by_condition.items() if chosen(c)])
            for _, chosen in columns
        ]
        means = [f"{np.nanmean(error):.3f}" for error in cells]
        yield f"| {' | '.join([', '.join(each), *means, f'{np.isnan(cells[-1]).mean():.0%}'])} |"


def reference_pairs(folder: Path) -> Iterator[tuple[str, Any, Any, Any]]:
    """Yield the pairs of the reference images by name, with a mask or None."""

    def load(name: str) -> Any:
        return np.squeeze(tifffile.imread(folder / "images" / name))

    red, green = load("colocsample1b-red.tif"), load("colocsample1b-green.tif")
    yield "colocsample1b", red, green, None
    yield "colocsample1b, mask", red, green, (load("colocsample1b-mask.tif") > 0).astype(np.uint8)
    for one in sorted((folder / "images").glob("*_c1.tif")):
        yield one.stem, load(one.name), load(one.name.replace("_c1", "_c2")), None
    for one in sorted((folder / "images").glob("manders[B-I].tiff")):
        yield f"mandersA, {one.stem}", load("mandersA.tiff"), load(one.name), None
    yield "Zstack", load("redZstack.tif"), load("greenZstack.tif"), None
    for file in sorted((folder / "files").glob("*.tif")):
        channels = covoxel.read_image(file)
        for i, j in ((0, 1), (0, 2), (1, 2)):
            if j < len(channels):
                pair = (channels[k].read(0) for k in (i, j))
                yield f"{file.stem[:24]} {i + 1}, {j + 1}", *pair, None


def undefined(folder: Path, methods: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Yield for each method in how many reference pairs Manders is undefined, and in which."""
    scenes = {name: Scene(*images) for name, *images in reference_pairs(folder)}
    for each in methods:
        lost = []
        for name, scene in scenes.items():
            found = scene.manders(*each)
            values = [found.m1, found.m2, found.tm1_own, found.tm2_own]
            if np.isnan(values).any():
                lost.append(name)
        yield f"{', '.join(each)}: {len(lost)} of {len(scenes)} undefined; {', '.join(lost)}"


def run() -> Iterator[Comparison]:
    ours, peer = ("otsu", "none"), ("costes", "none")
    for scene in SCENES:
        found = errors(1, (ours, peer), [scene])
        means = [
            [float(np.nanmean(np.concatenate(list(found[each].values()))))] for each in (ours, peer)
        ]
        yield Comparison(f"error of tm_own, {scene}", *means, Faster(1), unit="")


def main(seeds: int) -> None:
    methods = [(method, "none") for method in METHODS]
    methods += [("otsu", zero) for zero in ZEROS[1:]]
    print("\n".join(table(errors(seeds, methods))))
    reference = Path(__file__).parents[2] / "shared" / "reference"
    if reference.is_dir():
        print("\n".join(undefined(reference, methods)))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4)
