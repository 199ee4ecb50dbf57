"""Changes of the viewer's layers that affect what is measured."""

from __future__ import annotations

import weakref
import zlib
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from covoxel.image.placement import world_matrix

#: Events of changed pixels, labels or shapes.
_DATA = ("data", "labels_update", "paint")
#: Events of a changed position or meaning.
_OTHER = ("scale", "translate", "rotate", "shear", "affine", "units", "axis_labels", "metadata")
#: Most bytes of labels for a checksum, which takes a few milliseconds.
_SUMMED = 1 << 24
#: Emitted after data were changed in place, but also when the sliders move.
_DRAWN = "set_data"


def _checksum(layer: Any) -> int:
    """Return a checksum of labels, which undoing a stroke changes without an event."""
    data = layer.data
    if not (hasattr(layer, "selected_label") and isinstance(data, np.ndarray)):
        return 0
    return zlib.crc32(np.ascontiguousarray(data).data) if data.nbytes <= _SUMMED else 0


class LayerWatch:
    """Watches layers, and counts the changes of their data.

    `changed`: called with a layer that has changed.
    `drawn`: called with a layer that was redrawn, whether or not it has changed.
    """

    def __init__(self, changed: Callable[[Any], None], drawn: Callable[[Any], None]) -> None:
        self._changed, self._drawn = changed, drawn
        self._followed: list[Any] = []
        self._revisions: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()

    def follow(self, layers: Iterable[Any]) -> None:
        """Watch these layers and no others; new ones count as changed."""
        before, self._followed = self._followed, list(layers)
        for layer in before:
            if not any(layer is one for one in self._followed):
                self._connect(layer, "disconnect")
        for layer in self._followed:
            if not any(layer is one for one in before):
                self._count(layer)
                self._connect(layer, "connect")

    def state(self, layer: Any) -> tuple[Any, ...]:
        """Return a value that changes with the data or the position of a layer."""
        if layer is None:
            return ()
        place = world_matrix(layer).tobytes(), tuple(map(str, layer.units)), layer.axis_labels
        return (self._revisions.get(layer, 0), _checksum(layer), *place)

    def _connect(self, layer: Any, how: str) -> None:
        slots = dict.fromkeys(_DATA, self._on_data) | dict.fromkeys(_OTHER, self._on_other)
        for name, slot in {**slots, _DRAWN: self._on_drawn}.items():
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
