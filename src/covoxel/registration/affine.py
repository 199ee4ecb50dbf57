"""Registration by more than a shift: rotation, magnification and shear."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np

from covoxel.core.types import AnyArray, Progress
from covoxel.correlation.frames import Frame, paired_frames
from covoxel.image.channel import Channel, frame_slices
from covoxel.registration.field.dense import Spline, linear
from covoxel.registration.field.estimate import UNSURE, field_of_frames, prepared
from covoxel.registration.field.record import DisplacementField
from covoxel.registration.field.residual import Sloped, residual_displacements
from covoxel.registration.field.tiles import MIN_SHARE, TileMatches, Tiles
from covoxel.registration.guess import first_guess
from covoxel.registration.overlapping import correlation_at, overlap_at
from covoxel.registration.patches import Patches, aligned_match, binned_frame, values_in
from covoxel.registration.record import UNVERIFIED, Registration, rows_of
from covoxel.registration.search import SearchOptions, search
from covoxel.registration.translation import FALLS, REFUSED

#: Pixels of planes beyond which means over bins are registered first, of so many pixels at most.
_MOST, _BINNED = 1 << 23, 1 << 22
#: Tiles along an axis of the planes, and their smallest and largest size in pixels.
_TILES, _SMALL, _LARGE = 6, 24, 128
#: Tiles inside the mask that are wanted, and the factor by which they shrink until there are.
_WANTED, _SHRINK = 32, 0.8
#: Below so many valid tiles those with a large standard error are fitted too.
_FEW = 12
_ROUNDS, _PRECISE = 6, 2e-3
#: Refinements of displacements that are searched for, in planes and stacks; tiles are searched for
#: again if the fit moves a corner by more pixels. Along few planes interpolation biases what
#: remains, by 3 % of a shift, so that tiles of stacks are searched for in each round.
_PASSES, _SEARCHED = {2: 1, 3: 4}, {2: 1.0, 3: 0.0}
#: Tiles needed, in multiples of those that determine the transform, so that they can contradict it.
_MARGIN = 3
#: Largest distance of the peak from zero once the channels are registered, in pixels.
_NEAR = 2


def affine_registration(
    frame1: Frame,
    frame2: Frame,
    channel: Channel,
    options: SearchOptions,
    transform: str,
    progress: Progress | None = None,
) -> Registration:
    """Return the similarity or affine transform that aligns image 2 with image 1.

    A first guess of angle and magnification comes from the spectra. Then image 2 is resampled,
    tiles are searched for in it, and their displacements fitted; those that remain are solved for
    and fitted, until they vanish. Of large planes that is done with means over bins, and then with
    tiles in patches of the images as they are.

    Raises
    ------
    ValueError
        If too few tiles match.
    """
    zero = (0,) * len(frame1.shape)
    before = correlation_at(frame1, frame2, zero)
    box = frame1.values.shape  # a small mask in a large image has no room for patches
    large = len(box) == 2 and math.prod(box) > _MOST and min(box) >= 2 * _LARGE
    find = _of_patches if large else _of_whole
    found = find(frame1, frame2, channel.spacing, options, transform, progress)
    if found.registrable is False:
        return Registration.from_shift(
            (math.nan,) * len(zero),
            frame1.shape,
            channel.spacing,
            method="ncc",
            registrable=False,
            ncc_before=before,
            notes=(REFUSED.format(found.ncc_after),),
        )
    notes = [*found.notes]
    if found.ncc_after < before:
        notes.append(FALLS)
    if found.registrable is None:
        notes.append(UNVERIFIED)
    return replace(found, method="ncc", ncc_before=before, notes=tuple(notes))


def _of_whole(
    frame1: Frame,
    frame2: Frame,
    spacing: tuple[float, ...] | None,
    options: SearchOptions,
    transform: str,
    progress: Progress | None,
) -> Registration:
    """Return the transform of images that are warped whole."""
    image1, image2 = (values_in(frame, frame_slices(frame.shape)) for frame in (frame1, frame2))
    guess = replace(first_guess(frame1, frame2, (image1, image2), options), spacing=spacing)
    tiles, inside = _tiles_inside(image1, frame1.values.shape)
    rounds = _Rounds(image1, image2, tiles, spacing, options.workers)
    found, used = _settled(rounds, guess, transform, inside, progress)
    aligned1, aligned2, _ = paired_frames(image1, found.apply(image2))
    zero = (0,) * len(frame1.shape)
    near = tuple(min(_NEAR, n - 1) for n in frame1.shape)
    peak = search(aligned1, aligned2, replace(options, reach=near))
    return replace(
        found,
        registrable=_verdict(None if peak is None else peak.registrable, used),
        ncc_after=correlation_at(aligned1, aligned2, zero),
        overlap=overlap_at(aligned1, aligned2, zero),
    )


def _of_patches(
    frame1: Frame,
    frame2: Frame,
    spacing: tuple[float, ...] | None,
    options: SearchOptions,
    transform: str,
    progress: Progress | None,
) -> Registration:
    """Return the transform of large planes, refined in patches from that of means over bins."""
    factor = 2 ** math.ceil(math.log2(math.sqrt(math.prod(frame1.shape) / _BINNED)))
    means1, means2 = (binned_frame(frame, factor) for frame in (frame1, frame2))
    coarse1, coarse2, _ = paired_frames(means1, means2)
    if options.reach is not None:
        options = replace(options, reach=tuple(-(-r // factor) for r in options.reach))
    coarse = _of_whole(coarse1, coarse2, None, options, transform, None)
    if coarse.registrable is False:
        return coarse
    guess = replace(
        coarse,
        shape=frame1.shape,
        shift=tuple(factor * step for step in coarse.shift),
        spacing=spacing,
    )
    tile, masked = _LARGE, frame1.mask is not None
    patches = Patches.of(frame1, frame2, tile, options.workers)
    while masked and len(patches.starts) < _WANTED and tile > _SMALL:
        tile = max(_SMALL, int(tile * _SHRINK))
        patches = Patches.of(frame1, frame2, tile, options.workers)
    inside = len(patches.starts)
    _refuse_few(inside, inside, transform, len(frame1.shape))
    rounds = _PatchRounds(patches.image1(), patches, spacing)
    found, used = _settled(rounds, guess, transform, inside, progress)
    after, overlap = aligned_match(frame1, frame2, found, options.workers)
    verdict = _verdict(coarse.registrable, used)
    return replace(found, registrable=verdict, ncc_after=after, overlap=overlap)


def _settled(
    rounds: _Rounds | _PatchRounds,
    found: Registration,
    transform: str,
    inside: int,
    progress: Progress | None,
) -> tuple[Registration, int]:
    """Return the transform once no tile is displaced any more, and how many tiles agree on it."""
    field: DisplacementField | None = None
    notes: list[str] = []
    for turn in range(_ROUNDS):
        if progress is not None:
            progress(turn, _ROUNDS)
        if field is None:
            field = _with_unsure(rounds.searched(found))
        else:
            field = rounds.refined(field, found)
        fit = _checked(field, transform, inside).fit(transform)
        found = replace(_after(found, fit.registration), transform=transform)
        if _largest(fit.registration) < _PRECISE:
            break
        if _largest(fit.registration) > _SEARCHED[len(found.shape)]:
            field = None
    else:
        notes.append("the movement did not settle; look at the field of displacements")
    used = int(fit.used.sum())
    if not used > inside / 2:
        notes.append(f"{used} of {inside} tiles could be used")
    return replace(found, uncertainty=fit.registration.uncertainty, notes=tuple(notes)), used


def _verdict(registrable: bool | None, used: int) -> bool | None:
    """Return whether the channels are registrable: they are where many tiles agree."""
    return True if registrable is None and used >= _FEW else registrable


@dataclass(frozen=True, eq=False)
class _Rounds:
    """Images, NaN outside their masks, and tiles whose displacements are measured."""

    image1: AnyArray
    image2: AnyArray
    tiles: Tiles
    spacing: tuple[float, ...] | None
    workers: int | None

    def searched(self, found: Registration) -> DisplacementField:
        """Return the displacements of tiles that are searched for in the aligned image 2."""
        images = self.image1, found.apply(self.image2)
        return _searched(images, self.tiles, self.spacing, self.workers)

    def refined(self, field: DisplacementField, found: Registration) -> DisplacementField:
        """Return what remains of the displacements of valid tiles once image 2 is aligned."""
        mapping, axes = found.mapping(self.tiles.shape), np.arange(self.image1.ndim)
        tensor = mapping.matrix - np.eye(axes.size)
        sloped1, spline2 = self._prepared
        warped = spline2.warped(partial(linear, mapping.offset, tensor), self.workers)
        rows, image2 = np.flatnonzero(field.valid), Sloped.of(warped, axes)
        rest = residual_displacements(sloped1, image2, self.tiles, rows, axes, self.workers)
        return _remaining(field, rest)

    @cached_property
    def _prepared(self) -> tuple[Sloped, Spline]:
        side1, side2 = (prepared(frame) for frame in paired_frames(self.image1, self.image2)[:2])
        return Sloped.of(side1, np.arange(self.image1.ndim)), Spline.through(side2)


@dataclass(frozen=True, eq=False)
class _PatchRounds:
    """Patches of images, NaN outside their masks, whose tiles' displacements are measured."""

    image1: AnyArray
    patches: Patches
    spacing: tuple[float, ...] | None

    def searched(self, found: Registration) -> DisplacementField:
        """Return the displacements of tiles that are searched for in the aligned image 2."""
        images = self.image1, self.patches.aligned(found)
        field = _searched(images, self.patches.tiles, self.spacing, self.patches.workers)
        return replace(field, positions=self.patches.centers, shape=self.patches.frame1.shape)

    def refined(self, field: DisplacementField, found: Registration) -> DisplacementField:
        """Return what remains of the displacements of valid tiles once image 2 is aligned."""
        frames = paired_frames(self.image1, self.patches.aligned(found))[:2]
        axes = np.arange(self.image1.ndim)
        sloped1, sloped2 = (Sloped.of(prepared(frame), axes) for frame in frames)
        rows, tiles = np.flatnonzero(field.valid), self.patches.tiles
        rest = residual_displacements(sloped1, sloped2, tiles, rows, axes, self.patches.workers)
        return _remaining(field, rest)


def _searched(
    images: tuple[AnyArray, AnyArray],
    tiles: Tiles,
    spacing: tuple[float, ...] | None,
    workers: int | None,
) -> DisplacementField:
    frame1, frame2, _ = paired_frames(*images)
    reach = tuple(n // 4 for n in tiles.tile)
    passes = _PASSES[len(reach)]
    return field_of_frames(
        frame1, frame2, tiles, reach, passes=passes, spacing=spacing, workers=workers
    )


def _remaining(field: DisplacementField, rest: TileMatches) -> DisplacementField:
    return replace(
        field,
        displacement=rest.displacement,
        correlation=rest.correlation,
        uncertainty=rest.error,
        valid=np.isfinite(rest.correlation),
    )


def _tiles_inside(image: AnyArray, box: tuple[int, ...]) -> tuple[Tiles, int]:
    """Return tiles of which many lie inside the mask, and how many do."""
    known = np.isfinite(image)
    size = [min(n, int(np.clip(n * 2 // _TILES, _SMALL, _LARGE))) for n in box]
    while True:
        tiles = Tiles(image.shape, tuple(size), tuple(max(1, round(n / 2)) for n in size))
        rows = range(len(tiles.corners))
        inside = sum(bool(known[tiles.box(row)].mean() >= MIN_SHARE) for row in rows)
        smaller = [min(n, max(_SMALL, int(n * _SHRINK))) for n in size]
        if inside >= _WANTED or smaller == size or known.all():
            return tiles, inside
        size = smaller


def _with_unsure(field: DisplacementField) -> DisplacementField:
    """Return the field with tiles of large errors as valid ones too where there are few."""
    if field.valid.sum() >= _FEW:
        return field
    return replace(field, valid=field.valid | (field.reason == UNSURE))


def _checked(field: DisplacementField, transform: str, inside: int) -> DisplacementField:
    """Return the field if it has enough valid tiles for a fit."""
    _refuse_few(int(field.valid.sum()), inside, transform, len(field.shape))
    return field


def _refuse_few(valid: int, inside: int, transform: str, ndim: int) -> None:
    needed = _MARGIN * (2 if transform == "similarity" else ndim + 1)
    if valid < needed:
        msg = (
            f"transform is {transform!r}, which needs {needed} valid tiles, but {valid} of "
            f"{inside} inside the mask are alike in both channels; widen the mask, or take "
            "'translation'"
        )
        raise ValueError(msg)


def _after(first: Registration, second: Registration) -> Registration:
    """Return the composition of `first` and then `second`."""
    matrix = np.asarray(second.matrix)
    return replace(
        first,
        matrix=rows_of(matrix @ np.asarray(first.matrix)),
        shift=tuple((matrix @ np.asarray(first.shift) + np.asarray(second.shift)).tolist()),
    )


def _largest(registration: Registration) -> float:
    """Return the largest displacement of a corner, in pixels."""
    half = (np.asarray(registration.shape) - 1) / 2
    linear = np.abs(np.asarray(registration.matrix) - np.eye(half.size)) @ half
    return float(np.max(linear + np.abs(registration.shift)))
