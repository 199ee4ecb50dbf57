"""A map of two channels in its colours."""

from __future__ import annotations

from matplotlib import colormaps
from matplotlib.figure import Figure

from covoxel.core.types import AnyArray
from covoxel.image.channel import Channel
from covoxel.report.channels import size_of
from covoxel.report.pictures import draw_scale_bar
from covoxel.report.theme import fixed_style

_WIDTH, _TALL = 4.4, 1.4


def map_figure(
    grid: Channel, plane: AnyArray, colormap: str, contrast_limits: tuple[float, float]
) -> Figure:
    """Draw a plane of a map with its scale of colours and a scale bar; grey is undefined.

    Parameters
    ----------
    grid : Channel
        Whose size the plane has.
    plane : (Y, X) ndarray of float
    colormap : str
        A colormap of matplotlib.
    contrast_limits : (float, float)
        The values of its ends.
    """
    height, width = size = size_of(grid)
    with fixed_style():
        high = _WIDTH * min(height / width, _TALL)
        figure = Figure(figsize=(_WIDTH + 0.8, high), layout="constrained")
        axes = figure.add_subplot()
        shown = axes.imshow(
            plane,
            cmap=colormaps[colormap].with_extremes(bad="#bbbbbb"),
            vmin=contrast_limits[0],
            vmax=contrast_limits[1],
            extent=(0, width, height, 0),
        )
        axes.set_axis_off()
        draw_scale_bar(axes, size, microns=grid.spacing is not None)
        figure.colorbar(shown, ax=axes)
        figure.draw_without_rendering()
    return figure
