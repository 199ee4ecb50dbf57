"""Extents of regions: size, box, centroid, and whether the frame cuts them off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from covoxel.core.types import BoolArray, FloatArray, IntArray
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
    >>> extents.boxes[1]
    (slice(1, 3, None), slice(2, 3, None))
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

    @property
    def boxes(self) -> list[Slices | None]:
        """The box around each region, in the axes of a frame; None for one without pixels."""
        _, _, lowest, highest = self._found
        return [
            tuple(slice(int(low), int(high)) for low, high in zip(*ends, strict=True))
            if ends[1].any()
            else None
            for ends in zip(lowest.T, highest.T, strict=True)
        ]

    @property
    def centroids(self) -> FloatArray:
        """(R, axes) centroid of each region in pixels, NaN for one without pixels."""
        counts, sums, *_ = self._found
        with np.errstate(invalid="ignore"):
            return (sums / counts).T

    @cached_property
    def _found(self) -> tuple[IntArray, FloatArray, IntArray, IntArray]:
        """Pixels of each region, their summed places, and the ends of its box along each axis."""
        n, n_axes = self.region.ids.size, len(self.shape)
        counts, sums = np.zeros(n, np.int64), np.zeros((n_axes, n))
        lowest = np.repeat(np.array(self.shape, np.int64)[:, None], n, axis=1)
        highest = np.zeros((n_axes, n), np.int64)
        alike = self.z is None and n_axes > 2 and self.region.flat  # one plane stands for all
        for t in self._times:
            for where in frame_blocks(self.shape, 0 if alike else self.z):
                index = self.region.index(t, where)
                inside = np.nonzero(index)
                numbers = index[inside] - 1
                counts += np.bincount(numbers, minlength=n)
                for total, place, part in zip(sums, inside, where, strict=True):
                    total += np.bincount(numbers, place + part.start, minlength=n)
                _widen(lowest, highest, index, where)
        if alike:
            sums[0] = counts * ((self.shape[0] - 1) / 2)
            highest[0] = np.where(counts > 0, self.shape[0], 0)
        return counts, sums, lowest, highest


def _widen(lowest: IntArray, highest: IntArray, index: IntArray, where: Slices) -> None:
    """Widen the boxes by what a block holds."""
    from scipy.ndimage import find_objects  # takes a while to load

    found = find_objects(index, max_label=lowest.shape[1])
    for number, box in enumerate(found):
        for axis, (own, part) in enumerate(zip(box or (), where, strict=False)):
            lowest[axis, number] = min(lowest[axis, number], part.start + own.start)
            highest[axis, number] = max(highest[axis, number], part.start + own.stop)
