"""Few pixels that carry a correlation, as hot pixels do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from covoxel.core.types import FloatArray, IntArray
from covoxel.intensity.cuts import Cut
from covoxel.intensity.linear_correlation import pearson_of
from covoxel.intensity.sums import ClassSums
from covoxel.quality.caution import Finding
from covoxel.quality.kinds import HOT_PIXELS
from covoxel.quality.levels import BEYOND, Levels

#: In smaller regions the brightest pixel often carries r.
_SMALLEST = 100
#: They carry a correlation that changes by this without them.
_CARRIED = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Outliers:
    """The pixels of each region that stand out in either channel, r, and r without them."""

    pixels: IntArray
    pearson: FloatArray
    without: FloatArray

    def of(self, regions: slice) -> Outliers:
        """Return what stands out in some regions."""
        return Outliers(self.pixels[regions], self.pearson[regions], self.without[regions])

    def least(self) -> FloatArray:
        """Return r with or without them, whichever is nearer to 0."""
        nearer = np.abs(self.without) < np.abs(self.pearson)
        return np.where(nearer, self.without, self.pearson)

    def finding(self) -> Finding:
        """Return where they carry the correlation."""
        change = np.abs(self.pearson - self.without)
        carried = (self.pixels > 0) & (np.isnan(self.without) | (change >= _CARRIED))
        numbers = np.round(self.pearson, 3), np.round(self.without, 3), self.pixels
        return Finding(HOT_PIXELS, numbers, where=carried & np.isfinite(self.pearson))


def find_outliers(
    groups: Sequence[tuple[Levels, Levels]], sums: Callable[[list[Cut], list[Cut]], ClassSums]
) -> Outliers | None:
    """Return the pixels that stand out, None if none do.

    `groups` are the levels of both channels, group of regions by group; `sums` returns the sums of
    all regions over the classes that cuts of channel 1 and 2 make.
    """
    if not groups:
        return None
    limits = [np.concatenate([_limit(pair[channel]) for pair in groups]) for channel in (0, 1)]
    if not any(np.isfinite(limit).any() for limit in limits):
        return None
    found = sums(*([Cut(limit)] for limit in limits))
    everything, above = found.select(), found.select([0], [0], either=True)
    without = pearson_of(everything - above).value
    return Outliers(above.n, pearson_of(everything).value, without)


def _limit(levels: Levels) -> FloatArray:
    """Return the limit that few outstanding pixels of each region exceed; inf where there are none.

    They are few enough and far enough above all others not to be the image of anything that
    is larger than a pixel.
    """
    others, middle = levels.below_few, levels.median
    limit = middle + BEYOND * (others - middle)
    outlying = (others > middle) & (levels.highest > limit) & (levels.pixels >= _SMALLEST)
    return np.where(outlying, limit, np.inf)
