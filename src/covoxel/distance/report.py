"""Association of a pair of channels from its fits: verdict, distances, intervals and notes."""

from __future__ import annotations

import math
from dataclasses import asdict

import numpy as np
from scipy import sparse, stats

from covoxel.core.types import FloatArray, Note
from covoxel.correlation.ccf_curve import FWHM
from covoxel.distance.fit import Fit, Shell
from covoxel.distance.inputs import MaskedChannels
from covoxel.distance.interval import LEVEL, Influence, distance_intervals, shell_offset
from covoxel.distance.models import Shells
from covoxel.distance.profiles import BlockProfiles, Rings
from covoxel.distance.psf import Blur, mean_volume
from covoxel.distance.record import Association, AssociationProfile, Component
from covoxel.distance.search_range import SearchRange
from covoxel.distance.verdict import Fits, Judge

#: Fewest blocks that an interval is made from.
_BLOCKS = 8
#: Standard deviations around the distance within which the confidence is computed.
_WITHIN = 3.0
#: Distances so short, in standard deviations of both PSFs together, depend on the PSFs; logarithm
#: of their ratio that matters, and its standard errors.
_SHORT, _WIDER, _UNLIKE = 3.0, 0.1, 2.0
#: PSFs from this FWHM in µm on are wide for an objective.
_BROAD = 0.5


def association_report(
    inputs: MaskedChannels,
    window: SearchRange,
    profiles: BlockProfiles,
    blurs: list[Blur],
    fits: Fits,
    null: FloatArray,
    components: int,
    *,
    intervals: bool,
) -> Association:
    """Return the best shells, or why there are none; `null`, (N, G), are the null profiles."""
    verdict = Judge(fits, profiles.mean, null, inputs.unit).verdict(components, asked=intervals)
    fit, shells, notes = verdict.fit, verdict.shells, verdict.notes
    blocks = intervals and len(profiles.values) >= _BLOCKS
    if intervals and not blocks:
        room = f"the image is {len(profiles.values)} blocks of the range; {_BLOCKS} are needed"
        notes.append(("distance_low", room))
    limits = [(math.nan, math.nan)] * len(shells)
    if shells and blocks:
        limits = distance_intervals(fit, shells, profiles, blurs)
    if limits and limits[0][0] == 0 and limits[0][1] >= fit.largest:
        shells, limits, verdict.associated, verdict.p_value = [], [], None, math.nan
        any_fits = "any distance fits as well, beside the background that the channels share"
        notes.append(("distance", any_fits))
    bled = None
    if fits.beside is not None:
        there = [] if fit is fits.alone else shells
        bled = max(fits.beside.bleeding(fits.beside.space.reduced(profiles.mean), there), 0.0)
    read = _ProfileFit(inputs, window.rings, profiles, fit, shells, bled)
    width = fit.model.finest if blurs else 0.0
    volume = mean_volume(blurs) if blurs else math.nan
    parts = tuple(read.component(k, limit, volume, width) for k, limit in enumerate(limits))
    first = asdict(parts[0]) if parts else {}
    offset = (math.nan,) * inputs.ndim
    if shells and blocks and isinstance(fit.model, Shells):
        center, chance = shell_offset(fit, fit.model, shells, window.rings, profiles)
        if (np.abs(center) > np.maximum(chance, 0.5 * np.asarray(inputs.step))).any():
            listed = ", ".join(f"{value:.3g}" for value in center)
            centred = (
                f"the shell is centred {listed} {inputs.unit} off zero, which is not modelled; "
                "register the channels first"
            )
            notes.append(("distance", centred))
        offset = offset[center.size :] + tuple(center.tolist())
    widths = _widths(fit, shells, blurs, inputs.unit) if blocks and blurs else []
    return Association(
        **first,
        combined=math.hypot(parts[0].distance, parts[0].spread) if parts else math.nan,
        associated=verdict.associated,
        p_value=verdict.p_value,
        **_bleed_through(fits, bled, inputs.scale),
        neighbours1=fits.neighbours[0],
        neighbours2=fits.neighbours[1],
        r_squared=read.r_squared() if parts else math.nan,
        psf1=_sigma(blurs, 0, inputs.ndim),
        psf2=_sigma(blurs, 1, inputs.ndim),
        offset=offset,
        unit=inputs.unit,
        model="shell" if blurs else "gaussian",
        fit_range=window.fitted,
        components=parts,
        profile=read.profile(null, blocks=blocks),
        notes=tuple(notes + _limitations(fit, shells, limits, inputs.unit) + widths),
    )


def _bleed_through(fits: Fits, bled: float | None, scale: tuple[float, float]) -> dict[str, float]:
    """Return the height of the bleed-through, and the share of either channel that explains it."""
    if bled is None or fits.beside is None or fits.beside.bleed is None:
        return {}
    (scale1, scale2), (peak1, peak2) = scale, fits.peaks
    height = bled * fits.peaks[fits.beside.bleed.channel]
    return {
        "bleed": height,
        "bleed_1to2": height * scale2 / (scale1 * peak1),
        "bleed_2to1": height * scale1 / (scale2 * peak2),
    }


def _sigma(blurs: list[Blur], channel: int, ndim: int) -> tuple[float, ...]:
    """Return the PSF along each axis of the images given."""
    if not blurs:
        return (math.nan,) * ndim
    in_plane, *axial = blurs[channel].sigma
    return (*(math.nan,) * (ndim - 2 - len(axial)), *axial, in_plane, in_plane)


def _limitations(
    fit: Fit, shells: list[Shell], limits: list[tuple[float, float]], unit: str
) -> list[Note]:
    out: list[Note] = []
    if unit == "px":
        out.append(("unit", "the voxel size is unknown, lengths are in pixels"))
    for shell, (low, high) in zip(shells, limits, strict=True):
        if isinstance(fit.model, Shells) and (shell.distance < fit.model.sigma[0] or low == 0):
            both = math.hypot(shell.distance, shell.spread)
            together = (
                "below the PSFs' width distance and spread cannot be separated; together they are "
                f"{both:.3g} {unit}"
            )
            out.append(("distance", together))
        if high >= fit.largest:
            out.append(("distance_high", "the interval reaches the end of the range fitted"))
    return out


def _widths(fit: Fit, shells: list[Shell], blurs: list[Blur], unit: str) -> list[Note]:
    """Return a note where a measured PSF, or both, are as wide as tight clusters look."""
    if not shells or shells[0].distance > _SHORT * fit.model.finest:
        return []
    narrow, wide = sorted((0, 1), key=lambda k: blurs[k].variance[0])
    ratio = math.log(blurs[wide].variance[0] / blurs[narrow].variance[0]) / 2
    errors = []
    for blur in blurs:
        if blur.influence is None:
            return []
        errors.append(Influence(blur.influence).covariance()[0, 0] ** 0.5 / blur.variance[0] / 2)
    if ratio < max(_WIDER, _UNLIKE * math.hypot(*errors)):
        width = FWHM * math.sqrt(blurs[narrow].variance[0] / 2)
        if unit == "px" or width < _BROAD:
            return []
        broad = (
            f"both PSFs, measured in the channels, are {width:.3g} {unit} wide or more (FWHM); if "
            "the objective draws finer, particles cluster within them in both channels alike, or "
            "their grain is coarse, and the distance is up to 5 % too large; then give psf1 and "
            "psf2"
        )
        return [("psf1", broad)]
    times = (
        f"{math.exp(ratio):.3g} times as wide as that of channel {narrow + 1}; if the wavelengths "
        "do not explain it, particles cluster within it, and the distance is up to 5 % too large; "
        f"give psf{wide + 1} then"
    )
    return [(f"psf{wide + 1}", times)]


class _ProfileFit:
    """A profile averaged over distances a pixel wide, with its shells and bleed-through."""

    def __init__(
        self,
        inputs: MaskedChannels,
        rings: Rings,
        profiles: BlockProfiles,
        fit: Fit,
        shells: list[Shell],
        bled: float | None,
    ) -> None:
        self.inputs, self.rings, self.profiles, self.fit = inputs, rings, profiles, fit
        bins = np.rint(rings.length / min(inputs.step[-2:])).astype(int)
        used, place = np.unique(bins, return_inverse=True)
        total = np.bincount(place, profiles.weight)
        share = profiles.weight / total[place]
        shape = (used.size, bins.size)
        self._average = sparse.csr_array((share, (place, np.arange(bins.size))), shape)
        self.curves = [fit.curve([shell]) for shell in shells]
        self.values = profiles.mean[fit.space.used]
        self.bled = fit.bled(bled or 0.0)
        self.curve = fit.curve(shells) + self.bled
        self.baseline = fit.space.baseline(self.values - self.curve)
        self.shells = shells

    def profile(self, null: FloatArray, *, blocks: bool) -> AssociationProfile:
        """Return the profile for plots, its interval from `blocks` and its null profiles."""
        mean, values, shares = self.profiles.mean, self.profiles.values, self.profiles.shares
        correlation = self._averaged(mean)
        unknown = np.full(correlation.size, np.nan)
        margin, (low, high) = unknown, (unknown, unknown)
        if blocks:
            parts = self._averaged(values - shares * mean)
            freedom = len(parts) - 1
            margin = np.sqrt(np.square(parts).sum(axis=0) * (1 + 1 / freedom))
            margin = margin * stats.t.ppf((1 + LEVEL) / 2, freedom)
        if len(null):
            tail = (1 - LEVEL) / 2
            low, high = np.quantile(self._averaged(null), [tail, 1 - tail], axis=0)
        return AssociationProfile(
            distance=self._averaged(self.rings.length),
            correlation=correlation,
            low=np.maximum(correlation - margin, -1),
            high=np.minimum(correlation + margin, 1),
            fit=self._shown(self.curve + self.baseline) if self.shells else unknown,
            baseline=self._shown(self.baseline) if self.shells else unknown,
            bleed=self._shown(self.bled),
            null_low=low,
            null_high=high,
        )

    def _averaged(self, profiles: FloatArray) -> FloatArray:
        """Average profiles, (…, G), over distances, (…, D)."""
        return np.asarray((self._average @ profiles.T).T)

    def _shown(self, values: FloatArray) -> FloatArray:
        """Average over distances; NaN at those of which a part was not fitted."""
        shown = self._averaged(self.fit.space.spread_out(values))
        shown[self._averaged((~self.fit.space.used).astype(np.float64)) > 0] = np.nan
        return shown

    def r_squared(self) -> float:
        """Return the explained share of the variance in the range, with pairs of equal weight."""
        weight = np.square(self.fit.space.root)
        rest = weight @ np.square(self.values - self.curve - self.baseline)
        mean = np.average(self.values, weights=weight)
        return float(1 - rest / (weight @ np.square(self.values - mean)))

    def component(
        self, index: int, interval: tuple[float, float], volume: float, width: float
    ) -> Component:
        """Return one shell; `volume` is that of the channels' own peaks."""
        shell = self.shells[index]
        return Component(
            distance=shell.distance,
            distance_low=interval[0],
            distance_high=interval[1],
            spread=shell.spread,
            amplitude=float(self.curves[index].max()),
            associated_fraction=shell.volume / volume,
            confidence=self._confidence(index, math.hypot(shell.spread, width)),
        )

    def _confidence(self, index: int, width: float) -> float:
        near = np.abs(self.rings.length[self.fit.space.used] - self.shells[index].distance)
        near = near < _WITHIN * width
        (mean1, mean2), (scale1, scale2) = self.inputs.mean, self.inputs.scale
        raw = self.values * scale1 * scale2 + mean1 * mean2
        own = self.curves[index] * scale1 * scale2
        whole, part = (
            self._averaged(self.fit.space.spread_out(np.where(near, each, 0))).sum()
            for each in (raw, own)
        )
        return float(part / whole) if whole > 0 else math.nan
