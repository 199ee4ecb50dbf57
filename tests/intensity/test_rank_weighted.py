import numpy as np
import pytest

from covoxel.intensity.ranks import rwc


def naive(a, b, t1, t2, b1, b2) -> tuple[float, float, float, float]:
    """Return RWC of each channel, and as shares of the own above-threshold intensity."""
    rank1, rank2 = (np.unique(v, return_inverse=True)[1] for v in (a, b))
    most = max(rank1.max(), rank2.max()) + 1
    sums = np.zeros(6)
    for x, y, r1, r2 in zip(a.tolist(), b.tolist(), rank1.tolist(), rank2.tolist(), strict=True):
        weight = (most - abs(r1 - r2)) / most
        both = x > t1 and y > t2
        amount1, amount2 = max(x - b1, 0), max(y - b2, 0)
        sums += [
            both * weight * amount1, amount1, (x > t1) * amount1,
            both * weight * amount2, amount2, (y > t2) * amount2,
        ]  # fmt: skip
    w1, all1, own1, w2, all2, own2 = sums
    pairs = ((w1, all1), (w2, all2), (w1, own1), (w2, own2))
    return tuple(w / total if total else np.nan for w, total in pairs)


def test_known_answer_on_a_small_image():
    # dense ranks 0 1 2 3 and 3 2 0 1 of 4 levels: weights 1/4, 3/4, 2/4, 2/4
    found = rwc([[1, 2], [3, 4]], [[9, 8], [2, 5]], threshold1=1, threshold2=2)
    assert found.rwc1 == (2 * 0.75 + 4 * 0.5) / 10
    assert found.rwc2 == (8 * 0.75 + 5 * 0.5) / 24
    assert found.rwc1_own == (2 * 0.75 + 4 * 0.5) / 9
    assert found.rwc2_own == (8 * 0.75 + 5 * 0.5) / 22


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["u1", "f8"])
@pytest.mark.parametrize("limits", [(0, 0, 0, 0), (6, 9, 2, 3.5), (3, 4, 6, 7), (99, 0, 0, 0)])
def test_rwc_by_naive_code(pair, labels, limits, mode):
    first, second = (image.astype(mode) + (mode == "f8") * 0.25 for image in pair)
    names = ("threshold1", "threshold2", "background1", "background2")
    found = rwc(first, second, labels=labels, **dict(zip(names, limits, strict=True)))
    for at, label in enumerate([3, 7, 12, 500, 90_000_000]):
        inside = labels == label
        expected = naive(first[inside], second[inside], *limits)
        values = (found.rwc1[at], found.rwc2[at], found.rwc1_own[at], found.rwc2_own[at])
        assert values == pytest.approx(expected, rel=1e-12, nan_ok=True)


def test_without_a_threshold_it_is_undefined(pair):
    found = rwc(*pair, threshold1=3, threshold2=np.nan)
    assert np.isnan([found.rwc1, found.rwc2, found.rwc1_own, found.rwc2_own]).all()
