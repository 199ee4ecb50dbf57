"""Pairs of images for the calibration of tests: unrelated ones, and related ones."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from scipy import ndimage

Scene = tuple[Any, Any, Any]
PLANE, STACK = (96, 96), (12, 48, 48)
#: Standard deviations of the PSF, and of the noise beside spots of height 1.
_PSF, _NOISE = 2.0, 0.05


def texture(rng: np.random.Generator, shape: tuple[int, ...], sigma: float) -> Any:
    """Return noise behind a Gaussian, of expected mean 0 and variance 1."""
    pad = int(4 * sigma)
    wide = ndimage.gaussian_filter(rng.standard_normal([n + 2 * pad for n in shape]), sigma)
    kernel = ndimage.gaussian_filter1d((np.arange(2 * pad + 3) == pad + 1).astype(float), sigma)
    return wide[(slice(pad, -pad),) * len(shape)] / np.sum(kernel**2) ** (len(shape) / 2)


def cell(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """Return an irregular mask in the middle of an image."""
    axes = np.meshgrid(*[np.linspace(-1, 1, n) for n in shape], indexing="ij")
    rough = texture(rng, tuple(n // 4 + 2 for n in shape), 3)
    smooth = ndimage.zoom(rough, 4, order=1, grid_mode=False)[tuple(slice(n) for n in shape)]
    return np.sqrt(sum(x * x for x in axes)) < 0.8 + 0.15 * smooth


def rendered(shape: tuple[int, ...], places: Any, heights: Any) -> Any:
    """Return spots of the PSF at places between pixels."""
    parts = [
        np.exp(-np.square((np.arange(n)[:, None] - at) / _PSF) / 2)
        for n, at in zip(shape, places, strict=True)
    ]
    subscripts = ("ik,jk,k->ij", "hk,ik,jk,k->hij")[len(shape) - 2]
    return np.einsum(subscripts, *parts, heights, optimize=True)


def within(rng: np.random.Generator, mask: Any, count: int) -> Any:
    """Return places inside a mask."""
    found = np.argwhere(mask)
    return (
        found[rng.integers(0, len(found), count)] + rng.uniform(-0.5, 0.5, (count, mask.ndim))
    ).T


def around(rng: np.random.Generator, shape: tuple[int, ...], count: int) -> Any:
    """Return places in an image and up to 8 pixels around it."""
    return np.array([rng.uniform(-8, n + 8, count) for n in shape])


def textures(
    rng: np.random.Generator,
    widths: tuple[float, float],
    shape: tuple[int, ...] = PLANE,
    *,
    noise: float = 0,
    r: float = 0,
    masked: bool = False,
) -> Scene:
    first, second = (texture(rng, shape, width) for width in widths)
    second = r * first + np.sqrt(1 - r * r) * second
    images = [each + noise * rng.standard_normal(shape) for each in (first, second)]
    return 5 + images[0], 5 + images[1], cell(rng, shape) if masked else None


def spots(
    rng: np.random.Generator,
    count: int,
    shape: tuple[int, ...] = PLANE,
    *,
    shared: float = 0,
    lognormal: bool = False,
    masked: bool = False,
    least: int = 0,
) -> Scene:
    """Return spots, of which `count` are expected in the frame, or as dense in a cell.

    The cell has at least `least` pixels.
    """
    mask = cell(rng, shape) if masked else None
    while mask is not None and np.count_nonzero(mask) < least:
        mask = cell(rng, shape)
    place = partial(within, rng, mask) if masked else partial(around, rng, shape)
    count = rng.poisson(count * (1 if mask is None else mask.mean()))
    common = rng.binomial(count, shared)
    places, heights = place(common), rng.lognormal(0, 1, common) if lognormal else np.ones(common)
    images = []
    for _ in range(2):
        more = rng.lognormal(0, 1, count - common) if lognormal else np.ones(count - common)
        own = np.concatenate([places, place(count - common)], axis=1)
        image = rendered(shape, own, np.concatenate([heights, more]))
        images.append(image + _NOISE * rng.standard_normal(shape))
    return images[0], images[1], mask


def ring(rng: np.random.Generator) -> Scene:
    mask = cell(rng, PLANE)
    mask &= ~ndimage.binary_erosion(mask, iterations=12)
    return 5 + texture(rng, PLANE, 2), 5 + texture(rng, PLANE, 2), mask


def density_gradient(rng: np.random.Generator) -> Scene:
    images = []
    for _ in range(2):
        places = around(rng, PLANE, 480)
        kept = places[:, rng.uniform(0, 1, 480) < np.clip(places[0] / PLANE[0], 0, 1)]
        images.append(rendered(PLANE, kept, np.ones(kept.shape[1])))
    return images[0], images[1], None


def variance_patches(rng: np.random.Generator) -> Scene:
    patches = np.exp(0.8 * texture(rng, PLANE, 12))
    return 20 + texture(rng, PLANE, 2) * patches, 20 + texture(rng, PLANE, 2) * patches, None


def outline(rng: np.random.Generator) -> Scene:
    blurred = ndimage.gaussian_filter(cell(rng, PLANE).astype(float), 2)
    first, second = (blurred * (3 + texture(rng, PLANE, 2)) for _ in range(2))
    return first, second, None


def thickness(rng: np.random.Generator) -> Scene:
    mask = cell(rng, PLANE)
    height = np.sqrt(ndimage.distance_transform_edt(mask))
    first, second = (
        ndimage.gaussian_filter(height * (3 + texture(rng, PLANE, 2)), 1) for _ in range(2)
    )
    return first, second, mask


#: Unrelated pairs in which everything is alike everywhere.
STATIONARY: dict[str, Callable[[np.random.Generator], Scene]] = {
    "textures, σ 2 and 2 px": partial(textures, widths=(2, 2)),
    "textures, σ 2 and 5 px": partial(textures, widths=(2, 5)),
    "textures, σ 5 and 5 px": partial(textures, widths=(5, 5)),
    "textures and noise": partial(textures, widths=(2, 2), noise=1),
    "120 spots": partial(spots, count=120),
    "34 lognormal spots": partial(spots, count=34, lognormal=True),
    "textures, σ 2 px, in a cell": partial(textures, widths=(2, 2), masked=True),
    "textures, σ 5 px, in a cell": partial(textures, widths=(5, 5), masked=True),
    "textures in a ring": ring,
    "40 spots in a cell": partial(spots, count=80, masked=True),
    "textures in 3-D": partial(textures, widths=(2, 2), shape=STACK),
    "60 spots in a cell in 3-D": partial(spots, count=250, shape=STACK, masked=True),
    "the same, cells of 5000 voxels or more": partial(
        spots, count=250, shape=STACK, masked=True, least=5000
    ),
}
#: Unrelated pairs that share something else.
CONFOUNDED: dict[str, Callable[[np.random.Generator], Scene]] = {
    "gradient of density": density_gradient,
    "patches of variance": variance_patches,
    "outline, no mask": outline,
    "varying thickness": thickness,
}
RELATED: dict[str, Callable[[np.random.Generator], Scene]] = {
    "textures, r = 0.3": partial(textures, widths=(2, 2), r=0.3),
    "textures, r = 0.7": partial(textures, widths=(2, 2), r=0.7),
    "coarse textures, r = 0.5": partial(textures, widths=(5, 5), r=0.5),
    "120 spots, 40 % shared": partial(spots, count=120, shared=0.4),
    "120 spots, 80 % shared": partial(spots, count=120, shared=0.8),
    "40 spots in a cell, half shared": partial(spots, count=80, shared=0.5, masked=True),
    "34 lognormal spots, 40 % shared": partial(spots, count=34, shared=0.4, lognormal=True),
}
