"""Displacement fields against OpenPIV, and rotations against StackReg."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.ndimage import rotate

import covoxel
from benchmarks._harness import Row
from benchmarks._images import Pair
from benchmarks.correlogram import moved_pair

_TILE = 64
_DEGREES = 3.0


def _moved(pair: Pair) -> tuple[Any, Any]:
    return moved_pair(np.shape(pair.image1), shift=(4, -6))[:2]


def _turned(pair: Pair) -> tuple[Any, Any]:
    image1, image2, _ = moved_pair(np.shape(pair.image1), shift=(0, 0))
    return image1, rotate(image2, _DEGREES, reshape=False, mode="nearest")


def _field(given: tuple[Any, Any]) -> Any:
    found = covoxel.registration.displacement_field(*given, tile=_TILE)
    return np.median(found.displacement[found.valid], axis=0)


def _field_of_openpiv(given: tuple[Any, Any]) -> list[float]:
    from openpiv import pyprocess

    images = (image.astype(np.int32) for image in given)
    u, v, _ = pyprocess.extended_search_area_piv(
        *images, window_size=_TILE, overlap=_TILE // 2, search_area_size=_TILE
    )
    return [float(np.median(v)), float(np.median(u))]


def _angle(given: tuple[Any, Any]) -> float:
    (yy, yx), _ = covoxel.registration.register(*given, transform="similarity").matrix
    return abs(math.degrees(math.atan2(yx, yy)))


def _angle_of_stackreg(given: tuple[Any, Any]) -> float:
    from pystackreg import StackReg

    (xx, xy, _), *_ = StackReg(StackReg.SCALED_ROTATION).register(*given)
    return abs(math.degrees(math.atan2(xy, xx)))


ROWS = [
    Row(
        f"displacement field, tiles of {_TILE} : OpenPIV",
        _field,
        _field_of_openpiv,
        {"512²": 0.5},
        (0, 0.5),  # windows that do not move with the texture pull it towards 0
        prepare=_moved,
        needs="openpiv",
        rounds=3,
    ),
    Row(
        "register, similarity : StackReg",
        _angle,
        _angle_of_stackreg,
        {"512²": 0.5},
        (0, 0.05),
        prepare=_turned,
        needs="pystackreg",
        rounds=3,
    ),
]
