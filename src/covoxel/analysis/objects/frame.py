"""The objects of both channels in one frame, given or found, and how they lie to each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from covoxel.analysis.objects.cautions import found_cautions, image_cautions
from covoxel.analysis.objects.coupling import Couplings, couplings, cross_k_of
from covoxel.analysis.objects.inputs import GivenLabels, GivenPoints
from covoxel.core.types import BoolArray, FloatArray, IntArray, Note
from covoxel.image.channel import Channel
from covoxel.image.regions import finite_inside
from covoxel.objects.cells import (
    Coexpression,
    coexpression_by_intensity,
    coexpression_by_objects,
    parent_cells,
)
from covoxel.objects.distances import Nearest, nearest_centres, nearest_edges
from covoxel.objects.intensities import ObjectIntensities, centres_of_mass, object_intensities
from covoxel.objects.matching import Matches, match_objects
from covoxel.objects.object_set import ObjectSet, labelled_objects
from covoxel.objects.overlapping import (
    NONE,
    Agreement,
    OverlappingPairs,
    agreement_of,
    held_at,
    overlapping_objects,
)
from covoxel.objects.ripley_test import CrossKTest
from covoxel.objects.segmentation import segment_objects
from covoxel.objects.spots import Spots, find_spots
from covoxel.quality.caution import Caution
from covoxel.thresholds.spec import threshold

if TYPE_CHECKING:
    from covoxel.analysis.channels import FramePair
    from covoxel.analysis.objects.inputs import ObjectsInputs
    from covoxel.analysis.objects.options import ObjectsOptions


@dataclass(frozen=True, slots=True, eq=False)
class RelatedObjects:
    """The objects of one channel, as they lie to those of the other."""

    found: ChannelObjects
    #: Place of the cell of each object, -1 for none; None where there are no cells, (N,).
    cells: IntArray | None
    #: Seen from this channel.
    pairs: OverlappingPairs
    #: The best of these of each object, -1 for none, (N,).
    best: IntArray
    centres: Nearest
    edges: Nearest
    #: Which object of the other channel holds the centre, -1 for none, (N,).
    held: IntArray
    #: Which one it is matched with, -1 for none, (N,).
    matched: IntArray
    match_distance: FloatArray
    #: Distance of the centre to the border of frame or mask, (N,).
    border: FloatArray
    #: Of channel 1 and 2.
    intensities: tuple[ObjectIntensities, ObjectIntensities]

    @property
    def objects(self) -> ObjectSet:
        """The objects."""
        return self.found.objects


@dataclass(frozen=True, slots=True, eq=False)
class FrameObjects:
    """What was found in a frame."""

    #: Channel 1 and 2.
    sides: tuple[RelatedObjects, RelatedObjects]
    matches: Matches
    #: Longest distance of centres that belong together.
    longest: float
    cells: ObjectSet | None = None
    #: Of channel 1 and 2; none where there are no cells.
    cell_intensities: tuple[ObjectIntensities, ...] = ()
    #: None where there are no cells, or no threshold by which they are positive.
    coexpression: Coexpression | None = None
    agreement: Agreement | None = None
    #: None where they are not asked for.
    couplings: Couplings | None = None
    #: None where it is not asked for.
    cross_k: CrossKTest | None = None
    #: On the images, and on what was found.
    cautions: tuple[Caution, ...] = ()
    #: Those on what was found.
    found_cautions: tuple[Caution, ...] = ()


def frame_objects(unit: FramePair, inputs: ObjectsInputs, options: ObjectsOptions) -> FrameObjects:
    """Find the objects of a frame, and compare those of both channels."""
    images = unit.images()
    mask, cells = inputs.mask_of(unit), inputs.cells_of(unit)
    for find, image in zip((options.find1, options.find2), images, strict=True):
        if find != "labels":
            mask = finite_inside(mask, image.data)
    both = [
        found_objects(number, unit, image, source, mask, options)
        for number, image, source in zip((1, 2), images, inputs.sources, strict=True)
    ]
    first, second = (one.objects for one in both)
    convention = options.convention
    pairs = overlapping_objects(first, second)
    seen = pairs, pairs.swapped()
    parents = None
    if cells is not None:
        parents = parent_cells(first, cells), parent_cells(second, cells)
    centres = nearest_centres(first, second, parents)
    edges = nearest_edges(first, second, pairs, parents)
    longest = options.longest(first.spacing)
    matches = match_objects(first, second, longest, parents)
    partners = (matches.first, matches.second), (matches.second, matches.first)
    depth = None if mask is None else mask_depth(mask, first.step)
    where = mask
    if cells is not None and cells.index is not None:
        where = cells.index > 0 if mask is None else mask & (cells.index > 0)
    sides = []
    for i, (own, other) in enumerate(((first, second), (second, first))):
        matched, distance = np.full(len(own), NONE, np.int64), np.full(len(own), np.nan)
        matched[partners[i][0]], distance[partners[i][0]] = partners[i][1], matches.distance
        side = RelatedObjects(
            both[i],
            None if parents is None else parents[i],
            seen[i],
            seen[i].best(len(own), by=convention.best),
            centres[i],
            edges[i],
            held_at(own, other, truncate=convention.truncate),
            matched,
            distance,
            border_distances(own, depth),
            _intensities(own, images),
        )
        sides.append(side)
    extended = first.extended and second.extended
    agreement = agreement_of(first, second, pairs) if convention.agreement and extended else None
    of_cells = () if cells is None else _intensities(cells, images)
    coexpression = None if cells is None else _coexpression(cells, both, images, options)
    tests = couplings((first, second), longest, mask, cells, options)
    registered = inputs.registration is not None
    found = found_cautions(
        tests.whole if tests else (),
        [len(one.objects) if np.isfinite(one.threshold) else 0 for one in both],
        0 if cells is None else len(cells),
    )
    return FrameObjects(
        (sides[0], sides[1]),
        matches,
        longest,
        cells,
        of_cells,
        coexpression,
        agreement,
        tests,
        cross_k_of((first, second), where, options),
        (*image_cautions(images, where, options, registered=registered), *found),
        found,
    )


def _intensities(
    objects: ObjectSet, images: tuple[Channel, Channel]
) -> tuple[ObjectIntensities, ObjectIntensities]:
    one, other = (object_intensities(objects, image) for image in images)
    return one, other


def _coexpression(
    cells: ObjectSet,
    both: Sequence[ChannelObjects],
    images: tuple[Channel, Channel],
    options: ObjectsOptions,
) -> Coexpression | None:
    if options.positive == "objects":
        first, second = (one.objects for one in both)
        return coexpression_by_objects(cells, first, second, min_objects=options.min_objects)
    levels = [one.threshold for one in both]
    if not np.isfinite(levels).all():
        return None
    return coexpression_by_intensity(cells, *images, threshold1=levels[0], threshold2=levels[1])


def mask_depth(mask: BoolArray, step: FloatArray) -> FloatArray:
    """Return how far each pixel of a mask is from its border, in units of `step`.

    The frame is a border, too, but an axis that is one pixel long has none.
    """
    rim = [(int(size > 1),) * 2 for size in mask.shape]
    depth = np.asarray(ndimage.distance_transform_edt(np.pad(mask, rim), sampling=tuple(step)))
    whole = tuple(slice(one, one + size) for (one, _), size in zip(rim, mask.shape, strict=True))
    return np.asarray(depth[whole] - step.min() / 2)


def border_distances(objects: ObjectSet, depth: FloatArray | None) -> FloatArray:
    """Return how far centres are from the border of the frame, or of the mask, in µm or pixels.

    `depth` is that of the mask (`mask_depth`). An axis that is one pixel long has no border.
    """
    out = np.full(len(objects), np.nan)
    inside = np.flatnonzero(objects.inside)
    centres, step = objects.centroids[inside], objects.step
    if depth is not None:
        out[inside] = depth[tuple(np.rint(centres).astype(np.int64).T)]
        return out
    size = np.array(objects.shape)
    ends = np.minimum(centres + 0.5, size - 0.5 - centres) * step
    ends[:, size == 1] = np.inf
    out[inside] = ends.min(axis=1, initial=np.inf)
    return out


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
