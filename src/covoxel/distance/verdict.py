"""Whether channels are associated, and which fit describes it: with bleed-through or without."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field

import numpy as np

from covoxel.core.types import FloatArray, Note, Progress
from covoxel.correlation.blocks import SidePair
from covoxel.correlation.overlaps import Lags, MaskedBatch
from covoxel.distance.fit import AT_LIMIT, Fit, Shell
from covoxel.distance.profiles import Rings, overlap_counts

#: Most partners of a particle in the mean.
PARTNERS = 3
#: Fewest null displacements that a verdict is made from.
_NULLS = 19
#: Null displacements lie up to this many ranges of the profile from zero, …
_REACH = 3
#: … so many of them to either side, along each axis of the plane, …
_TO_EACH_SIDE = 4
#: … where at least this share of the largest overlap is left.
_OVERLAP = 0.15


def null_profiles(
    sides: tuple[MaskedBatch, MaskedBatch],
    rings: Rings,
    workers: int | None = None,
    progress: Progress | None = None,
) -> FloatArray:
    """Return profiles, (N, G), of the correlogram about displacements in the plane.

    All lie further than the range of the profile from zero. Each profile is scaled by the root
    of its overlap, so that it is as noisy as the one about zero.
    """
    centres = _centres(rings, sides[0].shape)
    if not centres:
        return np.zeros((0, rings.in_plane.size))
    farthest = np.abs(centres).max(axis=0)
    reach = list(rings.reach)
    reach[-2:] = [int(f) + r for f, r in zip(farthest, rings.reach[-2:], strict=True)]
    lags = Lags.around((0,) * len(reach), tuple(reach))
    pairs = overlap_counts(sides[0].shape, sides[0].mask, lags.high, workers)
    covariance = SidePair.of(*sides).products(lags, workers) / np.maximum(pairs, 1)
    most = pairs.max()
    found = []
    for done, centre in enumerate(centres):
        if progress is not None:
            progress(done, len(centres))
        window = [slice(None)] * (len(reach) - 2) + [
            slice(whole + c - r, whole + c + r + 1)
            for whole, c, r in zip(reach[-2:], centre, rings.reach[-2:], strict=True)
        ]
        n = pairs[tuple(window)]
        middle = n[tuple(size // 2 for size in n.shape)]
        if n.min() > 0 and middle >= _OVERLAP * most:
            profile = rings.sums(covariance[tuple(window)])[0] / rings.sizes
            found.append(profile * math.sqrt(middle / most))
    return np.asarray(found).reshape(-1, rings.in_plane.size)


def _centres(rings: Rings, shape: tuple[int, ...]) -> list[tuple[int, int]]:
    """Return null displacements in the plane, in pixels."""
    ranges = rings.reach[-2:]
    most = [min(_REACH * r, 2 * n // 3 - r) for r, n in zip(ranges, shape[-2:], strict=True)]
    steps = [max(1, far // _TO_EACH_SIDE) for far in most]
    axes = [
        [k * step for k in range(-(far // step), far // step + 1)] if far > 0 else [0]
        for far, step in zip(most, steps, strict=True)
    ]
    return [
        (y, x)
        for y, x in itertools.product(*axes)
        if math.hypot(y / max(ranges[0], 1), x / max(ranges[1], 1)) >= 1
    ]


#: What else makes the PSFs of channels wide.
_MEASURED = (
    "; tight clusters and coarse grain widen the PSFs that are measured in the channels: give psf1 "
    "and psf2 where the objective draws finer"
)


@dataclass(frozen=True, slots=True, eq=False)
class Fits:
    """Fits of a profile: shells alone, and shells from `nearest` on beside bleed-through.

    `beside` is None where bleed-through is left out. `peaks` are the heights of both channels'
    own correlograms at displacement zero, without noise, and `neighbours` the number of particles
    around each of their particles beyond chance. `measured` if a PSF is that of the channel itself.
    """

    alone: Fit
    beside: Fit | None = None
    nearest: float = 0.0
    peaks: tuple[float, float] = (math.nan, math.nan)
    neighbours: tuple[float, float] = (math.nan, math.nan)
    measured: bool = False


@dataclass(slots=True, eq=False)
class Verdict:
    """A fit with its shells, none where there is no association, and notes."""

    fit: Fit
    shells: list[Shell]
    associated: bool | None = None
    p_value: float = math.nan
    notes: list[Note] = field(default_factory=list)

    def note(self, column: str, text: str) -> None:
        """Add a note on a column."""
        self.notes.append((column, text))


class Judge:
    """Decides between the fits of a profile, (G,), by profiles about null displacements, (N, G)."""

    def __init__(self, fits: Fits, profile: FloatArray, null: FloatArray, unit: str) -> None:
        self._fits, self._profile, self._null, self._unit = fits, profile, null, unit

    def verdict(self, count: int, *, asked: bool) -> Verdict:
        """Return `count` shells and, where that is `asked`, whether they are an association."""
        fits = self._fits
        main = fits.beside or fits.alone
        out = Verdict(main, [])
        judged = asked and len(self._null) >= _NULLS
        if asked and not judged:
            out.note(
                "associated",
                f"the field has room for {len(self._null)} null displacements, {_NULLS} are "
                "needed; a smaller max_distance makes room",
            )
        above, notes = self._above(main) if judged else 0, list(out.notes)
        if judged:
            out.p_value = (1 + above) / (1 + len(self._null))
        if above == 0:
            self._believe(out, count)
            if main is not fits.alone and (self._too_near(out) or self._bleeds(out)):
                out.fit, out.notes = main.firm(), list(notes)
                self._believe(out, count)
            if not out.shells and main is not fits.alone:
                # a very large shell compensates bleed-through where there is none
                out.fit, out.notes = fits.alone, list(notes)
                self._believe(out, count)
            if out.shells and not self._too_near(out):
                out.associated = True if judged else None
                return out
        if fits.beside is not None and not (judged and self._above(fits.alone)):
            self._near(out, fits.alone, count)
        elif above:
            out.associated = False
            out.note(
                "distance",
                f"no association found; {above} of {len(self._null)} null displacements fit as "
                "well",
            )
        else:
            out.p_value = math.nan
        return out

    def _bleeds(self, out: Verdict) -> bool:
        """Return whether there is bleed-through, so that a bound at 0 changes intervals only."""
        return out.fit.bleeding(out.fit.space.reduced(self._profile), out.shells) >= 0

    def _too_near(self, out: Verdict) -> bool:
        return bool(out.shells) and out.shells[0].distance < self._fits.nearest

    def _near(self, out: Verdict, alone: Fit, count: int) -> None:
        """Take the fit without bleed-through, if it is near enough to be bleed-through."""
        nearest = self._fits.nearest
        out.fit = alone
        out.notes = [note for note in out.notes if note[0] == "associated"]
        if alone.statistic(alone.space.reduced(self._profile)) > 0:
            text = (
                f"what correlates within the width of the PSFs ({nearest:.3g} {self._unit}) cannot "
                "be distinguished from bleed-through"
            )
            out.note("associated", text + _MEASURED if self._fits.measured else text)
        self._believe(out, count)
        if out.shells and out.shells[0].distance < nearest:
            out.note("distance", "this distance holds only where nothing bleeds through")
        else:
            out.shells, out.p_value = [], math.nan

    def _above(self, fit: Fit) -> int:
        """Return the number of null displacements that fit as well."""
        ours = fit.statistic(fit.space.reduced(self._profile))
        theirs = fit.statistic(fit.space.reduced(self._null))
        return int(np.count_nonzero(theirs >= ours))

    def _believe(self, out: Verdict, count: int) -> None:
        """Take the best shells, without those of the largest volume allowed."""
        fit = out.fit
        reduced = fit.space.reduced(self._profile)
        if not fit.statistic(reduced) > 0:
            out.note("distance", "no association found, the channels avoid each other")
            return
        shells = fit.best(reduced, count)
        out.shells = [shell for shell in shells if shell.volume < AT_LIMIT * fit.most]
        if len(out.shells) < len(shells):
            out.note(
                "distance",
                f"what would give a particle {PARTNERS} partners or more is left out: it is "
                "background that the channels share; a mask or a shorter range may separate them",
            )
