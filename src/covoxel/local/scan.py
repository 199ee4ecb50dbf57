"""Scan: a window passes over two channels, block by block and in several threads."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from covoxel.core.sharing import processors
from covoxel.core.types import AnyArray, BoolArray, FloatArray, Progress
from covoxel.correlation.blocks import around, within
from covoxel.image.channel import Slices, frame_slices
from covoxel.local.pair import MaskedPair, PairBlock
from covoxel.local.window import Window, WindowReading, window_of

#: Voxels read at a time, with what the windows reach beyond them.
BLOCK_VOXELS = 1 << 24
#: Voxels whose sums are held at a time where they are weighted.
_PART_VOXELS = 1 << 16
#: Rows that a thread takes at a time; more of windows that reach far.
_ROWS = 64
#: No pixels of a result.
_NOTHING, _NO_SUMS = np.empty((0, 0, 0), np.float32), np.empty((6, 0, 0, 0))


@dataclass(frozen=True, slots=True, eq=False)
class ScanBlock:
    """A block ``own`` of the frame, in pixels that go as far as windows reach beyond it.

    Slices are along Z, Y and X; ``inner`` is where the block lies in the pixels.
    """

    pixels: PairBlock
    own: Slices
    inner: Slices

    @property
    def counted(self) -> BoolArray:
        """Which pixels of the block count."""
        return self.pixels.inside[self.inner]

    @property
    def corner(self) -> tuple[int, ...]:
        """Where the pixels begin in the frame."""
        return tuple(o.start - i.start for o, i in zip(self.own, self.inner, strict=True))

    def near(self, part: Slices, halo: tuple[int, ...]) -> PairBlock:
        """Return the pixels around a part, in single precision only where both channels are."""
        where = around(part, halo, self.pixels.inside.shape)
        images = self.pixels.image1, self.pixels.image2
        single = all(image.dtype == np.float32 for image in images)
        kind = np.float32 if single else np.float64
        image1, image2 = (np.require(image[where], kind, ["C", "W"]) for image in images)
        return PairBlock(image1, image2, np.ascontiguousarray(self.pixels.inside[where]))


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """What is looked at, and through which window; no result depends on `block_voxels`.

    ``window`` is along Z, Y and X; ``centres`` are what is taken off the intensities.
    """

    pair: MaskedPair
    window: Window
    centres: tuple[float, float]
    workers: int | None = None
    progress: Progress | None = None
    block_voxels: int = BLOCK_VOXELS

    @property
    def threads(self) -> int:
        """How many threads share the work."""
        return self.workers or processors()

    @property
    def exact(self) -> bool:
        """Whether all sums are whole numbers that float64 holds exactly."""
        return self.window.kind == "box" and self.pair.whole

    @property
    def least(self) -> float:
        """Share of the squares about the centre that rounding may add to a variance."""
        terms = sum(2 * reach + 1 for reach in self.window.halo)
        return 0.0 if self.exact else float(np.finfo(np.float64).eps) * (64 + terms)

    def read_map(self, reading: WindowReading, out: Any, area: Slices | None = None) -> None:
        """Write one value a pixel into `out`, NaN where it is undefined or does not count.

        ``area`` is the part of the frame along Z, Y and X that `out` is for; by default all of it.
        """
        area = area or frame_slices(self.pair.solid)
        for block, in_threads in self._blocks(area):
            where = within(block.own, area)[3 - len(self.pair.shape) :]
            held = out[where]
            direct = isinstance(held, np.ndarray) and held.flags.c_contiguous
            size = block.counted.shape
            values = held.reshape(size) if direct else np.empty(size, out.dtype)
            in_threads(partial(self._read_part, block, reading, values))
            if not block.counted.all():
                np.copyto(values, np.nan, where=~block.counted)
            if not direct:
                out[where] = values.reshape(size[3 - len(where) :])

    def read_plane(self, reading: WindowReading, z: int) -> AnyArray:
        """Return the values of one plane, (Y, X), as `read_map` writes them."""
        solid = self.pair.solid
        out = np.empty((1, *solid[1:])[3 - len(self.pair.shape) :], np.float32)
        self.read_map(reading, out, (slice(z, z + 1), *frame_slices(solid[1:])))
        return out.reshape(solid[1:])

    def sums(self) -> tuple[FloatArray, BoolArray]:
        """Return the six sums of the window around each pixel, and which pixels count."""
        shape = self.pair.shape
        out, counted = np.empty((6, *self.pair.solid)), np.empty(self.pair.solid, np.bool_)
        for block, in_threads in self._blocks(frame_slices(self.pair.solid)):
            counted[block.own] = block.counted
            in_threads(partial(self._sum_part, block, out[(slice(None), *block.own)]))
        return out.reshape(6, *shape), counted.reshape(shape)

    def _read_part(
        self, block: ScanBlock, reading: WindowReading, values: AnyArray, part: Slices
    ) -> None:
        place = within(part, block.inner)
        if self.window.kind == "box":
            self._sweep(block, part, place, reading, values, _NO_SUMS)
        else:
            sums = self._weighted(block, part)
            values[place] = read_sums(sums, reading, self.centres, self.least, values.dtype)

    def _sum_part(self, block: ScanBlock, out: FloatArray, part: Slices) -> None:
        if self.window.kind == "box":
            whole = tuple(slice(0, cut.stop - cut.start) for cut in part)
            sums = np.empty((6, *(cut.stop for cut in whole)))
            self._sweep(block, part, whole, WindowReading(0, 0.0), _NOTHING, sums)
        else:
            sums = self._weighted(block, part)
        out[(slice(None), *within(part, block.inner))] = sums

    def _sweep(
        self,
        block: ScanBlock,
        part: Slices,
        into: Slices,
        reading: WindowReading,
        values: AnyArray,
        sums: FloatArray,
    ) -> None:
        """Read values of a part in a box, or keep sums, at a place of their arrays."""
        if self.exact:
            self._sweep_exact(block, part, into, reading, values, sums)
            return
        from covoxel.local.float_kernels import sweep_floats

        near = block.near(part, self.window.halo)
        starts = [max(0, cut.start - r) for cut, r in zip(part, self.window.halo, strict=True)]
        z, y, x = (cut.start - start for cut, start in zip(part, starts, strict=True))
        deep, high, wide = (cut.stop - cut.start for cut in part)
        reach_z, reach_y, reach_x = self.window.reach
        sweep_floats(
            near.image1,
            near.image2,
            near.inside,
            (reach_z, reach_y, reach_x),
            (z, y, x),
            (deep, high, wide),
            (block.corner[0] + starts[0], block.corner[1] + starts[1]),
            (into[0].start, into[1].start),
            reading.kind,
            reading.constants,
            self.centres,
            self.least,
            reading.fewest,
            values,
            sums,
        )

    def _sweep_exact(
        self,
        block: ScanBlock,
        part: Slices,
        into: Slices,
        reading: WindowReading,
        values: AnyArray,
        sums: FloatArray,
    ) -> None:
        from covoxel.local.kernels import sweep

        reach_z, reach_y, reach_x = self.window.reach
        corner = part[0].start - into[0].start, part[1].start - into[1].start
        sweep(
            block.pixels.image1,
            block.pixels.image2,
            block.pixels.inside,
            self.centres,
            (reach_z, reach_y, reach_x),
            (part[0].start, part[0].stop),
            (part[1].start, part[1].stop),
            (part[2].start, part[2].stop),
            corner,
            reading.kind,
            reading.constants,
            reading.fewest,
            values,
            sums,
        )

    def _weighted(self, block: ScanBlock, part: Slices) -> FloatArray:
        """Return the weighted sums of a part, one axis after the other."""
        from covoxel.local.float_kernels import weigh

        halo = self.window.halo
        near = block.near(part, halo)
        shape = [cut.stop - cut.start + 2 * reach for cut, reach in zip(part, halo, strict=True)]
        start = [max(0, reach - cut.start) for cut, reach in zip(part, halo, strict=True)]
        place = tuple(slice(i, i + n) for i, n in zip(start, near.inside.shape, strict=True))
        a, b = (
            np.where(near.inside, np.subtract(image, centre, dtype=np.float64), 0)
            for image, centre in zip((near.image1, near.image2), self.centres, strict=True)
        )
        sums = np.zeros((6, *shape))
        with np.errstate(over="ignore"):  # sums beyond float64 are read as NaN
            for own, values in zip(sums, (near.inside, a, b, a * a, b * b, a * b), strict=True):
                own[place] = values
        for axis, weights in enumerate(self.window.weights(), start=1):
            if weights.size > 1:
                shape = list(sums.shape)
                outer, step = math.prod(shape[:axis]), math.prod(shape[axis + 1 :])
                shape[axis] -= weights.size - 1
                out = np.empty((outer, shape[axis] * step))
                weigh(sums.reshape(outer, -1), weights, step, out)
                sums = out.reshape(shape)
        return sums

    def _blocks(
        self, area: Slices
    ) -> Iterator[tuple[ScanBlock, Callable[[Callable[[Slices], None]], None]]]:
        """Yield blocks of an area, each with what runs a function on its parts."""
        size = tuple(cut.stop - cut.start for cut in area)
        plan = []
        for part in _cut(size, self.window.halo, self.block_voxels):
            own = _moved(part, area)
            near = around(own, self.window.halo, self.pair.solid)
            inner = within(own, near)
            plan.append((own, near, inner, self._parts(inner)))
        total, done = sum(len(parts) for *_, parts in plan), 0
        with ThreadPoolExecutor(self.threads) as pool:

            def in_threads(parts: list[Slices], work: Callable[[Slices], None]) -> None:
                futures = [pool.submit(work, part) for part in parts]
                try:
                    for i, future in enumerate(as_completed(futures)):
                        if self.progress is not None:
                            self.progress(done + i, total)
                        future.result()
                except BaseException:
                    pool.shutdown(cancel_futures=True)
                    raise

            for own, near, inner, parts in plan:
                pixels = self.pair.read(near)
                pixels = pixels.as_uint16() if self.exact else pixels
                yield ScanBlock(pixels, own, inner), partial(in_threads, parts)
                done += len(parts)
        if self.progress is not None:
            self.progress(total, total)

    def _parts(self, inner: Slices) -> list[Slices]:
        """Return what a thread takes at a time of a block."""
        planes, rows, columns = inner
        if self.window.kind != "box":
            size = tuple(cut.stop - cut.start for cut in inner)
            return [_moved(part, inner) for part in _cut(size, self.window.halo, _PART_VOXELS)]
        high, width, threads = rows.stop - rows.start, 2 * self.window.reach[1] + 1, self.threads
        # the rows around a part are summed for each part
        step = max(_ROWS, (2 if self.window.reach[0] else 8) * width)
        count = max(1, min(high // (2 * width), threads * max(1, high // (step * threads))))
        edges = [rows.start + high * i // count for i in range(count + 1)]
        return [(planes, slice(*ends), columns) for ends in pairwise(edges)]


def read_sums(
    sums: FloatArray,
    reading: WindowReading,
    centres: tuple[float, float],
    least: float,
    dtype: Any = np.float32,
) -> AnyArray:
    """Return one value for each window, from the sums (6, …)."""
    from covoxel.local.kernels import read

    out = np.empty(sums[0].size, dtype)
    flat = sums.reshape(6, -1)
    read(flat, reading.kind, reading.constants, centres, least, reading.fewest, out)
    return out.reshape(sums.shape[1:])


def scan_of(
    pair: MaskedPair,
    radius: float | Sequence[float],
    unit: str,
    kind: str,
    workers: int | None,
    progress: Progress | None,
) -> Scan:
    """Return the scan of a pair through the window of a radius."""
    window = window_of(radius, unit, kind, pair.shape, pair.spacing)
    missing = (0,) * (3 - len(window.reach))
    return Scan(pair, Window(kind, missing + window.reach), pair.centres(), workers, progress)


def _cut(shape: tuple[int, ...], halo: tuple[int, ...], voxels: int) -> Iterator[Slices]:
    """Cut a frame into blocks of whole rows that hold, with the halo, about `voxels` at most.

    They are as deep and high as the halo around them at least, so that little is read twice.
    """
    deep, high, wide = shape
    planes = min(deep, max(voxels // (high * wide) - 2 * halo[0], 2 * halo[0] + 1))
    near = min(deep, planes + 2 * halo[0])
    rows = min(high, max(voxels // (near * wide) - 2 * halo[1], 2 * halo[1] + 1))
    for z in range(0, deep, planes):
        for y in range(0, high, rows):
            yield (
                slice(z, min(z + planes, deep)),
                slice(y, min(y + rows, high)),
                slice(0, wide),
            )


def _moved(part: Slices, whole: Slices) -> Slices:
    """Return a part of what begins where `whole` does in the coordinates of `whole`."""
    starts = zip(part, (cut.start for cut in whole), strict=True)
    return tuple(slice(cut.start + start, cut.stop + start) for cut, start in starts)
