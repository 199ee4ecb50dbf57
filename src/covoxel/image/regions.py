"""The regions that an analysis was given, for channels of one grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from covoxel.core.types import BoolArray
from covoxel.image.channel import Channel
from covoxel.image.placement import same_placement
from covoxel.image.region import Region, as_region
from covoxel.image.shapes import polygons, shape_passes


class Regions:
    """Mask, labels or shapes, for channels of one grid.

    Every analysis takes its regions from here, so that all of them take the same.

    Parameters
    ----------
    mask : array-like, Channel or napari layer, optional
        Where to look: bool, integers or floats; what is 0, NaN or under a numpy mask is outside.
    labels : array-like, Channel or napari layer, optional
        Regions, one a label: whole numbers of any data type, or bool, which is one region. What
        is 0, NaN, under a numpy mask or an integer below 0 is outside. With a mask, pixels must
        lie in both; a label without any is a region without pixels.
    shapes : sequence of (N, 2) array-like or napari Shapes layer, optional
        Polygons, one region each, which may overlap; instead of labels.

    Raises
    ------
    ValueError
        If both labels and shapes are given.

    Examples
    --------
    >>> from covoxel.image.channel import as_channel
    >>> labels = np.array([[1.0, 1.0, np.nan], [4.0, 0.0, 4.0]])
    >>> regions = Regions(mask=np.array([[1, 0, 1], [0, 1, 0]]), labels=labels)
    >>> (region,) = regions.passes(as_channel(np.zeros((2, 3))), [0])
    >>> region.ids, region.read(0, (slice(0, 2), slice(0, 3)))
    (array([1, 4]), array([[1, 0, 0],
           [0, 0, 0]], dtype=uint32))
    """

    def __init__(self, mask: Any = None, labels: Any = None, shapes: Any = None) -> None:
        if labels is not None and shapes is not None:
            msg = "both labels and shapes are given; pass one of them, with a mask if needed"
            raise ValueError(msg)
        self._mask, self._labels, self._shapes = mask, labels, shapes
        self._lasting: list[Region] | None = None

    def passes(self, channel: Channel, frames: Sequence[int]) -> list[Region]:
        """Return the regions of frames; more than one only where shapes overlap."""
        if self._lasting is not None:
            return self._lasting
        shape, n_frames = channel.spatial_shape, channel.n_frames
        labels = None if self._shapes is not None else self._labels
        region = as_region(self._mask, labels, shape, n_frames=n_frames, frames=frames)
        found = [region]
        if self._shapes is not None:
            drawn = shape_passes(self._outlines(), shape)
            within = None if region.everywhere else region
            found = [replace(one, within=within) for one in drawn]
        if not any(region.changes for region in found):
            self._lasting = found
        return found

    def _outlines(self) -> Sequence[Any]:
        return polygons(self._shapes) if hasattr(self._shapes, "shape_type") else self._shapes

    def pooled(self, channel: Channel, t: int = 0) -> BoolArray | None:
        """Return one mask of all regions in a frame, None for everything."""
        inside: BoolArray | None = None
        for region in self.passes(channel, (t,)):
            own = region.inside(channel.spatial_shape, t)
            if own is None:
                return None
            inside = own if inside is None else inside | own
        return inside

    def as_mask(self, channel: Channel) -> Any:
        """Return what looks in all regions at once as a ``mask``, None for everything."""
        if self._shapes is None and (self._mask is None or self._labels is None):
            return self._mask if self._labels is None else self._labels
        if any(region.changes for region in self.passes(channel, (0,))):
            every = range(channel.n_frames)
            return np.stack([np.asarray(self.pooled(channel, t)) for t in every])
        return self.pooled(channel)

    def place_on(self, image: Any) -> None:
        """Refuse a mask or labels layer that lies elsewhere than an image layer.

        The shapes of a layer are taken where they are drawn on the image.
        """
        for name, given in (("mask", self._mask), ("labels", self._labels)):
            same_placement(f"of image1 and {name}", image, given)
        if hasattr(self._shapes, "shape_type"):
            placed = hasattr(image, "scale") and hasattr(image, "translate")
            self._shapes = polygons(self._shapes, image if placed else None)
