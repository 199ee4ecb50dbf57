"""Registering one channel on another."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from covoxel._checks import one_of
from covoxel._types import Progress
from covoxel.displacement.bounds import reach_of
from covoxel.displacement.frames import Frame, paired_frames
from covoxel.displacement.registering.overlapping import correlation_at
from covoxel.displacement.registering.refine import refine
from covoxel.displacement.registering.search import MIN_OVERLAP, search
from covoxel.displacement.registration import FALLS, TRANSFORMS, Registration
from covoxel.image.channel import Channel

#: Ways to find a shift: masked normalised correlation, and two of scikit-image.
METHODS = ("ncc", "phase", "dft")
#: Below this, another shift fits nearly as well.
_CLEAR = 1.1
#: Parts of a pixel that scikit-image looks for.
_UPSAMPLED = 100


def register(
    image1: Any,
    image2: Any,
    *,
    mask: Any = None,
    mask1: Any = None,
    mask2: Any = None,
    max_shift: int | Sequence[int] | None = None,
    transform: str = "translation",
    method: str = "ncc",
    subpixel: bool = True,
    spacing: Sequence[float] | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Registration:
    """Find the movement that lays channel 2 on channel 1.

    The masked normalised correlation is compared at every shift of whole pixels within the bound
    (on binned images first, where there is no bound and the images are large). The fraction of a
    pixel follows from what is left of channel 1 after channel 2, weighed by the slopes of both.

    Parameters
    ----------
    image1, image2 : (Z, Y, X) or (Y, X) array-like, Channel or napari layer
        The channels, on one grid, without a time axis. NaN and infinite pixels are left out.
    mask : bool array-like, optional
        Where to look, in both channels.
    mask1, mask2 : bool array-like, optional
        The same, where the channels differ.
    max_shift : int or sequence of int, optional
        Largest shift, in pixels, along each axis, as `max_lag` of `correlogram`; no bound by
        default.
    transform : {"translation", "similarity", "affine"}
        What movement to look for. A similarity also turns and magnifies, in 3-D the planes alike;
        an affine magnifies and shears each axis by itself, as chromatic aberration does.
    method : {"ncc", "phase", "dft"}
        Masked normalised correlation; phase correlation; or the upsampled Fourier transform of
        the plain cross-correlation. The last two are scikit-image's and know no masks.
    subpixel : bool
        Whether a translation goes between the pixels and knows its standard error; one of whole
        pixels never interpolates, and takes less time.
    spacing : sequence of float, optional
        Pixel size in µm along each axis; wins over what the images say.
    workers : int, optional
        Threads of the transforms; all by default.
    progress : callable, optional
        Called with (done, total); it may raise `Cancelled`.

    Returns
    -------
    Registration

    Raises
    ------
    ValueError
        If grids differ, a mask is empty, max_shift is beyond the image, or there is nothing to
        register by: a constant channel, or no shift at which the masks overlap enough.
    MemoryError
        If the transforms would not fit into memory; said before they are begun.

    References
    ----------
    Padfield, "Masked object registration in the Fourier domain", 2012,
    doi:10.1109/TIP.2011.2181402; Guizar-Sicairos et al. 2008, doi:10.1364/OL.33.000156
    (method "dft")

    Examples
    --------
    >>> from covoxel import simulate_pair
    >>> pair = simulate_pair(offset=(4, -3), seed=1)
    >>> found = register(pair.channel_1, pair.channel_2, max_shift=10)
    >>> [round(step) for step in found.shift]
    [-4, 3]
    """
    one_of("transform", transform, TRANSFORMS)
    one_of("method", method, METHODS)
    frame1, frame2, channel = paired_frames(image1, image2, mask, mask1, mask2, spacing)
    for name, frame in (("image1", frame1), ("image2", frame2)):
        if frame.scale == 0:
            msg = f"{name} is constant inside its mask; there is nothing to register by"
            raise ValueError(msg)
    if method != "ncc":
        return _by_library(frame1, frame2, channel, method, transform)
    reach = None if max_shift is None else reach_of("max_shift", max_shift, frame1.shape)
    if transform == "translation":
        return translation(frame1, frame2, channel, reach, workers, subpixel=subpixel)
    if len(frame1.shape) < 2:
        msg = f"transform is {transform!r}; along one axis there are translations only"
        raise ValueError(msg)
    from covoxel.displacement.registering.warped import movement  # much to import, seldom needed

    return movement(frame1, frame2, channel, reach, transform, workers, progress)


def translation(
    frame1: Frame,
    frame2: Frame,
    channel: Channel,
    reach: tuple[int, ...] | None,
    workers: int | None = None,
    *,
    subpixel: bool = True,
) -> Registration:
    """Return the shift of two frames by their masked normalised correlation."""
    found = search(frame1, frame2, reach, workers)
    if found is None:
        msg = (
            f"at no shift within max_shift do the masks overlap by {100 * MIN_OVERLAP:.0f} % of "
            "the most that they can, with some contrast in both channels"
        )
        raise ValueError(msg)
    subpixel = subpixel and not found.at_border
    fine = refine(frame1, frame2, found.offset, workers) if subpixel else None
    notes = []
    if found.at_border:
        notes.append("the peak touches the bound of the search; the shift may be larger")
    if subpixel and fine is None:
        notes.append("the shift is known to whole pixels only")
    ratio = found.height / found.second if found.second > 0 else math.nan
    if ratio < _CLEAR:
        notes.append(f"another shift correlates nearly as well (peak ratio {ratio:.2f})")
    ndim = len(frame1.shape)
    offset = np.asarray(found.offset, np.float64) if fine is None else fine.offset
    before, _ = correlation_at(frame1, frame2, (0,) * ndim)
    _, overlap = correlation_at(frame1, frame2, np.rint(offset).astype(int).tolist())
    after = found.height if fine is None else fine.height
    if after < before:
        notes.append(FALLS)
    return Registration.from_shift(
        tuple((-offset).tolist()),
        frame1.shape,
        channel.spacing,
        method="ncc",
        ncc_before=before,
        ncc_after=after,
        overlap=overlap,
        second_peak=found.second,
        peak_ratio=ratio,
        at_border=found.at_border,
        uncertainty=(math.nan,) * ndim if fine is None else tuple(fine.error.tolist()),
        notes=tuple(notes),
    )


def _by_library(
    frame1: Frame, frame2: Frame, channel: Channel, method: str, transform: str
) -> Registration:
    """Return the shift by one of scikit-image's methods."""
    from skimage.registration import phase_cross_correlation

    if transform != "translation":
        msg = f"transform is {transform!r}; method {method!r} finds translations only"
        raise ValueError(msg)
    if frame1.mask is not None or frame2.mask is not None or frame1.values.shape != frame1.shape:
        msg = f"method {method!r} knows no masks and no pixels that are not finite; use 'ncc'"
        raise ValueError(msg)
    shift, *_ = phase_cross_correlation(
        frame1.values,
        frame2.values,
        upsample_factor=_UPSAMPLED,
        normalization="phase" if method == "phase" else None,
    )
    ndim = len(frame1.shape)
    whole = np.rint(-shift).astype(int).tolist()
    before, _ = correlation_at(frame1, frame2, (0,) * ndim)
    after, overlap = correlation_at(frame1, frame2, whole)
    found = Registration.from_shift(
        tuple(shift.tolist()), frame1.shape, channel.spacing, method=method
    )
    return replace(
        found,
        ncc_before=before,
        ncc_after=after,
        overlap=overlap,
        uncertainty=(math.nan,) * ndim,
        notes=("ncc_after is that at the nearest whole shift",),
    )
