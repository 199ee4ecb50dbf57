"""Blocks of an image with what lies around them."""

from __future__ import annotations

from collections.abc import Sequence

from covoxel.image.channel import Slices


def around(block: Slices, halo: Sequence[int], shape: Sequence[int]) -> Slices:
    """Return a block with its halo, as far as there are pixels."""
    return tuple(
        slice(max(0, cut.start - reach), min(n, cut.stop + reach))
        for cut, reach, n in zip(block, halo, shape, strict=True)
    )


def within(part: Slices, whole: Slices) -> Slices:
    """Return where a part lies in what begins where `whole` does."""
    starts = zip(part, (cut.start for cut in whole), strict=True)
    return tuple(slice(cut.start - start, cut.stop - start) for cut, start in starts)
