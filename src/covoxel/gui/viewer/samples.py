"""The samples of napari's menu: images with the labels of their cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from covoxel.gui.viewer.reader import labels_layer, read_layers
from covoxel.io.formats import stem
from covoxel.io.samples import sample_path

if TYPE_CHECKING:
    from covoxel.analysis.result import LayerData


def two_channel_cells() -> list[LayerData]:
    """Return two channels of cells in 3D, with a known share of common spots."""
    return _sample("two_channel_cells.ome.tif", labels=True)


def time_series() -> list[LayerData]:
    """Return two channels that come together over time."""
    return _sample("time_series.tif", labels=True)


def delayed_channels() -> list[LayerData]:
    """Return two channels of which the second brightens later than the first."""
    return _sample("delayed_channels.tif", labels=True)


def shifted_channels() -> list[LayerData]:
    """Return two channels of which the second is shifted."""
    return _sample("shifted_channels.ome.tif", labels=True)


def associated_at_distance() -> list[LayerData]:
    """Return two channels of which the spots sit side by side at a known distance."""
    return _sample("associated_at_distance.ome.tif", labels=False)


def negative_control() -> list[LayerData]:
    """Return two channels that have nothing to do with each other."""
    return _sample("negative_control.ome.tif", labels=True)


def _sample(name: str, *, labels: bool) -> list[LayerData]:
    layers = read_layers(sample_path(name))
    if not labels:
        return layers
    return [*layers, labels_layer(sample_path(f"{stem(name)}_labels.tif"), "Cells")]
