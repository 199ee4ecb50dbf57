"""Figures for papers and widgets, drawn by matplotlib without Qt and pyplot."""

from covoxel.report.density import Density, density
from covoxel.report.pair import pair_figure
from covoxel.report.scatter import (
    HistogramArtists,
    density_axes,
    draw_highlight,
    draw_threshold,
    move_threshold,
    short_name,
)
from covoxel.report.theme import DARK, LIGHT, Theme, save_figure

__all__ = [
    "DARK",
    "LIGHT",
    "Density",
    "HistogramArtists",
    "Theme",
    "density",
    "density_axes",
    "draw_highlight",
    "draw_threshold",
    "move_threshold",
    "pair_figure",
    "save_figure",
    "short_name",
]
