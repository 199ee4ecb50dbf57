"""Pictures of channels and of maps: their sizes."""

import numpy as np

from covoxel import Channel
from covoxel.report.channels import channels_figure, map_figure

GRID = Channel(np.arange(48.0).reshape(6, 8), "YX")


def test_a_row_of_pictures_is_160_mm_wide_and_a_map_less():
    pictures = channels_figure([GRID, GRID])
    assert round(pictures.get_figwidth() * 25.4) == 160
    drawn = map_figure(GRID, GRID.read(), "viridis", (0, 48))
    assert round(drawn.get_figwidth() * 25.4) == 132
    assert drawn.get_figheight() < drawn.get_figwidth()
