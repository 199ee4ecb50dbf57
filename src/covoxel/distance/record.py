"""Association: the distance between the particles of two channels, and its uncertainty."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields

import numpy as np

from covoxel.core.types import FloatArray, Note
from covoxel.distance.inputs import MaskedChannels


@dataclass(frozen=True, slots=True, eq=False)
class AssociationProfile:
    """Correlation against distance, for plots; each (D,) ndarray of float.

    Correlations are covariances over the product of both channels' standard deviations.
    """

    #: Mean length of the displacements of each point.
    distance: FloatArray
    #: Mean correlation at them. 0 is what shuffling pixels inside the mask gives on average.
    correlation: FloatArray
    #: Its 95 % interval, from blocks of the image; NaN without intervals.
    low: FloatArray
    high: FloatArray
    #: The fitted model with its baseline, and the baseline alone; NaN outside the range fitted and
    #: where no association was found.
    fit: FloatArray
    baseline: FloatArray
    #: The correlation by bleed-through; 0 where it was not fitted.
    bleed: FloatArray
    #: 95 % range of the profiles about null displacements; NaN without a verdict.
    null_low: FloatArray
    null_high: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One of several distances of association; see `Association` for the attributes."""

    distance: float
    distance_low: float
    distance_high: float
    spread: float
    amplitude: float
    associated_fraction: float
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Association:
    """Distance between associated particles of two channels.

    Attributes
    ----------
    distance : float
        Mean distance from a particle in channel 1 to its partner in channel 2, in `unit`; NaN
        where no association was found.
    distance_low, distance_high : float
        Its 95 % interval, not below 0.
    spread : float
        Standard deviation of that distance among particles, beyond the PSF.
    combined : float
        √(distance² + spread²), which is known where distance and spread cannot be separated.
    amplitude : float
        Largest height of the fitted shell above the baseline, as a correlation.
    associated_fraction : float
        Volume of the shell over the mean (geometric) volume of the channels' own peaks: the
        share of particles with a partner where partners are equally bright; NaN without a PSF.
    associated : bool or None
        Whether the fit explains more about displacement zero than about any null displacement,
        beside what may be bleed-through; None where there are too few of those, no verdict was
        asked for, or what correlates lies within one FWHM of the PSFs and cannot be distinguished
        from bleed-through.
    p_value : float
        (1 + null displacements that fit as well) / (1 + null displacements).
    bleed : float
        Height of the bleed-through at displacement zero, as a correlation; NaN where it was not
        fitted.
    bleed_1to2, bleed_2to1 : float
        Share of the light of channel 1 in channel 2, or of channel 2 in channel 1, either of
        which would explain all of it.
    neighbours1, neighbours2 : float
        Particles of the same channel within 4 FWHMs of the PSF around a particle, beyond chance:
        about 0 where particles lie at random, the size of a cluster less 1 where they cluster.
        Brighter ones count for more; NaN without a PSF.
    r_squared : float
        Share of the profile's variance in the range fitted that the fit explains.
    confidence : float
        Share of the shell in the correlation of the raw images, without subtracting their means,
        within three standard deviations of the distance. A camera offset lowers it.
    psf1, psf2 : tuple of float
        Standard deviation of the PSF of each channel along each axis, as measured or given; NaN
        where the model has none.
    offset : tuple of float
        Centre of the shell along each axis, in `unit`, to first order; NaN without intervals. It
        is not part of the model.
    unit : str
        ``"µm"``, or ``"px"`` where the voxel size is unknown.
    model : str
        ``"shell"`` or ``"gaussian"``.
    fit_range : tuple of float
        Range of distances that was fitted.
    components : tuple of Component
        All that were fitted; the attributes above are those of the first.
    profile : AssociationProfile
        Correlation against distance.
    notes : tuple of (str, str)
        The name of a column, and the reason for a missing value or a limitation.
    """

    distance: float = math.nan
    distance_low: float = math.nan
    distance_high: float = math.nan
    spread: float = math.nan
    combined: float = math.nan
    amplitude: float = math.nan
    associated_fraction: float = math.nan
    associated: bool | None = None
    p_value: float = math.nan
    bleed: float = math.nan
    bleed_1to2: float = math.nan
    bleed_2to1: float = math.nan
    neighbours1: float = math.nan
    neighbours2: float = math.nan
    r_squared: float = math.nan
    confidence: float = math.nan
    psf1: tuple[float, ...]
    psf2: tuple[float, ...]
    offset: tuple[float, ...]
    unit: str
    model: str
    fit_range: tuple[float, float] = (math.nan, math.nan)
    components: tuple[Component, ...] = ()
    profile: AssociationProfile
    notes: tuple[Note, ...] = field(default=())


def empty_association(inputs: MaskedChannels, model: str, note: Note) -> Association:
    """Return an association of which nothing is known, and why."""
    unknown, none = (math.nan,) * inputs.ndim, np.zeros(0)
    return Association(
        psf1=unknown,
        psf2=unknown,
        offset=unknown,
        unit=inputs.unit,
        model=model,
        profile=AssociationProfile(*[none] * len(fields(AssociationProfile))),
        notes=(note,),
    )
