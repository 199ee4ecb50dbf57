from .options import SimulateOptions as SimulateOptions
from .pair import SimulatedPair as SimulatedPair, simulate_pair as simulate_pair
from .samples import SAMPLES as SAMPLES
