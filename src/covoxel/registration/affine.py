"""Registration by more than a shift: rotation, magnification and shear."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np
from scipy import fft, ndimage
from skimage.registration import phase_cross_correlation

from covoxel.core.types import AnyArray, FloatArray, Progress
from covoxel.correlation.frames import Frame, paired_frames
from covoxel.image.channel import Channel
from covoxel.registration.field.dense import Spline, linear
from covoxel.registration.field.estimate import UNSURE, field_of_frames, prepared
from covoxel.registration.field.record import DisplacementField
from covoxel.registration.field.residual import Sloped, residual_displacements
from covoxel.registration.field.tiles import MIN_SHARE, Tiles
from covoxel.registration.overlapping import correlation_at, overlap_at
from covoxel.registration.record import UNVERIFIED, Registration
from covoxel.registration.search import SearchOptions, bins_for, search
from covoxel.registration.translation import FALLS, REFUSED

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
    and fitted, until they vanish.

    Raises
    ------
    ValueError
        If too few tiles match.
    """
    image1, image2 = _whole(frame1), _whole(frame2)
    zero = (0,) * len(frame1.shape)
    found = replace(_initial(frame1, frame2, (image1, image2), options), spacing=channel.spacing)
    tiles, inside = _tiles_inside(image1, frame1.values.shape)
    rounds = _Rounds(image1, image2, tiles, channel.spacing, options.workers)
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
        if _largest(fit.registration) > _SEARCHED[len(zero)]:
            field = None
    else:
        notes.append("the movement did not settle; look at the field of displacements")
    if not fit.used.sum() > inside / 2:
        notes.append(f"{fit.used.sum()} of {inside} tiles could be used")
    before = correlation_at(frame1, frame2, zero)
    aligned1, aligned2, _ = paired_frames(image1, found.apply(image2))
    after = correlation_at(aligned1, aligned2, zero)
    if after < before:
        notes.append(FALLS)
    near = tuple(min(_NEAR, n - 1) for n in frame1.shape)
    peak = search(aligned1, aligned2, replace(options, reach=near))
    registrable = None if peak is None else peak.registrable
    if registrable is None and fit.used.sum() >= _FEW:
        registrable = True  # so many tiles match, and agree on one transform
    if registrable is False:
        return Registration.from_shift(
            (math.nan,) * len(zero),
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
        overlap=overlap_at(aligned1, aligned2, zero),
        uncertainty=fit.registration.uncertainty,
        notes=tuple(notes),
    )


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
        frame1, frame2, _ = paired_frames(self.image1, found.apply(self.image2))
        reach = tuple(n // 4 for n in self.tiles.tile)
        return field_of_frames(
            frame1,
            frame2,
            self.tiles,
            reach,
            passes=_PASSES[len(reach)],
            spacing=self.spacing,
            workers=self.workers,
        )

    def refined(self, field: DisplacementField, found: Registration) -> DisplacementField:
        """Return what remains of the displacements of valid tiles once image 2 is aligned."""
        mapping, axes = found.mapping(self.tiles.shape), np.arange(self.image1.ndim)
        tensor = mapping.matrix - np.eye(axes.size)
        sloped1, spline2 = self._prepared
        warped = spline2.warped(partial(linear, mapping.offset, tensor), self.workers)
        rows, image2 = np.flatnonzero(field.valid), Sloped.of(warped, axes)
        rest = residual_displacements(sloped1, image2, self.tiles, rows, axes, self.workers)
        return replace(
            field,
            displacement=rest.displacement,
            correlation=rest.correlation,
            uncertainty=rest.error,
            valid=np.isfinite(rest.correlation),
        )

    @cached_property
    def _prepared(self) -> tuple[Sloped, Spline]:
        side1, side2 = (prepared(frame) for frame in paired_frames(self.image1, self.image2)[:2])
        return Sloped.of(side1, np.arange(self.image1.ndim)), Spline.through(side2)


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
    valid = field.valid.sum()
    needed = _MARGIN * (2 if transform == "similarity" else len(field.shape) + 1)
    if valid < needed:
        msg = (
            f"transform is {transform!r}, which needs {needed} valid tiles, but {valid} of "
            f"{inside} inside the mask are alike in both channels; widen the mask, or take "
            "'translation'"
        )
        raise ValueError(msg)
    return field


def _whole(frame: Frame) -> AnyArray:
    """Return the image at its full size, NaN outside the mask."""
    out = np.full(frame.shape, np.nan, np.float32)
    inside = np.isfinite(frame.values) if frame.mask is None else frame.mask
    out[frame.box] = np.where(inside, frame.values - frame.mean, np.nan)
    return out


def _initial(
    frame1: Frame, frame2: Frame, images: tuple[AnyArray, AnyArray], options: SearchOptions
) -> Registration:
    """Return the best of no rotation, that of the spectra, and its opposite.

    Without a bound large images are compared as means over bins; the tiles know more.
    """
    angle, magnification = rotation_and_scale(frame1, frame2)
    *planes, y, x = frame1.shape
    bins = bins_for((*planes, min(y, x), min(y, x)))  # alike along y and x, which are rotated
    if options.reach is not None:
        bins = (1,) * len(bins)
    image1, image2 = (_binned(image, bins) for image in images)
    coarse1, coarse2, _ = paired_frames(image1, image2)
    best: tuple[float, Registration] | None = None
    for degrees, factor in ((0.0, 1.0), (angle, magnification), (angle + 180, magnification)):
        matrix, turn = np.eye(len(bins)), math.radians(-degrees)
        c, s = math.cos(turn), math.sin(turn)
        matrix[-2:, -2:] = (1 / factor) * np.array([[c, -s], [s, c]])
        back = Registration(
            shift=(0.0,) * len(bins),
            matrix=_tuples(matrix),
            shape=image1.shape,
            transform="similarity",
        )
        rotated = coarse2
        if (degrees, factor) != (0.0, 1.0):
            image = back.apply(image2, order=1)
            rotated = paired_frames(image, image)[0]
        found = search(coarse1, rotated, options)
        if found is not None and (best is None or found.height > best[0]):
            shift = tuple((-np.multiply(found.offset, bins)).tolist())
            best = found.height, replace(back, shape=frame1.shape, shift=shift)
    if best is None:
        msg = "at no angle and shift do the masks overlap enough to compare the channels"
        raise ValueError(msg)
    return best[1]


def _binned(image: AnyArray, bins: tuple[int, ...]) -> AnyArray:
    """Return means over bins, NaN where less than half is known."""
    shape = [size for n, b in zip(image.shape, bins, strict=True) for size in (n // b, b)]
    cut = image[tuple(slice(n // b * b) for n, b in zip(image.shape, bins, strict=True))]
    parts = cut.reshape(shape)
    axes = tuple(range(1, parts.ndim, 2))
    count = np.isfinite(parts).sum(axis=axes)
    sums = np.where(np.isfinite(parts), parts, 0).sum(axis=axes, dtype=np.float32)
    return np.where(2 * count >= math.prod(bins), sums / np.maximum(count, 1), np.float32(np.nan))


def _after(first: Registration, second: Registration) -> Registration:
    """Return the composition of `first` and then `second`."""
    matrix = np.asarray(second.matrix)
    return replace(
        first,
        matrix=_tuples(matrix @ np.asarray(first.matrix)),
        shift=tuple((matrix @ np.asarray(first.shift) + np.asarray(second.shift)).tolist()),
    )


def _tuples(matrix: FloatArray) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(row) for row in matrix.tolist())


def _largest(registration: Registration) -> float:
    """Return the largest displacement of a corner, in pixels."""
    half = (np.asarray(registration.shape) - 1) / 2
    linear = np.abs(np.asarray(registration.matrix) - np.eye(half.size)) @ half
    return float(np.max(linear + np.abs(registration.shift)))


_ANGLES = 720
#: Share of the frequencies, from zero, dominated by the shape of the field rather than structure.
_SLOW = 0.02
_UPSAMPLED = 20


def rotation_and_scale(frame1: Frame, frame2: Frame) -> tuple[float, float]:
    """Estimate the rotation, in degrees, and magnification of image 2 relative to image 1.

    The modulus of a spectrum is invariant to shifts; along the angle and the logarithm of the
    frequency, rotation and magnification are shifts. The angle is known modulo 180°. Of stacks
    the mean planes are compared.

    References
    ----------
    Reddy & Chatterji, "An FFT-based technique for translation, rotation, and scale-invariant
    image registration", 1996, doi:10.1109/83.506761
    """
    size = fft.next_fast_len(max(frame1.shape[-2:]), real=True)
    polar1, polar2 = (_log_polar(_plane(frame), size) for frame in (frame1, frame2))
    shift, _, _ = phase_cross_correlation(
        polar1, polar2, upsample_factor=_UPSAMPLED, normalization=None
    )
    angle = float(shift[0]) * 360 / _ANGLES
    magnification = math.exp(float(shift[1]) * math.log(size / 2) / size)
    return (angle + 90) % 180 - 90, magnification


def _plane(frame: Frame) -> FloatArray:
    """Return the mean plane, 0 outside the mask and fading towards its border."""
    side = frame.side(np.dtype(np.float64))
    values, mask = side.values, np.ones(side.shape) if side.mask is None else side.mask
    if values.ndim > 2:
        values, mask = values.mean(axis=0), mask.mean(axis=0)
    rows, columns = (np.hanning(n + 2)[1:-1] for n in values.shape)
    window = rows[:, None] * columns
    if side.mask is not None:
        window = window * ndimage.gaussian_filter(np.asarray(mask, np.float64), 3)
    return np.asarray((values - np.average(values, weights=window)) * window)


def _log_polar(plane: AnyArray, size: int) -> FloatArray:
    """Return the modulus of a spectrum over half a turn and the logarithm of the frequency."""
    spectrum = np.abs(fft.fftshift(fft.fft2(plane, s=(size, size))))
    step = math.log(size / 2) / size
    first = round(math.log(max(2.0, _SLOW * size)) / step)
    angle = np.arange(_ANGLES // 2)[:, None] * (2 * math.pi / _ANGLES)
    radius, middle = np.exp(np.arange(first, size) * step), (size - 1) / 2
    places = np.stack([radius * np.sin(angle), radius * np.cos(angle)]) + middle
    polar = ndimage.map_coordinates(np.log1p(spectrum / spectrum.mean()), places, order=1)
    flat = polar - ndimage.gaussian_filter1d(polar, size / 16, axis=1)
    return np.asarray((flat - flat.mean(axis=0)) * np.hanning(flat.shape[1]))
