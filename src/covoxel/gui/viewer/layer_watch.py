"""Changes of the viewer's layers that affect what is measured."""

from __future__ import annotations

import weakref
import zlib
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from covoxel.image.placement import world_matrix

#: Events of a layer whose pixels, labels or shapes have changed.
_DATA = ("data", "labels_update", "paint")
#: Events of a layer that may lie, or be read, differently now.
_OTHER = ("scale", "translate", "rotate", "shear", "affine", "units", "axis_labels", "metadata")
#: Bytes of labels that are summed up at most, which takes a few milliseconds.
_SUMMED = 1 << 24
#: Comes after data that were changed in place, but also as the sliders move.
_DRAWN = "set_data"


def _painted(layer: Any) -> int:
    """Return a checksum of labels, which an undone stroke changes without an event."""
    if not (hasattr(layer, "selected_label") and isinstance(layer.data, np.ndarray)):
        return 0
    return zlib.crc32(np.ascontiguousarray(layer.data).data) if layer.data.nbytes <= _SUMMED else 0


class LayerWatch:
    """Follows layers, and counts how often the data of each have changed.

    Parameters
    ----------
    changed : callable
        Called with a layer that has changed.
    drawn : callable
        Called with a layer that was drawn anew, whether or not it has changed.
    """

    def __init__(self, changed: Callable[[Any], None], drawn: Callable[[Any], None]) -> None:
        self._changed, self._drawn = changed, drawn
        self._followed: list[Any] = []
        self._revisions: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()

    def follow(self, layers: Iterable[Any]) -> None:
        """Follow these layers and no others; who was not followed may have changed since."""
        wanted = list(layers)
        for layer in self._followed:
            if not any(layer is one for one in wanted):
                self._connect(layer, "disconnect")
        for layer in wanted:
            if not any(layer is one for one in self._followed):
                self._count(layer)
                self._connect(layer, "connect")
        self._followed = wanted

    def state(self, layer: Any) -> tuple[Any, ...]:
        """Return what tells whether a layer is as it was: its data, and where it lies."""
        if layer is None:
            return ()
        place = world_matrix(layer).tobytes(), tuple(map(str, layer.units)), layer.axis_labels
        return (self._revisions.get(layer, 0), _painted(layer), *place)

    def _connect(self, layer: Any, how: str) -> None:
        for names, slot in (
            (_DATA, self._on_data),
            (_OTHER, self._on_other),
            ((_DRAWN,), self._on_drawn),
        ):
            for name in names:
                if name in layer.events:
                    getattr(layer.events[name], how)(slot)

    def _count(self, layer: Any) -> None:
        self._revisions[layer] = self._revisions.get(layer, 0) + 1

    def _on_data(self, event: Any) -> None:
        self._count(event.source)
        self._changed(event.source)

    def _on_other(self, event: Any) -> None:
        self._changed(event.source)

    def _on_drawn(self, event: Any) -> None:
        self._drawn(event.source)
