from .cells import (
    Coexpression as Coexpression,
    coexpression_by_intensity as coexpression_by_intensity,
    coexpression_by_objects as coexpression_by_objects,
    parent_cells as parent_cells,
)
from .clustering import ClusteringTest as ClusteringTest, clustering_test as clustering_test
from .coupling import coupling_of_cells as coupling_of_cells, coupling_test as coupling_test
from .distances import (
    Nearest as Nearest,
    nearest_centres as nearest_centres,
    nearest_edges as nearest_edges,
)
from .envelope import GlobalEnvelope as GlobalEnvelope, global_envelope as global_envelope
from .intensities import (
    ObjectIntensities as ObjectIntensities,
    centres_of_mass as centres_of_mass,
    object_intensities as object_intensities,
)
from .matching import Matches as Matches, match_objects as match_objects
from .nearest_test import CouplingTest as CouplingTest
from .object_set import (
    ObjectSet as ObjectSet,
    labelled_objects as labelled_objects,
    point_objects as point_objects,
)
from .overlapping import (
    OverlappingPairs as OverlappingPairs,
    held_at as held_at,
    overlapping_objects as overlapping_objects,
)
from .placement import PlacementTest as PlacementTest, placement_test as placement_test
from .ripley import CrossK as CrossK, cross_k as cross_k
from .ripley_test import CrossKTest as CrossKTest, cross_k_test as cross_k_test
from .segmentation import segment_objects as segment_objects
from .several import CommonOverlaps as CommonOverlaps, common_overlaps as common_overlaps
from .spots import Spots as Spots, find_spots as find_spots
