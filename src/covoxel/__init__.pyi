# The public names; each is loaded on first use.

from . import (
    analysis as analysis,
    correlation as correlation,
    distance as distance,
    image as image,
    intensity as intensity,
    io as io,
    local as local,
    objects as objects,
    quality as quality,
    registration as registration,
    significance as significance,
    similarity as similarity,
    simulate as simulate,
    thresholds as thresholds,
)
from .analysis.ccf import CcfOptions as CcfOptions
from .analysis.compare.options import CompareOptions as CompareOptions
from .analysis.delay import DelayOptions as DelayOptions
from .analysis.distance.options import DistanceOptions as DistanceOptions
from .analysis.field.options import FieldOptions as FieldOptions
from .analysis.map.options import MapOptions as MapOptions
from .analysis.measure.options import MeasureOptions as MeasureOptions
from .analysis.objects.options import ObjectsOptions as ObjectsOptions
from .analysis.public import (
    compare_channels as compare_channels,
    map_channels as map_channels,
    measure as measure,
    measure_ccf as measure_ccf,
    measure_delay as measure_delay,
    measure_distance as measure_distance,
    measure_field as measure_field,
    measure_objects as measure_objects,
    register_channels as register_channels,
    search_image as search_image,
    search_repeats as search_repeats,
)
from .analysis.register.options import RegisterOptions as RegisterOptions
from .analysis.search.find import FindOptions as FindOptions
from .analysis.search.repeats import RepeatsOptions as RepeatsOptions
from .core.types import Cancelled as Cancelled
from .image.channel import Channel as Channel
from .image.regions import Regions as Regions
from .io.errors import ImageError as ImageError
from .io.read import read_image as read_image
from .quality.caution import Caution as Caution
from .simulate.pair import simulate_pair as simulate_pair

__version__: str
