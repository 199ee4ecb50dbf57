"""Two layers on top of each other in magenta and green, one of them movable."""

from __future__ import annotations

from typing import Any

import numpy as np

from covoxel.core.types import FloatArray
from covoxel.gui.viewer.layers import placement

COLORS = ("magenta", "green")
#: Below this determinant a matrix flattens the image.
_FLAT = 1e-3


def is_overlay(layer: Any) -> bool:
    """Whether a layer is part of an overlay."""
    return "overlay" in layer.metadata.get("covoxel", {})


class Overlay:
    """Shows two image layers alone, without changing any layer of the user.

    It adds layers that share their pixels, and hides the others.
    """

    def __init__(self, viewer: Any) -> None:
        self._viewer = viewer
        self._pair: list[Any] = []
        self._hidden: list[Any] = []
        self._before = self._after = np.eye(1)
        self._fraction = 1.0

    @property
    def shown(self) -> bool:
        """Whether both layers are in the viewer."""
        return bool(self._pair) and all(layer in self._viewer.layers for layer in self._pair)

    def show(self, layer1: Any, layer2: Any, before: FloatArray, after: FloatArray) -> None:
        """Show both layers.

        Parameters
        ----------
        layer1, layer2 : napari image layers
        before, after : (D + 1, D + 1) arrays
            Affines of layer 2 at both ends of the slider.
        """
        shown = (layer1, layer2)
        kept = self.shown and all(
            twin.data is layer.data for twin, layer in zip(self._pair, shown, strict=True)
        )
        if kept:
            self.step_aside()
        else:
            self.hide()
        self._before, self._after = before, after
        self._hidden = [layer for layer in self._viewer.layers if layer.visible]
        active = self._viewer.layers.selection.active
        if not kept:
            self._pair = [_twin(one, color) for one, color in zip(shown, COLORS, strict=True)]
        self.place(self._fraction)
        for layer in self._hidden:
            layer.visible = False
        for layer in self._pair:
            layer.visible = True
            if not kept:
                self._viewer.add_layer(layer)
        if active is not None:
            self._viewer.layers.selection.active = active

    def lead(self, after: FloatArray) -> None:
        """Change the affine at the end of the slider."""
        self._after = after
        self.place(self._fraction)

    def place(self, fraction: float) -> None:
        """Show layer 2 between before (0) and after (1)."""
        self._fraction = fraction
        if not self._pair:
            return
        affine = self._in_planes((1 - fraction) * self._before + fraction * self._after)
        if abs(np.linalg.det(affine)) > _FLAT * abs(np.linalg.det(self._before)):
            self._pair[1].affine = affine

    def _in_planes(self, affine: FloatArray) -> FloatArray:
        """Remove the tilt between planes, which napari cannot show in 2D."""
        dims = self._viewer.dims
        if dims.ndisplay == 3:
            return affine
        offset = dims.ndim - len(affine) + 1
        seen = np.array([axis + offset in dims.displayed for axis in range(len(affine) - 1)])
        out = affine.copy()
        out[:-1, :-1][seen[:, None] != seen] = 0
        return out

    def step_aside(self) -> None:
        """Hide the overlay, and show the other layers, until it is shown again."""
        hidden, self._hidden = self._hidden, []
        for layer in self._pair:
            layer.visible = False
        for layer in hidden:
            layer.visible = True

    def hide(self) -> None:
        """Remove the overlay, and show the other layers."""
        layers, pair = self._viewer.layers, self._pair
        self.step_aside()
        self._pair = []
        for layer in pair:
            if layer in layers:
                layers.remove(layer)


def _twin(layer: Any, color: str) -> Any:
    """Return a layer of the same pixels in another colour."""
    from napari.layers import Image

    return Image(
        layer.data,
        name=f"Overlay: {layer.name}",
        colormap=color,
        contrast_limits=layer.contrast_limits,
        gamma=layer.gamma,
        blending="additive",
        multiscale=layer.multiscale,
        metadata={"covoxel": {"overlay": True}},
        **placement(layer),
    )
