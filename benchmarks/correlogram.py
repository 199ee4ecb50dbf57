"""Masked normalised correlation against scikit-image's, which gives whole pixels."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter
from skimage.registration import phase_cross_correlation

import covoxel
from benchmarks._harness import Comparison, Faster, compare

SHIFT = (3, -37, 21)
_BOUND = 64


def moved_pair(shape: tuple[int, ...]) -> tuple[Any, Any, Any]:
    """Return two channels of a texture that is moved by SHIFT, and an irregular mask."""
    rng = np.random.default_rng(0)
    wide = tuple(n + 2 * _BOUND if n > _BOUND else n + 8 for n in shape)
    texture = gaussian_filter(rng.normal(size=wide).astype(np.float32), 3)
    light = 100 + 300 * np.clip(1 + texture / texture.std() / 3, 0, None)
    images = []
    for step in (np.zeros(len(shape), int), np.array(SHIFT[-len(shape) :])):
        starts = [(w - n) // 2 + s for w, n, s in zip(wide, shape, step, strict=True)]
        cut = tuple(slice(s, s + n) for s, n in zip(starts, shape, strict=True))
        images.append(rng.poisson(light[cut]).astype(np.uint16))
    blobs = gaussian_filter(rng.normal(size=shape[-2:]).astype(np.float32), 30) > 0
    return images[0], images[1], np.broadcast_to(blobs, shape)


def by_correlogram(image1: Any, image2: Any, mask: Any, bound: Any) -> list[int]:
    """Return the shift of whole pixels from the correlogram."""
    found = covoxel.correlation.correlogram(
        image1, image2, mask=mask, max_shift=bound, dtype=np.float32
    )
    r = found.pearson(0.3)
    place = np.unravel_index(np.nanargmax(r), r.shape)
    return [reach - int(i) for i, reach in zip(place, found.max_shift, strict=True)]


def by_register(
    image1: Any, image2: Any, mask: Any, bound: Any, *, subpixel: bool = True
) -> list[int]:
    """Return the shift from a registration, which may also know its fraction and error."""
    found = covoxel.registration.register(
        image1, image2, mask=mask, max_shift=bound, subpixel=subpixel
    )
    return [round(s) for s in found.shift]


def by_scikit_image(image1: Any, image2: Any, mask: Any) -> list[int]:
    """Return the shift of whole pixels from scikit-image."""
    shift, *_ = phase_cross_correlation(image1, image2, reference_mask=mask, moving_mask=mask)
    return [int(s) for s in shift]


def run() -> Iterator[Comparison]:
    whole = partial(by_register, subpixel=False)
    cases = (((1024, 1024), 20, 12, 5), ((2048, 2048), 20, 12, 3), ((32, 512, 512), 30, 12, 3))
    for shape, bounded, free, rounds in cases:
        pair = moved_pair(shape)
        name = " × ".join(map(str, shape))
        bound = (8, _BOUND, _BOUND)[-len(shape) :]
        ways = (
            (f"masked correlation, bound {bound}", by_correlogram, bound, bounded),
            ("register by whole pixels, no bound", whole, None, free),
            ("register to a fraction of a pixel, no bound", by_register, None, None),
        )
        for what, ours, reach, goal in ways:
            yield compare(
                f"{what}, {name}",
                partial(ours, *pair, reach),
                partial(by_scikit_image, *pair),
                goal=goal and Faster(goal),
                rounds=rounds,
            )
