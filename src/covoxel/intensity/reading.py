"""What the readings share: their input, their reasons, their results."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from covoxel.core.types import AnyArray, BoolArray, FloatArray
from covoxel.image.regions import as_region
from covoxel.intensity.blocks import Stream, checked_pair
from covoxel.intensity.histogram import JointHistogram, joint_histogram

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

#: Why nothing is defined on a region without any pixel that is finite.
NO_PIXELS = "no pixels"
#: Fewest pixels on which a measure is defined.
MIN_PIXELS = 3

Reasons = NDArray[np.object_]
Record = TypeVar("Record", bound="DataclassInstance")


@dataclass(frozen=True, slots=True)
class Correlation:
    """A coefficient and where it comes from.

    One number where one region was measured, an array over the regions otherwise.

    Attributes
    ----------
    value : float or (R,) float array
        The coefficient; NaN where it is undefined.
    pixels : int or (R,) int array
        Pixels it was computed on.
    reason : str or (R,) array of str
        Why the coefficient is undefined; empty where it is defined.
    """

    value: Any
    pixels: Any
    reason: Any

    def __float__(self) -> float:
        """Return the coefficient of a single region."""
        return float(self.value)

    @property
    def degrees_of_freedom(self) -> Any:
        """Pixels − 2."""
        return self.pixels - 2

    @property
    def t_statistic(self) -> Any:
        """Student's t of a correlation of independent pixels, value·√(df / (1 − value²)).

        Pixels of an image are not independent: no p-value should be read from it.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.value * np.sqrt(self.degrees_of_freedom / (1 - np.square(self.value)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """A record of values that may be undefined for reasons of their own.

    Attributes
    ----------
    reasons : dict of str or (R,) array of str
        Why a value is NaN, by its name; empty where it is defined.
    """

    reasons: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def reason(self) -> Any:
        """Why values are undefined, ``m1, tm1: …; m2: …``; empty where all are defined."""
        columns = [np.atleast_1d(np.asarray(why, object)) for why in self.reasons.values()]
        rows = zip(*columns, strict=True)
        texts = [_joined(dict(zip(self.reasons, row, strict=True))) for row in rows]
        single = isinstance(next(iter(self.reasons.values()), ""), str)
        return "".join(texts) if single else np.array(texts, object)


def _joined(reasons: dict[str, str]) -> str:
    """Return the reasons of one region, each after the names of the values that lack it."""
    names: dict[str, list[str]] = {}
    for name, reason in reasons.items():
        if reason:
            names.setdefault(reason, []).append(name)
    if [*names.values()] == [[*reasons]]:
        return next(iter(names))  # which holds for all of them
    return "; ".join(f"{', '.join(which)}: {reason}" for reason, which in names.items())


def because(
    value: FloatArray, pixels: AnyArray, otherwise: str, *causes: tuple[BoolArray, str]
) -> Reasons:
    """Return why values are NaN: no pixels, else the first cause that holds, else `otherwise`."""
    reasons = no_reasons(value.size)
    defined = ~np.isnan(value)
    if defined.all():
        return reasons
    reasons[:] = otherwise
    for where, reason in reversed(causes):
        reasons[where] = reason
    reasons[np.asarray(pixels) == 0] = NO_PIXELS
    reasons[defined] = ""
    return reasons


def as_histogram(image1: Any, image2: Any, mask: Any, labels: Any) -> JointHistogram:
    """Return `image1` if it is a joint histogram already, else build it."""
    if isinstance(image1, JointHistogram):
        if image2 is not None or mask is not None or labels is not None:
            msg = "image1 is a joint histogram, which has its regions; pass nothing else"
            raise ValueError(msg)
        return image1
    if image2 is None:
        msg = "image2 is missing"
        raise ValueError(msg)
    return joint_histogram(image1, image2, mask=mask, labels=labels)


def as_stream(image1: Any, image2: Any, mask: Any, labels: Any) -> JointHistogram | Stream:
    """Return `image1` if it is a joint histogram already, else the pixels of the pair."""
    if isinstance(image1, JointHistogram) or image2 is None:
        return as_histogram(image1, image2, mask, labels)
    channel1, channel2 = checked_pair(image1, image2)
    return Stream(channel1, channel2, as_region(mask, labels, channel1.spatial_shape))


def read_sums(
    reading: Callable[[JointHistogram | Stream], Record],
    image1: Any,
    image2: Any,
    mask: Any,
    labels: Any,
) -> Record:
    """Apply a reading that needs only sums to a pair of images, or to a histogram."""
    return _plain(reading(as_stream(image1, image2, mask, labels)), image1, labels)


def read(
    reading: Callable[[JointHistogram], Record], image1: Any, image2: Any, mask: Any, labels: Any
) -> Record:
    """Apply a reading to a pair of images, or to a histogram.

    The record holds plain numbers when a pair without labels was given.
    """
    return _plain(reading(as_histogram(image1, image2, mask, labels)), image1, labels)


def _plain(record: Record, image1: Any, labels: Any) -> Record:
    """Return a record with plain numbers where a pair without labels was given."""
    if isinstance(image1, JointHistogram) or labels is not None:
        return record
    values = {name: getattr(record, name) for name in record.__dataclass_fields__}
    return type(record)(**{name: _first(value) for name, value in values.items()})


def _first(values: Any) -> Any:
    """Return what arrays, or a dict of them, hold of the only region, as plain numbers."""
    if isinstance(values, dict):
        return {name: _first(value) for name, value in values.items()}
    if not isinstance(values, np.ndarray):
        return values
    return values[0] if values.dtype == object else values[0].item()


def no_reasons(n: int) -> Reasons:
    """Return `n` empty reasons."""
    return np.full(n, "", object)


def too_few(pixels: AnyArray) -> Reasons:
    """Return the reasons of regions with too few pixels."""
    reasons = no_reasons(pixels.size)
    few = pixels < MIN_PIXELS
    if few.any():
        reasons[few] = f"fewer than {MIN_PIXELS} pixels"
        reasons[pixels == 0] = NO_PIXELS
    return reasons


def why_undefined(pixels: AnyArray, flat1: BoolArray, flat2: BoolArray) -> Reasons:
    """Return the reasons of regions with too few pixels, or on which a channel is constant."""
    reasons = too_few(pixels)
    if not (flat1 | flat2).any():
        return reasons
    defined = reasons == ""
    reasons[defined & flat1] = "channel 1 is constant"
    reasons[defined & flat2] = "channel 2 is constant"
    reasons[defined & flat1 & flat2] = "both channels are constant"
    return reasons


def ratio(numerator: AnyArray, denominator: AnyArray, reasons: Reasons) -> FloatArray:
    """Divide where defined; NaN where there is a reason or nothing to divide by."""
    out = np.full(denominator.shape, np.nan)
    with np.errstate(over="ignore"):  # what no float holds is infinite, and readings say so
        np.divide(numerator, denominator, out=out, where=(reasons == "") & (denominator != 0))
    return out


def per_region(value: Any, n: int) -> FloatArray:
    """Return a scalar or array as one float a region."""
    return np.full(n, value, np.float64)


def share(part: AnyArray, whole: AnyArray) -> FloatArray:
    """Return part / whole as float64; NaN where the whole is 0."""
    out = np.full(np.shape(whole), np.nan)
    part, whole = np.asarray(part, np.float64), np.asarray(whole, np.float64)
    np.divide(part, whole, out=out, where=whole != 0)
    return out


def fraction(part: AnyArray, whole: AnyArray) -> FloatArray:
    """Return the share of a part that rounding alone could take out of [0, 1]."""
    return np.minimum(np.maximum(share(part, whole), 0), 1)  # faster than clip


def geometric_mean(x: FloatArray, y: FloatArray) -> FloatArray:
    """Return √(xy), which is exactly x where x equals y, at any magnitude."""
    with np.errstate(over="ignore"):
        product = x * y
    held = np.isfinite(product) & (product > 1e-290)
    root: FloatArray = np.sqrt(product)
    return root if held.all() else np.where(held, root, np.sqrt(x) * np.sqrt(y))
