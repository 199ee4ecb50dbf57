"""Simulate an experiment of two conditions, three replicates, two images each.

Writes experiment/CONDITION/REPLICATE/fieldN.ome.tif with labels of the cells beside each. Treated
cells share more spots than control cells, and replicates differ.
"""

from pathlib import Path

from covoxel import Channel, simulate_pair
from covoxel.io import write_channels

SHARED = {"control": 0.3, "treated": 0.6}

for condition, share in SHARED.items():
    for replicate in (1, 2, 3):
        folder = Path("experiment", condition, f"day{replicate}")
        folder.mkdir(parents=True, exist_ok=True)
        for field in (1, 2):
            pair = simulate_pair(
                shape=(128, 128),
                n_cells=3,
                cell_radius=2,
                n_spots1=60,
                shared_fraction=share + 0.04 * replicate,
                names=("Cargo", "Endosomes"),
                rng=100 * replicate + 10 * field + (condition == "treated"),
            )
            image = folder / f"field{field}.ome.tif"
            write_channels(image, [pair.channel1, pair.channel2], overwrite=True)
            labels = Channel(pair.labels.astype("uint8"), "YX", spacing=pair.channel1.spacing)
            write_channels(folder / f"field{field}_labels.tif", [labels], overwrite=True)
