"""Registration: the transform that aligns channel 2 with channel 1."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self

import numpy as np

from covoxel.core.checks import one_of
from covoxel.core.files import Recorded
from covoxel.core.resample import Mapping, SplineOrder, moved
from covoxel.core.types import AnyArray, FloatArray
from covoxel.core.version import VERSION
from covoxel.image.channel import Channel, as_channel, whole_array

TRANSFORMS = ("translation", "similarity", "affine")
#: Methods that search all of the image: masked normalised correlation, and two of scikit-image.
SEARCHES = ("ncc", "phase", "dft")
#: How notes begin that say why a shift is unverified.
DOUBT = "unverified: "
#: Note of a shift that could not be distinguished from chance, for want of independent structure.
UNVERIFIED = (
    f"{DOUBT}the images hold too little independent structure to tell whether the shift is "
    "more than chance"
)
#: A direction has no component along an axis if it is smaller.
_ALONG = 0.02
_KIND = "covoxel registration"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration(Recorded):
    """The transform that aligns channel 2 with channel 1, and its uncertainty.

    A pixel at x of channel 2 moves to ``matrix @ (x − c) + c + shift`` of channel 1, with c the
    centre of the image, (N − 1) / 2 along each axis; axes are Z Y X, lengths pixels.

    Attributes
    ----------
    shift : tuple of float
        Added to positions in channel 2, at the centre of the image, in pixels; NaN where
        `registrable` is False. With images of different sizes, from first pixel to first pixel.
    matrix : tuple of tuple of float
        Rotation, magnification and shear; the identity for a translation.
    shape : tuple of int
        Shape of the images that were registered.
    spacing : tuple of float or None
        Their pixel size in µm along each axis; None where unknown.
    transform : str
        ``"translation"``, ``"similarity"`` or ``"affine"``.
    method : str
        How it was found.
    registrable : bool or None
        Whether the channels correlate at this shift by more than unrelated ones would at some
        shift; None where that is unknown: the images hold too little independent structure, or the
        registration was not found by Covoxel, or only bleed-through registers at no shift.
    ambiguous : bool
        True if another shift correlates nearly as well, as in a lattice; the nearest to 0 is
        given.
    undetermined : tuple of tuple of float
        Unit vectors along which any shift fits as well, as along a fibre, an edge or stripes; the
        component of the shift along them is 0.
    ncc_before, ncc_after : float
        Pearson's r where the channels overlap, before and after, in [−1, 1].
    overlap : float
        Share of the pixels inside mask 1 that channel 2 covers afterwards.
    second_peak : float
        Correlation of the highest other peak within the bound; NaN where there is none.
    peak_ratio : float
        Correlation of the peak over that of the second; NaN where there is none. Near 1, another
        shift fits as well.
    at_border : bool
        Whether the peak touches the border of the search: the true shift may lie beyond.
    shape2 : tuple of int or None
        Shape of channel 2, where it differs from `shape`.
    uncertainty : tuple of float
        Standard error of the shift along each axis, in pixels; NaN where unknown.
    notes : tuple of str
        Limitations of the result.
    """

    shift: tuple[float, ...]
    matrix: tuple[tuple[float, ...], ...]
    shape: tuple[int, ...]
    spacing: tuple[float, ...] | None = None
    transform: str = "translation"
    method: str = "given"
    registrable: bool | None = None
    ambiguous: bool = False
    undetermined: tuple[tuple[float, ...], ...] = ()
    ncc_before: float = math.nan
    ncc_after: float = math.nan
    overlap: float = math.nan
    second_peak: float = math.nan
    peak_ratio: float = math.nan
    at_border: bool = False
    shape2: tuple[int, ...] | None = None
    uncertainty: tuple[float, ...] = ()
    notes: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        one_of("transform", self.transform, TRANSFORMS)
        ndim = len(self.shape)
        sizes = [len(self.shift), len(self.matrix), *map(len, self.matrix)]
        if set(sizes) != {ndim} or len(self.spacing or self.shape) != ndim:
            msg = f"shift, matrix and spacing must have one entry for each axis of {self.shape}"
            raise ValueError(msg)
        finite = self.registrable is False or np.isfinite(self.shift).all()
        if not (finite and np.isfinite(self.matrix).all()):
            msg = f"shift {self.shift} and matrix {self.matrix} must be finite"
            raise ValueError(msg)
        if abs(np.linalg.det(self.matrix)) < 1e-6:
            msg = f"matrix is {self.matrix}, which flattens the image"
            raise ValueError(msg)

    @classmethod
    def from_shift(
        cls,
        shift: tuple[float, ...],
        shape: tuple[int, ...],
        spacing: tuple[float, ...] | None = None,
        **more: Any,
    ) -> Registration:
        """Return a translation."""
        matrix = rows_of(np.eye(len(shape)))
        shift = tuple(float(step) for step in shift)
        return cls(shift=shift, matrix=matrix, shape=shape, spacing=spacing, **more)

    @property
    def unverified(self) -> bool:
        """Whether it was searched for, but it is unknown whether the channels are registrable."""
        return self.registrable is None and self.method in SEARCHES

    @property
    def doubt(self) -> str:
        """Why it is unverified."""
        return next((note for note in self.notes if note.startswith(DOUBT)), UNVERIFIED)

    @property
    def axes(self) -> str:
        """The axes, out of ``"ZYX"``."""
        return "ZYX"[-len(self.shape) :]

    @property
    def offset(self) -> tuple[float, ...]:
        """Position of channel 2 relative to channel 1 at the centre, in pixels."""
        return tuple((-np.linalg.solve(np.asarray(self.matrix), np.asarray(self.shift))).tolist())

    @property
    def shift_um(self) -> tuple[float, ...] | None:
        """The shift in µm; None where the pixel size is unknown."""
        if self.spacing is None:
            return None
        return tuple(s * step for s, step in zip(self.shift, self.spacing, strict=True))

    @property
    def scale(self) -> float:
        """Magnification of the planes, √|det| of the matrix along Y and X."""
        return math.sqrt(abs(np.linalg.det(np.asarray(self.matrix)[-2:, -2:])))

    @property
    def rotation(self) -> float:
        """Rotation of the planes in degrees, from the y axis to the x axis."""
        (yy, yx), (xy, xx) = np.asarray(self.matrix)[-2:, -2:]
        return math.degrees(math.atan2(xy - yx, yy + xx))

    @property
    def affine(self) -> FloatArray:
        """Matrix for the ``affine`` of channel 2's napari layer: it moves without resampling.

        ``(D + 1, D + 1)``, in µm where the pixel size is known, for a layer whose scale is the
        pixel size and whose translate is 0.

        Raises
        ------
        ValueError
            If the channels are not registrable.
        """
        self.refuse()
        step = np.asarray(self.spacing or (1.0,) * len(self.shape))
        matrix = np.asarray(self.matrix) * step[:, None] / step
        center = (np.asarray(self.shape) - 1) / 2 * step
        out = np.eye(step.size + 1)
        out[:-1, :-1] = matrix
        out[:-1, -1] = center + np.asarray(self.shift) * step - matrix @ center
        return out

    def refuse(self) -> None:
        """Raise ValueError if the channels are not registrable."""
        if self.registrable is False:
            reason = self.notes[0] if self.notes else "the channels are not registrable"
            msg = f"the registration has no shift to apply: {reason}"
            raise ValueError(msg)

    def target(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of channel 2 on the grid of channel 1."""
        return self.shape if shape == self.shape2 else tuple(shape)

    def mapping(self, shape: tuple[int, ...]) -> Mapping:
        """Return the position in channel 2 of each pixel of channel 1.

        Raises
        ------
        ValueError
            If the channels are not registrable, or if `shape` is not the registered one and the
            transform is no translation.
        """
        self.refuse()
        if self.transform != "translation" and tuple(shape) != tuple(self.shape):
            msg = (
                f"the image has shape {tuple(shape)}, but the registration is a "
                f"{self.transform} about the centre of {self.shape}; crop or register anew"
            )
            raise ValueError(msg)
        if self.transform == "translation":
            return Mapping(np.eye(len(self.shape)), -np.asarray(self.shift))
        inverse = np.linalg.inv(np.asarray(self.matrix))
        center = (np.asarray(shape) - 1) / 2
        return Mapping(inverse, center - inverse @ (center + np.asarray(self.shift)))

    def apply(self, image: Any, *, order: SplineOrder = 3) -> Any:
        """Resample channel 2 on the grid of channel 1.

        Parameters
        ----------
        image : array-like, Channel or napari layer
            Channel 2, with the registered axes last; leading axes are a batch.
        order : int
            Degree of the interpolating spline, 0 (nearest pixel, for labels) to 5. A shift of
            whole pixels is never interpolated.

        Returns
        -------
        ndarray, or a Channel of the same axes if `image` is one
            Of the same data type and shape; with images of different sizes, of the size of channel
            1. Pixels outside channel 2 are NaN, or 0 in integers.

        Notes
        -----
        Beside a sharp edge a spline of degree 2 or more overshoots, by about a tenth of the edge
        with `order` 3. With `order` 0 or 1, and where the shift is of whole pixels, values stay
        within the range of the neighbouring pixels.

        Raises
        ------
        ValueError
            If shape or pixel size do not match, or if the channels are not registrable.
        """
        one_of("order", order, range(6))
        ndim = len(self.shape)
        channel = image if isinstance(image, Channel) else None
        spacing = None
        if channel is None and hasattr(image, "scale") and hasattr(image, "data"):
            channel = as_channel(image)
        data = whole_array(image if channel is None else channel.data)
        if data.ndim < ndim:
            msg = f"image has shape {data.shape}; the registration has the axes {self.axes}"
            raise ValueError(msg)
        if channel is not None and channel.spacing is not None:
            spacing = channel.spacing[-ndim:]
        if spacing and self.spacing and not np.allclose(spacing, self.spacing, rtol=1e-2):
            msg = (
                f"image has pixels of {spacing} µm, but the registration was made with "
                f"{self.spacing} µm; register images of one pixel size"
            )
            raise ValueError(msg)
        own, lead = data.shape[-ndim:], data.shape[: data.ndim - ndim]
        mapping, shape = self.mapping(own), self.target(own)
        out = np.empty((*lead, *shape), data.dtype)
        for index in np.ndindex(*lead):
            out[index] = moved(data[index], mapping, order=order, shape=shape)
        return out if not isinstance(image, Channel) else image.with_data(out)

    def as_dict(self) -> dict[str, Any]:
        """Return the registration as JSON; unknown numbers are None."""
        record = {"kind": _KIND, "covoxel": VERSION, **asdict(self)}
        return {key: _plain(value) for key, value in record.items()}

    @classmethod
    def from_dict(cls, record: Any) -> Self:
        """Return the registration of a record; raise ValueError if it holds none."""
        if not isinstance(record, dict) or record.get("kind") != _KIND:
            msg = "this is not a registration saved by Covoxel"
            raise ValueError(msg)
        values = {key: value for key, value in record.items() if key not in ("kind", "covoxel")}
        if "shape_2" in values:  # as it was called before 0.2.0
            values["shape2"] = values.pop("shape_2")
        for key in ("ncc_before", "ncc_after", "overlap", "second_peak", "peak_ratio"):
            values[key] = math.nan if values.get(key) is None else values[key]
        values["uncertainty"] = tuple(
            math.nan if value is None else value for value in values.get("uncertainty", ())
        )
        try:
            for key in ("matrix", "undetermined"):
                values[key] = tuple(tuple(row) for row in values.get(key, ()))
            maybe = [key for key in ("spacing", "shape2") if values.get(key)]
            for key in ("shift", "shape", "notes", *maybe):
                values[key] = tuple(values[key])
            if values.get("registrable") is False:
                values["shift"] = (math.nan,) * len(values["shape"])
            return cls(**values)
        except KeyError as error:
            msg = f"the registration is damaged: {error} is missing"
            raise ValueError(msg) from error
        except TypeError as error:
            msg = f"the registration is damaged: {error}"
            raise ValueError(msg) from error


def _plain(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def rows_of(matrix: AnyArray) -> tuple[tuple[float, ...], ...]:
    """Return a matrix as a record holds it."""
    return tuple(tuple(row) for row in matrix.tolist())


def direction_text(direction: Sequence[float]) -> str:
    """Return a unit vector as the name of its axis, or as components along the axes.

    Examples
    --------
    >>> direction_text((0.0, 1.0)), direction_text((0.8, -0.6))
    ('x', '(y 0.80, x -0.60)')
    """
    axes = "zyx"[-len(direction) :]
    parts = [(axis, part) for axis, part in zip(axes, direction, strict=True) if abs(part) > _ALONG]
    if len(parts) == 1:
        return parts[0][0]
    return f"({', '.join(f'{axis} {part:.2f}' for axis, part in parts)})"
