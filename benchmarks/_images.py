"""Channel pairs to measure: what a microscope gives, and the worst that could come."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from covoxel import simulate_pair

#: Between the background and the cells of `plane` and `stack`, in both channels.
THRESHOLD = 250


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Two uint16 channels, and a threshold for both."""

    name: str
    image1: Any
    image2: Any
    threshold: float = THRESHOLD

    @property
    def flat(self) -> tuple[Any, Any]:
        """Both channels as vectors, as the functions of scipy take them."""
        return self.image1.ravel(), self.image2.ravel()

    def crop(self, size: int) -> Pair:
        """Return a square of the last two axes."""
        part = (..., slice(size), slice(size))
        return replace(
            self,
            name=f"{size} × {size}",
            image1=np.ascontiguousarray(self.image1[part]),
            image2=np.ascontiguousarray(self.image2[part]),
        )


def textured_cells(shape: tuple[int, ...], n_cells: int, **options: Any) -> tuple[Any, Any]:
    """Return cells full of textures that the channels share in part, on a dark background."""
    found = simulate_pair(
        shape=shape,
        structure="textures",
        shared_fraction=0.7,
        photons1=400,
        n_cells=n_cells,
        **options,
    )
    return np.asarray(found.channel1.data), np.asarray(found.channel2.data)


@cache
def plane() -> Pair:
    """2048 × 2048: 60 cells."""
    return Pair("2D", *textured_cells((2048, 2048), 60, cell_radius=8))


@cache
def stack() -> Pair:
    """32 × 1024 × 1024: four fields of view of 5 cells."""
    fields = [textured_cells((32, 256, 1024), 5, cell_radius=6, rng=seed) for seed in range(4)]
    return Pair("3D", *(np.concatenate(field, axis=1) for field in zip(*fields, strict=True)))


@cache
def tissue() -> Pair:
    """2048 × 2048 of texture without a background."""
    return Pair("2D", *textured_cells((2048, 2048), 0), threshold=500)


@cache
def noise() -> Pair:
    """2048 × 2048 of uniform noise: nearly every pixel is a cell of the histogram."""
    images = np.random.default_rng(0).integers(0, 1 << 16, (2, 2048, 2048), np.uint16)
    return Pair("2D uniform noise, the worst case", *images, threshold=1 << 15)


#: Sizes of the table of speeds.
SIZES = ("512²", "2048²", "32×512²")


def sized(size: str) -> Pair:
    """Return the pair of one of `SIZES`."""
    if size == "2048²":
        return plane()
    return stack().crop(512) if size == "32×512²" else plane().crop(512)


def tiles(shape: tuple[int, int], height: int, width: int) -> Any:
    """Return labels that cover an image in tiles."""
    y, x = np.indices(shape, np.int32)
    return y // height * (-(-shape[1] // width)) + x // width + 1
