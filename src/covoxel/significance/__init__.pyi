from .block_permutation import (
    BlockPermutationTest as BlockPermutationTest,
    block_permutation_test as block_permutation_test,
)
from .co_occurrence import CoOccurrence as CoOccurrence, manders_test as manders_test
from .correlation import CorrelationTest as CorrelationTest, correlation_test as correlation_test
from .groups import (
    MeanDifference as MeanDifference,
    adjusted as adjusted,
    compare_correlations as compare_correlations,
    compare_means as compare_means,
)
from .replicates import (
    ReplicateCorrelation as ReplicateCorrelation,
    replicate_correlation as replicate_correlation,
)
from .shift import ShiftTest as ShiftTest, shift_test as shift_test
