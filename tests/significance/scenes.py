"""Pairs of images whose association is known."""

import numpy as np
from scipy import ndimage


def texture(rng: np.random.Generator, shape: tuple[int, ...], sigma: float) -> np.ndarray:
    """Return Gaussian noise behind a Gaussian, of mean 0 and variance 1."""
    pad = int(4 * sigma)
    wide = ndimage.gaussian_filter(rng.standard_normal([n + 2 * pad for n in shape]), sigma)
    image = wide[(slice(pad, -pad),) * len(shape)]
    return (image - image.mean()) / image.std()


def cell(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Return an irregular mask in the middle of an image."""
    axes = np.meshgrid(*[np.linspace(-1, 1, n) for n in shape], indexing="ij")
    return np.sqrt(sum(x * x for x in axes)) < 0.8 + 0.1 * texture(rng, shape, 8)
