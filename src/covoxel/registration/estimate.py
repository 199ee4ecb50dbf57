"""Registration of one channel to another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from covoxel.core.checks import one_of
from covoxel.core.types import Progress
from covoxel.correlation.frames import Frame, paired_frames, shift_bound
from covoxel.image.channel import Channel
from covoxel.registration.overlapping import correlation_at, overlap_at
from covoxel.registration.record import SEARCHES as METHODS, TRANSFORMS, Registration
from covoxel.registration.search import MIN_OVERLAP, SearchOptions
from covoxel.registration.translation import translation

#: Largest distance from the shift of the highest correlation that counts as equal, in pixels; the
#: share of the rise in correlation that another shift may miss.
_SAME, _RISEN = 1.0, 0.1
#: Upsampling of scikit-image's methods.
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
    min_overlap: float = MIN_OVERLAP,
    spacing: Sequence[float] | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Registration:
    """Find the transform that aligns channel 2 with channel 1.

    The masked normalised correlation is compared at every shift of whole pixels within the bound
    (on binned images first, where there is no bound and the images are large). The shift with the
    most evidence is taken: Fisher's z of the correlation times the root of the overlap, so that
    the nearest to 0 comes first among equal peaks. The fraction of a pixel is where the residual of
    channel 1 after channel 2 is unrelated to the slopes of both; of large images it is measured in
    the middle if its standard error there is at most 0.01 pixels, else in a larger part, of up to
    2²³ pixels. A similarity or an affine of planes of more than 2²³ pixels is found in means over
    bins, and refined in about a hundred tiles of 128 × 128 pixels spread over the image. Swapping
    the channels changes the sign of the shift only. Bleed-through, which is not shifted, pulls it
    towards 0; where it can be told from what is shifted, it is taken off, and a note says how much
    there is.

    The channels are `registrable` if the peak is higher than the peaks far from it, to which a
    generalised extreme value distribution is fitted (significance 3 %, corrected for the number of
    peaks searched), or if blocks of the image agree on it.

    Parameters
    ----------
    image1, image2 : (Z, Y, X) or (Y, X) array-like, Channel or napari layer
        The channels, with pixels of one size, without a time axis. NaN and infinite pixels are
        left out. One may be a crop of the other; then the shift is from first pixel to first
        pixel.
    mask : bool array-like, optional
        Pixels to use, in both channels.
    mask1, mask2 : bool array-like, optional
        The same, where the channels differ.
    max_shift : int or sequence of int, optional
        Largest shift, in pixels, along each axis, as `max_shift` of `correlogram`; no bound by
        default.
    transform : {"translation", "similarity", "affine"}
        Kind of transform. A similarity also rotates and magnifies, in 3-D all planes equally; an
        affine magnifies and shears each axis by itself, as chromatic aberration does.
    method : {"ncc", "phase", "dft"}
        Masked normalised correlation; phase correlation; or the upsampled Fourier transform of
        the plain cross-correlation. The last two are scikit-image's and do not support masks.
    subpixel : bool
        Whether to find the fraction of a pixel of a translation and its standard error; one of
        whole pixels never interpolates, and takes less time.
    min_overlap : float
        Smallest overlap, as a share of the largest possible one, above 0 and up to 1. A higher
        correlation at less is mentioned in the notes.
    spacing : sequence of float, optional
        Pixel size in µm along each axis; overrides that of the images.
    workers : int, optional
        Threads of the transforms; all by default.
    progress : callable, optional
        Called with (done, total); it may raise `Cancelled`.

    Returns
    -------
    Registration
        If not registrable, its shift is NaN, with the reason in the notes. If that is unknown
        (``None``, with too few independent peaks to compare with), the shift is given and marked
        as unverified. Directions along which any shift fits as well, as along a fibre, are
        ``undetermined``, and the component along them is 0.

    Raises
    ------
    ValueError
        If grids differ, a mask is empty, max_shift is beyond the image, or there is nothing to
        register by: a constant channel, or no shift at which the masks overlap enough.
    MemoryError
        If the transforms would not fit into memory; raised before they start.

    References
    ----------
    Padfield, "Masked object registration in the Fourier domain", 2012,
    doi:10.1109/TIP.2011.2181402; Hosking, Wallis & Wood 1985, doi:10.1080/00401706.1985.10488049
    (extreme values by L-moments); Guizar-Sicairos et al. 2008, doi:10.1364/OL.33.000156
    (method "dft")

    Examples
    --------
    >>> from covoxel import simulate_pair
    >>> pair = simulate_pair(offset=(4, -3), rng=1)
    >>> found = register(pair.channel1, pair.channel2, max_shift=10)
    >>> [round(step) for step in found.shift]
    [-4, 3]
    """
    one_of("transform", transform, TRANSFORMS)
    one_of("method", method, METHODS)
    frame1, frame2, channel = paired_frames(
        image1, image2, mask, mask1, mask2, spacing, one_size=False
    )
    for name, frame in (("image1", frame1), ("image2", frame2)):
        if frame.scale == 0:
            msg = f"{name} is constant inside its mask; there is nothing to register by"
            raise ValueError(msg)
    if not 0 < min_overlap <= 1:
        msg = f"min_overlap is {min_overlap!r}; allowed are shares above 0, up to 1"
        raise ValueError(msg)
    most = tuple(max(pair) for pair in zip(frame1.shape, frame2.shape, strict=True))
    reach = None if max_shift is None else shift_bound(max_shift, most)
    options = SearchOptions(reach, workers, min_overlap)
    if frame1.shape != frame2.shape and (transform, method) != ("translation", "ncc"):
        msg = (
            f"image1 has shape {frame1.shape} and image2 {frame2.shape}; images of different "
            "sizes need transform 'translation' and method 'ncc'"
        )
        raise ValueError(msg)
    if method != "ncc":
        if transform != "translation":
            msg = f"transform is {transform!r}; method {method!r} finds translations only"
            raise ValueError(msg)
        return _by_library(frame1, frame2, channel, method, options)
    if transform == "translation":
        return translation(frame1, frame2, channel, options, subpixel=subpixel)
    if len(frame1.shape) < 2:
        msg = f"transform is {transform!r}; along one axis there are translations only"
        raise ValueError(msg)
    from covoxel.registration.affine import affine_registration  # slow to import

    return affine_registration(frame1, frame2, channel, options, transform, progress)


def _by_library(
    frame1: Frame, frame2: Frame, channel: Channel, method: str, options: SearchOptions
) -> Registration:
    """Return the shift by one of scikit-image's methods, judged by the correlation there."""
    from skimage.registration import phase_cross_correlation

    if frame1.mask is not None or frame2.mask is not None or frame1.values.shape != frame1.shape:
        msg = f"method {method!r} supports neither masks nor pixels that are not finite; use 'ncc'"
        raise ValueError(msg)
    best = translation(frame1, frame2, channel, options, subpixel=False)
    if best.registrable is False:
        return replace(best, method=method)
    shift, *_ = phase_cross_correlation(
        frame1.values,
        frame2.values,
        upsample_factor=_UPSAMPLED,
        normalization="phase" if method == "phase" else None,
    )
    whole = np.rint(-shift).astype(int).tolist()
    after = correlation_at(frame1, frame2, whole)
    notes, verdict = ["ncc_after is that at the nearest whole shift"], best.registrable
    same = np.abs(np.subtract(whole, best.offset)).max() <= _SAME
    if not same and not after >= best.ncc_after - _RISEN * abs(best.ncc_after - best.ncc_before):
        steps = ", ".join(f"{step:g}" for step in best.shift)
        notes.append(
            f"the correlation does not rise as it could: {best.ncc_before:.2f} before and "
            f"{after:.2f} after, but {best.ncc_after:.2f} at shift {steps}; try method 'ncc'"
        )
        verdict = None
    return replace(
        best,
        shift=tuple(shift.tolist()),
        method=method,
        registrable=verdict,
        ncc_after=after,
        overlap=overlap_at(frame1, frame2, whole),
        notes=tuple(notes),
    )
