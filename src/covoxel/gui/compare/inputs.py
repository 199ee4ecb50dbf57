"""The two images of a comparison, which may be of different size if something is done about it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from covoxel.analysis.inputs import checked_channels
from covoxel.gui.choice import Choice, Inputs, inputs_of
from covoxel.image.channel import Channel, as_channel
from covoxel.similarity.fit import needs_fit


def compare_inputs(choice: Choice, fit: str | None) -> Inputs:
    """Return what is compared.

    Parameters
    ----------
    choice : Choice
    fit : {"crop", "resize", "register"} or None
        What is done with images of different size, or that lie differently.

    Raises
    ------
    ValueError, TypeError
        As `inputs_of`; of different size without `fit`, with the remedies in the sentence.
    """
    return inputs_of(choice, partial(_checked, fit))


def _checked(
    fit: str | None,
    images: Sequence[Any],
    axes: str | None,
    spacing: Sequence[float] | None,
) -> list[Channel]:
    channels = [as_channel(image, axes=axes, spacing=spacing) for image in images]
    shapes = [channel.spatial_shape for channel in channels]
    if len(shapes[0]) != len(shapes[1]):
        msg = f"image1 has shape {shapes[0]} but image2 {shapes[1]}; both need the same axes"
        raise ValueError(msg)
    if fit is not None:
        return channels
    needs_fit(shapes[0], "image2", shapes[1])
    return checked_channels(images, axes, spacing)
