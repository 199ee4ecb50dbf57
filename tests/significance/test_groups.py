"""Groups of replicates: SciPy's numbers, false positives, refusals."""

import math
from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from covoxel.significance import adjusted, compare_correlations, compare_means

FIRST, SECOND = [0.2, 0.3, 0.25, 0.4], [0.5, 0.45, 0.6, 0.7]


def test_the_t_tests_are_scipys():
    found = compare_means(FIRST, SECOND)
    expected = stats.ttest_ind(SECOND, FIRST, equal_var=False)
    assert found.p == expected.pvalue
    assert (found.low, found.high) == tuple(expected.confidence_interval())
    paired = compare_means(FIRST, SECOND, paired=True, confidence=0.9)
    expected = stats.ttest_rel(SECOND, FIRST)
    assert paired.p == expected.pvalue
    assert (paired.low, paired.high) == tuple(expected.confidence_interval(0.9))


def test_permutations_are_all_tried():
    found = compare_means(FIRST, SECOND, test="permutation")
    pooled = np.array(FIRST + SECOND)
    splits = [pooled[list(c)].sum() for c in combinations(range(8), 4)]
    beyond = (
        np.abs(np.array(splits) - pooled.sum() / 2) >= abs(sum(FIRST) - pooled.sum() / 2) - 1e-12
    )
    assert found.p == pytest.approx(beyond.mean())
    rng = np.random.default_rng(1)
    a = rng.random(6)
    b = a + 1 + 0.1 * rng.random(6)
    assert compare_means(a, b, paired=True, test="permutation").p == pytest.approx(2 / 64)


@pytest.mark.parametrize(
    ("first", "second", "options", "words"),
    [
        ([1.0, 2.0], [1.0, 2.0, 3.0], {}, "2 replicates; at least 3"),
        ([], [1.0], {}, "no replicate"),
        ([1.0] * 3, [2.0] * 3, {}, "do not vary"),
        (FIRST[:3], SECOND, {"test": "permutation"}, "3 replicates in each group"),
        (FIRST, SECOND, {"test": "permutation", "paired": True}, "4 pairs"),
        (range(20), range(1, 21), {"test": "permutation"}, "too many to be tried"),
    ],
)
def test_what_cannot_be_tested_has_a_reason(first, second, options, words):
    found = compare_means(first, second, **options)
    assert math.isnan(found.p)
    assert words in found.reason


@pytest.mark.parametrize(
    ("first", "options", "words"),
    [
        ([1.0, math.nan, 2.0], {}, "values1 must be finite"),
        (FIRST[:3], {"paired": True}, "pairs need as many"),
        (FIRST, {"test": "wilcoxon"}, "allowed are t, permutation"),
    ],
)
def test_wrong_values_are_refused(first, options, words):
    with pytest.raises(ValueError, match=words):
        compare_means(first, SECOND, **options)


def test_adjusted_p_values():
    p = [0.01, math.nan, 0.04, 0.03]
    assert adjusted(p, "holm")[[0, 2, 3]].tolist() == pytest.approx([0.03, 0.06, 0.06])
    assert adjusted(p, "bh")[[0, 2, 3]].tolist() == pytest.approx([0.03, 0.04, 0.04])
    assert np.isnan(adjusted(p)[1])
    assert adjusted([0.2], "none").tolist() == [0.2]


@pytest.mark.slow
def test_cells_of_equal_replicates_are_seldom_significant():
    rng = np.random.default_rng(2)
    wrong = {3: 0, 5: 0}
    for n in wrong:
        for _ in range(500):
            cells = rng.normal(0, math.sqrt(0.3), (2, n, 1)) + rng.normal(
                0, math.sqrt(0.7), (2, n, 30)
            )
            wrong[n] += compare_means(*cells.mean(axis=2)).p < 0.05
    assert max(wrong.values()) <= 37  # 7.5 %: 25 expected


def test_two_correlations():
    found = compare_correlations(0.3, 203, 0.6, 103)
    z = (math.atanh(0.6) - math.atanh(0.3)) / math.sqrt(1 / 200 + 1 / 100)
    assert found.p == pytest.approx(2 * stats.norm.sf(z))
    assert found.low < found.difference < found.high
    assert "infinite" in compare_correlations(1.0, 100, 0.2, 100).reason
    assert "independent" in compare_correlations(0.1, 3, 0.2, 100).reason
    with pytest.raises(ValueError, match="r2 is 2"):
        compare_correlations(0.1, 100, 2, 100)
