"""The kinds of cautions, and what they affect."""

from __future__ import annotations

from covoxel.quality import Caution
from covoxel.quality.codes import CHANNEL_SHIFT, EVERYTHING, KINDS, OFFSET, TINY_REGION


def test_a_caution_says_what_it_affects():
    assert Caution(OFFSET.code(2), "warning", "", "").affects == {"intensity"}
    assert Caution(CHANNEL_SHIFT.code(), "warning", "", "").affects == EVERYTHING
    assert Caution("unlisted", "notice", "", "").affects == EVERYTHING


def test_codes_end_in_the_channel_where_there_is_one():
    assert OFFSET.codes == ("offset_1", "offset_2")
    assert TINY_REGION.codes == ("tiny_region",)
    codes = [code for kind in KINDS for code in kind.codes]
    assert len(codes) == len(set(codes))
