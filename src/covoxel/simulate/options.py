"""Options of simulated pairs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import Field, dataclass, field, fields
from typing import Any

import numpy as np

from covoxel.core.checks import one_of

STRUCTURES = ("spots", "textures")
BITS = (8, 12, 16)
#: More than what any image has, counts, pixels, photons or µm.
_MOST = 1e12
#: Voxel size, and PSF sigma, where none is given: 2.5 times coarser along z.
_ZYX_UM = (0.25, 0.1, 0.1)


def _option(
    default: Any,
    text: str,
    *,
    unit: str = "",
    low: float | None = None,
    high: float = math.inf,
    whole: bool = False,
) -> Any:
    """Field with its help; `low` makes it a number in [low, high], or a sequence of such."""
    bounds = (
        {} if low is None else {"low": max(low, -_MOST), "high": min(high, _MOST), "whole": whole}
    )
    return field(default=default, metadata={"help": text, "unit": unit, **bounds})


def _documented(cls: type[SimulateOptions]) -> type[SimulateOptions]:
    """List the fields in the docstring, from where they are defined."""
    lines = [cls.__doc__ or "", "    Attributes", "    ----------"]
    for option in fields(cls):
        unit = option.metadata["unit"]
        lines.append(f"    {option.name} : {option.type}, default {option.default!r}")
        lines.append(f"        {option.metadata['help']}{f' [{unit}]' if unit else ''}.")
    cls.__doc__ = "\n".join(lines)
    return cls


@_documented
@dataclass(frozen=True, kw_only=True)
class SimulateOptions:
    """Options of `simulate_pair`, all with a default.

    Lengths are in µm and axes in the order Z Y X. "Per axis" is one number for all spatial
    axes or a sequence with one for each; "per frame" likewise over time. A photon is one
    that the detector counts. Channel 2 takes after channel 1 where its own option is None.
    """

    shape: tuple[int, ...] = _option((256, 256), "(Z)YX shape of a frame", unit="px")
    structure: str = _option("spots", "spots or textures")
    names: tuple[str, str] = _option(("Channel 1", "Channel 2"), "names of the channels")
    spacing: float | Sequence[float] | None = _option(
        None, "voxel size per axis; None is 0.1, along z 0.25", unit="µm", low=1e-6
    )
    n_frames: int | None = _option(None, "time points; None is no time axis", low=1, whole=True)
    time_step: float = _option(1.0, "time between frames", unit="s", low=1e-9)

    n_spots1: int = _option(100, "spots in channel 1", low=0, whole=True)
    n_spots2: int | None = _option(None, "spots in channel 2", low=0, whole=True)
    n_shared: int | Sequence[int] | None = _option(
        None, "spots of channel 1 with a partner in channel 2, per frame", low=0, whole=True
    )
    shared_fraction: float | Sequence[float] | None = _option(
        None,
        "the same as a share of the channel with fewer spots, or of the textures' variance, "
        "per frame; None is 0.5 unless n_shared is given",
        low=0,
        high=1,
    )
    association_distance: float = _option(
        0.0, "distance of what is shared from channel 1 to channel 2", unit="µm", low=0
    )
    association_spread: float = _option(
        0.0, "standard deviation of that distance among spots", unit="µm", low=0
    )
    association_direction: Sequence[float] | None = _option(
        None, "its direction, any length; None is random, for each spot anew", low=-math.inf
    )
    brightness_spread: float = _option(
        0.4, "standard deviation of the logarithm of spot brightness", low=0
    )
    grain: float = _option(0.4, "size (sigma) of the grains of a texture", unit="µm", low=0)
    contrast: float = _option(
        0.3, "standard deviation of a texture, and of the haze, over its mean", low=0
    )
    walk: float = _option(0.0, "random step of each spot, a frame and axis", unit="µm", low=0)
    drift: float | Sequence[float] = _option(
        0.0, "common step of what the cells hold, a frame and axis", unit="µm", low=-math.inf
    )

    flicker: float = _option(
        0.0, "standard deviation over time of the logarithm of each cell's brightness", low=0
    )
    delay: float = _option(
        0.0, "by how long channel 2 lags channel 1 in that", unit="s", low=-math.inf
    )

    n_cells: int = _option(0, "roundish cells that hold everything", low=0, whole=True)
    cell_radius: float = _option(3.0, "their mean radius", unit="µm", low=1e-6)
    haze: float = _option(25.0, "diffuse light inside the cells of spots", unit="photons", low=0)

    psf1: float | Sequence[float] | None = _option(
        None,
        "sigma of the PSF of channel 1 per axis; None is 0.1, along z 0.25",
        unit="µm",
        low=1e-6,
    )
    psf2: float | Sequence[float] | None = _option(
        None, "sigma of the PSF of channel 2 per axis", unit="µm", low=1e-6
    )
    offset: float | Sequence[float] = _option(
        0.0, "position of channel 2 relative to channel 1 per axis", unit="px", low=-math.inf
    )
    bleed_1to2: float = _option(
        0.0, "share of the light of channel 1 that channel 2 sees as well", low=0
    )
    bleed_2to1: float = _option(
        0.0, "share of the light of channel 2 that channel 1 sees as well", low=0
    )

    photons1: float = _option(
        200.0,
        "light at the centre of a usual spot, or the mean of a texture",
        unit="photons",
        low=0,
    )
    photons2: float | None = _option(None, "the same in channel 2", unit="photons", low=0)
    background: float = _option(5.0, "light everywhere", unit="photons", low=0)
    camera_offset: float = _option(100.0, "what the camera adds", unit="counts", low=0)
    gain: float = _option(1.0, "counts that a photon makes", unit="counts", low=1e-9)
    poisson: bool = _option(True, "whether photons arrive at random")
    read_noise: float = _option(
        1.5, "standard deviation of the camera's own noise", unit="photons", low=0
    )
    bits: int = _option(16, "bits of the camera: 8, 12 (stored in 16) or 16")
    rng: int = _option(0, "seed of all randomness", low=0, whole=True)

    def __post_init__(self) -> None:
        one_of("structure", self.structure, STRUCTURES)
        one_of("bits", self.bits, BITS)
        _check_shape(self.shape)
        for option in fields(self):
            if "low" in option.metadata and getattr(self, option.name) is not None:
                _check_number(option, getattr(self, option.name))
        if not isinstance(self.poisson, bool):
            msg = f"poisson is {self.poisson!r}; True or False is needed"
            raise TypeError(msg)
        duration = self.frames * self.time_step
        if abs(self.delay) > duration:
            msg = f"delay is {self.delay!r} s; it must not exceed the duration, {duration:g} s"
            raise ValueError(msg)
        if not isinstance(self.names, tuple | list) or len(self.names) != 2:
            msg = f"names are {self.names!r}; two are needed"
            raise ValueError(msg)
        for name in ("spacing", "psf1", "psf2", "offset", "drift", "association_direction"):
            self.per_axis(name)
        self._check_sharing()

    def _check_sharing(self) -> None:
        if self.n_shared is not None and self.shared_fraction is not None:
            msg = "n_shared and shared_fraction are both given; one of them is allowed"
            raise ValueError(msg)
        if self.structure == "textures":
            for name in ("n_shared", "walk", "association_spread"):
                if getattr(self, name):
                    msg = f"{name} is {getattr(self, name)!r}; it is for structure='spots' alone"
                    raise ValueError(msg)
        if max(self.shared_counts) > min(self.spot_counts):
            first, second = self.spot_counts
            msg = f"n_shared is {self.n_shared}; the channels have {first} and {second} spots"
            raise ValueError(msg)
        if self.association_direction is not None and not np.any(self.association_direction):
            given = self.association_direction
            msg = f"association_direction is {given!r}; a vector with a length is needed"
            raise ValueError(msg)

    def per_axis(self, name: str) -> tuple[float, ...]:
        """Values of an option, one for each spatial axis."""
        value = getattr(self, name)
        if value is None:
            value = self.psf1 if name == "psf2" else None
        if value is None:
            value = _ZYX_UM[-len(self.shape) :]
        return _spread(name, value, len(self.shape), "spatial axis")

    @property
    def voxel(self) -> tuple[float, ...]:
        """Voxel size in µm."""
        return self.per_axis("spacing")

    @property
    def frames(self) -> int:
        """Number of time points, 1 without a time axis."""
        return self.n_frames or 1

    @property
    def photons(self) -> tuple[float, float]:
        """Photons of both channels."""
        return self.photons1, self.photons1 if self.photons2 is None else self.photons2

    @property
    def spot_counts(self) -> tuple[int, int]:
        """Number of spots in both channels."""
        if self.structure == "textures":
            return 0, 0
        return self.n_spots1, self.n_spots1 if self.n_spots2 is None else self.n_spots2

    @property
    def fractions(self) -> tuple[float, ...]:
        """What of the texture's variance is shared in each frame."""
        fraction = 0.5 if self.shared_fraction is None else self.shared_fraction
        return _spread("shared_fraction", fraction, self.frames, "frame")

    @property
    def shared_counts(self) -> tuple[int, ...]:
        """Number of shared spots in each frame."""
        if self.n_shared is None:
            return tuple(round(part * min(self.spot_counts)) for part in self.fractions)
        counts = _spread("n_shared", self.n_shared, self.frames, "frame")
        return tuple(int(count) for count in counts)


def _spread(name: str, value: float | Sequence[float], length: int, what: str) -> tuple[float, ...]:
    values = np.asarray(value, dtype=np.float64)
    if values.ndim == 0:
        return (float(values),) * length
    if values.shape != (length,):
        msg = f"{name} is {value!r}; one number, or one for each {what} ({length}), is needed"
        raise ValueError(msg)
    return tuple(values.tolist())


def _check_shape(shape: Sequence[int]) -> None:
    sizes = np.asarray(shape)
    known = sizes.dtype.kind in "iuf" and sizes.shape in ((2,), (3,))
    if not known or not np.all((sizes >= 1) & (sizes == np.rint(sizes)) & (sizes < _MOST)):
        msg = f"shape is {shape!r}; two or three positive whole numbers, (Z)YX, are needed"
        raise ValueError(msg)


def _check_number(option: Field[Any], value: Any) -> None:
    """Refuse what is no number of the option's kind and range."""
    name, low, high = option.name, option.metadata["low"], option.metadata["high"]
    values = np.asarray(value)
    if values.dtype.kind not in "iuf":
        msg = f"{name} is {value!r}; a number is needed"
        raise TypeError(msg)
    if values.ndim and "Sequence" not in str(option.type):
        msg = f"{name} is {value!r}; a single number is needed"
        raise ValueError(msg)
    if option.metadata["whole"] and values.dtype.kind == "f":
        msg = f"{name} is {value!r}; an integer is needed"
        raise ValueError(msg)
    if not (np.all(np.isfinite(values)) and np.all(values >= low) and np.all(values <= high)):
        msg = f"{name} is {value!r}; allowed are finite numbers from {low:g} to {high:g}"
        raise ValueError(msg)
