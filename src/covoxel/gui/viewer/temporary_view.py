"""Some layers shown for a while in place of the others."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

import numpy as np


def remove_layers(viewer: Any, layers: Iterable[Any]) -> Iterator[None]:
    """Remove layers one by one, a step each.

    napari collects garbage at each removal, through all objects, which takes as long as the removal
    of several layers. They are kept from that; what the layers held is freed nevertheless.
    Steps that are dropped remove the other layers at once.
    """
    left = iter(list(layers))
    gc.freeze()
    try:
        for layer in left:
            _remove(viewer, layer)
            yield
    finally:
        for layer in left:
            _remove(viewer, layer)
        gc.unfreeze()


def insert_layer(viewer: Any, layer: Any, at: int | None = None) -> Iterator[None]:
    """Insert a layer, at the top unless told where, in one step, and show it in another.

    napari takes as long to draw a layer as to make its controls.
    """
    visible, layer.visible = layer.visible, False
    viewer.layers.insert(len(viewer.layers) if at is None else at, layer)
    try:
        yield
    finally:
        layer.visible = visible


def _remove(viewer: Any, layer: Any) -> None:
    """Remove a layer, and free its pixels, which garbage would keep."""
    if layer not in viewer.layers:
        return
    if type(layer).__name__ in ("Image", "Labels"):
        layer.data = np.zeros((1,) * layer.ndim, layer.data.dtype)
        layer.visible = True  # what draws a hidden layer keeps the pixels that it has drawn last
    viewer.layers.remove(layer)


class TemporaryView:
    """Shows some layers and hides the others, until they are restored.

    Layers that are not in the viewer are added, and go in the end. The others are only hidden.
    """

    def __init__(self, viewer: Any) -> None:
        self._viewer = viewer
        self._own: list[Any] = []
        self._shown: list[Any] = []
        self._hidden: list[Any] = []
        self._before: tuple[Any, Any, float] | None = None

    def show(self, layers: Sequence[Any], **how: Any) -> None:
        """Do what `showing` does, at once."""
        deque(self.showing(layers, **how), maxlen=0)

    def showing(
        self,
        layers: Sequence[Any],
        *,
        hides: Collection[str] = (),
        below: bool = False,
        elsewhere: bool = False,
    ) -> Iterator[None]:
        """Show layers in place of the others, two steps for each that is added, until restored.

        `hides`: kinds of layers that are hidden, such as ``"Image"``; all unless given.
        `below`: whether new layers are added below all others.
        `elsewhere`: whether the layers lie in a place of their own, which is brought into view.
        """
        self.restore(keep=layers)
        held, camera = self._viewer.layers, self._viewer.scene.camera
        active = held.selection.active
        if elsewhere:
            self._before = self._viewer.dims.point, camera.center, camera.zoom
        self._own += [layer for layer in layers if layer not in held]
        hidden = self._hidden = [
            layer
            for layer in held
            if layer.visible
            and layer not in layers
            and (not hides or type(layer).__name__ in hides)
        ]
        self._shown = [layer for layer in layers if layer in held and not layer.visible]
        for layer in hidden:
            layer.visible = False
        for layer in reversed(layers) if below else layers:
            if layer in self._own and layer not in held:
                yield from insert_layer(self._viewer, layer, 0 if below else None)
                if self._hidden is hidden:
                    yield
            if self._hidden is not hidden:  # restored amid the steps
                layer.visible = False
                return
            layer.visible = True
        if elsewhere:
            self._bring_into_view(layers)
        if active is not None and active in held:
            held.selection.active = active

    def restore(self, keep: Collection[Any] = ()) -> None:
        """Show again what was hidden, and take added layers away, or only hide those to `keep`."""
        deque(self.restoring(keep), maxlen=0)

    def restoring(self, keep: Collection[Any] = ()) -> Iterator[None]:
        """Do what `restore` does, step by step."""
        held = self._viewer.layers
        own, kept = self._own, [layer for layer in self._own if layer in keep and layer in held]
        hidden, shown, before = self._hidden, self._shown, self._before
        self._own, self._hidden, self._shown, self._before = kept, [], [], None
        for layer in (*shown, *kept):
            layer.visible = False
        gone = [layer for layer in own if layer in held and layer not in kept]
        try:
            if gone:
                yield from remove_layers(self._viewer, gone)
        finally:  # steps that are dropped bring back the user's layers, too
            for layer in hidden:
                layer.visible = True
            if before is not None:
                camera = self._viewer.scene.camera
                self._viewer.dims.point, camera.center, camera.zoom = before

    def _bring_into_view(self, layers: Sequence[Any]) -> None:
        """Let layers fill the view; sliders go to 0."""
        dims, camera = self._viewer.dims, self._viewer.scene.camera
        for axis in range(dims.ndim - max(layer.ndim for layer in layers), dims.ndim):
            dims.set_point(axis, 0)
        self._viewer.fit_to_view()
        shown, whole = list(dims.displayed), np.ptp(self._viewer.layers.extent.world, axis=0)
        corners = np.zeros((len(layers), 2, dims.ndim))
        for corner, layer in zip(corners, layers, strict=True):
            corner[:, dims.ndim - layer.ndim :] = layer.extent.world
        low, high = corners[:, 0].min(axis=0), corners[:, 1].max(axis=0)
        camera.zoom *= float(np.min(whole[shown] / np.maximum(high - low, 1e-9)[shown]))
        camera.center = (0.0,) * (3 - len(shown)) + tuple((low + high)[shown] / 2)
