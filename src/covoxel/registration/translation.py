"""A shift with its verdict, as a registration."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from covoxel.core.types import BoolArray
from covoxel.correlation.frames import Frame
from covoxel.correlation.same_pixels import MOSTLY, share_in_same_pixels
from covoxel.image.channel import Channel
from covoxel.intensity.bleed import bleed_through
from covoxel.registration.overlapping import correlation_at, overlap_at, overlapping_parts
from covoxel.registration.record import DOUBT, UNVERIFIED, Registration, direction_text, rows_of
from covoxel.registration.refine import Refined, refine
from covoxel.registration.search import BestDisplacement, Elsewhere, SearchOptions, search
from covoxel.registration.unshifted import APART, less, without_unshifted

#: Note where the registration lowers the correlation.
FALLS = (
    "the correlation falls, as it does where noise is shared at no shift (bleed-through?) or the "
    "channels agree too little"
)
#: Note where something was taken off that is not shifted.
UNSHIFTED = (
    "about {:.1%} of one channel lies unshifted in the other, as bleed-through or shared outlines "
    "do; the shift is that of the rest"
)
#: Note where only what is unshifted registers.
BLEED_ALONE = (
    f"{DOUBT}about {{:.0%}} of one channel lies in the other, as bleed-through does, and registers "
    "with itself at no shift; without it the channels do not tell a shift"
)
#: Note where only a pattern of single pixels registers.
PATTERN_ALONE = (
    f"{DOUBT}{{:.0%}} of the covariance is in the same single pixels alone, as the pattern of a "
    "camera is, which registers with itself at no shift"
)
#: Note where what is unshifted may pull the shift: by how many pixels, if it is a share _PULLING.
PULLED = (
    "the shift is small next to the structures, so that bleed-through or shared outlines would "
    "pull it to 0 unnoticed; if they make up a tenth of a channel's contrast, it is {:.2g} pixels "
    "too short, which the uncertainty leaves out"
)
_PULLING = 0.1
#: Correlations in single precision differ by so much.
_ROUNDING = 1e-6
#: A smaller pull, in pixels or in standard errors, is not worth a note.
_LEAST_PULL, _LEAST_ERRORS = 0.1, 2.0
#: Note where there is no shift; the correlation is filled in.
REFUSED = (
    "not registrable: the highest correlation within the search, {:.2f}, is not above what "
    "unrelated channels reach by chance"
)


def translation(
    frame1: Frame,
    frame2: Frame,
    channel: Channel,
    options: SearchOptions,
    *,
    subpixel: bool = True,
    judged: bool = True,
) -> Registration:
    """Return the shift of two frames by their masked normalised correlation.

    Swapping the frames changes its sign only, even where opposite shifts fit equally well. Unless
    it is `judged`, there is a shift even where it may be chance. A shift of whole pixels, without
    `subpixel`, never interpolates.
    """
    swapped = _later(frame1, frame2)
    first, second = (frame2, frame1) if swapped else (frame1, frame2)
    found = search(first, second, options)
    if found is None:
        msg = (
            "at no shift within max_shift do the masks overlap by "
            f"{100 * options.min_overlap:.0f} % of the most that they can, with some contrast in "
            "both channels"
        )
        raise ValueError(msg)
    if not judged:
        found = replace(found, registrable=None)
    doubts = _unshifted_alone(first, second, found, options) if found.registrable else []
    if doubts:
        found = replace(found, registrable=None)
    refined = subpixel and not found.at_border and found.registrable is not False
    fine, share = None, 0.0
    if refined:
        fixed = found.undetermined
        fine = refine(first, second, found.offset, options.workers, fixed)
        if fine is not None:
            fine, share = without_unshifted(first, second, fine, options.workers, fixed)
    offset = np.asarray(found.offset, np.float64) if fine is None else fine.offset
    if subpixel:
        offset = offset - found.undetermined.T @ (found.undetermined @ offset)
    if swapped:
        found, offset = found.swapped(), -offset
    whole = [0] * offset.size
    before = correlation_at(frame1, frame2, whole)
    if found.registrable is False:
        return _registration(found, frame1, frame2, channel, before, [REFUSED.format(found.height)])
    overlap = overlap_at(frame1, frame2, np.rint(offset).astype(int).tolist())
    after = found.height if fine is None else fine.height
    notes = [*doubts, *_notes(found, reason="" if doubts else UNVERIFIED)]
    if refined and fine is None:
        notes.append("the shift is known to whole pixels only")
    if share > 0:
        notes.append(UNSHIFTED.format(share))
    elif fine is not None and math.isnan(share) and (pull := _pull(fine)):
        notes.append(PULLED.format(pull))
    if after < before - _ROUNDING:
        notes.append(FALLS)
    return _registration(
        found,
        frame1,
        frame2,
        channel,
        before,
        notes,
        shift=tuple((0.0 - offset).tolist()),
        ncc_after=after,
        overlap=overlap,
        uncertainty=(math.nan,) * offset.size if fine is None else tuple(fine.error.tolist()),
    )


def _unshifted_alone(
    frame1: Frame, frame2: Frame, found: BestDisplacement, options: SearchOptions
) -> list[str]:
    """Return a note on what registers at no shift by itself, if nothing else does."""
    if not at_no_shift(frame1, frame2, found):
        return []
    bled = bleed_alone(frame1, frame2, options)
    if bled:
        return [BLEED_ALONE.format(bled)]
    share = pattern_share(frame1, frame2)
    return [PATTERN_ALONE.format(share)] if share > MOSTLY else []


def _pull(fine: Refined) -> float:
    """Return by how many pixels a little bleed-through pulls a shift; 0 if that hardly matters."""
    length = float(np.linalg.norm(fine.offset))
    pull = length * min(1.0, _PULLING / max(fine.height - _PULLING, 1e-9))
    return pull if pull > max(_LEAST_PULL, _LEAST_ERRORS * fine.worst) else 0.0


def _later(frame1: Frame, frame2: Frame) -> bool:
    """Whether frame 2 comes first in an order that depends on the images alone."""
    keys = [
        (frame.shape, frame.values.shape, frame.pixels, frame.mean, frame.scale)
        for frame in (frame1, frame2)
    ]
    if keys[0] != keys[1]:
        return keys[1] < keys[0]
    unequal = frame1.values != frame2.values
    if frame1.mask is not None and frame2.mask is not None:
        unequal &= frame1.mask & frame2.mask
    where = np.unravel_index(np.argmax(unequal), unequal.shape)
    return bool(frame2.values[where] < frame1.values[where])


def _registration(
    found: BestDisplacement,
    frame1: Frame,
    frame2: Frame,
    channel: Channel,
    before: float,
    notes: list[str],
    **more: Any,
) -> Registration:
    """Return a registration with the verdict of the search."""
    if found.elsewhere is not None:
        notes = [*notes, _outside(found.elsewhere)]
    return Registration.from_shift(
        more.pop("shift", (math.nan,) * len(frame1.shape)),
        frame1.shape,
        channel.spacing,
        method="ncc",
        registrable=found.registrable,
        ambiguous=found.ambiguous and found.registrable is not False,
        undetermined=rows_of(found.undetermined),
        ncc_before=before,
        second_peak=found.second,
        peak_ratio=found.ratio,
        at_border=found.at_border,
        shape2=None if frame2.shape == frame1.shape else frame2.shape,
        notes=tuple(notes),
        **more,
    )


def _outside(other: Elsewhere) -> str:
    where = (
        "outside max_shift"
        if other.enough
        else f"at {100 * other.share:.0f} % overlap, outside min_overlap"
    )
    return f"a higher correlation ({other.height:.2f}, shift {_shift(other.offset)}) lies {where}"


def _shift(offset: tuple[int, ...]) -> str:
    return ", ".join(str(-step) for step in offset)


def _notes(found: BestDisplacement, reason: str) -> Iterator[str]:
    if found.at_border:
        yield "the peak touches the bound of the search; the shift may be larger"
    if found.registrable is None and reason:
        yield reason
    for direction in found.undetermined.tolist():
        yield (
            f"the shift is undetermined along {direction_text(direction)}, where the structure "
            "looks the same all along; its component there is 0"
        )
    if found.ambiguous:
        which = "" if found.rival is None else f", {_shift(found.rival)},"
        yield f"another shift{which} correlates nearly as well (peak ratio {found.ratio:.2f})"


#: Pixels in the middle of an image that are looked at.
_PIXELS = 1 << 18
#: The lower envelope that shows bleed-through lies below it by noise: so much more is taken off,
#: but no more than what correlates.
_MORE = 1.5


def at_no_shift(frame1: Frame, frame2: Frame, found: BestDisplacement) -> bool:
    """Return whether a displacement is so near 0 that it may be that of what is not shifted."""
    return bool(np.linalg.norm(found.offset) < APART) and frame1.shape == frame2.shape


def pattern_share(frame1: Frame, frame2: Frame) -> float:
    """Return the share of the covariance that is in the same single pixels alone."""
    middles = _middles(frame1, frame2)
    if middles is None or middles[0].values.ndim < 2:
        return 0.0
    *parts, known = middles
    a, b = (
        np.where(known, part.values.astype(np.float64) / (part.scale or 1.0), np.nan)
        for part in parts
    )
    return share_in_same_pixels(a, b)


def bleed_alone(frame1: Frame, frame2: Frame, options: SearchOptions) -> float:
    """Return the share of one channel that bleeds into the other, if only that registers them.

    It is 0 where no bleed-through shows, and where the channels are registrable without it.
    """
    share1, share2 = _shares(frame1, frame2)
    if share1 == share2 == 0:
        return 0.0
    if share1 >= share2:
        rest = frame1, less(frame1, frame2, share1 * frame1.scale / frame2.scale)
    else:
        rest = less(frame2, frame1, share2 * frame2.scale / frame1.scale), frame2
    without = search(*rest, options)
    return 0.0 if without is not None and without.registrable else max(share1, share2)


def _middles(frame1: Frame, frame2: Frame) -> tuple[Frame, Frame, BoolArray] | None:
    """Return the middle of both frames and where it is known, None where they do not overlap."""
    cut = overlapping_parts(frame1, frame2, (0,) * len(frame1.shape), 1)
    if cut is None:
        return None
    one, two = (part.middle(_PIXELS) for part in cut)
    known = np.isfinite(one.values) & np.isfinite(two.values)
    for mask in (one.mask, two.mask):
        known = known if mask is None else known & mask
    return one, two, np.asarray(known, np.bool_)


def _shares(frame1: Frame, frame2: Frame) -> tuple[float, float]:
    """Return the share of either channel that bleeds into the other."""
    middles = _middles(frame1, frame2)
    if middles is None:
        return 0.0, 0.0
    one, two, known = middles
    unit = max(one.scale, two.scale) or 1.0
    a, b = (
        part.values[known] / unit if part.values.dtype.kind == "f" else part.values[known]
        for part in (one, two)
    )
    slopes = bleed_through(a, b), bleed_through(b, a)
    if not any(slopes):
        return 0.0, 0.0
    (var1, both), (_, var2) = np.cov(a, b)
    first, second = (
        max(0.0, min(_MORE * slope, both / variance)) if slope else 0.0
        for slope, variance in zip(slopes, (var1, var2), strict=True)
    )
    return first, second
