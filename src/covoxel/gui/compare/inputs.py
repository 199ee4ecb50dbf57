"""The two images of a comparison, which may be of different size if something is done about it."""

from __future__ import annotations

from functools import partial

from covoxel.analysis.compare.analysis import compared_channels
from covoxel.gui.choice import Choice, Inputs, inputs_of


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
    return inputs_of(choice, partial(compared_channels, fit))
