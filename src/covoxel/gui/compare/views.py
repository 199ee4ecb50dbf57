"""Two images in one picture for a while: overlay, checkerboard, split, blink."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.core.types import AnyArray
from covoxel.gui.running.result_layers import on_channels
from covoxel.gui.viewer.overlay import COLORS
from covoxel.gui.viewer.temporary_view import TemporaryView

if TYPE_CHECKING:
    from covoxel.gui.compare.run import CompareRun

#: What can be shown; the first is what the viewer showed before.
VIEWS = ("images", "difference", "SSIM", "overlay", "checkerboard", "split", "blink")
#: What the slider does in the views that have one.
SLIDES = {"checkerboard": "tile size", "split": "border", "blink": "speed"}
#: Layers of these kinds are hidden meanwhile; boxes and points stay.
_HIDDEN = ("Image", "Labels")


class CompareViews(TemporaryView):
    """Shows maps, or both images that were compared, in place of other images."""

    def show_map(self, layer: Any) -> None:
        """Show a layer of the results and no other image."""
        self.show([layer], hides=_HIDDEN)

    def showing_pair(self, run: CompareRun, *, colored: bool) -> Iterator[None]:
        """Show image 2 over image 1, or both added in magenta and green; step by step."""
        twins = []
        for number, color in enumerate(COLORS):
            source = run.selection.layers[number]
            look = {"contrast_limits": source.contrast_limits, "gamma": source.gamma}
            look |= {"colormap": color, "blending": "additive"} if colored else {}
            name = f"Image {number + 1}: {source.name}"
            twins.append(_image(run, number, slice(None), name=name, **look))
        yield from self.showing(twins, hides=_HIDDEN, below=True)

    def split(self, run: CompareRun, fraction: float) -> None:
        """Show image 1 on the left of a share of the width, and image 2 on the right."""
        if len(self._own) != 2:
            return
        width = run.images[0][0].shape[-1]
        at = round(fraction * width)
        parts = slice(0, max(at, 1)), slice(min(at, width - 1), width)
        for number, (layer, part) in enumerate(zip(self._own, parts, strict=True)):
            shown = _image(run, number, part)
            layer.data, layer.translate = shown.data, shown.translate
            layer.visible = at < width if number else at > 0

    def blink(self) -> None:
        """Show the other image."""
        if len(self._own) == 2:
            self._own[1].visible = not self._own[1].visible

    def show_board(self, run: CompareRun, board: AnyArray) -> None:
        """Show a checkerboard that `checkerboard_of` returned."""
        look = {"name": "Checkerboard", "contrast_limits": (0, 1)}
        self.show([_image(run, 0, slice(None), board, **look)], hides=_HIDDEN, below=True)


def _image(
    run: CompareRun, number: int, part: slice, pixels: AnyArray | None = None, **look: Any
) -> Any:
    """Return a layer of part of the width of an image that was compared, or of other pixels."""
    from napari.layers import Image

    data, options, kind = run.images[number]
    corner, scale = np.array(options["translate"]), np.array(options["scale"])
    corner[-1] += (part.start or 0) * scale[-1]
    data = (data if pixels is None else pixels)[..., part]
    metadata = {"metadata": {"covoxel": {"overlay": True}}}
    data, options, _ = on_channels((data, options | {"translate": corner}, kind), run)
    return Image(data, **options | metadata | look)


def checkerboard_of(
    images: tuple[AnyArray, AnyArray], limits: tuple[tuple[float, float], ...], share: float
) -> AnyArray:
    """Return tiles of two images in turn, each stretched between its limits; for a thread.

    `images`: (..., Y, X) arrays
    `limits`: what is shown black and white.
    `share`: edge of a tile as a share of the width, in (0, 1].
    """
    from covoxel.similarity.views import checkerboard

    tile = max(1, round(share * images[0].shape[-1]))
    planes = [
        ((image.astype(np.float32) - low) / ((high - low) or 1.0)).reshape(-1, *image.shape[-2:])
        for image, (low, high) in zip(images, limits, strict=True)
    ]
    return checkerboard(*planes, tile=tile).reshape(images[0].shape)
