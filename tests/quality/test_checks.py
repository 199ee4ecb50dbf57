"""Checks over many regions at once, from marginals alone."""

from itertools import pairwise

import numpy as np
from hypothesis import given, strategies as st

from covoxel.analysis.notes import RowNotes, notes_text
from covoxel.intensity.marginal import Marginal
from covoxel.quality.caution import digits
from covoxel.quality.checks import region_findings
from covoxel.quality.levels import ChannelLevels


def marginal_of(regions, channel=1):
    """A marginal with a level of count 0 after each region, as tables of levels have."""
    starts, values, counts = [0], [], []
    for pixels in regions:
        levels, held = np.unique(np.asarray(pixels, np.int64), return_counts=True)
        values += [*levels.tolist(), 9999]
        counts += [*held.tolist(), 0]
        starts.append(len(values))
    arrays = (np.asarray(part, np.int64) for part in (starts, values, counts))
    return Marginal(channel, *arrays, offsets=None, places=None)


regions = st.lists(st.lists(st.integers(-5, 60), max_size=40), min_size=1, max_size=6)


@given(regions)
def test_levels_answer_for_each_region_by_itself(pixels):
    levels = ChannelLevels(marginal_of(pixels), np.dtype(np.int64))
    quantiles = {0.01: levels.low, 0.5: levels.median, 0.9: levels.bright, 0.999: levels.high}
    for region, inside in enumerate(pixels):
        assert levels.pixels[region] == len(inside)
        assert levels.distinct[region] == len(set(inside))
        assert levels.below_zero[region] == sum(value < 0 for value in inside)
        counts = [inside.count(value) for value in sorted(set(inside))]
        np.testing.assert_array_equal(levels.at_lowest[:, region], [*counts, 0, 0, 0, 0][:4])
        below = [np.nan, *sorted(inside)[:-1]][-1]
        np.testing.assert_array_equal(levels.below_few[region], below)
        if not inside:
            for found in (levels.lowest, levels.highest, *quantiles.values()):
                assert np.isnan(found[region])
            continue
        assert levels.lowest[region] == min(inside)
        assert levels.highest[region] == max(inside)
        for share, found in quantiles.items():
            assert found[region] == np.quantile(inside, share, method="inverted_cdf")


@given(regions)
def test_gaps_do_not_reach_into_the_next_region(pixels):
    levels = ChannelLevels(marginal_of([15 * inside for inside in pixels]), np.dtype(np.int64))
    for region, inside in enumerate(pixels):
        filled = sorted(v for v in set(inside) if inside.count(v) >= 2)
        between = pairwise(filled)
        alone = [
            high - low > 1 and not set(range(low + 1, high)) & set(inside) for low, high in between
        ]
        assert levels.gaps[region] == sum(alone)


def pairs(cautions):
    return [(caution.code, caution.message) for caution in cautions]


def test_cautions_of_many_regions_share_messages_and_become_notes():
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 50, (300, 20))
    found = region_findings(
        ChannelLevels(marginal_of(pixels), np.dtype("u1")),
        ChannelLevels(marginal_of(pixels[::-1], 2), np.dtype("u1")),
        identical=np.zeros(300, bool),
        border=np.arange(300) == 4,
        spacing=None,
        pixels=np.full(300, 20),
    )
    told = found.cautions()
    assert len(told) == 300
    assert {caution.code for caution in told[4]} >= {"tiny_region", "border", "no_voxel_size"}
    assert list(RowNotes(300, found.remarks())) == [pairs(row) for row in told]
    kept = [[c for c in row if c.code != "tiny_region"] for row in told]
    notes = RowNotes(300, found.remarks(without={"tiny_region"}))
    assert list(notes) == [pairs(row) for row in kept]
    assert notes.texts().tolist() == [notes_text(pairs(row)) for row in kept]


def test_saturated_shares_count_the_detectors_maximum_alone():
    pixels = [[1, 5, 255, 255], [1, 2, 254, 254], []]
    shares = ChannelLevels(marginal_of(pixels), np.dtype("u1")).saturated_shares()
    np.testing.assert_array_equal(shares, [0.5, 0, np.nan])


def test_digits_of_numbers_at_the_ends_of_floats():
    sizes = np.array([0.0, 1.2345e-310, 1.2345e-306, 1.2345, -1.2345e305])
    np.testing.assert_allclose(digits(sizes), [0, 1.2e-310, 1.2e-306, 1.2, -1.2e305], rtol=0.2)
