"""Pictures of channels in axes: greys, the merge, outlines and the scale bar."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from covoxel.core.types import AnyArray, BoolArray

#: Neither grey nor a mixture of magenta and green.
_OUTLINE = "#ffb000"
#: The scale bar is at most this share of the picture's width.
_BAR = 0.22


def show_grey(axes: Axes, image: AnyArray, size: tuple[float, float]) -> None:
    """Show a picture with values from 0 to 1 in greys; `size` is height and width."""
    axes.imshow(image, cmap="gray", vmin=0, vmax=1, extent=_extent(size))
    axes.set_axis_off()


def show_merge(axes: Axes, image1: AnyArray, image2: AnyArray, size: tuple[float, float]) -> None:
    """Show channel 1 in magenta and channel 2 in green; where they meet it is white."""
    axes.imshow(np.stack([image1, image2, image1], axis=-1), extent=_extent(size))
    axes.set_axis_off()


def draw_outline(axes: Axes, inside: BoolArray, size: tuple[float, float]) -> None:
    """Draw a line around regions."""
    padded = np.pad(inside, 1)
    if not inside.any() or inside.all():
        return
    y, x = (
        (np.arange(n + 2) - 0.5) * (length / n)
        for n, length in zip(inside.shape, size, strict=True)
    )
    axes.contour(x, y, padded, levels=[0.5], colors=_OUTLINE, linewidths=0.6)
    axes.set(xlim=(0, size[1]), ylim=(size[0], 0))


def draw_scale_bar(axes: Axes, size: tuple[float, float], *, microns: bool) -> None:
    """Draw a bar of a round length, labelled, at the lower right."""
    height, width = size
    length = round_length(_BAR * width)
    margin, thick = 0.04 * max(width, height), 0.012 * max(width, height)
    left, top = width - margin - length, height - margin - thick
    edge = [withStroke(linewidth=1.5, foreground="black")]
    axes.add_patch(
        Rectangle((left, top), length, thick, color="white", linewidth=0, path_effects=edge)
    )
    axes.text(
        left + length / 2,
        top - 0.4 * thick,
        length_label(length, microns=microns),
        color="white",
        ha="center",
        va="bottom",
        path_effects=edge,
    )


def round_length(limit: float) -> float:
    """Return the largest of 1, 2 and 5 times a power of ten that does not exceed `limit`.

    Examples
    --------
    >>> round_length(7.3), round_length(0.25), round_length(40)
    (5.0, 0.2, 20.0)
    """
    exponent = math.floor(math.log10(limit))
    # one decimal spelling, so that 0.2 is the float 0.2
    lengths = [
        float(f"{digit}e{power}") for power in (exponent, exponent + 1) for digit in (1, 2, 5)
    ]
    return max(length for length in lengths if length <= limit * (1 + 1e-9))


def length_label(length: float, *, microns: bool) -> str:
    """Return a length in pixels, or in the unit in which it is a small number.

    Examples
    --------
    >>> length_label(0.2, microns=True), length_label(5, microns=True)
    ('200 nm', '5 µm')
    >>> length_label(2000, microns=True), length_label(50, microns=False)
    ('2 mm', '50 px')
    """
    if not microns:
        return f"{length:g} px"
    if length < 1:
        return f"{length * 1000:g} nm"
    return f"{length:g} µm" if length < 1000 else f"{length / 1000:g} mm"


def _extent(size: tuple[float, float]) -> tuple[float, float, float, float]:
    return 0, size[1], size[0], 0
