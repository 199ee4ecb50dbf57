"""Sums of blocks add up to those of the images, and blocks bound what is needed."""

import math
import tracemalloc
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from covoxel.correlation import blocks
from covoxel.correlation.blocks import SidePair, halo_blocks, overlap_bytes
from covoxel.correlation.overlaps import Lags, MaskedBatch, overlaps

_SIZES = st.lists(st.integers(1, 9), min_size=1, max_size=3)


def sides(rng: np.random.Generator, shape: tuple[int, ...], mask: str) -> MaskedBatch:
    """Return whole numbers, of which sums are exact, inside a mask."""
    values = rng.integers(-40, 40, shape).astype(float)
    inside = None if mask == "none" else rng.random(shape) < {"half": 0.5, "empty": 0.02}[mask]
    return MaskedBatch(values if inside is None else np.where(inside, values, 0), inside)


@pytest.mark.slow
@settings(deadline=None, max_examples=60)
@given(
    shape1=_SIZES,
    seed=st.integers(0, 99),
    masks=st.tuples(*[st.sampled_from(["none", "half", "empty"])] * 2),
    most=st.sampled_from([1, 300, 3000]),
)
def test_blocks_of_any_size_add_up_to_the_whole(shape1, seed, masks, most):
    rng = np.random.default_rng(seed)
    shape2 = tuple(int(n) for n in rng.integers(1, 10, len(shape1)))
    low = rng.integers(-6, 4, len(shape1))
    high = low + rng.integers(0, 5, low.size)
    lags = Lags(tuple(low.tolist()), tuple(high.tolist()))
    side1, side2 = sides(rng, tuple(shape1), masks[0]), sides(rng, shape2, masks[1])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "_MOST", most)
        patch.setattr(blocks, "_FAST", most)
        patch.setattr(blocks, "_SAVED", 0.01)
        found = SidePair.of(side1, side2).overlaps(lags)
    expected = overlaps(side1, side2, lags)
    for one in fields(found):
        scale = 40**2 * math.prod(shape1)
        np.testing.assert_allclose(
            getattr(found, one.name), getattr(expected, one.name), atol=1e-12 * scale
        )


@pytest.mark.slow
@pytest.mark.parametrize("reach", [0, 5, (1, 40, 20)])
def test_blocks_depend_on_shapes_and_displacements_alone(reach, monkeypatch):
    shape = (20, 300, 400)
    pair = SidePair.of(MaskedBatch(np.zeros(shape, "f4")), MaskedBatch(np.zeros(shape, "f4")))
    cuts = []

    def parts(cut1, cut2):
        cuts.append(cut1)
        return pair.parts(cut1, cut2)

    watched = SidePair(shape, shape, pair.dtype, False, parts)
    lags = Lags.around((0,) * 3, reach if isinstance(reach, tuple) else (reach,) * 3)
    watched.overlaps(lags, workers=1)
    first, cuts[:] = list(cuts), []
    watched.overlaps(lags, workers=2)
    covered = np.zeros(shape, int)
    for cut in cuts:
        covered[cut] += 1
    assert cuts == first
    assert (covered == 1).all()


def test_what_a_bound_needs_is_bounded():
    """The images of the field, 2 × 400 MB of 16 bits, need no more than the blocks of them."""
    for shape in ((100, 1024, 2048), (14142, 14142)):
        lags = Lags.around((0,) * len(shape), (20,) * len(shape))
        kept = 96 * math.prod(lags.shape)
        assert overlap_bytes(shape, shape, lags, "f8", masked=True) < blocks._MOST + kept


@pytest.mark.slow
def test_what_is_stated_is_about_what_is_taken(monkeypatch):
    monkeypatch.setattr(blocks, "_MOST", 1 << 22)
    monkeypatch.setattr(blocks, "_FAST", 1 << 21)
    shape, lags = (900, 1000), Lags.around((0, 0), (20, 20))
    images = [MaskedBatch(np.ones(shape, "f4")) for _ in range(2)]
    needed = overlap_bytes(shape, shape, lags, "f4", masked=False)
    SidePair.of(*images).overlaps(lags, workers=1)
    tracemalloc.start()
    try:
        SidePair.of(*images).overlaps(lags, workers=1)
        taken = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert 0.3 * needed < taken < 1.2 * needed < 8e6


def test_a_halo_goes_as_far_as_there_are_pixels(monkeypatch):
    monkeypatch.setattr(blocks, "_MOST", 1000)
    monkeypatch.setattr(blocks, "_FAST", 1000)
    found = list(halo_blocks((30, 50), 3))
    assert len(found) > 4
    for block, near in found:
        for own, wide, n in zip(block, near, (30, 50), strict=True):
            assert wide == slice(max(0, own.start - 3), min(n, own.stop + 3))
