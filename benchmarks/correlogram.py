"""Masked normalised correlation against scikit-image's, which gives whole pixels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter
from skimage.registration import phase_cross_correlation

import covoxel
from benchmarks._harness import Row
from benchmarks._images import Pair

SHIFT = (3, -37, 21)
_BOUND = 64


def moved_pair(shape: tuple[int, ...], shift: tuple[int, ...] = SHIFT) -> tuple[Any, Any, Any]:
    """Return two channels of a texture that is moved by a shift, and an irregular mask."""
    rng = np.random.default_rng(0)
    wide = tuple(n + 2 * _BOUND if n > _BOUND else n + 8 for n in shape)
    texture = gaussian_filter(rng.normal(size=wide).astype(np.float32), 3)
    light = 100 + 300 * np.clip(1 + texture / texture.std() / 3, 0, None)
    images = []
    for step in (np.zeros(len(shape), int), np.array(shift[-len(shape) :])):
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


def _moved(pair: Pair) -> tuple[Any, Any, Any]:
    return moved_pair(np.shape(pair.image1))


def _bounded(given: tuple[Any, Any, Any]) -> list[int]:
    return by_correlogram(*given, (8, _BOUND, _BOUND)[-given[0].ndim :])


def _whole(given: tuple[Any, Any, Any]) -> list[int]:
    return by_register(*given, None, subpixel=False)


def _fraction(given: tuple[Any, Any, Any]) -> list[int]:
    return by_register(*given, None)


def _peer(given: tuple[Any, Any, Any]) -> list[int]:
    return by_scikit_image(*given)


def _row(name: str, ours: Callable[[Any], Any], goal: dict[str, float]) -> Row:
    return Row(f"{name} : scikit-image", ours, _peer, goal, prepare=_moved, rounds=3)


ROWS = [
    _row("masked NCC, bound 64", _bounded, {"512²": 20, "2048²": 20, "32×512²": 30}),
    _row("register, whole pixels", _whole, {"2048²": 12, "32×512²": 12}),
    _row("register, fraction and error", _fraction, {"2048²": 10, "32×512²": 10}),
]
