"""Correlogram: two channels compared at every displacement."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from covoxel.core.types import AnyArray, FloatArray, IntArray
from covoxel.correlation.frames import paired_frames, shift_bound, side_pair
from covoxel.correlation.overlaps import Lags, Overlaps

#: Smallest overlap that a correlation is read from, as a share of the largest.
MIN_OVERLAP = 0.1
#: Share of a channel's variance below which the transforms' rounding dominates.
_FLOOR = {np.dtype(np.float64): 1e-7, np.dtype(np.float32): 1e-3}


@dataclass(frozen=True, slots=True, eq=False)
class Correlogram:
    """Sums over the overlap of two channels at every displacement.

    A displacement is the position of channel 2 relative to channel 1, in the order Z Y X. The
    peak lies where channel 2 matches channel 1.

    Attributes
    ----------
    sums : Overlaps
        n, Σa, Σb, Σa², Σb², Σab at each displacement, of intensities minus `mean` over `scale`.
    max_shift : tuple of int
        Largest displacement along each axis, in pixels; zero is in the middle.
    spacing : tuple of float or None
        Pixel size in µm along each axis; None means pixels.
    shape : tuple of int
        Shape of the images.
    pixels : tuple of int
        Pixels inside the mask of each channel.
    mean, scale : tuple of float
        Mean and standard deviation of each channel inside its mask; a scale of 0 is a constant
        channel.
    names : tuple of str
        Names of the channels.
    """

    sums: Overlaps
    max_shift: tuple[int, ...]
    spacing: tuple[float, ...] | None
    shape: tuple[int, ...]
    pixels: tuple[int, int]
    mean: tuple[float, float]
    scale: tuple[float, float]
    names: tuple[str, str] = ("", "")

    @property
    def unit(self) -> str:
        """Unit of distances: µm, or px where the spacing is unknown."""
        return "px" if self.spacing is None else "µm"

    @property
    def step(self) -> tuple[float, ...]:
        """Distance between neighbouring displacements along each axis, in `unit`."""
        return self.spacing or (1.0,) * len(self.max_shift)

    def lags(self, axis: int) -> IntArray:
        """Return the displacements along one axis, in pixels."""
        reach = self.max_shift[axis]
        return np.arange(-reach, reach + 1)

    def distance(self) -> FloatArray:
        """Return the length of each displacement, in `unit`."""
        return Lags.around((0,) * len(self.max_shift), self.max_shift).distance(self.step)

    def layer(self, values: FloatArray | None = None) -> tuple[FloatArray, dict[str, Any], str]:
        """Return an image layer of napari: displacements as axes, zero at the origin.

        Parameters
        ----------
        values : ndarray, optional
            A reading of this correlogram; `pearson` by default.

        Returns
        -------
        tuple
            Data, attributes for ``viewer.add_image(data, **attributes)``, and the kind of layer.
        """
        known = self.spacing is not None
        corner = [-lag * step for lag, step in zip(self.max_shift, self.step, strict=True)]
        attributes = {
            "name": f"Correlogram of {' and '.join(name or '?' for name in self.names)}",
            "scale": self.step,
            "translate": corner,
            "units": ("um" if known else "pixel",) * len(corner),
            "axis_labels": tuple(f"lag {axis}" for axis in "zyx"[-len(corner) :]),
            "colormap": "PiYG",
            "contrast_limits": (-1.0, 1.0),
            "metadata": {"covoxel": {"correlogram": self.record()}},
        }
        return self.pearson() if values is None else values, attributes, "image"

    def record(self) -> dict[str, Any]:
        """Return all but the sums as JSON."""
        return {
            "channels": list(self.names),
            "shape": list(self.shape),
            "max_shift": list(self.max_shift),
            "spacing_um": None if self.spacing is None else list(self.spacing),
            "pixels": list(self.pixels),
            "mean": list(self.mean),
            "standard_deviation": list(self.scale),
        }

    def pearson(self, min_overlap: float = MIN_OVERLAP) -> FloatArray:
        """Pearson's r over the overlap at each displacement (masked normalised correlation).

        Parameters
        ----------
        min_overlap : float
            Share of the largest overlap, in [0, 1]; NaN where it is smaller.

        Returns
        -------
        ndarray of float
            r in [−1, 1] at each displacement; NaN also where fewer than 3 pixels overlap, and
            where a channel's variance in the overlap is below 1e-7 (1e-3 of a correlogram in
            float32) of that in its mask, where the transforms' rounding dominates.

        References
        ----------
        Padfield, "Masked object registration in the Fourier domain", 2012,
        doi:10.1109/TIP.2011.2181402
        """
        return pearson_at(self.sums, min_overlap)

    def covariance(self, min_overlap: float = MIN_OVERLAP) -> FloatArray:
        """Covariance about the means in the masks, at each displacement.

        The sum of products over the number of pixels that overlap, which is the masks' own
        correlogram: the decay that a finite field causes is taken out.

        Parameters
        ----------
        min_overlap : float
            As in `pearson`.

        Returns
        -------
        ndarray of float
            In intensity 1 × intensity 2.
        """
        n = self.sums.n
        out = np.full(n.shape, np.nan)
        kept = n >= _fewest(n, min_overlap)
        np.divide(self.sums.s12, n, out=out, where=kept)
        out *= self.scale[0] * self.scale[1]
        return out

    def ccc(self, *, subtracted: bool = True) -> FloatArray:
        """Cross-correlation in the layout of the CCC plugin of Fiji.

        It has the images' shape and is divided by the volume of the mask instead of the overlap.
        Zero displacement is at N // 2 along each axis, and displacements are mirrored: where image
        1 is image 2 moved by s, the peak is at N // 2 + s.

        Parameters
        ----------
        subtracted : bool
            Whether the mean of channel 1 inside the mask is subtracted first.

        Returns
        -------
        ndarray of float
            In intensity 1 × intensity 2 / volume.

        Raises
        ------
        ValueError
            If the correlogram does not reach half of the image.

        References
        ----------
        McCall 2024, doi:10.1186/s12859-024-05804-1
        """
        short = [lag for lag, n in zip(self.max_shift, self.shape, strict=True) if lag < n // 2]
        if short:
            msg = (
                f"max_shift is {self.max_shift}; CCC needs half of the image, "
                f"{tuple(n // 2 for n in self.shape)}"
            )
            raise ValueError(msg)
        sums, (mean1, mean2) = self.sums, self.mean
        scale1, scale2 = self.scale
        total = scale1 * scale2 * sums.s12.astype(np.float64) + scale1 * mean2 * sums.s1
        if not subtracted:
            total += mean1 * (scale2 * sums.s2 + mean2 * sums.n)
        window = tuple(
            slice(lag - (n - 1 - n // 2), lag + n // 2 + 1)
            for lag, n in zip(self.max_shift, self.shape, strict=True)
        )
        volume = self.pixels[0] * math.prod(self.step)
        return np.flip(total[window]) / volume


def pearson_at(sums: Overlaps, min_overlap: float) -> FloatArray:
    """Return Pearson's r at each displacement; see `Correlogram.pearson`."""
    n = np.maximum(sums.n, 1)
    floor = _FLOOR[sums.s12.dtype] * n
    var1, var2 = sums.s11 - np.square(sums.s1) / n, sums.s22 - np.square(sums.s2) / n
    kept = (sums.n >= _fewest(sums.n, min_overlap)) & (var1 > floor) & (var2 > floor)
    out = np.full(n.shape, np.nan)
    covariance = sums.s12 - sums.s1 * (sums.s2 / n)
    spread = np.sqrt(np.maximum(var1, 0)) * np.sqrt(np.maximum(var2, 0))
    np.divide(covariance, spread, out=out, where=kept)
    return np.clip(out, -1, 1, out=out)


def _fewest(n: AnyArray, min_overlap: float) -> float:
    if not 0 <= min_overlap <= 1:
        msg = f"min_overlap is {min_overlap}; allowed are shares from 0 to 1"
        raise ValueError(msg)
    return max(3.0, min_overlap * float(n.max(initial=0)))


def correlogram(
    image1: Any,
    image2: Any,
    *,
    mask: Any = None,
    mask1: Any = None,
    mask2: Any = None,
    spacing: Sequence[float] | None = None,
    max_shift: int | Sequence[int] | None = None,
    dtype: DTypeLike = np.float64,
    workers: int | None = None,
) -> Correlogram:
    """Compare two channels at every displacement.

    Parameters
    ----------
    image1, image2 : (Z, Y, X), (Y, X) or (X,) array-like, Channel or napari layer
        The channels, on one grid, without a time axis. NaN and infinite pixels are left out.
    mask : bool array-like, optional
        Where to measure, in both channels.
    mask1, mask2 : bool array-like, optional
        The same, where the channels differ.
    spacing : sequence of float, optional
        Pixel size in µm along each axis; overrides that of the images.
    max_shift : int or sequence of int, optional
        Largest displacement, in pixels, along each axis; one number is clipped to the length of
        shorter axes. All that overlap by default; a bound saves time and memory.
    dtype : {float64, float32}
        Precision; float32 halves time and memory, and keeps r to 1e-4.
    workers : int, optional
        Threads of the transforms; all by default.

    Returns
    -------
    Correlogram

    Raises
    ------
    ValueError
        If shapes differ, a mask is empty or does not fit, or max_shift is beyond the image.
    TypeError
        If an image is complex or RGB.
    MemoryError
        If the transforms would not fit into memory; raised before they start.

    References
    ----------
    Padfield, "Masked object registration in the Fourier domain", 2012,
    doi:10.1109/TIP.2011.2181402

    Examples
    --------
    >>> import numpy as np
    >>> image1, image2 = np.zeros((2, 32, 32))
    >>> image1[10, 20] = image2[14, 17] = 1
    >>> r = correlogram(image1, image2, max_shift=8).pearson()
    >>> [int(i) - 8 for i in np.unravel_index(np.nanargmax(r), r.shape)]
    [4, -3]
    """
    kind = np.dtype(dtype)
    if kind not in _FLOOR:
        msg = f"dtype is {kind}; allowed are float64 and float32"
        raise ValueError(msg)
    frame1, frame2, channel = paired_frames(image1, image2, mask, mask1, mask2, spacing)
    reach = shift_bound(max_shift, frame1.shape)
    corner = tuple(np.subtract(frame1.corner, frame2.corner).tolist())
    lags = Lags.around(corner, reach)
    return Correlogram(
        side_pair(frame1, frame2, kind).overlaps(lags, workers),
        reach,
        channel.spacing,
        frame1.shape,
        (frame1.pixels, frame2.pixels),
        (frame1.mean, frame2.mean),
        (frame1.scale, frame2.scale),
        (frame1.name, frame2.name),
    )
