"""The kinds of cautions, and what they affect."""

from pathlib import Path
from typing import get_args

from covoxel.quality import Caution
from covoxel.quality.kind import EVERYTHING, Aspect
from covoxel.quality.kinds import CHANNEL_SHIFT, KINDS, OFFSET, TINY_REGION


def test_a_caution_says_what_it_affects():
    assert Caution(OFFSET.code(2), "warning", "", "").affects == {"intensity"}
    assert Caution(CHANNEL_SHIFT.code(), "warning", "", "").affects == EVERYTHING
    assert Caution("unlisted", "notice", "", "").affects == EVERYTHING


def test_the_documentation_lists_every_caution():
    lines = (Path(__file__).parents[2] / "docs" / "cautions.md").read_text().splitlines()
    start = lines.index("| code | severity | when | affects | what to do |") + 2
    assert lines[start : start + len(KINDS) + 1] == [*map(documented, KINDS), ""]


def documented(kind):
    affects = [aspect for aspect in get_args(Aspect) if aspect in kind.affects]
    cells = (
        " ".join(f"`{code}`" for code in kind.codes),
        " or ".join(kind.severities),
        kind.when,
        "all" if kind.affects == EVERYTHING else ", ".join(affects),
        kind.fix,
    )
    return f"| {' | '.join(cells)} |"


def test_codes_end_in_the_channel_where_there_is_one():
    assert OFFSET.codes == ("offset1", "offset2")
    assert TINY_REGION.codes == ("tiny_region",)
    codes = [code for kind in KINDS for code in kind.codes]
    assert len(codes) == len(set(codes))
