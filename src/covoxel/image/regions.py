"""The regions that an analysis was given, for channels of one grid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from covoxel.image.channel import Channel
from covoxel.image.placement import same_placement
from covoxel.image.region import Region, as_region
from covoxel.image.shapes import shape_passes


class Regions:
    """The mask, labels or shapes that were given, for channels of one grid."""

    def __init__(self, mask: Any = None, labels: Any = None, shapes: Any = None) -> None:
        if sum(given is not None for given in (mask, labels, shapes)) > 1:
            msg = "of mask, labels and shapes only one can be given"
            raise ValueError(msg)
        self._mask, self._labels, self._shapes = mask, labels, shapes
        self._lasting: list[Region] | None = None

    def passes(self, channel: Channel, frames: Sequence[int]) -> list[Region]:
        """Return the regions of frames; more than one only where shapes overlap."""
        if self._lasting is not None:
            return self._lasting
        shape, n_frames = channel.spatial_shape, channel.n_frames
        if self._shapes is not None:
            found = shape_passes(self._shapes, shape)
        else:
            region = as_region(self._mask, self._labels, shape, n_frames=n_frames, frames=frames)
            found = [region]
        if not any(region.timed for region in found):
            self._lasting = found
        return found

    def same_placement(self, layer: Any) -> None:
        """Refuse a mask or labels layer that lies elsewhere than an image layer."""
        for name, given in (("mask", self._mask), ("labels", self._labels)):
            same_placement(f"of image1 and {name}", layer, given)
