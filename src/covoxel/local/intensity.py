"""Maps of how two intensities lie together: against their means, or against thresholds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Literal

import numpy as np

from covoxel.core.checks import one_of
from covoxel.core.types import AnyArray, FloatArray, Progress
from covoxel.image.channel import block_slices, frame_slices
from covoxel.intensity.reading import MIN_PIXELS
from covoxel.local.moments import checked_fewest
from covoxel.local.pair import MaskedPair, Totals, pair_of
from covoxel.local.scan import scan_of
from covoxel.local.window import SHARE, Unit, WindowKind, WindowReading
from covoxel.registration.record import Registration
from covoxel.thresholds.spec import threshold

IntensityKind = Literal["pdm", "nmdp", "li", "manders1", "manders2", "colocalized"]

#: Kinds that look at thresholds, with the channels that have one, and those in a window.
THRESHOLDED: dict[str, tuple[int, ...]] = {
    "manders1": (2,),
    "manders2": (1,),
    "colocalized": (1, 2),
}
WINDOWED = ("manders1", "manders2")


def intensity_maps(
    image1: Any,
    image2: Any,
    *,
    kind: IntensityKind,
    mask: Any = None,
    threshold1: float | str | None = None,
    threshold2: float | str | None = None,
    radius: float | Sequence[float] | None = None,
    unit: Unit = "px",
    spacing: Sequence[float] | None = None,
    weights: WindowKind = "box",
    registration: Registration | None = None,
    min_pixels: float = MIN_PIXELS,
    workers: int | None = None,
    progress: Progress | None = None,
) -> AnyArray:
    """Map how the intensities a and b of two channels lie together, pixel by pixel.

    Parameters
    ----------
    image1, image2 : (Z, Y, X), (Y, X) or (X,) array-like, Channel or napari layer
        The channels, on one grid, without a time axis.
    kind : {"pdm", "nmdp", "li", "manders1", "manders2", "colocalized"}
        With the means ā, b̄ and the maxima of the pixels that count:

        - ``pdm``, product of the differences from the mean, (a − ā)(b − b̄), in
          intensity 1 × intensity 2;
        - ``nmdp``, that over (max a − ā)(max b − b̄): 1 where both are at their maximum, negative
          where one is above and the other below its mean, below 1 in magnitude unless both
          channels have their mean nearer to the maximum than to the pixel;
        - ``li``, its sign: 1 where both are on one side of their means, −1 where they are on
          different ones, 0 on a mean;
        - ``manders1``, Σa where b > `threshold2` over Σa, in a window around each pixel: a share
          in [0, 1] of intensities that are not negative;
        - ``manders2``, Σb where a > `threshold1` over Σb;
        - ``colocalized``, 1 where both are above their thresholds, else 0.
    mask : bool array-like, optional
        Which pixels count.
    threshold1, threshold2 : float or str, optional
        In raw units, or a method of `covoxel.thresholds.threshold`, such as ``"otsu"``.
    radius, unit, weights, min_pixels
        The window of local Manders coefficients, as in `local_correlation`.
    spacing, registration, workers, progress
        As in `local_correlation`.

    Returns
    -------
    float32 ndarray
        Of the images' shape. NaN where the pixel does not count, or the value is undefined: a
        channel is constant, or a window has no intensity.

    Raises
    ------
    ValueError
        If the kind is unknown, a threshold or the radius is missing that it needs, or one is
        given that it does not; and as `local_correlation`.

    References
    ----------
    Li et al. 2004, doi:10.1523/JNEUROSCI.0346-04.2004 (PDM and its sign); Jaskolski et al. 2005,
    doi:10.1016/j.jneumeth.2005.01.012 (nMDP); Manders et al. 1993,
    doi:10.1111/j.1365-2818.1993.tb03313.x

    Examples
    --------
    >>> a = np.array([[2, 3], [3, 8]])
    >>> intensity_maps(a, a, kind="pdm").tolist()
    [[4.0, 1.0], [1.0, 16.0]]
    >>> intensity_maps(a, a, kind="nmdp").tolist()
    [[0.25, 0.0625], [0.0625, 1.0]]
    >>> intensity_maps(a, a, kind="colocalized", threshold1=2, threshold2=3).tolist()
    [[0.0, 0.0], [0.0, 1.0]]
    """
    pair = pair_of(image1, image2, mask, registration, spacing)
    return intensity_map_of(
        pair,
        kind=kind,
        threshold1=threshold1,
        threshold2=threshold2,
        radius=radius,
        unit=unit,
        weights=weights,
        min_pixels=min_pixels,
        workers=workers,
        progress=progress,
    )


def intensity_map_of(
    pair: MaskedPair,
    *,
    kind: str,
    threshold1: float | str | None = None,
    threshold2: float | str | None = None,
    radius: float | Sequence[float] | None = None,
    unit: str = "px",
    weights: str = "box",
    min_pixels: float = MIN_PIXELS,
    workers: int | None = None,
    progress: Progress | None = None,
    plane: int | None = None,
) -> AnyArray:
    """Return a map of a pair, or of one `plane` of it, (Y, X), where it is made in a window.

    Other parameters are those of `intensity_maps`.
    """
    one_of("kind", kind, (*_ABOUT_MEANS, *THRESHOLDED))
    given = {1: threshold1, 2: threshold2}
    for number, limit in given.items():
        _refuse(kind, f"threshold{number}", limit, needed=number in THRESHOLDED.get(kind, ()))
    _refuse(kind, "radius", radius, needed=kind in WINDOWED)
    reading = WindowReading(SHARE, checked_fewest(min_pixels))
    limits = [None if method is None else limit_of(pair, i, method) for i, method in given.items()]
    if radius is not None:
        scan = scan_of(_gated(pair, limits), radius, unit, weights, workers, progress)
        if plane is not None:
            return scan.read_plane(reading, plane)
    out = np.empty(pair.shape, np.float32)
    if radius is not None:
        scan.read_map(reading, out)
    elif kind == "colocalized":
        _fill(replace(pair, above=(limits[0], limits[1])), np.logical_and, out, progress)
    else:
        _fill(pair, partial(_ABOUT_MEANS[kind], pair.totals()), out, progress)
    return out


def _pdm(totals: Totals, a: AnyArray, b: AnyArray) -> FloatArray:
    mean1, mean2 = totals.means
    return np.asarray(
        np.subtract(a, mean1, dtype=np.float64) * np.subtract(b, mean2, dtype=np.float64)
    )


def _nmdp(totals: Totals, a: AnyArray, b: AnyArray) -> FloatArray:
    (mean1, mean2), (most1, most2) = totals.means, totals.maxima
    largest = (most1 - mean1) * (most2 - mean2)
    return _pdm(totals, a, b) / (largest if largest > 0 else np.nan)


def _sign(totals: Totals, a: AnyArray, b: AnyArray) -> FloatArray:
    return np.asarray(np.sign(_pdm(totals, a, b)))


_ABOUT_MEANS = {"pdm": _pdm, "nmdp": _nmdp, "li": _sign}


def _refuse(kind: str, name: str, given: object, *, needed: bool) -> None:
    """Raise ValueError if an argument is missing, or given where it has no meaning."""
    if (given is None) == needed:
        msg = (
            f"kind is {kind!r}, which needs {name}"
            if needed
            else (f"{name} is {given!r}, but kind {kind!r} has none; leave it out")
        )
        raise ValueError(msg)


def limit_of(pair: MaskedPair, number: int, method: float | str) -> float:
    """Return the threshold of a channel, among the pixels of the mask that channel 2 covers.

    Raises
    ------
    ValueError
        If the method finds none.
    """
    channel = (pair.channel1, pair.channel2)[number - 1]
    mask = pair.region.inside(pair.shape, 0)
    if pair.covered is not None:
        counted = pair.read(frame_slices(pair.solid)).inside
        mask = counted.reshape(pair.shape)
    found = threshold(channel, method, mask=mask)
    if np.isnan(found):
        msg = f"threshold{number} is {method!r}, which finds none in channel {number}"
        raise ValueError(msg)
    return found


def _gated(pair: MaskedPair, limits: list[float | None]) -> MaskedPair:
    """Return the channel whose share is wanted, with the other as the mask above its threshold."""
    limit1, limit2 = limits
    if limit1 is None:
        return replace(pair, above=(None, limit2))
    return replace(pair, channel1=pair.channel2, channel2=pair.channel1, above=(None, limit1))


def _fill(
    pair: MaskedPair,
    value: Callable[[AnyArray, AnyArray], AnyArray],
    out: AnyArray,
    progress: Progress | None,
) -> None:
    """Write a value of each pixel that counts, block by block, and NaN for the others."""
    solid = out.reshape(pair.solid)
    blocks = list(block_slices(pair.solid))
    for done, block in enumerate(blocks):
        if progress is not None:
            progress(done, len(blocks))
        pixels = pair.read(block)
        with np.errstate(invalid="ignore", over="ignore"):
            solid[block] = np.where(pixels.inside, value(pixels.image1, pixels.image2), np.nan)
    if progress is not None:
        progress(len(blocks), len(blocks))
