"""Checking two channels before they are measured."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import Any, Literal

import numpy as np

from covoxel.image.channel import Channel, as_channel, frame_slices
from covoxel.image.extents import Extents
from covoxel.image.regions import Regions
from covoxel.intensity.histogram import JointHistogram, joint_histogram
from covoxel.intensity.linear_correlation import pearson_of
from covoxel.intensity.marginal import marginal
from covoxel.intensity.sums import class_sums
from covoxel.quality.caution import Caution, Findings
from covoxel.quality.checks import find_outliers, identical, region_findings
from covoxel.quality.levels import ChannelLevels
from covoxel.quality.pixels.image_checks import image_findings, series_findings

#: Pixels of a float image that are checked where all of them outgrow memory.
_ENOUGH = 1 << 22


def check_pair(
    image1: Any,
    image2: Any,
    *,
    mask: Any = None,
    labels: Any = None,
    shift: bool | Literal["suspected"] = False,
) -> tuple[Caution, ...] | list[tuple[Caution, ...]]:
    """Check two channels before they are measured.

    In the intensities of each region: saturation, hot pixels, constant channels, clipped and
    negative values, offsets, rescaling, masks taken for images, copies of one channel, tiny,
    cut-off or mostly empty regions, and a missing voxel size. In the images, whatever the
    regions: bleed-through, noise, undersampling, uneven light, JPEG compression, burned-in text,
    repeated planes, and time points read as planes. ``docs/cautions.md`` lists them all.

    Parameters
    ----------
    image1, image2 : (Z, Y, X) or (Y, X) array-like, Channel or napari layer
        The channels, on one grid, as acquired.
    mask : bool array-like, optional
        Where to look.
    labels : int array-like, optional
        Regions to check one by one.
    shift : bool or "suspected"
        Whether to look for a shift between the channels as well, inside the mask or all labels
        together; it takes longer than all the rest, see `channel_shift`. With "suspected" a place
        of most contrast is looked at first, and registered where it hints at a shift.

    Returns
    -------
    tuple of Caution, or a list of such
        The most severe first; with `labels` one tuple a label, ascending.

    Raises
    ------
    ValueError
        If shapes differ.
    TypeError
        If an image is complex or RGB, or labels are no integers.

    References
    ----------
    Schmied et al., "Community-developed checklists for publishing images and image
    analyses", 2024, doi:10.1038/s41592-023-01987-9

    Examples
    --------
    >>> from covoxel import simulate_pair
    >>> pair = simulate_pair(photons1=300, bits=8, rng=1)
    >>> cautions = check_pair(pair.channel1, pair.channel2)
    >>> [caution.code for caution in cautions]
    ['saturated1', 'offset1', 'saturated2', 'offset2', 'mostly_background']
    >>> cautions[0].message
    "0.74 % of pixels of channel 1 are at 255, the detector's maximum"
    """
    channel1, channel2 = as_channel(image1), as_channel(image2)
    histogram = _histogram(channel1, channel2, mask, labels)
    regions = Regions(mask, labels)
    (region,) = regions.passes(channel1, (0,))
    border = Extents(region, channel1.spatial_shape).touching
    moments = class_sums(histogram).select()
    same, r = identical(moments), pearson_of(moments).value
    groups = histogram.groups()
    levels = [
        (
            ChannelLevels(marginal(histogram, group, 1), channel1.dtype),
            ChannelLevels(marginal(histogram, group, 2), channel2.dtype),
        )
        for group in groups
    ]
    outliers = find_outliers(levels, partial(class_sums, histogram))
    images = image_findings(channel1, channel2, shift=shift == "suspected")
    found: list[tuple[Caution, ...]] = []
    for group, pair in zip(groups, levels, strict=True):
        found += region_findings(
            *pair,
            identical=same[group.slice],
            border=border[group.slice],
            spacing=channel1.spacing,
            pixels=histogram.pixels[group.slice],
            pearson=r[group.slice],
            outliers=None if outliers is None else outliers.of(group.slice),
            more=images,
        ).cautions()
    if shift is True:
        from covoxel.quality.shift import channel_shift  # brings the transforms along

        shifted = channel_shift(channel1, channel2, mask=regions.pooled(channel1))
        found = [_with(cautions, shifted) for cautions in found]
    return found if labels is not None else found[0]


def _histogram(channel1: Channel, channel2: Channel, mask: Any, labels: Any) -> JointHistogram:
    """Return the joint histogram; of float images that outgrow memory, of some planes or rows."""
    try:
        return joint_histogram(channel1, channel2, mask=mask, labels=labels)
    except MemoryError:
        step = -(-math.prod(channel1.spatial_shape) // _ENOUGH)
        if labels is not None or step == 1:
            raise
    inside = Regions(mask).pooled(channel1)
    return joint_histogram(
        _thinned(channel1, step),
        _thinned(channel2, step),
        mask=None if inside is None else inside[::step],
    )


def _thinned(channel: Channel, step: int) -> Channel:
    """Return every so many planes of a stack, or rows of a plane."""
    _, *others = whole = frame_slices(channel.spatial_shape)
    firsts = range(0, whole[0].stop, step)
    parts = [channel.read(0, (slice(first, first + 1), *others)) for first in firsts]
    return replace(channel, data=np.concatenate(parts), axes=channel.axes.removeprefix("T"))


def check_series(image1: Any, image2: Any) -> tuple[Caution, ...]:
    """Check two time series before their time points are compared.

    `image1`, `image2`: with a time axis; without one nothing is found.

    Returns
    -------
    tuple of Caution
        Bleaching, and time points that are the same; the most severe first.

    Examples
    --------
    >>> import numpy as np
    >>> from covoxel import Channel
    >>> light = 100 * np.exp(-0.1 * np.arange(6))[:, None, None]
    >>> frames = np.random.default_rng(0).poisson(light, (6, 64, 64)) * np.eye(64, dtype=int)
    >>> series = Channel(frames, "TYX")
    >>> [caution.code for caution in check_series(series, series)]
    ['bleaching1', 'bleaching2']
    """
    return Findings(series_findings(as_channel(image1), as_channel(image2)), 1).cautions()[0]


def _with(cautions: tuple[Caution, ...], more: Caution | None) -> tuple[Caution, ...]:
    """Add a warning after the severe ones."""
    if more is None:
        return cautions
    severe = sum(caution.severity == "severe" for caution in cautions)
    return (*cautions[:severe], more, *cautions[severe:])
