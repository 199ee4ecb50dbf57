"""Pearson's r without noise, of each region, from a second image of each channel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from covoxel.analysis.measure.columns import Values
from covoxel.analysis.measure.data import View
from covoxel.analysis.measure.options import Settings
from covoxel.analysis.measure.schema import REPLICATES
from covoxel.core.types import AnyArray, Note

if TYPE_CHECKING:
    from covoxel.analysis.measure.significance import Tested


def replicate_values(view: View, again: View, settings: Settings) -> Values:
    """Return the columns of the corrected coefficient with their reasons.

    `again` is the view with the second images in place of the channels.
    """
    from covoxel.analysis.measure.significance import each_region  # loads slowly

    channels = view.channel1, view.channel2, again.channel1, again.channel2
    names = [one.name for one in REPLICATES]
    return each_region(view, channels, names, settings.options.memory_budget, _corrected)


def replicate_remarks(values: Values) -> list[list[Note]]:
    """Return a remark on the coefficient of each region that lies beyond −1 and 1."""
    if not values:
        return []
    name = REPLICATES[0].name
    found, reasons = values[name]
    pairs = zip(found, reasons, strict=True)
    return [[(name, reason)] if abs(value) > 1 else [] for value, reason in pairs]


def _corrected(
    index: int, images: Sequence[AnyArray], mask: AnyArray | None, spacing: Sequence[float] | None
) -> Tested:
    """Return the columns of one region with their reasons."""
    from covoxel.significance import replicate_correlation  # loads slowly

    first, second, again1, again2 = images
    found = replicate_correlation(
        first, second, replicate1=again1, replicate2=again2, mask=mask, spacing=spacing
    )
    values = found.r, found.low, found.high, found.quality1, found.quality2
    return {one.name: (value, found.reason) for one, value in zip(REPLICATES, values, strict=True)}
