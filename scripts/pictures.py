"""Draw the pictures of the pages on measures: two pairs that one number cannot tell apart.

python scripts/pictures.py [NAME …]    writes docs/pictures/NAME.webp
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.ndimage import gaussian_filter
from scipy.optimize import brentq

from covoxel import measure, simulate_pair
from covoxel.correlation import correlogram, van_steensel
from covoxel.intensity import joint_histogram, pearson
from covoxel.local import local_correlation
from covoxel.report.density import density
from covoxel.report.scatter import density_axes
from covoxel.similarity import compare_images

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"
N = 128
Image = np.ndarray[Any, Any]
Draw = Callable[[Axes, Image, Image], object]


@dataclass
class Pair:
    """Two channels, what they are called, and the numbers that stand below them."""

    title: str
    image1: Image
    image2: Image
    numbers: str


def simulated(**options: Any) -> tuple[Image, Image]:
    """Return a simulated pair, as numbers with a fraction."""
    pair = simulate_pair(**{"shape": (N, N), "photons1": 400, "rng": 3, **options})
    return np.asarray(pair.channel1.data, float), np.asarray(pair.channel2.data, float)


def textures(shared: float, grain: float = 0.4, rng: int = 3) -> tuple[Image, Image]:
    """Return textures that share a part of their variance."""
    kind = {"structure": "textures", "photons1": 2000, "grain": grain}
    return simulated(shared_fraction=shared, rng=rng, **kind)


def spots(places: Image, heights: Image, rng: int) -> Image:
    """Return spots on a noisy background."""
    image = np.zeros((N, N))
    image[tuple(places.T)] = heights
    noise = np.random.default_rng(rng).normal(0, 3, image.shape)
    return gaussian_filter(image, 1.5) * 14 + 100 + noise


def written(name: str, value: float) -> str:
    """Return a number with two decimals, large ones without and tiny ones by their power."""
    return f"{name} {value:{'.0f' if value > 20 else '.0e' if 0 < value < 0.001 else '.2f'}}"


def measured(pair: tuple[Image, Image], columns: str, **options: Any) -> str:
    """Return measures as text, a line each."""
    row = measure(*pair, measures=columns, **options).table.iloc[0]
    return "\n".join(written(name, row[name]) for name in columns.split(","))


def two(
    columns: str, first: tuple[str, Any], second: tuple[str, Any], **options: Any
) -> list[Pair]:
    """Return two pairs with the same measures of both."""
    return [
        Pair(title, *pair, measured(pair, columns, **options)) for title, pair in (first, second)
    ]


def pearsons() -> list[Pair]:
    """Return spots of which half are shared, or none under uneven light."""
    shared = simulated(n_spots1=60, shared_fraction=0.5)
    apart = simulated(n_spots1=60, shared_fraction=0)
    wanted = pearson(*shared).value
    ramp = np.linspace(0, 1, N)[:, None] * np.ones(N)

    def tilted(height: float) -> tuple[Image, Image]:
        return apart[0] + height * ramp, apart[1] + height * ramp

    height = brentq(lambda height: pearson(*tilted(height)).value - wanted, 0, 2000)
    return two(
        "pearson,spearman,tm1_own",
        ("half of the spots are shared", shared),
        ("none are; uneven light", tilted(float(height))),
    )


def ranks() -> list[Pair]:
    """Return textures that share some of their variance, or one bright object."""
    shared = textures(0.4)
    y, x = np.mgrid[:N, :N] - N // 2
    bright = 10900 * np.exp(-(x**2 + y**2) / 32)
    unrelated = tuple(image + bright for image in textures(0))
    return two(
        "pearson,spearman,kendall",
        ("all pixels go together a little", shared),
        ("one bright object is in both", unrelated),
    )


def icq() -> list[Pair]:
    """Return unrelated channels, of few pixels above the mean or of half of them."""
    return two(
        "pearson,icq",
        ("unrelated spots on a dark field", simulated(n_spots1=20, shared_fraction=0)),
        ("unrelated textures", textures(0)),
    )


def manders() -> list[Pair]:
    """Return channels without a relation, sparse or dense."""
    dense = {"n_spots1": 20, "n_spots2": 800, "shared_fraction": 0}
    return two(
        "pearson,tm1_own,tm1_own_chance",
        ("unrelated; channel 2 is sparse", simulated(n_spots1=20, shared_fraction=0)),
        ("unrelated; channel 2 is dense", simulated(**dense)),
    )


def overlap() -> list[Pair]:
    """Return the same light with and without the offset of a camera."""
    light = {"n_spots1": 60, "shared_fraction": 0, "background": 0}
    return two(
        "pearson,moc,m1",
        ("unrelated spots", simulated(camera_offset=0, **light)),
        ("the same, camera offset 1000", simulated(camera_offset=1000, **light)),
    )


def mutual_information() -> list[Pair]:
    """Return channels that go together, or exclude each other."""
    first, second = textures(0.8)
    return two(
        "pearson,mutual_information,nmi",
        ("both go together", (first, second)),
        ("they exclude each other", (first, second.max() + second.min() - second)),
    )


def tos() -> list[Pair]:
    """Return the same overlap score from small areas and from large ones."""
    return two(
        "pearson,tm1_own,tos",
        ("half of the spots are shared", simulated(n_spots1=60, shared_fraction=0.5)),
        ("half of the variance is shared", textures(0.66)),
    )


def rank_weighted() -> list[Pair]:
    """Return the same places, the brightest of both channels together or not."""
    rng = np.random.default_rng(1)
    places = rng.integers(6, N - 6, (60, 2))
    heights = rng.permutation(np.linspace(60, 600, 60))
    first = spots(places, heights, 1)
    return two(
        "tm1_own,jaccard,rwc1",
        ("bright spots meet bright ones", (first, spots(places, heights, 2))),
        ("bright spots meet dim ones", (first, spots(places, 660 - heights, 2))),
        threshold1=120,
        threshold2=120,
    )


def significance() -> list[Pair]:
    """Return the same correlation of few large structures, and of many small ones."""
    columns = "pearson,pearson_n_eff,pearson_p"
    coarse = textures(0, grain=0.8, rng=7)
    fine = textures(pearson(*coarse).value, grain=0.2)
    return two(columns, ("few large structures", coarse), ("many small structures", fine))


def thresholds() -> list[Pair]:
    """Return one pair by two thresholds."""
    pair = simulated(n_spots1=60, shared_fraction=0.5, n_cells=1, cell_radius=5, haze=60)
    columns = "pearson,tm1_own,area_fraction1"
    return [
        Pair(f"threshold: {name}", *pair, measured(pair, columns, threshold1=name, threshold2=name))
        for name in ("otsu", "costes")
    ]


def van_steensels() -> list[Pair]:
    """Return channels shifted by more than a spot, and unrelated ones."""
    return two(
        "pearson,tm1_own",
        ("channel 2 is shifted by 8 pixels", simulated(shared_fraction=1, offset=(0, 8))),
        ("unrelated channels", simulated(shared_fraction=0)),
    )


def distance() -> list[Pair]:
    """Return partners at a distance in all directions, and unrelated ones."""
    partners = {"shared_fraction": 1, "association_distance": 0.7, "n_spots1": 80}
    return two(
        "pearson,tm1_own",
        ("partners 7 pixels away", simulated(**partners)),
        ("unrelated channels", simulated(n_spots1=80, shared_fraction=0)),
    )


def local_maps() -> list[Pair]:
    """Return channels that are together left and apart right, or unrelated everywhere."""
    first, second = textures(0.9)
    opposed = second.max() + second.min() - second
    halves = np.where(np.arange(N) < N // 2, second, opposed)
    return two(
        "pearson,spearman",
        ("together left, apart right", (first, halves)),
        ("unrelated everywhere", textures(0)),
    )


def image_comparison() -> list[Pair]:
    """Return the same mean square error by an offset, and by noise."""
    image, _ = textures(0)
    noise = np.random.default_rng(0).normal(0, 300, image.shape)
    changed = {"brighter by 300": image + 300, "with noise of 300": image + noise}
    columns = ("rmse", "ssim", "correlation_distance")

    def numbers(other: Image) -> str:
        found = compare_images(image, other, measures=columns)
        return "\n".join(written(name, found[name]) for name in columns)

    return [Pair(title, image, other, numbers(other)) for title, other in changed.items()]


def registration() -> list[Pair]:
    """Return the same spots before and after registration."""
    shifted = simulated(shared_fraction=1, offset=(3, -3))
    back = shifted[0][3:-3, 3:-3], shifted[1][6:, :-6]
    return two("pearson,tm1_own", ("as acquired", shifted), ("after registration", back))


def histogram(axes: Axes, image1: Image, image2: Image) -> None:
    """Draw the joint histogram."""
    density_axes(axes, density(joint_histogram(image1, image2)))
    axes.set(xlabel="channel 1", ylabel="channel 2", xticks=[], yticks=[])


def curve(axis: str | None) -> Draw:
    """Return what draws van Steensel's curve."""

    def draw(axes: Axes, image1: Image, image2: Image) -> None:
        found = van_steensel(correlogram(image1, image2, max_shift=20), axis)
        axes.plot(found.displacement, found.correlation, color="black")
        axes.set(xlabel="displacement (px)" if axis else "distance (px)", ylabel="Pearson's r")
        axes.set_ylim(-0.2, 1 if axis else 0.3)

    return draw


def local_map(axes: Axes, image1: Image, image2: Image) -> None:
    """Draw the local correlation."""
    found = local_correlation(image1, image2, radius=8)
    axes.imshow(found, cmap="coolwarm", vmin=-1, vmax=1)
    axes.set(xlabel="local r, −1 (blue) to 1 (red)", xticks=[], yticks=[])


SCENES: dict[str, tuple[Callable[[], list[Pair]], Draw]] = {
    "pearson": (pearsons, histogram),
    "ranks": (ranks, histogram),
    "icq": (icq, histogram),
    "manders": (manders, histogram),
    "overlap": (overlap, histogram),
    "mutual-information": (mutual_information, histogram),
    "tos": (tos, histogram),
    "rank-weighted": (rank_weighted, histogram),
    "significance": (significance, histogram),
    "thresholds": (thresholds, histogram),
    "van-steensel": (van_steensels, curve("x")),
    "distance": (distance, curve(None)),
    "local-maps": (local_maps, local_map),
    "image-comparison": (image_comparison, histogram),
    "registration": (registration, histogram),
}


def merged(image1: Image, image2: Image) -> Image:
    """Return the merge of two channels in magenta and green, each over its own range."""
    low, high = ([np.percentile(one, p) for one in (image1, image2)] for p in (1, 99.7))
    first, second = (
        np.clip((one - a) / (b - a), 0, 1)
        for one, a, b in zip((image1, image2), low, high, strict=True)
    )
    return np.stack([first, second, first], axis=-1)


def drawn(pairs: list[Pair], draw: Draw) -> Figure:
    """Return the figure of two pairs, side by side."""
    figure = Figure(figsize=(9, 2.9), layout="constrained", dpi=120)
    for pair, axes in zip(pairs, _by_two(figure), strict=True):
        axes[0].imshow(merged(pair.image1, pair.image2), interpolation="nearest")
        axes[0].set(xticks=[], yticks=[])
        axes[0].set_xlabel(pair.numbers, family="monospace", fontsize=9)
        axes[0].set_title(pair.title, fontsize=10, loc="left")
        draw(axes[1], pair.image1, pair.image2)
    return figure


def _by_two(figure: Figure) -> Iterator[tuple[Axes, Axes]]:
    axes = figure.subplots(1, 4)
    yield axes[0], axes[1]
    yield axes[2], axes[3]


if __name__ == "__main__":
    mpl.rcParams.update({"font.size": 9})
    FOLDER.mkdir(exist_ok=True)
    for name in sys.argv[1:] or SCENES:
        scene, draw = SCENES[name]
        figure = drawn(scene(), draw)
        figure.savefig(FOLDER / f"{name}.webp", pil_kwargs={"quality": 82})
