"""Extents of regions: size, box, centroid, and whether the frame cuts them off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from covoxel.core.types import BoolArray, FloatArray
from covoxel.image.channel import Slices, frame_blocks, frame_slices
from covoxel.image.regions import Region


@dataclass(frozen=True, eq=False)
class Extents:
    """Where regions lie in frames, or in one plane of them; computed on first use.

    Examples
    --------
    >>> from covoxel.image.regions import as_region
    >>> labels = np.array([[1, 0, 0, 0], [0, 0, 2, 2], [0, 0, 2, 0], [0, 0, 0, 0]])
    >>> extents = Extents(as_region(None, labels[:, :3], (4, 3)), (4, 3))
    >>> extents.touching
    array([ True,  True])
    >>> extents.centroids
    array([[0. , 0. ],
           [1.5, 2. ]])
    """

    #: The regions, read block by block.
    region: Region
    #: Shape of a frame.
    shape: tuple[int, ...]
    #: The time points to look at.
    frames: Sequence[int] = (0,)
    #: The only plane to look at.
    z: int | None = None

    @property
    def _times(self) -> Sequence[int]:
        return self.frames if self.region.changes else self.frames[:1]

    @cached_property
    def touching(self) -> BoolArray:
        """Which regions touch the border of the frame, of which alone it is read.

        Only the Y and X borders count. A stack is begun and ended where the user chose, mostly
        in the sample itself, and a 2-D region stands for every plane: if the first and last
        plane counted, nearly every region of a stack would be reported. The whole image has no
        border of its own.
        """
        touching = np.zeros(self.region.ids.size + 1, np.bool_)
        if self.region.everywhere or 0 in self.shape:
            return touching[1:]
        for t in self._times:
            for face in self._faces():
                found = self.region.read(t, face)
                touching[np.unique(np.asarray(found, np.int64))] = True
        return touching[1:]

    def _faces(self) -> Iterator[Slices]:
        """Yield the pixels along each border in Y and X."""
        for axis in range(max(0, len(self.shape) - 2), len(self.shape)):
            for edge in (slice(0, 1), slice(self.shape[axis] - 1, self.shape[axis])):
                face = [*frame_slices(self.shape, self.z)]
                face[axis] = edge
                yield tuple(face)

    @cached_property
    def centroids(self) -> FloatArray:
        """(R, axes) centroid of each region in pixels, NaN for one without pixels."""
        n, n_axes = self.region.ids.size, len(self.shape)
        counts, sums = np.zeros(n, np.int64), np.zeros((n_axes, n))
        alike = self.z is None and n_axes > 2 and self.region.flat  # one plane stands for all
        for t in self._times:
            for where in frame_blocks(self.shape, 0 if alike else self.z):
                index = self.region.index(t, where)
                inside = np.nonzero(index)
                numbers = index[inside] - 1
                counts += np.bincount(numbers, minlength=n)
                for total, place, part in zip(sums, inside, where, strict=True):
                    total += np.bincount(numbers, place + part.start, minlength=n)
        if alike:
            sums[0] = counts * ((self.shape[0] - 1) / 2)
        with np.errstate(invalid="ignore"):
            return (sums / counts).T
