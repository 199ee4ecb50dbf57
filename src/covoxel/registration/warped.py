"""Registering by more than a shift: turned, magnified or sheared channels."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from covoxel.core.types import AnyArray, FloatArray, Progress
from covoxel.correlation.frames import Frame, paired_frames
from covoxel.image.channel import Channel
from covoxel.registration.field.field import UNSURE, displacement_field
from covoxel.registration.field.record import DisplacementField
from covoxel.registration.field.tiles import MIN_SHARE, Tiles
from covoxel.registration.overlapping import correlation_at
from covoxel.registration.record import Registration
from covoxel.registration.search import MIN_OVERLAP, search
from covoxel.registration.turned import turned
from covoxel.registration.verdicts import FALLS, REFUSED, UNVERIFIED

#: Tiles along an axis of the planes, and their smallest and largest size in pixels.
_TILES, _SMALL, _LARGE = 6, 24, 128
#: Tiles inside the mask that are wanted, and by how much they shrink until there are so many.
_WANTED, _SHRINK = 32, 0.8
#: Below so many valid tiles those that are known less well are fitted too.
_FEW = 12
_ROUNDS, _PRECISE = 6, 2e-3
#: Times as many tiles are needed as would fix the movement, so that they can contradict it.
_MARGIN = 3
#: Where the peak must lie once image 2 was moved, in pixels.
_NEAR = 2


def movement(
    frame1: Frame,
    frame2: Frame,
    channel: Channel,
    reach: tuple[int, ...] | None,
    transform: str,
    workers: int | None = None,
    progress: Progress | None = None,
    min_overlap: float = MIN_OVERLAP,
) -> Registration:
    """Return the similarity or affine movement that lays image 2 on image 1.

    A first guess of angle and magnification comes from the spectra; then image 2 is laid on
    image 1, the rest is measured tile by tile and fitted, until nothing is left.

    Raises
    ------
    ValueError
        If too few tiles are alike.
    """
    image1, image2 = whole(frame1), whole(frame2)
    found = _first(frame1, frame2, image2, channel, reach, workers, min_overlap)
    tile, inside = _tile_inside(frame1)
    notes: list[str] = []
    for turn in range(_ROUNDS):
        if progress is not None:
            progress(turn, _ROUNDS)
        field = displacement_field(
            image1, found.apply(image2), tile=tile, spacing=channel.spacing, workers=workers
        )
        fit = _told(field, transform, inside).fit(transform)
        found = replace(_after(found, fit.registration), transform=transform)
        if _largest(fit.registration) < _PRECISE:
            break
    else:
        notes.append("the movement did not settle; look at the field of displacements")
    if not fit.used.sum() > inside / 2:
        notes.append(f"{fit.used.sum()} of {inside} tiles could be used")
    before, _ = correlation_at(frame1, frame2, (0,) * len(frame1.shape))
    laid1, laid2, _ = paired_frames(image1, found.apply(image2), None, None, None, None)
    after, overlap = correlation_at(laid1, laid2, (0,) * len(frame1.shape))
    if after < before:
        notes.append(FALLS)
    registrable = _registrable(laid1, laid2, workers, min_overlap)
    if registrable is None and fit.used.sum() >= _FEW:
        registrable = True  # so many tiles that are alike each, and go on one way
    if registrable is False:
        return Registration.from_shift(
            (math.nan,) * len(frame1.shape),
            frame1.shape,
            channel.spacing,
            method="ncc",
            registrable=False,
            ncc_before=before,
            notes=(REFUSED.format(after),),
        )
    if registrable is None:
        notes.append(UNVERIFIED)
    return replace(
        found,
        spacing=channel.spacing,
        registrable=registrable,
        method="ncc",
        ncc_before=before,
        ncc_after=after,
        overlap=overlap,
        uncertainty=fit.registration.uncertainty,
        notes=tuple(notes),
    )


def _registrable(
    frame1: Frame, frame2: Frame, workers: int | None, min_overlap: float
) -> bool | None:
    """Return whether frames that were registered correlate by more than chance."""
    near = tuple(min(_NEAR, n - 1) for n in frame1.shape)
    found = search(frame1, frame2, near, workers, min_overlap)
    return None if found is None else found.registrable


def _tile_inside(frame: Frame) -> tuple[tuple[int, ...], int]:
    """Return the size of tiles of which many lie inside the mask, and how many do."""
    known = np.isfinite(whole(frame))
    size = [min(n, int(np.clip(n * 2 // _TILES, _SMALL, _LARGE))) for n in frame.values.shape]
    while True:
        tiles = Tiles(frame.shape, tuple(size), tuple(max(1, round(n / 2)) for n in size))
        rows = range(len(tiles.corners))
        inside = sum(bool(known[tiles.box(row)].mean() >= MIN_SHARE) for row in rows)
        smaller = [min(n, max(_SMALL, int(n * _SHRINK))) for n in size]
        if inside >= _WANTED or smaller == size or known.all():
            return tiles.tile, inside
        size = smaller


def _told(field: DisplacementField, transform: str, inside: int) -> DisplacementField:
    """Return the field with enough tiles for a fit: one that is unsure alone counts among many."""
    valid = field.valid
    if valid.sum() < _FEW:
        valid = valid | (field.reason == UNSURE)
    needed = _MARGIN * (2 if transform == "similarity" else len(field.shape) + 1)
    if valid.sum() < needed:
        msg = (
            f"transform is {transform!r}, which needs {needed} valid tiles, but {valid.sum()} of "
            f"{inside} inside the mask are alike in both channels; widen the mask, or take "
            "'translation'"
        )
        raise ValueError(msg)
    return replace(field, valid=valid)


def whole(frame: Frame) -> AnyArray:
    """Return the image at its full size, NaN outside the mask."""
    out = np.full(frame.shape, np.nan, np.float32)
    ends = zip(frame.corner, frame.values.shape, strict=True)
    box = tuple(slice(start, start + length) for start, length in ends)
    inside = np.isfinite(frame.values) if frame.mask is None else frame.mask
    out[box] = np.where(inside, frame.values - frame.mean, np.nan)
    return out


def _first(
    frame1: Frame,
    frame2: Frame,
    image2: AnyArray,
    channel: Channel,
    reach: tuple[int, ...] | None,
    workers: int | None,
    min_overlap: float,
) -> Registration:
    """Return the best of no turn, the turn of the spectra, and that with half a turn more."""
    angle, magnification = turned(frame1, frame2)
    best: tuple[float, Registration] | None = None
    for degrees, factor in ((0.0, 1.0), (angle, magnification), (angle + 180, magnification)):
        ndim = len(frame1.shape)
        back = Registration(
            shift=(0.0,) * ndim,
            matrix=_tuples(_turn(ndim, -degrees, 1 / factor)),
            shape=frame1.shape,
            spacing=channel.spacing,
            transform="similarity",
        )
        laid = frame2 if (degrees, factor) == (0.0, 1.0) else _frame(back.apply(image2, order=1))
        found = search(frame1, laid, reach, workers, min_overlap)
        if found is not None and (best is None or found.height > best[0]):
            moved = Registration.from_shift(np.negative(found.offset).tolist(), frame1.shape)
            best = found.height, _after(back, moved)
    if best is None:
        msg = "at no angle and shift do the masks overlap enough to compare the channels"
        raise ValueError(msg)
    return best[1]


def _frame(image: AnyArray) -> Frame:
    return paired_frames(image, image, None, None, None, None)[0]


def _turn(ndim: int, degrees: float, factor: float) -> FloatArray:
    """Return the matrix that turns the planes from the y axis to the x axis, and magnifies."""
    out = np.eye(ndim)
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    out[-2:, -2:] = factor * np.array([[c, -s], [s, c]])
    return out


def _after(first: Registration, second: Registration) -> Registration:
    """Return the movement that is `first` and then `second`."""
    matrix = np.asarray(second.matrix)
    return replace(
        first,
        matrix=_tuples(matrix @ np.asarray(first.matrix)),
        shift=tuple((matrix @ np.asarray(first.shift) + np.asarray(second.shift)).tolist()),
    )


def _tuples(matrix: FloatArray) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(row) for row in matrix.tolist())


def _largest(movement: Registration) -> float:
    """Return the largest displacement of a corner, in pixels."""
    half = (np.asarray(movement.shape) - 1) / 2
    linear = np.abs(np.asarray(movement.matrix) - np.eye(half.size)) @ half
    return float(np.max(linear + np.abs(movement.shift)))
