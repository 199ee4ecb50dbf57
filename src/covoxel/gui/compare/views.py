"""Two images in one picture for a while: overlay, checkerboard, split, blink; or a map alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.core.types import AnyArray
from covoxel.gui.compare.layers import placed_at
from covoxel.gui.viewer.overlay import COLORS

if TYPE_CHECKING:
    from covoxel.gui.compare.run import CompareRun

#: What can be looked at; the first is what the viewer showed before.
LOOKS = ("images", "difference", "SSIM", "overlay", "checkerboard", "split", "blink")
MAPS = ("difference", "SSIM")
#: Layers of these kinds are hidden meanwhile; boxes and points stay.
_HIDDEN = ("Image", "Labels")


class CompareViews:
    """Shows pictures in layers of its own, which go with it; the user's are only hidden.

    Parameters
    ----------
    viewer : napari viewer
    """

    def __init__(self, viewer: Any) -> None:
        self._viewer = viewer
        self._own: list[Any] = []
        self._results: list[Any] = []
        self._camera: tuple[Any, float] | None = None
        self._hidden: list[Any] = []
        self._run: CompareRun | None = None

    def show_map(self, layer: Any) -> None:
        """Show a layer of the results and no other image."""
        self.hide()
        self._hide_images()
        self._results = [layer]
        layer.visible = True

    def show_alone(self, results: list[Any]) -> None:
        """Show layers of the results that lie in a place of their own, and nothing else."""
        self.hide()
        camera = self._viewer.scene.camera
        self._camera = camera.center, camera.zoom
        self._hidden = [layer for layer in self._viewer.layers if layer.visible]
        for layer in self._hidden:
            layer.visible = False
        self._results = results
        for layer in results:
            layer.visible = True
        self._viewer.fit_to_view()

    def show_overlay(self, run: CompareRun) -> None:
        """Show both images on each other in magenta and green."""
        self._show(
            [
                self._twin(run, number, colormap=color, blending="additive")
                for number, color in enumerate(COLORS)
            ]
        )

    def show_split(self, run: CompareRun, fraction: float) -> None:
        """Show image 1 on the left of a share of the width, and image 2 on the right."""
        self._show([self._twin(run, number) for number in (0, 1)])
        self._run = run
        self.split(fraction)

    def split(self, fraction: float) -> None:
        """Move the border between both images."""
        run = self._run
        if run is None or len(self._own) != 2:
            return
        width = run.images[0].shape[-1]
        at = round(fraction * width)
        parts = slice(0, max(at, 1)), slice(min(at, width - 1), width)
        for number, (layer, part) in enumerate(zip(self._own, parts, strict=True)):
            corner = run.corner.copy()
            corner[-1] += part.start
            layer.data = run.images[number][..., part]
            layer.translate = placed_at(run.selection.layer1, corner)["translate"]
            layer.visible = at < width if number else at > 0

    def show_blink(self, run: CompareRun) -> None:
        """Show one image after the other, as `blink` is called."""
        self._show([self._twin(run, number) for number in (0, 1)])

    def blink(self) -> None:
        """Show the other image."""
        if len(self._own) == 2:
            self._own[1].visible = not self._own[1].visible

    def show_board(self, run: CompareRun, board: AnyArray) -> None:
        """Show a checkerboard that `checkerboard_of` returned."""
        options = placed_at(run.selection.layer1, run.corner)
        self._show([_layer(board, "Checkerboard", contrast_limits=(0, 1), **options)])

    def hide(self) -> None:
        """Take the layers away, and show again what was hidden."""
        layers, own, hidden = self._viewer.layers, self._own, self._hidden
        self._own, self._hidden, self._run = [], [], None
        for layer in self._results:
            layer.visible = False
        self._results = []
        if self._camera is not None:
            camera = self._viewer.scene.camera
            camera.center, camera.zoom = self._camera
            self._camera = None
        for layer in own:
            if layer in layers:
                layers.remove(layer)
        for layer in hidden:
            layer.visible = True

    def _hide_images(self) -> None:
        self._hidden = [
            layer
            for layer in self._viewer.layers
            if layer.visible and type(layer).__name__ in _HIDDEN
        ]
        for layer in self._hidden:
            layer.visible = False

    def _show(self, own: list[Any]) -> None:
        self.hide()
        active = self._viewer.layers.selection.active
        self._hide_images()
        self._own = own
        for layer in reversed(own):
            self._viewer.layers.insert(0, layer)  # below boxes and points
        if active is not None and active in self._viewer.layers:
            self._viewer.layers.selection.active = active

    def _twin(self, run: CompareRun, number: int, **look: Any) -> Any:
        """Return a layer of the pixels that were compared, looking as the source does."""
        source = (run.selection.layer1, run.selection.layer2)[number]
        options = {
            **placed_at(run.selection.layer1, run.corner),
            "contrast_limits": source.contrast_limits,
            "gamma": source.gamma,
            **look,
        }
        return _layer(run.images[number], f"Image {number + 1}: {source.name}", **options)


def _layer(data: AnyArray, name: str, **options: Any) -> Any:
    from napari.layers import Image

    return Image(data, name=name, metadata={"covoxel": {"overlay": True}}, **options)


def checkerboard_of(
    images: tuple[AnyArray, AnyArray], limits: tuple[tuple[float, float], ...], share: float
) -> AnyArray:
    """Return tiles of two images in turn, each stretched between its limits; for a thread.

    Parameters
    ----------
    images : (..., Y, X) arrays
    limits : two (float, float)
        What is shown black and white.
    share : float
        Edge of a tile as a share of the width, in (0, 1].
    """
    from covoxel.similarity.views import checkerboard

    tile = max(1, round(share * images[0].shape[-1]))
    planes = [
        ((image.astype(np.float32) - low) / ((high - low) or 1.0)).reshape(-1, *image.shape[-2:])
        for image, (low, high) in zip(images, limits, strict=True)
    ]
    return checkerboard(*planes, tile=tile).reshape(images[0].shape)
