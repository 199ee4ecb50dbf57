"""Label images and masks as Labels layers."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from covoxel.gui.reader import LayerData, read_layers


def labels_layer(path: Path, name: str) -> LayerData:
    """Return the Labels layer of an integer image, on the image's grid."""
    ((data, options, _),) = read_layers(path)
    kept = {key: options[key] for key in ("scale", "units", "axis_labels", "metadata")}
    return np.asarray(data), {"name": name, "opacity": 0.3, **kept}, "labels"
