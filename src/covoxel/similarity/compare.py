"""compare_images: all measures of the likeness of two images."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from covoxel.core.types import FloatArray
from covoxel.image.channel import Channel
from covoxel.registration.record import Registration
from covoxel.similarity.data_range import DataRange, data_range_of, extremes
from covoxel.similarity.differences import of_differences, of_histograms, of_information, of_masks
from covoxel.similarity.fit import fit_images
from covoxel.similarity.hashes import of_hashes
from covoxel.similarity.measures import GROUPS, SsimWindow, chosen, ssim_edge
from covoxel.similarity.noise import filtered_correlation
from covoxel.similarity.pair import Measured, Pair, frame_of, mask_of
from covoxel.similarity.structure import ssim


@dataclass(frozen=True, slots=True, eq=False)
class Comparison(Mapping[str, float]):
    """How alike two images are; a mapping of measures to numbers.

    Attributes
    ----------
    found : mapping
        The measures; NaN where undefined.
    notes : mapping
        Why a measure is not finite, and what is to be known of others.
    pixels : int
        Pixels compared.
    dropped : int
        Pixels left out because an image is NaN or infinite there.
    span : DataRange
        The range that PSNR, SSIM and the histograms are relative to, and its source.
    ssim_map : ndarray or None
        SSIM at each pixel, of the images' shape; None if it was not requested.
    registration : Registration or None
        How image 2 was moved onto image 1.
    pair : Pair or None
        The images as compared, None where they were not kept.
    corner : tuple of int
        Where the grid on which they were compared begins in image 1.
    """

    found: Mapping[str, float]
    notes: Mapping[str, str]
    pixels: int
    dropped: int
    span: DataRange
    ssim_map: FloatArray | None = field(repr=False)
    registration: Registration | None = None
    pair: Pair | None = field(default=None, repr=False)
    corner: tuple[int, ...] = ()

    def __getitem__(self, name: str) -> float:
        return self.found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.found)

    def __len__(self) -> int:
        return len(self.found)

    @property
    def difference(self) -> FloatArray | None:
        """image1 − image2 in double precision; None where the images were not kept.

        NaN outside the mask and where an image is not finite.
        """
        return None if self.pair is None else self.pair.difference

    def without_maps(self) -> Comparison:
        """Return the numbers without map and images."""
        return replace(self, ssim_map=None, pair=None)

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-able record with a key for each measure; None where it is not finite."""
        finite = {k: v if math.isfinite(v) else None for k, v in self.found.items()}
        data_range = self.span.data_range
        return {
            **finite,
            "pixels": self.pixels,
            "dropped": self.dropped,
            "data_range": None if math.isnan(data_range) else data_range,
            "data_range_source": self.span.source,
            "shift": None if self.registration is None else list(self.registration.shift),
            "notes": dict(self.notes),
        }


def compare_images(
    image1: Any,
    image2: Any,
    *,
    mask: Any = None,
    measures: str | Iterable[str] = ("default",),
    data_range: float | None = None,
    bits: int | None = None,
    fit: str | None = None,
    ssim_window: SsimWindow = "uniform",
    win_size: int | None = None,
) -> Comparison:
    """Compare two images by all measures at once.

    Integers are promoted first, so that nothing overflows. Pixels at which an image is NaN or
    infinite are left out.

    Parameters
    ----------
    image1, image2 : (Z, Y, X) or (Y, X) array-like, Channel or napari layer
        One frame each.
    mask : bool array-like, optional
        Where to compare, in image 1: of its shape or of its planes.
    measures : str or iterable of str
        Names of measures, of groups of them, ``"default"`` or ``"all"``; see
        `covoxel.similarity.measures`.
    data_range : float, optional
        Largest possible difference of two intensities, for PSNR and SSIM. By default that of the
        detector: of the fewest bits out of 8, 10, 12, 14 and 16 that hold all whole numbers of
        both images (12 in a 16-bit file, say); fractions have the range that occurs. The result
        states it.
    bits : int, optional
        The detector's bits, where known.
    fit : {"crop", "resize", "register"}, optional
        What to do with images of different size: cut both to the size they share about their
        centres, resample image 2 to the size of image 1, or move image 2 onto image 1 where they
        correlate, by whole pixels.
    ssim_window : {"uniform", "gaussian"}
        Weights of SSIM's window: all pixels alike, with the sample variance, or a Gaussian of
        standard deviation 1.5 pixels as in Wang et al. 2004.
    win_size : int, optional
        Edge of SSIM's window in pixels, odd; by default 7, and 11 of a Gaussian.

    Returns
    -------
    Comparison

    Raises
    ------
    ValueError
        If the shapes differ and `fit` is not given, or a name is unknown.
    TypeError
        If an image is complex or in colours (see `compare_colors`).

    References
    ----------
    Wang et al. 2004, doi:10.1109/TIP.2003.819861 (SSIM); Rubner et al. 2000,
    doi:10.1023/A:1026543900054 (earth mover's distance); Studholme et al. 1999,
    doi:10.1016/S0031-3203(98)00091-0 (normalised mutual information)

    Examples
    --------
    >>> import numpy as np
    >>> image = np.arange(256, dtype=np.uint8).reshape(16, 16)
    >>> found = compare_images(image, image[::-1], measures="mae,hellinger")
    >>> found["mae"], found["hellinger"], found.span.source
    (128.0, 0.0, '8 bits')
    """
    frames = frame_of("image1", image1), frame_of("image2", image2)
    found = extremes(frame.data for frame in frames)
    span = data_range_of(found, data_range=data_range, bits=bits)
    return compare_frames(*frames, mask, chosen(measures), span, fit, ssim_window, win_size)


def compare_frames(
    image1: Channel,
    image2: Channel,
    mask: Any,
    names: tuple[str, ...],
    span: DataRange,
    fit: str | None,
    ssim_window: str = "uniform",
    win_size: int | None = None,
    *,
    keep_map: bool = True,
) -> Comparison:
    """Compare two frames in memory relative to a span, by measures that are named one by one."""
    ssim_edge(ssim_window, win_size)
    region = mask_of(mask, image1.shape)
    fitted = fit_images(image1, image2, fit)
    masked = mask is not None or fitted.covered is not None
    values1, values2 = fitted.image1.data, fitted.image2.data
    pair = Pair(values1, values2, fitted.cut(region), fitted.covered, span, masked)
    found: dict[str, Measured] = {}
    similar = None
    for group, reading in _READINGS.items():
        if wanted := tuple(name for name in GROUPS[group].names if name in names):
            found |= reading(pair, wanted)
    if "ssim" in names:
        found["ssim"], similar = ssim(pair, ssim_window, win_size, keep=keep_map)
    for name in _RELATIVE & found.keys():
        value, note = found[name]
        found[name] = value, ", ".join(filter(None, (note, span.note)))
    return Comparison(
        {name: found[name][0] for name in names},
        {name: found[name][1] for name in names if found[name][1]},
        pair.n_pixels,
        pair.dropped,
        span,
        similar,
        fitted.registration,
        pair,
        fitted.corner,
    )


def undefined_comparison(names: tuple[str, ...], span: DataRange, reason: str) -> Comparison:
    """Return the comparison of images that could not be brought to one grid."""
    nothing = dict.fromkeys(names, math.nan)
    return Comparison(nothing, dict.fromkeys(names, reason), 0, 0, span, None)


def _of_noise(pair: Pair, wanted: tuple[str, ...]) -> dict[str, Measured]:
    images = dict(zip(GROUPS["noise"].names, (pair.image1, pair.image2), strict=True))
    found: dict[str, Measured] = {}
    for name in wanted:
        one = filtered_correlation(images[name], mask=pair.inside)
        reason = one.reason.replace("channel 1", "the image").replace("channel 2", "its median")
        found[name] = float(one), reason
    return found


#: Measures that are proportional to the data range or depend on it.
_RELATIVE = {"psnr", "ssim"}
#: The function that reads each group of measures; SSIM also returns a map.
_READINGS: dict[str, Callable[[Pair, tuple[str, ...]], dict[str, Measured]]] = {
    "differences": of_differences,
    "histograms": of_histograms,
    "information": of_information,
    "binary": of_masks,
    "hashes": of_hashes,
    "noise": _of_noise,
}
