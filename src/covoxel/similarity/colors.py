"""Pictures in colours, compared channel by channel or in HSV."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from covoxel.core.checks import one_of
from covoxel.core.types import AnyArray
from covoxel.image.channel import Channel, whole_array
from covoxel.similarity.compare import Comparison, compare_images

_PARTS = {"rgb": ("red", "green", "blue"), "hsv": ("hue", "saturation", "value")}


def compare_colors(
    image1: Any,
    image2: Any,
    *,
    space: str = "rgb",
    mask: Any = None,
    measures: str | Iterable[str] = ("default",),
    data_range: float | None = None,
    bits: int | None = None,
) -> dict[str, Comparison]:
    """Compare two pictures colour by colour.

    Parameters
    ----------
    image1, image2 : (Y, X, 3) or (Z, Y, X, 3) array-like, or napari layer
        Red, green and blue along the last axis; a fourth, opacity, is left out.
    space : {"rgb", "hsv"}
        By red, green and blue; or by hue, saturation and value, in [0, 1] (hues 0 and 1 are one
        red, which differences do not know; of hues compare the histograms).
    mask, measures, data_range, bits
        As in `compare_images`.

    Returns
    -------
    dict of str to Comparison

    Raises
    ------
    ValueError
        If a picture has other axes, or the shapes differ.

    Examples
    --------
    >>> import numpy as np
    >>> red = np.zeros((8, 8, 3), np.uint8)
    >>> red[..., 0] = 200
    >>> dark = red // 2
    >>> {k: v["mae"] for k, v in compare_colors(red, dark, measures="mae").items()}
    {'red': 100.0, 'green': 0.0, 'blue': 0.0}
    """
    one_of("space", space, _PARTS)
    colors = [_colors(name, image) for name, image in (("image1", image1), ("image2", image2))]
    if space == "hsv":
        from skimage.color import rgb2hsv

        colors = [rgb2hsv(color) for color in colors]
        data_range, bits = 1.0, None
    axes = "ZYX"[-(colors[0].ndim - 1) :]
    return {
        part: compare_images(
            Channel(colors[0][..., number], axes),
            Channel(colors[1][..., number], axes),
            mask=mask,
            measures=measures,
            data_range=data_range,
            bits=bits,
        )
        for number, part in enumerate(_PARTS[space])
    }


def _colors(name: str, image: Any) -> AnyArray:
    values = whole_array(image.data if hasattr(image, "rgb") else image)
    if values.ndim not in (3, 4) or values.shape[-1] not in (3, 4):
        msg = f"{name} has shape {values.shape}; (Y, X, 3) or (Z, Y, X, 3) is needed, or 4 at last"
        raise ValueError(msg)
    return values[..., :3]
