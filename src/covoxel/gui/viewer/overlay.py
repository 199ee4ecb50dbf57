"""Two layers on top of each other in magenta and green, one of them movable."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import numpy as np

from covoxel.core.types import FloatArray
from covoxel.gui.viewer.layers import placement
from covoxel.gui.viewer.temporary_view import TemporaryView

COLORS = ("magenta", "green")
#: Below this determinant a matrix flattens the image.
_FLAT = 1e-3


def is_overlay(layer: Any) -> bool:
    """Whether a layer shows another one for a while."""
    return "overlay" in layer.metadata.get("covoxel", {})


class Overlay(TemporaryView):
    """Shows two image layers and nothing else, in layers that share their pixels."""

    _pair: tuple[Any, ...] = ()
    _fraction = 1.0
    _start = _end = np.eye(1)

    @property
    def is_shown(self) -> bool:
        """Whether both layers are there."""
        return bool(self._pair) and all(layer in self._viewer.layers for layer in self._pair)

    def showing_pair(
        self, layer1: Any, layer2: Any, before: FloatArray, after: FloatArray
    ) -> Iterator[None]:
        """Show both layers, step by step.

        `layer1`, `layer2`: napari image layers
        `before`, `after`: affines of layer 2 that the slider leads from and to, (D + 1, D + 1).
        """
        pair = layer1, layer2
        if not self.is_shown or any(
            a.data is not b.data for a, b in zip(self._pair, pair, strict=True)
        ):
            self._pair = tuple(_twin(*one) for one in zip(pair, COLORS, strict=True))
        self._start, self._end = before, after
        self.place(self._fraction)
        yield from self.showing(self._pair)

    def lead(self, after: FloatArray) -> None:
        """Let the slider lead elsewhere."""
        self._end = after
        self.place(self._fraction)

    def place(self, fraction: float) -> None:
        """Show layer 2 between before (0) and after (1)."""
        self._fraction = fraction
        if not self._pair:
            return
        affine = self._in_planes((1 - fraction) * self._start + fraction * self._end)
        if abs(np.linalg.det(affine)) > _FLAT * abs(np.linalg.det(self._start)):
            self._pair[1].affine = affine

    def _in_planes(self, affine: FloatArray) -> FloatArray:
        """Leave the tilt between planes out, which napari cannot show of single planes."""
        dims = self._viewer.dims
        if dims.ndisplay == 3:
            return affine
        offset = dims.ndim - len(affine) + 1
        seen = np.array([axis + offset in dims.displayed for axis in range(len(affine) - 1)])
        out = affine.copy()
        out[:-1, :-1][seen[:, None] != seen] = 0
        return out

    def restoring(self, keep: Collection[Any] = ()) -> Iterator[None]:
        """Show again what was hidden, and let go of both layers unless they are kept."""
        yield from super().restoring(keep)
        if not keep:
            self._pair = ()

    def step_aside(self) -> None:
        """Show again what was hidden, until the same layers are shown again."""
        self.restore(keep=self._pair)


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
