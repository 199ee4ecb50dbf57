from .chance import LocalSignificance as LocalSignificance, local_significance as local_significance
from .intensity import intensity_maps as intensity_maps
from .moments import (
    LocalMoments as LocalMoments,
    local_correlation as local_correlation,
    local_moments as local_moments,
)
