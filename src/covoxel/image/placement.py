"""Where napari layers lie in the world, and whether they lie on each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from covoxel.core.types import AnyArray, FloatArray

#: What sizes and turns a napari layer in the world, and what only moves it.
_SIZED, _MOVED = ("scale", "units", "rotate", "shear", "affine"), ("translate", "affine")
#: Layers lie on each other if no pixel is off by more, beyond a relative error of its place.
_PIXELS, _RELATIVE = 1e-2, 1e-4


def same_placement(layers: str, one: Any, other: Any) -> None:
    """Refuse napari layers that lie in different places of the world, axis by axis from the last.

    Arrays and other images that have no place in the world always pass. `layers` names both
    layers in the message.

    Raises
    ------
    ValueError
        With the property of the layers that differs.
    """
    if not (_placed(one) and _placed(other)):
        return
    between = between_layers(other, one)
    n = len(between) - 1
    linear, offset = between[:n, :n] - np.eye(n), between[:n, n]
    sized = bool(np.any(np.abs(linear) > _RELATIVE))
    if not sized and np.all(np.abs(offset) <= _PIXELS):
        return
    what = _different(_SIZED if sized else _MOVED, one, other)
    msg = (
        f"the layers {layers} differ in their {what}; "
        "pixels would be paired that do not lie on each other: resample one of them"
    )
    raise ValueError(msg)


def between_layers(source: Any, target: Any) -> FloatArray:
    """Return the matrix that leads from pixels of one napari layer to those of another.

    Homogeneous, ``(n + 1, n + 1)`` for the n axes that both layers have, counted from the last.
    Units are converted where all axes of both can be; where one cannot (pixels and µm), napari
    draws both without units, and so they are compared here.

    Raises
    ------
    ValueError
        If a layer is turned such that its last n axes do not lie in the last n of the world.
    """
    n = min(_ndim(source), _ndim(target))
    first, second = (_last_axes(world_matrix(layer), n, layer) for layer in (source, target))
    first[:n] *= unit_factors(_units(source, n), _units(target, n))[:, None]
    return np.asarray(np.linalg.solve(second, first), np.float64)


def unit_factors(units: Sequence[Any], wanted: Sequence[Any]) -> FloatArray:
    """Return by what lengths along each axis are multiplied to be in other units.

    Units are those of pint, aligned from the last; all factors are 1 where any axis cannot be
    converted, since napari then ignores units.
    """
    pairs = list(zip(units[::-1], wanted[::-1], strict=False))[::-1]
    if any(_kind(one) is None or _kind(one) != _kind(other) for one, other in pairs):
        return np.ones(len(units))
    factors = [float((1 * one).to(other).magnitude) for one, other in pairs]
    return np.array([1.0] * (len(units) - len(factors)) + factors)


def _kind(unit: Any) -> Any:
    return getattr(unit, "dimensionality", None)


def _placed(layer: Any) -> bool:
    return hasattr(layer, "scale") and hasattr(layer, "translate")


def _ndim(layer: Any) -> int:
    return len(layer.scale)


def _units(layer: Any, n: int) -> Sequence[Any]:
    units = tuple(getattr(layer, "units", ())) or (None,) * n
    return units[len(units) - n :]


def world_matrix(layer: Any) -> FloatArray:
    """Return the homogeneous matrix from pixels to the world, in the units of the layer."""
    n = _ndim(layer)
    if not hasattr(layer, "data_to_world"):
        plain = np.diag([*map(float, layer.scale), 1.0])
        plain[:n, n] = layer.translate
        return plain
    places = np.array([layer.data_to_world(at) for at in np.vstack([np.zeros(n), np.eye(n)])])
    matrix = np.eye(n + 1)
    matrix[:n, n] = places[0]
    matrix[:n, :n] = (places[1:] - places[0]).T
    return matrix


def _last_axes(matrix: FloatArray, n: int, layer: Any) -> FloatArray:
    lead = len(matrix) - 1 - n
    size = float(np.abs(matrix[lead:-1, lead:-1]).max())
    mixed = np.abs(matrix[:lead, lead:-1]).max(initial=0), np.abs(matrix[lead:-1, :lead])
    if max(float(mixed[0]), float(mixed[1].max(initial=0))) > _RELATIVE * size:
        msg = f"layer {layer.name!r} is turned out of its last {n} axes; resample it first"
        raise ValueError(msg)
    return matrix[lead:, lead:].copy()


def _different(properties: Sequence[str], one: Any, other: Any) -> str:
    """Return the first property of two layers that differs."""
    for what in properties:
        if not (hasattr(one, what) and hasattr(other, what)):
            continue
        own, their = (np.asarray(getattr(layer, what)) for layer in (one, other))
        n = min(len(own), len(their))
        if not _equal(*(_cut(values, n) for values in (own, their))):
            return what
    return "placement"


def _cut(values: AnyArray, n: int) -> AnyArray:
    """Return the last n along each axis."""
    return values[(slice(len(values) - n, None),) * values.ndim]


def _equal(own: AnyArray, their: AnyArray) -> bool:
    if own.dtype.kind in "fiu":
        return bool(np.allclose(own, their, rtol=1e-6, atol=1e-9))
    return bool((own == their).all())
