"""Recipes of the sample images."""

from __future__ import annotations

from covoxel.simulate.options import SimulateOptions

#: Options by file name; the suffix is the format, OME-TIFF or ImageJ hyperstack.
SAMPLES = {
    "two_channel_cells.ome.tif": SimulateOptions(
        shape=(12, 192, 192),
        names=("Cargo", "Endosomes"),
        n_cells=4,
        n_spots1=300,
        n_spots2=240,
        n_shared=150,
        photons1=140,
        photons2=110,
        rng=1,
    ),
    "time_series.tif": SimulateOptions(
        shape=(128, 128),
        names=("Receptor", "Ligand"),
        n_frames=8,
        time_step=5.0,
        n_cells=1,
        cell_radius=4.2,
        n_spots1=60,
        shared_fraction=(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8),
        walk=0.15,
        photons1=120,
        rng=2,
    ),
    "delayed_channels.tif": SimulateOptions(
        shape=(72, 108),
        names=("Calcium", "Actin"),
        n_frames=40,
        time_step=5.0,
        n_cells=2,
        cell_radius=2.2,
        n_spots1=40,
        flicker=0.4,
        delay=12.5,
        photons1=60,
        camera_offset=10,
        bits=8,
        rng=6,
    ),
    "shifted_channels.ome.tif": SimulateOptions(
        shape=(256, 256),
        names=("Chromatin red", "Chromatin green"),
        structure="textures",
        n_cells=6,
        shared_fraction=0.9,
        offset=(4.0, -3.0),
        photons1=90,
        rng=3,
    ),
    "associated_at_distance.ome.tif": SimulateOptions(
        shape=(14, 160, 160),
        names=("Presynapse", "Postsynapse"),
        n_spots1=180,
        n_shared=120,
        association_distance=0.6,
        photons1=120,
        rng=4,
    ),
    "negative_control.ome.tif": SimulateOptions(
        shape=(256, 256),
        names=("Lysosomes", "Peroxisomes"),
        n_cells=6,
        n_spots1=240,
        shared_fraction=0.0,
        photons1=120,
        rng=5,
    ),
}
