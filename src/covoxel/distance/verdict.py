"""Whether channels are associated, and which fit says how: beside bleed-through or without it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from covoxel.core.types import FloatArray
from covoxel.distance.fit import AT_LIMIT, Fit, Shell

#: Most partners of a particle in the mean.
PARTNERS = 3
#: Fewest null displacements that a verdict is made from.
_NULLS = 19


@dataclass(frozen=True, slots=True, eq=False)
class Fits:
    """What fits a profile: shells alone, and shells from a distance on beside bleed-through.

    `beside` is None where bleed-through is left out. `peaks` are the heights of both channels'
    own correlograms at displacement zero, without noise, and `neighbours` how many more particles
    than by chance each of their particles has around it.
    """

    alone: Fit
    beside: Fit | None = None
    nearest: float = 0.0
    peaks: tuple[float, float] = (math.nan, math.nan)
    neighbours: tuple[float, float] = (math.nan, math.nan)


@dataclass(slots=True, eq=False)
class Verdict:
    """A fit with its shells, none where there is no association, and what is to be noted."""

    fit: Fit
    shells: list[Shell]
    associated: bool | None = None
    p_value: float = math.nan
    notes: list[str] = field(default_factory=list)


class Judge:
    """Decides between the fits of a profile, (G,), by profiles about null displacements, (N, G)."""

    def __init__(self, fits: Fits, profile: FloatArray, null: FloatArray, unit: str) -> None:
        self._fits, self._profile, self._null, self._unit = fits, profile, null, unit

    def verdict(self, count: int, *, asked: bool) -> Verdict:
        """Return `count` shells and whether they mean an association, where that is asked."""
        fits = self._fits
        main = fits.beside or fits.alone
        out = Verdict(main, [])
        judged = asked and len(self._null) >= _NULLS
        if asked and not judged:
            out.notes.append(
                f"associated: the field has room for {len(self._null)} null displacements, "
                f"{_NULLS} are needed; a smaller max_distance makes room"
            )
        above, told = self._above(main) if judged else 0, list(out.notes)
        if judged:
            out.p_value = (1 + above) / (1 + len(self._null))
        if above == 0:
            self._believe(out, count)
            if main is not fits.alone and (self._too_near(out) or self._bleeds(out)):
                out.fit, out.notes = main.firm(), list(told)
                self._believe(out, count)
            if not out.shells and main is not fits.alone:
                # a vast shell takes back what bleeds, where nothing does
                out.fit, out.notes = fits.alone, list(told)
                self._believe(out, count)
            if out.shells and not self._too_near(out):
                out.associated = True if judged else None
                return out
        if fits.beside is not None and not (judged and self._above(fits.alone)):
            self._near(out, fits.alone, count)
        elif above:
            out.associated = False
            out.notes.append(
                f"distance: no association found; {above} of {len(self._null)} null displacements "
                "fit as well"
            )
        else:
            out.p_value = math.nan
        return out

    def _bleeds(self, out: Verdict) -> bool:
        """Return whether something bleeds, so that a bound at 0 changes the intervals alone."""
        return out.fit.bleeding(out.fit.space.reduced(self._profile), out.shells) >= 0

    def _too_near(self, out: Verdict) -> bool:
        return bool(out.shells) and out.shells[0].distance < self._fits.nearest

    def _near(self, out: Verdict, alone: Fit, count: int) -> None:
        """Tell what fits where no bleed-through is assumed, if it is near enough to be some."""
        nearest = self._fits.nearest
        out.fit = alone
        out.notes = [note for note in out.notes if note.startswith("associated")]
        if alone.statistic(alone.space.reduced(self._profile)) > 0:
            out.notes.append(
                f"associated: what correlates within the width of the PSFs ({nearest:.3g} "
                f"{self._unit}) cannot be distinguished from bleed-through"
            )
        self._believe(out, count)
        if out.shells and out.shells[0].distance < nearest:
            out.notes.append("distance: that of an association without bleed-through")
        else:
            out.shells, out.p_value = [], math.nan

    def _above(self, fit: Fit) -> int:
        """Return how many null displacements fit as well."""
        ours = fit.statistic(fit.space.reduced(self._profile))
        theirs = fit.statistic(fit.space.reduced(self._null))
        return int(np.count_nonzero(theirs >= ours))

    def _believe(self, out: Verdict, count: int) -> None:
        """Take what fits best and can be believed as shells."""
        fit = out.fit
        reduced = fit.space.reduced(self._profile)
        if not fit.statistic(reduced) > 0:
            out.notes.append("distance: no association found, the channels avoid each other")
            return
        shells = fit.best(reduced, count)
        out.shells = [shell for shell in shells if shell.volume < AT_LIMIT * fit.most]
        if len(out.shells) < len(shells):
            out.notes.append(
                f"distance: left out what gives a particle {PARTNERS} partners or more, it is "
                "background that the channels share; a mask or a shorter range may part them"
            )
