"""Cautions of a frame: what images and tests show that makes objects unreliable."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from covoxel.core.types import BoolArray
from covoxel.image.channel import Channel
from covoxel.quality.caution import Caution, Finding, Findings
from covoxel.quality.kinds import OFFSET, SHARED_OUTLINE, WHOLE_CELLS
from covoxel.quality.pair import check_pair, check_series

if TYPE_CHECKING:
    from covoxel.analysis.objects.options import ObjectsOptions
    from covoxel.objects.nearest_test import CouplingTest

#: Share of places that are nearer than objects below which both channels lie in the same regions.
_SAME_REGIONS = 1 / 3
#: Objects a cell up to which they may be the cells, in two parts each.
_FEW = 2


def matters(caution: Caution) -> bool:
    """Return whether a caution affects objects, which an offset does not."""
    affected = {"distance", "intensity"} & {*caution.affects}
    return bool(affected) and caution.code not in OFFSET.codes


def image_cautions(
    images: Sequence[Channel], mask: BoolArray | None, options: ObjectsOptions, *, registered: bool
) -> Iterator[Caution]:
    """Yield the cautions of both images that matter, none where these are labels."""
    if not _labels(options):
        found = check_pair(*images, mask=mask, shift=False if registered else "suspected")
        yield from (one for one in found if isinstance(one, Caution) and matters(one))


def series_cautions(
    channel1: Channel, channel2: Channel, options: ObjectsOptions
) -> tuple[Caution, ...]:
    """Return the cautions of all time points that matter."""
    if _labels(options):
        return ()
    return tuple(filter(matters, check_series(channel1, channel2)))


def found_cautions(
    tests: Iterable[CouplingTest], counts: Sequence[int], cells: int
) -> tuple[Caution, ...]:
    """Return what makes the objects of a frame doubtful.

    `tests`: of channel 1 and 2: objects without a partner may be near the other channel, as in the
        same cells.
    `counts`: objects above a threshold of channel 1 and 2, which may be the cells.
    `cells`: number of cells.
    """
    found = [
        Finding(SHARED_OUTLINE, (round(100 * test.beyond),), number)
        for number, test in enumerate(tests, start=1)
        if test.beyond < _SAME_REGIONS
    ]
    found += [
        Finding(WHOLE_CELLS, (n, cells), number)
        for number, n in enumerate(counts, start=1)
        if 0 < n <= _FEW * cells
    ]
    return Findings(found, 1).cautions()[0]


def _labels(options: ObjectsOptions) -> bool:
    return "labels" in (options.find1, options.find2)
