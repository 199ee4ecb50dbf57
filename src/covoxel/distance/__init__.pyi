from .association import association_distance as association_distance
from .contribution import Contributions as Contributions, contribution_images as contribution_images
from .record import Association as Association
from .spectroscopy import (
    ColocalizedFractions as ColocalizedFractions,
    colocalized_fractions as colocalized_fractions,
)
