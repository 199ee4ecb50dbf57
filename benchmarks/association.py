"""Association distance against a straight scipy port of the published correlation distance.

The port takes the steps of McCall 2024: two correlations of the whole images, the mean at each
exact radius, and a Gaussian fitted to the profile and its mirror image. Linux only.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy import optimize, signal

import covoxel
from benchmarks._child import peak
from benchmarks._harness import Comparison, Faster, compare

ON_REQUEST = True

_STACK = (64, 512, 512)
_SPACING = (0.2, 0.1, 0.1)


def spots(shape: tuple[int, ...], spacing: tuple[float, ...]) -> tuple[Any, Any]:
    """Return two channels of particles that are 0.6 µm apart."""
    pair = covoxel.simulate_pair(
        shape=shape,
        spacing=spacing,
        psf1=(0.25, 0.1, 0.1)[-len(shape) :],
        n_spots1=1500,
        n_shared=1000,
        association_distance=0.6,
        rng=1,
    )
    return pair.channel1, pair.channel2


def published(channel1: Any, channel2: Any) -> float:
    """Return the mean distance, as the port finds it."""
    first, second = (channel.data.astype(np.float64) for channel in (channel1, channel2))
    original = signal.correlate(second, first, mode="same", method="fft")
    subtracted = signal.correlate(second, first - first.mean(), mode="same", method="fft")
    squares = [
        np.square((np.arange(n) - n // 2) * s)
        for n, s in zip(first.shape, channel1.spacing, strict=True)
    ]
    radius, place = np.unique(np.sqrt(sum(np.ix_(*squares))), return_inverse=True)
    count = np.bincount(place.ravel())
    profile = np.bincount(place.ravel(), subtracted.ravel()) / count
    whole = np.bincount(place.ravel(), original.ravel()) / count
    top = int(profile.argmax())
    far = radius > 2 * radius[top]
    x, y = np.append(radius, 2 * radius[top] - radius[far]), np.append(profile, profile[far])
    (_, mean, sd), _ = optimize.curve_fit(_gaussian, x, y, (profile[top], radius[top], 0.2))
    near = np.abs(radius - mean) < 3 * sd
    assert 0 < profile[near].sum() / whole[near].sum() < 1
    return float(mean)


def _gaussian(x: Any, height: float, mean: float, sd: float) -> Any:
    return height * np.exp(-np.square((x - mean) / sd) / 2)


def gaussian(channel1: Any, channel2: Any) -> float:
    """Return the same with a baseline, from displacements up to the range alone."""
    found = covoxel.distance.association_distance(
        channel1, channel2, model="gaussian", intervals=False
    )
    return found.distance


def shell(channel1: Any, channel2: Any) -> float:
    """Return the distance of the shell, with intervals and verdict."""
    return covoxel.distance.association_distance(channel1, channel2).distance


def run() -> Iterator[Comparison]:
    pair = spots(_STACK, _SPACING)
    for name, ours in (("Gaussian", gaussian), ("shell with intervals", shell)):
        yield compare(
            f"{name}, 64 × 512 × 512",
            lambda ours=ours: ours(*pair),
            lambda: published(*pair),
            goal=Faster(18) if ours is gaussian else None,
            rounds=3,
            # the published fit knows no baseline and no PSF
            within=(0.25, 0),
        )
    for name in ("gaussian", "shell"):
        ours, peer = (_measured(who) for who in (name, "published"))
        goal = Faster(5) if name == "gaussian" else None
        yield Comparison(f"peak memory, {name}, 64 × 512 × 512", [ours], [peer], goal, unit="MB")
    for shape, spacing in (((512, 512), (0.05, 0.05)), ((41, 201, 201), (0.15, 0.06, 0.06))):
        pair = spots(shape, spacing)
        yield compare(
            f"shell with intervals, {' × '.join(map(str, shape))}",
            lambda pair=pair: shell(*pair),
            lambda pair=pair: published(*pair),
            goal=None,
            rounds=1,
            within=(0.5, 0),
        )


def _measured(who: str) -> float:
    command = [sys.executable, "-m", "benchmarks.association", who]
    printed = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(printed.stdout)


def _child(who: str) -> None:
    """Print by how much the peak of the memory rises above that with the images loaded."""
    measure = {"gaussian": gaussian, "shell": shell, "published": published}[who]
    rng = np.random.default_rng(0)
    blank = rng.poisson(3, (2, *_STACK)).astype(np.uint16)
    small = spots((16, 80, 80), _SPACING)
    measure(*small)
    for image, channel in zip(blank, small, strict=True):
        image[:16, :80, :80] += channel.data
    pair = [covoxel.Channel(image, "ZYX", spacing=_SPACING) for image in blank]
    before = peak()
    measure(*pair)
    print(peak() - before)


if __name__ == "__main__":
    _child(sys.argv[1])
