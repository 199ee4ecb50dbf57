"""Files of two channels, and what a run on them keeps."""

from types import SimpleNamespace

import numpy as np
import tifffile
from napari.layers import Layer

from covoxel import MeasureOptions
from covoxel.gui.running.selection import Selection, inputs_of
from covoxel.gui.viewer.reader import read_layers


def ran(
    layer1, layer2, region=None, scope="everything", point=(), axes=None, again=(None, None),
    **options,
):  # fmt: skip
    """What a run of the widget keeps of what was asked."""
    selection = Selection(layer1, layer2, region, scope, point, axes, replicates=again)
    options = MeasureOptions(**{"measures": "pearson,manders"} | options)
    return SimpleNamespace(selection=selection, inputs=inputs_of(selection), options=options)


def random(shape, seed=0):
    rng = np.random.default_rng(seed)
    return rng.poisson(40 + 30 * rng.random(shape)).astype("u2")


def halves(shape):
    labels = np.ones(shape, "u2")
    labels[..., shape[-1] // 2 :] = 2
    return labels


def write_series(path, shape, seed=0):
    metadata = {"axes": "TZCYX", "unit": "um", "spacing": 0.4, "finterval": 2.0}
    options = {"resolution": (7, 7), "resolutionunit": "NONE", "imagej": True}
    tifffile.imwrite(path, random(shape, seed), metadata=metadata, **options)
    return path


def quoted_series(folder):
    """A series with three channels, in a folder that a shell must quote: its path and layers."""
    quoted = folder / "day 1's"
    quoted.mkdir()
    path = write_series(quoted / "cells.tif", (3, 4, 3, 20, 30))
    return path, [Layer.create(*data) for data in read_layers(path)]
