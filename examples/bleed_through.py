"""Subtract what a single-stained control shows to bleed into the other channel."""

from covoxel import measure, simulate_pair
from covoxel.io import write_channels

BLEED = {"bleed_1to2": 0.25, "shape": (192, 192)}

control = simulate_pair(photons1=800, photons2=0, n_spots2=0, shared_fraction=0, **BLEED)
sample = simulate_pair(photons1=800, photons2=200, shared_fraction=0, rng=1, **BLEED)

path = write_channels("control.ome.tif", [control.channel1, control.channel2], overwrite=True)

for bleed in ("none", f"control:{path}"):
    result = measure(sample.channel1, sample.channel2, bleed_1to2=bleed, measures="pearson")
    print(bleed, round(float(result.table["pearson"][0]), 2))
