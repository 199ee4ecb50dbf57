"""Saying beforehand that the transforms would not fit into memory."""

from __future__ import annotations

import psutil

from covoxel.correlation.overlaps import Lags, Side, transform_bytes


def check_memory(side1: Side, side2: Side, lags: Lags) -> None:
    """Raise MemoryError if the transforms take more than what is free."""
    ndim = len(lags.low)
    masked = side1.mask is not None or side2.mask is not None
    needed = transform_bytes(
        side1.shape[-ndim:], side2.shape[-ndim:], lags, side1.values.dtype, masked=masked
    )
    free = psutil.virtual_memory().available
    if needed > free:
        msg = (
            f"the transforms need about {needed / 1e9:.1f} GB and {free / 1e9:.1f} GB are free; "
            "give a smaller max_shift (or max_shift), crop to the region of interest, bin the "
            "images, or compute in float32"
        )
        raise MemoryError(msg)
