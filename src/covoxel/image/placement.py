"""Whether napari layers lie on each other in the world."""

from __future__ import annotations

from typing import Any

import numpy as np

#: What places a napari layer in the world.
_PLACEMENT = ("scale", "translate", "rotate", "shear", "affine")


def same_placement(layers: str, one: Any, other: Any) -> None:
    """Refuse napari layers that lie in different places of the world, axis by axis from the last.

    What is no layer lies where it is put. `layers` names both in the message.
    """
    for what in _PLACEMENT:
        if not (hasattr(one, what) and hasattr(other, what)):
            continue
        own, their = (np.asarray(getattr(layer, what), np.float64) for layer in (one, other))
        n = min(len(own), len(their))
        own, their = (place[(slice(len(place) - n, None),) * place.ndim] for place in (own, their))
        if not np.allclose(own, their, rtol=1e-4, atol=1e-9):
            msg = (
                f"the layers {layers} differ in their {what}; "
                "pixels would be paired that do not lie on each other: resample one of them"
            )
            raise ValueError(msg)
