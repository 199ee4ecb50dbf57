"""Displacement fields as layers of napari, without napari."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from covoxel.core.checks import one_of
from covoxel.core.types import AnyArray, FloatArray

if TYPE_CHECKING:
    from covoxel.registration.field.record import DisplacementField

LayerKind = Literal["vectors", "image", "points"]
#: Titles of the layers, before the names of the channels.
NAMES: dict[LayerKind, str] = {
    "vectors": "Displacements",
    "image": "Magnitude",
    "points": "Tiles",
}
_COLORMAP = "turbo"
#: Colours of the rings of tiles that are valid, and that are not.
_VALID, _REFUSED = "white", "orange"
#: Share of the range left at each end of the colours, which are dark there.
_ENDS = 0.12
#: Percentage of the displacements drawn no longer than the step from tile to tile.
_MOST = 95
#: Width of an arrow, and size of a ring, as shares of that step.
_WIDTH, _SIZE = 0.08, 0.15


def field_layer(
    field: DisplacementField, kind: LayerKind, length: float | None
) -> tuple[AnyArray, dict[str, Any], str]:
    """Return a field as a layer; see `DisplacementField.layer`."""
    one_of("kind", kind, NAMES)
    axes = field.axes.lower()
    record = {
        "channels": list(field.names),
        "shape": list(field.shape),
        "tile": list(field.tile),
        "step": list(field.step),
        "spacing_um": None if field.spacing is None else list(field.spacing),
    }
    attributes: dict[str, Any] = {
        "name": f"{NAMES[kind]}: {' × '.join(name or '?' for name in field.names)}",
        "scale": tuple(field.pixel.tolist()),
        "units": ("pixel" if field.spacing is None else "um",) * len(axes),
        "axis_labels": tuple(axes),
        "metadata": {"covoxel": {"field": record}},
    }
    if kind == "image":
        return field.image().astype(np.float32), attributes | image_look([field]), kind
    rows = field.valid if kind == "vectors" else np.ones(len(field.valid), np.bool_)
    attributes["features"] = {name: values[rows] for name, values in _features(field).items()}
    if kind == "points":
        return field.positions, attributes | points_look([field]), kind
    return arrows(field), attributes | vectors_look([field], length), kind


def arrows(field: DisplacementField) -> FloatArray:
    """Return position and displacement of the valid tiles, (valid, 2, D), in pixels."""
    return np.stack([field.positions, field.displacement], axis=1)[field.valid]


def magnified(fields: Sequence[DisplacementField]) -> float:
    """Return the factor of 1, 2 or 5 times a power of ten, at least 1, for visible arrows.

    95 of 100 are no longer than the step from tile to tile, and none leaves the image, beyond which
    napari would offer planes that do not exist.
    """
    lengths = _lengths(fields)
    usual = np.percentile(lengths, _MOST) if lengths.size else 0.0
    if not usual > 0:
        return 1.0
    most = min(_step(fields[0]) * min(fields[0].pixel[-2:]) / usual, *map(_room, fields))
    tens = 10.0 ** math.floor(math.log10(max(most, 1.0)))
    return float(max(1.0, *(tens * digit for digit in (1, 2, 5) if tens * digit <= most)))


def _room(field: DisplacementField) -> float:
    """Return the largest factor with which all arrows end inside the image."""
    starts, steps = np.swapaxes(arrows(field), 0, 1)
    ahead = np.where(steps > 0, np.asarray(field.shape) - 1 - starts, starts)
    room = np.full(steps.shape, np.inf)
    np.divide(ahead, np.abs(steps), out=room, where=steps != 0)
    return float(room.min(initial=np.inf))


def vectors_look(
    fields: Sequence[DisplacementField], length: float | None = None
) -> dict[str, Any]:
    """Return the style of arrows, `length` times as long, coloured by their length."""
    if length is not None and not length > 0:
        msg = f"length is {length!r}; a factor above 0 is needed"
        raise ValueError(msg)
    look = {
        "length": length or magnified(fields),
        "edge_width": _WIDTH * _step(fields[0]),
        "vector_style": "arrow",
    }
    if any(field.valid.any() for field in fields):
        look |= {
            "edge_color": "length" if fields[0].spacing is None else "length_um",
            "edge_colormap": _COLORMAP,
            "edge_contrast_limits": _limits(fields),
        }
    return look


def points_look(fields: Sequence[DisplacementField]) -> dict[str, Any]:
    """Return the style of tiles: small rings, orange where they are refused."""
    valid = np.concatenate([field.valid for field in fields])
    return {
        "size": _SIZE * _step(fields[0]),
        "face_color": "transparent",
        "border_color": np.where(valid, _VALID, _REFUSED),
        "border_width": 0.15,
    }


def image_look(fields: Sequence[DisplacementField]) -> dict[str, Any]:
    """Return the style of the length image: translucent, in the colours of the arrows."""
    return {
        "colormap": _COLORMAP,
        "opacity": 0.4,
        "blending": "translucent_no_depth",
        "contrast_limits": _limits(fields),
    }


def _limits(fields: Sequence[DisplacementField]) -> tuple[float, float]:
    """Return the range of the displacements, a little extended."""
    lengths = _lengths(fields)
    low, high = (float(lengths.min()), float(lengths.max())) if lengths.size else (0.0, 0.0)
    more = _ENDS * (high - low) or high or 1.0
    return max(0.0, low - more), high + more


def _lengths(fields: Sequence[DisplacementField]) -> FloatArray:
    return np.concatenate([field.magnitude[field.valid] for field in fields])


def _step(field: DisplacementField) -> int:
    """Return the step from tile to tile in the planes, in pixels."""
    return min(field.step[-2:])


def _features(field: DisplacementField) -> dict[str, AnyArray]:
    """Return the columns of a table with a row a tile."""
    axes = field.axes.lower()
    out: dict[str, AnyArray] = {}
    for unit, size in (("", 1.0), ("_um", field.pixel)):
        if unit and field.spacing is None:
            continue
        lengths = field.displacement * size
        out |= {f"offset_{axis}{unit}": lengths[:, i] for i, axis in enumerate(axes)}
        out[f"length{unit}"] = np.linalg.norm(lengths, axis=1)
    return out | {
        "correlation": field.correlation,
        "uncertainty": field.uncertainty.max(axis=1),
        "valid": field.valid,
        "reason": field.reason.astype(object),
    }
