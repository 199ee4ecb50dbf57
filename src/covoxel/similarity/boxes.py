"""Boxes in an image, as corners and as rectangles of a Shapes layer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from covoxel.core.types import AnyArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Boxes:
    """Boxes of pixels."""

    #: First pixel of each box, and the one after its last, along each axis, (N, D).
    start: IntArray
    stop: IntArray

    def __len__(self) -> int:
        return len(self.start)

    def slices(self, number: int) -> tuple[slice, ...]:
        """Return the slices that cut a box out of the image."""
        ends = zip(self.start[number].tolist(), self.stop[number].tolist(), strict=True)
        return tuple(slice(start, stop) for start, stop in ends)

    def rectangles(self) -> tuple[list[FloatArray], IntArray]:
        """Return rectangles for a Shapes layer of napari, one a plane of each box.

        Returns
        -------
        list of (4, D) array, int array
            Corners in pixels, on the outer border of the box's pixels; and each one's box.
        """
        drawn, owner = [], []
        for number in range(len(self)):
            for rectangle in self._planes(number):
                drawn.append(rectangle)
                owner.append(number)
        return drawn, np.asarray(owner, np.int64)

    def _planes(self, number: int) -> Iterator[FloatArray]:
        start, stop = self.start[number], self.stop[number]
        (top, left), (bottom, right) = start[-2:] - 0.5, stop[-2:] - 0.5
        corners = [(top, left), (top, right), (bottom, right), (bottom, left)]
        outer = [range(a, b) for a, b in zip(start[:-2].tolist(), stop[:-2].tolist(), strict=True)]
        for plane in product(*outer):
            yield np.array([(*plane, *corner) for corner in corners], np.float64)


def boxes_of(slices: list[tuple[slice, ...]], ndim: int) -> Boxes:
    """Return boxes from slices."""
    ends: AnyArray = np.array([[(s.start, s.stop) for s in box] for box in slices], np.int64)
    ends = ends.reshape(-1, ndim, 2)
    return Boxes(ends[..., 0], ends[..., 1])
