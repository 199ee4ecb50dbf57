"""Distance between associated particles of two channels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from covoxel.core.checks import one_of
from covoxel.core.progress import Steps
from covoxel.core.types import Progress
from covoxel.correlation.ccf_curve import FWHM
from covoxel.distance.candidates import Candidates, own_pairs
from covoxel.distance.ccc import ccc_association
from covoxel.distance.fit import Fit
from covoxel.distance.inputs import MaskedChannels, association_inputs
from covoxel.distance.models import Gaussians, Shells
from covoxel.distance.profiles import MOST_BLOCKS, BlockProfiles, block_profiles
from covoxel.distance.psf import Blur, fitted_blur, mean_volume
from covoxel.distance.record import Association, empty_association
from covoxel.distance.report import association_report
from covoxel.distance.search_range import SearchRange, association_range, given_variance
from covoxel.distance.verdict import PARTNERS, Fits, null_profiles
from covoxel.distance.whitening import Noise, Space

MODELS = ("shell", "gaussian")
LIKE = (None, "ccc-2.2", "ccc-2.3")
#: Fewest groups of displacements that are fitted.
_GROUPS = 10


def association_distance(
    image1: Any,
    image2: Any,
    *,
    mask: Any = None,
    spacing: Sequence[float] | None = None,
    model: Literal["shell", "gaussian"] = "shell",
    like: Literal["ccc-2.2", "ccc-2.3"] | None = None,
    psf1: float | Sequence[float] | None = None,
    psf2: float | Sequence[float] | None = None,
    max_distance: float | None = None,
    fit_range: tuple[float, float] | None = None,
    components: int = 1,
    bleed: bool = True,
    intervals: bool = True,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Association:
    """Measure the distance between the associated particles of two channels.

    A particle's partner may lie in any direction, so that the correlogram holds a shell whose
    radius is the distance, blurred by the PSF of both channels. It is fitted with a smooth
    baseline (a cubic in distance) for the slow background that channels share.

    Parameters
    ----------
    image1, image2 : (Z, Y, X) or (Y, X) array-like, Channel or napari layer
        The channels, on one grid, without a time axis. A pixel that is not finite in either is
        left out.
    mask : bool array-like, optional
        Where particles may be; not a segmentation of them.
    spacing : sequence of float, optional
        Pixel size in µm along each axis; overrides that of the images. Without it all lengths are
        in pixels.
    model : {"shell", "gaussian"}
        ``"gaussian"`` fits a Gaussian of distance instead, which needs no PSF, but whose distance
        is too short by about (D − 1)/2 · σ²/distance.
    like : {"ccc-2.2", "ccc-2.3"}, optional
        With the Gaussian, follow that version of Fiji's CCC plugin, for comparison: no baseline,
        all distances, amplitudes in intensity 1 × intensity 2 over the volume, no interval and no
        verdict.
    psf1, psf2 : float or sequence of float, optional
        Standard deviation of each channel's PSF along each axis, in µm (or pixels), pixels and
        particles included. By default it is measured on the channel's own correlogram.
    max_distance : float, optional
        Largest distance of the profile; by default 15 standard deviations of both PSFs together, a
        quarter of the field at most.
    fit_range : (float, float), optional
        Distances that are fitted; all of the profile by default.
    components : int
        Number of distances to fit.
    bleed : bool
        Whether light of one channel may bleed into the other, in the shape of the channel's own
        correlogram. False where controls show none: distances below the width of the PSFs can
        then be called associations.
    intervals : bool
        Whether to compute the intervals and the verdict, which take longest.
    workers : int, optional
        Threads of the transforms; all by default.
    progress : callable, optional
        Called with (steps done, steps in all).

    Returns
    -------
    Association
        NaN with a reason in ``notes`` where no association was found or nothing can be measured.

    Raises
    ------
    ValueError
        If images or masks do not fit each other, or a length is out of range.
    TypeError
        If an image is complex or RGB.
    MemoryError
        If the transforms would not fit into memory.

    Notes
    -----
    Errors of neighbouring points of a correlogram are correlated, as predicted from both channels'
    own correlograms; the fit is weighted accordingly. Where a channel clusters by itself, each
    neighbour of a particle is a pair with its partner, too; of the models with the neighbours of
    either channel and without, the likeliest is taken. Intervals are of the profile likelihood of
    all these models, its threshold set by the variance among blocks of the image, or by the
    predicted errors where these are larger. Clusters whose radius is below about three standard
    deviations of the PSF cannot be separated from it; short distances come out about 5 % too large
    there, and a note says so where the PSF is wider than that of the other channel, or where both
    are wide for an objective. A particle may have at most 3 partners in the mean: a very large
    shell on an opposite baseline would fit anything smooth. The verdict compares the fit with the
    same fit about displacements that are too long for an association.

    References
    ----------
    McCall, "Colocalization by cross-correlation, a new method of colocalization suited for
    super-resolution microscopy", 2024, doi:10.1186/s12859-024-05804-1

    Examples
    --------
    >>> from covoxel import simulate_pair
    >>> pair = simulate_pair(n_spots1=180, n_shared=120, association_distance=0.6, rng=4)
    >>> found = association_distance(pair.channel1, pair.channel2)
    >>> found.associated, found.distance_low < 0.6 < found.distance_high
    (True, True)
    """
    one_of("model", model, MODELS)
    one_of("like", like, LIKE)
    if components < 1 or components != int(components):
        msg = f"components is {components!r}; a whole number from 1 is needed"
        raise ValueError(msg)
    if like is not None:
        options = {"psf1": psf1, "psf2": psf2, "max_distance": max_distance}
        unknown = [name for name, value in options.items() if value is not None]
        unknown += ["fit_range"] * (fit_range is not None) + ["model='shell'"] * (model == "shell")
        if unknown:
            msg = f"like is {like!r}, which does not support {', '.join(unknown)}"
            raise ValueError(msg)
        return ccc_association(image1, image2, mask, spacing, like, components, workers)
    inputs = association_inputs(image1, image2, mask, spacing)
    psfs = (("psf1", psf1), ("psf2", psf2))
    given = [given_variance(name, psf, inputs) for name, psf in psfs]
    if inputs.reason:
        return empty_association(inputs, model, ("distance", inputs.reason))
    steps = Steps(progress, 1)
    window = association_range(inputs, given, max_distance, fit_range)
    if not isinstance(window, SearchRange):
        return empty_association(inputs, model, window)
    pairs = [(0, 1), (0, 0), (1, 1)] if model == "shell" else [(0, 1)]
    profiles, *own = block_profiles(
        (inputs.sides[0].values, inputs.sides[1].values),
        inputs.mask,
        pairs,
        window.rings,
        inputs.step,
        blocks=MOST_BLOCKS if intervals else 1,
        workers=workers,
        progress=steps.part(0, 2),
    )
    blurs: list[Blur] = []
    for number, (each, start, known) in enumerate(
        zip(own, window.variances, given, strict=False), start=1
    ):
        blur = fitted_blur(window.rings, each, start, given=known is not None)
        if blur is None:
            reason = f"no peak in the channel's own correlogram; give psf{number}"
            return empty_association(inputs, model, (f"psf{number}", reason))
        blurs.append(blur)
    found = _fits(inputs, window, profiles, own, blurs, bleed=bleed)
    if isinstance(found, str):
        return empty_association(inputs, model, ("distance", found))
    null = np.zeros((0, profiles.weight.size))
    if intervals:
        null = null_profiles(inputs.sides, window.rings, workers, steps.part(2, 4))
    steps(3, 4)
    association = association_report(
        inputs, window, profiles, blurs, found, null, components, intervals=intervals
    )
    steps.next()
    return association


def _fits(
    inputs: MaskedChannels,
    window: SearchRange,
    profiles: BlockProfiles,
    own: list[BlockProfiles],
    blurs: list[Blur],
    *,
    bleed: bool,
) -> Fits | str:
    """Return fits of shells, or of Gaussians without PSFs, or why nothing can be fitted."""
    rings = window.rings
    used = rings.within(*window.fitted) & (profiles.weight > 0)
    if np.count_nonzero(used) < _GROUPS:
        return "the range holds too few displacements to fit"
    low, high = window.fitted
    if not blurs:
        step = min(inputs.step[-2:])
        gaussians = Gaussians(rings.length[used], step)
        space = Space(rings, used, profiles.weight, gaussians.table)
        return Fits(Fit(gaussians, space, high - step))
    variance = (blurs[0].variance + blurs[1].variance) / 2
    sigma = tuple(np.sqrt(variance).tolist())
    largest = high - sigma[0]
    if largest <= max(low, sigma[0]):
        return (
            f"the range fitted, {low:.4g} to {high:.4g} {inputs.unit}, is no wider than both PSFs "
            f"together ({sigma[0]:.4g} {inputs.unit})"
        )
    shells = Shells(tuple(p[used] for p in rings.place), sigma, largest + 4 * max(sigma))
    pairs = [own_pairs(rings, each, blur, high) for each, blur in zip(own, blurs, strict=True)]
    most = PARTNERS * mean_volume(blurs)
    noise = Noise(rings, own, inputs.pixels)
    candidates = Candidates(rings, used, profiles.weight, shells, pairs, largest, most, noise)
    alone = candidates.alone(profiles.mean)
    nearest = FWHM * math.sqrt(variance[0] / 2)
    first, second = pairs
    neighbours = (first.neighbours, second.neighbours)
    measured = any(blur.influence is not None for blur in blurs)
    if not bleed or nearest >= largest:
        return Fits(alone, neighbours=neighbours, measured=measured)
    beside = candidates.beside_bleed(profiles.mean, alone, nearest)
    zero = int(np.argmin(rings.length))
    peaks = (float(first.profile[zero]), float(second.profile[zero]))
    return Fits(alone, beside, nearest, peaks, neighbours, measured)
