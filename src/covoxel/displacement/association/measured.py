"""How a measured association is told: verdict, distances, intervals and doubts."""

from __future__ import annotations

import math
from dataclasses import asdict

import numpy as np

from covoxel._types import FloatArray
from covoxel.displacement.association.blocks import BlockProfiles
from covoxel.displacement.association.fit import Fit, Shell
from covoxel.displacement.association.inputs import Inputs
from covoxel.displacement.association.offset import shell_offset
from covoxel.displacement.association.psf import Blur, mean_volume
from covoxel.displacement.association.range import Range
from covoxel.displacement.association.reading import Reading
from covoxel.displacement.association.record import Association
from covoxel.displacement.association.shell import Shells
from covoxel.displacement.association.shell_interval import (
    distance_interval,
    shell_influence,
    wald_interval,
)

#: Most partners of a particle in the mean, and the share of them that counts as all.
PARTNERS, _AT_LIMIT = 3, 0.999
#: Fewest blocks that an interval is made from, and null displacements that a verdict is.
_BLOCKS, _NULLS = 8, 19


class Measured:
    """Profiles of a pair of channels and what fits them, and how it is told.

    `null` holds the profiles about null displacements, (N, G).
    """

    def __init__(
        self,
        inputs: Inputs,
        window: Range,
        profiles: BlockProfiles,
        blurs: list[Blur],
        fit: Fit,
        null: FloatArray,
    ) -> None:
        self.inputs, self.window, self.profiles = inputs, window, profiles
        self.blurs, self.fit, self.null = blurs, fit, null
        self.reduced = fit.reduced(profiles.mean)
        self.notes: list[str] = []

    def association(self, components: int, *, intervals: bool) -> Association:
        """Return the best shells, with what is known of each, or why there are none."""
        associated, p_value = self._verdict(asked=intervals)
        shells = [] if associated is False else self._shells(components)
        if associated and not shells:
            associated, p_value = None, math.nan
        blocks = intervals and len(self.profiles.values) >= _BLOCKS
        if intervals and not blocks:
            self.notes.append(
                f"distance_low: the image is {len(self.profiles.values)} blocks of the range; "
                f"{_BLOCKS} are needed"
            )
        reading = Reading(self.inputs, self.window.rings, self.profiles, self.fit, shells)
        width = self.fit.model.finest if self.blurs else 0.0
        volume = mean_volume(self.blurs) if self.blurs else math.nan
        limits = self._intervals(shells, blocks=blocks)
        told = tuple(reading.component(k, limit, volume, width) for k, limit in enumerate(limits))
        first = asdict(told[0]) if told else {}
        return Association(
            **first,
            combined=math.hypot(told[0].distance, told[0].spread) if told else math.nan,
            associated=associated,
            p_value=p_value,
            r_squared=reading.r_squared() if told else math.nan,
            psf_1=self._sigma(0),
            psf_2=self._sigma(1),
            offset=self._offset(shells, blocks=blocks),
            unit=self.inputs.unit,
            model="shell" if self.blurs else "gaussian",
            fit_range=self.window.fitted,
            components=told,
            profile=reading.profile(self.null, blocks=blocks),
            notes=tuple(self.notes + self._doubts(shells, limits)),
        )

    def _shells(self, components: int) -> list[Shell]:
        """Return what fits best and can be believed."""
        if not self.fit.statistic(self.reduced) > 0:
            self.notes.append("distance: no association found, the channels avoid each other")
            return []
        shells = self.fit.best(self.reduced, components)
        believed = [shell for shell in shells if shell.volume < _AT_LIMIT * self.fit.most]
        if len(believed) < len(shells):
            self.notes.append(
                f"distance: left out what gives a particle {PARTNERS} partners or more, it is "
                "background that the channels share; a mask or a shorter range may part them"
            )
        return believed

    def _verdict(self, *, asked: bool) -> tuple[bool | None, float]:
        if not asked:
            return None, math.nan
        if len(self.null) < _NULLS:
            self.notes.append(
                f"associated: the field has room for {len(self.null)} null displacements, "
                f"{_NULLS} are needed; a smaller max_distance makes room"
            )
            return None, math.nan
        ours = float(self.fit.statistic(self.reduced))
        theirs = self.fit.statistic(self.fit.reduced(self.null))
        above = int(np.count_nonzero(theirs >= ours))
        if above:
            self.notes.append(
                f"distance: no association found; {above} of {len(theirs)} null displacements fit "
                "as well"
            )
        return above == 0, (1 + above) / (1 + len(theirs))

    def _intervals(self, shells: list[Shell], *, blocks: bool) -> list[tuple[float, float]]:
        if not (shells and blocks):
            return [(math.nan, math.nan)] * len(shells)
        slopes, errors = shell_influence(self.fit, shells, self.profiles, self.blurs)
        if len(shells) > 1:
            return [wald_interval(shell, errors, k) for k, shell in enumerate(shells)]
        return [distance_interval(self.fit, self.reduced, shells[0], slopes, errors)]

    def _sigma(self, channel: int) -> tuple[float, ...]:
        """Return the PSF along each axis of the images given."""
        if not self.blurs:
            return (math.nan,) * self.inputs.ndim
        in_plane, *axial = self.blurs[channel].sigma
        missing = (math.nan,) * (self.inputs.ndim - 2 - len(axial))
        return (*missing, *axial, in_plane, in_plane)

    def _offset(self, shells: list[Shell], *, blocks: bool) -> tuple[float, ...]:
        model = self.fit.model
        if not (shells and blocks and isinstance(model, Shells)):
            return (math.nan,) * self.inputs.ndim
        offset, chance = shell_offset(self.fit, model, shells, self.window.rings, self.profiles)
        far = np.abs(offset) > np.maximum(chance, 0.5 * np.asarray(self.inputs.step))
        if far.any():
            listed = ", ".join(f"{value:.3g}" for value in offset)
            self.notes.append(
                f"distance: the shell is centred {listed} {self.inputs.unit} off zero, which is "
                "not modelled; register the channels first"
            )
        return (math.nan,) * (self.inputs.ndim - offset.size) + tuple(offset.tolist())

    def _doubts(self, shells: list[Shell], limits: list[tuple[float, float]]) -> list[str]:
        """Say what should be known before a distance is believed."""
        unit, out = self.inputs.unit, []
        if unit == "px":
            out.append("unit: the voxel size is unknown, lengths are in pixels")
        model = self.fit.model
        for shell, (low, high) in zip(shells, limits, strict=True):
            if isinstance(model, Shells) and (shell.distance < model.sigma[0] or low == 0):
                both = math.hypot(shell.distance, shell.spread)
                out.append(
                    "distance: below the PSFs' width distance and spread cannot be told apart; "
                    f"together they are {both:.3g} {unit}"
                )
            if high >= self.fit.largest:
                out.append("distance_high: the interval reaches the end of the range fitted")
        return out
