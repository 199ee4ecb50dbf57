"""Overlap of two masks."""

from __future__ import annotations

import math

import numpy as np

from covoxel.similarity.pair import Found, Pair


def of_masks(pair: Pair, wanted: tuple[str, ...]) -> dict[str, Found]:
    """Return Jaccard's index, Dice's and the share of mask 1 inside mask 2."""
    masks = []
    for number, pixels in enumerate((pair.pixels1, pair.pixels2), start=1):
        mask = pixels != 0
        if np.unique(pixels[mask]).size > 1:
            return dict.fromkeys(wanted, (math.nan, f"image {number} is not binary"))
        masks.append(mask)
    one, other = (int(np.count_nonzero(mask)) for mask in masks)
    both = int(np.count_nonzero(masks[0] & masks[1]))
    parts = {
        "jaccard": (both, one + other - both, "both masks are empty"),
        "dice": (2 * both, one + other, "both masks are empty"),
        "intersection_coefficient": (both, one, "mask 1 is empty"),
    }
    return {
        name: (part / whole, "") if whole else (math.nan, reason)
        for name, (part, whole, reason) in parts.items()
        if name in wanted
    }
