"""The objects of one channel in one frame: given, or found as the options say."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from covoxel.analysis.objects.sources import GivenLabels, GivenPoints
from covoxel.core.types import BoolArray, Note
from covoxel.image.channel import Channel
from covoxel.objects.intensities import centres_of_mass
from covoxel.objects.object_set import ObjectSet, labelled_objects
from covoxel.objects.segmentation import segment_objects
from covoxel.objects.spots import Spots, find_spots
from covoxel.thresholds.spec import threshold

if TYPE_CHECKING:
    from covoxel.analysis.channels import FramePair
    from covoxel.analysis.objects.options import ObjectsOptions

LABELS_ARE_NO_LIGHT = "the image is one of labels"


@dataclass(frozen=True, slots=True, eq=False)
class ChannelObjects:
    """The objects of a channel."""

    objects: ObjectSet
    #: What is known of them where they are spots.
    spots: Spots | None = None
    #: Above which they lie; NaN where there is none.
    threshold: float = math.nan
    #: Why there are none, by column.
    notes: tuple[Note, ...] = ()


def found_objects(
    number: int,
    unit: FramePair,
    image: Channel,
    source: GivenLabels | GivenPoints | None,
    mask: BoolArray | None,
    options: ObjectsOptions,
) -> ChannelObjects:
    """Return the objects of channel `number`, 1 or 2, of a frame."""
    find = getattr(options, f"find{number}")
    spacing = None if options.convention.in_pixels else image.spacing
    image = replace(image, spacing=spacing)
    if source is not None:
        if spacing is None:
            unit = replace(unit, channel1=replace(unit.channel1, spacing=None))
        found = ChannelObjects(source.objects(unit, mask))
    elif find == "labels":
        found = ChannelObjects(labelled_objects(image, mask=mask))
    elif find == "spots":
        spots = find_spots(
            image,
            width=options.spot_width,
            min_contrast=options.spot_contrast,
            method=options.spot_filter,
            mask=mask,
        )
        found = ChannelObjects(spots.objects, spots)
    else:
        found = _above_threshold(number, image, mask, options)
    center = options.center or options.convention.center
    if center == "mass" and find != "labels":
        found = replace(found, objects=centres_of_mass(found.objects, image))
    return found


def _above_threshold(
    number: int, image: Channel, mask: BoolArray | None, options: ObjectsOptions
) -> ChannelObjects:
    method = str(options.threshold(number))
    level = threshold(image, method, mask=mask)
    if math.isnan(level):
        nothing = np.zeros(image.shape, np.uint8)
        reason = f"{method} finds no threshold, so that there are no objects"
        objects = labelled_objects(image.with_data(nothing), mask=mask)
        return ChannelObjects(objects, notes=((f"objects{number}", reason),))
    labels = segment_objects(
        image,
        level,
        inclusive=options.convention.inclusive,
        min_size=options.min_size,
        max_size=options.max_size,
        split=options.split,
        mask=mask,
    )
    return ChannelObjects(labelled_objects(image.with_data(labels), mask=mask), threshold=level)
