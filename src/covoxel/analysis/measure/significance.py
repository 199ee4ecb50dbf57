"""Tests, intervals and coefficients without noise of each region."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing

import numpy as np
from scipy import ndimage

from covoxel.analysis.measure.data import Values, View
from covoxel.analysis.measure.schema import REPLICATES
from covoxel.core.memory import in_words
from covoxel.core.sharing import in_threads, processors
from covoxel.core.types import AnyArray, FloatArray, Progress
from covoxel.image.channel import Channel, Slices, frame_slices
from covoxel.significance import CoOccurrence, CorrelationTest, replicate_correlation
from covoxel.significance.co_occurrence import co_occurrence_of
from covoxel.significance.correlation import correlation_of
from covoxel.significance.pair import pixel_pair
from covoxel.significance.prepared import Prepared, prepared_pair

#: Bytes that a test takes for each voxel of a region's bounding box, at most, as measured.
_BYTES_A_VOXEL = 600
#: Bytes of each voxel of a frame of which regions are tested: two channels and labels.
_BYTES_READ = 24

#: The columns of a region, with their reasons.
Tested = dict[str, tuple[float, str]]


def significance(
    view: View,
    thresholds: tuple[FloatArray, FloatArray],
    backgrounds: tuple[FloatArray, FloatArray],
    wanted: Sequence[str],
    memory_budget: int,
    progress: Progress | None,
) -> tuple[Values, list[str]]:
    """Return the columns asked for with their reasons, and what they say of each region.

    What outgrows the memory budget is left out, with that as the reason. `progress` is called with
    (regions done, regions in all).
    """
    verdicts = [""] * view.region.ids.size

    def tested(
        index: int, cut: Sequence[AnyArray], mask: AnyArray | None, spacing: Sequence[float] | None
    ) -> Tested:
        levels = [
            (float(threshold[index]), float(background[index]))
            for threshold, background in zip(thresholds, backgrounds, strict=True)
        ]
        values, verdicts[index] = _tested(cut, mask, levels, spacing, wanted)
        return values

    channels = view.channel1, view.channel2
    return _each_region(view, channels, wanted, memory_budget, progress, tested), verdicts


def replicate_values(
    view: View, again: View, memory_budget: int, progress: Progress | None
) -> Values:
    """Return Pearson's r without noise and what belongs to it, with their reasons.

    `again` is the view with the second images in place of the channels. A coefficient beyond −1
    and 1 has a reason, too.
    """
    channels = view.channel1, view.channel2, again.channel1, again.channel2
    names = [one.name for one in REPLICATES]
    return _each_region(view, channels, names, memory_budget, progress, _corrected)


def _corrected(
    index: int, images: Sequence[AnyArray], mask: AnyArray | None, spacing: Sequence[float] | None
) -> Tested:
    """Return the columns of one region with their reasons."""
    first, second, again1, again2 = images
    found = replicate_correlation(
        first, second, replicate1=again1, replicate2=again2, mask=mask, spacing=spacing
    )
    values = found.r, found.low, found.high, found.quality1, found.quality2
    return {one.name: (value, found.reason) for one, value in zip(REPLICATES, values, strict=True)}


def _each_region(
    view: View,
    channels: Sequence[Channel],
    wanted: Sequence[str],
    memory_budget: int,
    progress: Progress | None,
    tested: Callable[..., Tested],
) -> Values:
    """Return columns of the regions of a view, of which each is `tested` by itself.

    That is called with the index of the region, the channels around it, its mask there, and the
    voxel size, in as many threads as the memory budget has room for. What outgrows the budget is
    left out, with that as the reason.
    """
    n = view.region.ids.size
    found = {name: np.full(n, np.nan) for name in wanted}
    reasons = {name: np.full(n, "", object) for name in wanted}
    if len(view.frames) > 1:
        return {name: (found[name], "time points are pooled") for name in wanted}
    needed = view.voxels * (_BYTES_A_VOXEL if view.region.everywhere else _BYTES_READ)
    if needed > memory_budget:
        return {name: (found[name], _too_large(needed)) for name in wanted}
    plane = () if view.z is None else view.z
    images = [channel.read(view.frames[0])[plane] for channel in channels]
    spacing = next((one.spacing for one in channels if one.spacing is not None), None)
    spacing = None if spacing is None else spacing[-images[0].ndim :]
    regions = [*_regions(view, images[0].shape)]
    needs = {index: _BYTES_A_VOXEL * images[0][box].size for index, box, _ in regions}
    largest = max((need for need in needs.values() if need <= memory_budget), default=1)

    def of_region(region: tuple[int, Slices, AnyArray | None]) -> Tested:
        index, box, mask = region
        if needs[index] > memory_budget:
            return dict.fromkeys(wanted, (np.nan, _too_large(needs[index])))
        return tested(index, [image[box] for image in images], mask, spacing)

    workers = min(processors(), memory_budget // largest)
    with closing(in_threads(of_region, regions, workers)) as each:
        for done, (index, _, _) in enumerate(regions):
            if progress is not None:
                progress(done, n)
            values = next(each)
            for name in wanted:
                found[name][index], reasons[name][index] = values[name]
    return {name: (found[name], reasons[name]) for name in wanted}


def _too_large(needed: float) -> str:
    return f"tests need {in_words(needed)}, more than memory_budget"


def _regions(view: View, shape: tuple[int, ...]) -> Iterator[tuple[int, Slices, AnyArray | None]]:
    """Yield the index, the box and the mask of each region; the box has a rim of one pixel."""
    if view.region.everywhere:
        yield 0, frame_slices(shape), None
        return
    everything = frame_slices(view.channel1.spatial_shape, view.z)
    labels = view.region.index(view.frames[0], everything).reshape(shape)
    for index, box in enumerate(ndimage.find_objects(labels)):
        if box is not None and index < view.region.ids.size:
            wider = tuple(slice(max(0, side.start - 1), side.stop + 1) for side in box)
            yield index, wider, labels[wider] == index + 1


def _tested(
    images: Sequence[AnyArray],
    mask: AnyArray | None,
    levels: Sequence[tuple[float, float]],
    spacing: Sequence[float] | None,
    wanted: Sequence[str],
) -> tuple[dict[str, tuple[float, str]], str]:
    """Return the columns of one region with their reasons, and what they say."""
    groups = {name.split("_")[0] for name in wanted}
    above = [
        image.astype(np.float64) - background
        for image, (_, background) in zip(images, levels, strict=True)
    ]
    first, second = above
    pair, masked = pixel_pair(first, second, mask, spacing), mask is not None
    given = prepared_pair(pair, masked=masked)
    if isinstance(given, str):
        return dict.fromkeys(wanted, (np.nan, given)), ""
    values: dict[str, tuple[float, str]] = {}
    if "spearman" in groups:
        ranked = prepared_pair(pair, masked=masked, ranks=True)
        assert isinstance(ranked, Prepared)
        values |= _of_correlation("spearman", correlation_of(ranked))
    test = correlation_of(given)
    values |= _of_correlation("pearson", test)
    if {"m1", "m2"} & groups:
        values |= _of_shares("m", co_occurrence_of(given))
    if {"tm1", "tm2", "shifts"} & groups:
        limits = [threshold - background for threshold, background in levels]
        values |= _of_shares("tm", co_occurrence_of(given, *limits))
    return {name: values[name] for name in wanted}, test.verdict


def _of_correlation(method: str, test: CorrelationTest) -> dict[str, tuple[float, str]]:
    names = ("low", "high", "n_eff", "p", "p_fine")
    values = {f"{method}_{name}": (getattr(test, name), test.reason) for name in names}
    if method == "pearson":
        values["participation"] = (test.participation, test.reason)
    return values


def _of_shares(name: str, tests: tuple[CoOccurrence, CoOccurrence]) -> dict[str, tuple[float, str]]:
    values = {
        f"{name}{i}_{part}": (getattr(test, part), test.reason)
        for i, test in enumerate(tests, 1)
        for part in ("low", "high", "p_shift")
    }
    return values | {"shifts": (tests[0].shifts, tests[0].reason)}
