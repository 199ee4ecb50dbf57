"""DisplacementField: the position of each tile of channel 1 in channel 2."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from covoxel.core.checks import one_of
from covoxel.core.types import AnyArray, BoolArray, FloatArray
from covoxel.image.channel import block_slices
from covoxel.registration.field.dense import Dense
from covoxel.registration.field.fit import FieldFit, bases, linear_fit, stretch_and_turn
from covoxel.registration.field.layer import LayerKind, field_layer
from covoxel.registration.field.strain import Strain, gradients
from covoxel.registration.field.tiles import Tiles
from covoxel.registration.record import TRANSFORMS, Registration, rows_of


@dataclass(frozen=True, slots=True, eq=False)
class DisplacementField:
    """Position of channel 2 relative to channel 1, tile by tile.

    Its negative aligns channel 2 with channel 1. Tiles are in C order of `grid`; axes are Z Y X.

    Attributes
    ----------
    positions : (K, D) ndarray of float
        Centres of the tiles in channel 1, in pixels.
    displacement : (K, D) ndarray of float
        In pixels; NaN for tiles that were left out.
    correlation : (K,) ndarray of float
        Pearson's r of each tile, slightly smoothed, with its match, in [−1, 1].
    peak_ratio : (K,) ndarray of float
        The search's highest correlation over its next highest peak; NaN where there is none.
    valid : (K,) ndarray of bool
        Whether the displacement is reliable.
    reason : (K,) ndarray of str
        Why it is not; empty for valid tiles.
    uncertainty : (K, D) ndarray of float
        Standard error in pixels, from the disagreement of blocks of the tile; NaN where unknown,
        and for tiles that were never refined. It measures noise to about a half, not structure
        that a tile is too large to resolve.
    grid : tuple of int
        Number of tiles along each axis.
    tile, step : tuple of int
        Size of a tile, and from one to the next, in pixels.
    shape : tuple of int
        Shape of the images.
    spacing : tuple of float or None
        Pixel size in µm along each axis; None means pixels.
    names : tuple of str
        Names of the channels.

    Examples
    --------
    A picture and the same magnified by 1 % about its centre, both drawn from one set of dots:

    >>> import numpy as np
    >>> from covoxel.registration import displacement_field
    >>> dots = np.random.default_rng(0).uniform(-5, 133, (500, 2, 1))
    >>> def drawn(dots):
    ...     y, x = np.exp(-((np.arange(128) - dots) ** 2) / 8).transpose(1, 0, 2)
    ...     return y.T @ x
    >>> field = displacement_field(drawn(dots), drawn(63.5 + 1.01 * (dots - 63.5)), tile=32)
    >>> fit = field.fit("affine")
    >>> [round(m, 3) for m in fit.magnification], round(fit.registration.scale, 3)
    ([1.01, 1.01], 0.99)
    >>> round(float(np.median(field.strain().components()["xx"])), 3)
    0.01
    """

    positions: FloatArray
    displacement: FloatArray
    correlation: FloatArray
    peak_ratio: FloatArray
    valid: BoolArray
    reason: AnyArray
    uncertainty: FloatArray
    grid: tuple[int, ...]
    tile: tuple[int, ...]
    step: tuple[int, ...]
    shape: tuple[int, ...]
    spacing: tuple[float, ...] | None = None
    names: tuple[str, str] = ("", "")

    @property
    def axes(self) -> str:
        """The axes, out of ``"ZYX"``."""
        return "ZYX"[-len(self.shape) :]

    @property
    def unit(self) -> str:
        """Unit of lengths: µm, or px where the spacing is unknown."""
        return "px" if self.spacing is None else "µm"

    @property
    def pixel(self) -> FloatArray:
        """Size of a pixel along each axis, in `unit`."""
        return np.asarray(self.spacing or (1.0,) * len(self.shape))

    @property
    def magnitude(self) -> FloatArray:
        """Length of each displacement, in `unit`."""
        return np.asarray(np.linalg.norm(self.displacement * self.pixel, axis=1))

    def fit(self, transform: str = "affine") -> FieldFit:
        """Fit one transform to the valid tiles.

        Parameters
        ----------
        transform : {"affine", "similarity", "translation"}
            Kind of transform. In 3-D a similarity rotates and magnifies the planes only, and
            shifts along Z.

        Returns
        -------
        FieldFit
            Tiles further from it than 4.685 robust standard deviations are not used.

        Raises
        ------
        ValueError
            If the valid tiles are too few.
        """
        one_of("transform", transform, TRANSFORMS)
        ndim = len(self.shape)
        rows, step = np.flatnonzero(self.valid), self.pixel
        needed = {"translation": 1, "similarity": 2, "affine": ndim + 1}[transform]
        if rows.size < needed:
            msg = (
                f"transform is {transform!r}, which needs {needed} valid tiles, but the field "
                f"has {rows.size}: take larger tiles, which are surer, smaller ones, which are "
                "more, or a simpler transform"
            )
            raise ValueError(msg)
        center = (np.asarray(self.shape) - 1) / 2
        found = linear_fit(
            self.positions[rows] - center, self.displacement[rows], bases(transform, step)
        )
        residuals = self.displacement - found.at(self.positions - center)
        used = np.zeros(len(self.valid), np.bool_)
        used[rows] = found.weight > 0
        matrix = np.eye(ndim) + found.tensor
        magnification, rotation = stretch_and_turn(matrix, step, self.axes)
        back = np.linalg.inv(matrix)
        shared = math.prod(t / s for t, s in zip(self.tile, self.step, strict=True))
        spread = back @ found.covariance @ back.T * max(shared, 1.0)
        registration = Registration(
            shift=tuple((-back @ found.offset).tolist()),
            matrix=rows_of(back),
            shape=self.shape,
            spacing=self.spacing,
            transform=transform,
            method="tiles",
            uncertainty=tuple(np.sqrt(np.diag(spread)).tolist()),
        )
        rms = float(np.sqrt(np.mean(np.sum(np.square(residuals[used]), axis=1))))
        return FieldFit(
            registration, matrix, found.offset, residuals, used, rms, magnification, rotation
        )

    def strain(self) -> Strain:
        """Return the local strain at each valid tile, from a plane through its neighbours."""
        per_step = gradients(self.displacement, self.valid, self.grid)
        pixel = self.pixel
        return Strain(per_step * pixel[:, None] / (np.asarray(self.step) * pixel), self.axes)

    def image(self, component: str = "magnitude") -> FloatArray:
        """Return the displacement of every pixel, between the tiles by a spline.

        Parameters
        ----------
        component : str
            ``"magnitude"``, or an axis: ``"z"``, ``"y"`` or ``"x"``.

        Returns
        -------
        ndarray of float
            Of the images' shape, in `unit`; NaN outside the valid tiles.
        """
        axes = self.axes.lower()
        one_of("component", component, ["magnitude", *axes])
        out = np.full(self.shape, np.nan)
        if not self.valid.any():
            return out
        tiles = Tiles(self.shape, self.tile, self.step)
        covered = np.zeros(self.shape, np.bool_)
        for row in np.flatnonzero(self.valid).tolist():
            covered[tiles.box(row)] = True
        dense = Dense(tiles, self.displacement, self.valid, self.uncertainty, smooth=False)
        for block in block_slices(self.shape):
            displacement = dense.at(block) * self.pixel.reshape(-1, *(1,) * len(self.shape))
            out[block] = (
                np.linalg.norm(displacement, axis=0)
                if component == "magnitude"
                else displacement[axes.index(component)]
            )
        out[~covered] = np.nan
        return out

    def layer(
        self, kind: LayerKind = "vectors", *, length: float | None = None
    ) -> tuple[AnyArray, dict[str, Any], str]:
        """Return a layer of napari, on the images if these are at the origin.

        Parameters
        ----------
        kind : {"vectors", "image", "points"}
            Arrows from each valid tile to its position in channel 2, coloured by their length; the
            length of the displacement of every pixel; or a table with a point for every tile, the
            refused ones with their reason.
        length : float, optional
            Factor by which arrows are drawn longer; 1, 2 or 5 times a power of ten by default, with
            which 95 of 100 are no longer than the step from tile to tile, and all end inside the
            image.

        Returns
        -------
        tuple
            Data, attributes for ``viewer.add_vectors(data, **attributes)`` (`add_image`,
            `add_points`), and the kind.

        Raises
        ------
        ValueError
            If there is no such kind, or `length` is not above 0.

        Examples
        --------
        >>> import numpy as np
        >>> from scipy import ndimage
        >>> from covoxel.registration import displacement_field
        >>> image = ndimage.gaussian_filter(np.random.default_rng(0).random((96, 96)), 2)
        >>> field = displacement_field(image, np.roll(image, 2, axis=0), tile=32)
        >>> data, attributes, kind = field.layer()
        >>> data.shape, attributes["length"], kind
        ((25, 2, 2), 5.0, 'vectors')
        """
        return field_layer(self, kind, length)
