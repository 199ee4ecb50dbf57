"""Channel pairs with a known truth: to learn with, and to test every measure against."""

from covoxel.simulate.options import SimulateOptions
from covoxel.simulate.pair import SimulatedPair, simulate_pair
from covoxel.simulate.samples import SAMPLES

__all__ = ["SAMPLES", "SimulateOptions", "SimulatedPair", "simulate_pair"]
