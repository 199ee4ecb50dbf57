"""How a measured association is told: verdict, distances, intervals and doubts."""

from __future__ import annotations

import math
from dataclasses import asdict

import numpy as np

from covoxel.core.types import FloatArray
from covoxel.distance.blocks import BlockProfiles
from covoxel.distance.fit import Shell
from covoxel.distance.inputs import Inputs
from covoxel.distance.offset import shell_offset
from covoxel.distance.psf import Blur, mean_volume
from covoxel.distance.range import Range
from covoxel.distance.reading import Reading
from covoxel.distance.record import Association
from covoxel.distance.shell import Shells
from covoxel.distance.shell_interval import (
    distance_interval,
    shell_influence,
    wald_interval,
)
from covoxel.distance.verdict import Fits, Judge

#: Fewest blocks that an interval is made from.
_BLOCKS = 8


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
        fits: Fits,
        null: FloatArray,
    ) -> None:
        self.inputs, self.window, self.profiles = inputs, window, profiles
        self.blurs, self.fits, self.null = blurs, fits, null
        self.fit = fits.alone
        self.notes: list[str] = []

    def association(self, components: int, *, intervals: bool) -> Association:
        """Return the best shells, with what is known of each, or why there are none."""
        judge = Judge(self.fits, self.profiles.mean, self.null, self.inputs.unit)
        verdict = judge.verdict(components, asked=intervals)
        self.fit, shells, self.notes = verdict.fit, verdict.shells, verdict.notes
        blocks = intervals and len(self.profiles.values) >= _BLOCKS
        if intervals and not blocks:
            self.notes.append(
                f"distance_low: the image is {len(self.profiles.values)} blocks of the range; "
                f"{_BLOCKS} are needed"
            )
        limits = self._intervals(shells, blocks=blocks)
        if limits and limits[0][0] == 0 and limits[0][1] >= self.fit.largest:
            shells, limits, verdict.associated, verdict.p_value = [], [], None, math.nan
            self.notes.append(
                "distance: any distance fits as well, beside the background that the channels share"
            )
        bled = self._bled(shells)
        reading = Reading(self.inputs, self.window.rings, self.profiles, self.fit, shells, bled)
        width = self.fit.model.finest if self.blurs else 0.0
        volume = mean_volume(self.blurs) if self.blurs else math.nan
        told = tuple(reading.component(k, limit, volume, width) for k, limit in enumerate(limits))
        first = asdict(told[0]) if told else {}
        return Association(
            **first,
            combined=math.hypot(told[0].distance, told[0].spread) if told else math.nan,
            associated=verdict.associated,
            p_value=verdict.p_value,
            **self._bleed_through(bled),
            neighbours1=self.fits.neighbours[0],
            neighbours2=self.fits.neighbours[1],
            r_squared=reading.r_squared() if told else math.nan,
            psf1=self._sigma(0),
            psf2=self._sigma(1),
            offset=self._offset(shells, blocks=blocks),
            unit=self.inputs.unit,
            model="shell" if self.blurs else "gaussian",
            fit_range=self.window.fitted,
            components=told,
            profile=reading.profile(self.null, blocks=blocks),
            notes=tuple(self.notes + self._doubts(shells, limits)),
        )

    def _intervals(self, shells: list[Shell], *, blocks: bool) -> list[tuple[float, float]]:
        if not (shells and blocks):
            return [(math.nan, math.nan)] * len(shells)
        slopes, errors = shell_influence(self.fit, shells, self.profiles, self.blurs)
        if len(shells) > 1:
            return [wald_interval(self.fit, s, slopes, errors, k) for k, s in enumerate(shells)]
        reduced = self.fit.space.reduced(self.profiles.mean)
        return [distance_interval(self.fit, reduced, shells[0], slopes, errors)]

    def _bled(self, shells: list[Shell]) -> float | None:
        """Return how much bleeds beside the shells; None where that was not fitted."""
        beside = self.fits.beside
        if beside is None:
            return None
        there = [] if self.fit is self.fits.alone else shells
        return max(beside.bleeding(beside.space.reduced(self.profiles.mean), there), 0.0)

    def _bleed_through(self, bled: float | None) -> dict[str, float]:
        """Return the height of what bleeds, and the share of either channel that would make it."""
        beside = self.fits.beside
        if bled is None or beside is None or beside.bleed is None:
            return {}
        height = bled * self.fits.peaks[beside.bleed.channel]
        scale1, scale2 = self.inputs.scale
        peak1, peak2 = self.fits.peaks
        return {
            "bleed": height,
            "bleed_1to2": height * scale2 / (scale1 * peak1),
            "bleed_2to1": height * scale1 / (scale2 * peak2),
        }

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
                    "distance: below the PSFs' width distance and spread cannot be separated; "
                    f"together they are {both:.3g} {unit}"
                )
            if high >= self.fit.largest:
                out.append("distance_high: the interval reaches the end of the range fitted")
        return out
