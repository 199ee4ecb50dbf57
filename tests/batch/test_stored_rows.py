"""Rows as text: what csv.writer writes of them, and what they were."""

from __future__ import annotations

import csv
import io
import math

from hypothesis import given, strategies as st

from covoxel.batch.row_files import csv_text
from covoxel.batch.stored_rows import Rows
from covoxel.core.text import plain

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(plain)
COLUMNS = {
    "real": st.floats(allow_nan=False) | st.none(),
    "whole": st.integers() | st.none(),
    "flag": st.booleans() | st.none(),
    "text": TEXT | st.sampled_from(["=1+1", 'a, "b"', "-5", "  @x"]) | st.none(),
}


@given(st.lists(st.tuples(*COLUMNS.values()).map(list)))
def test_rows_are_read_as_they_were(values):
    stored = Rows(columns=[*COLUMNS], values=values).stored()
    kept = [[plain(one) if isinstance(one, str) else one for one in row] for row in values]
    found = list(stored.values())
    assert found == kept
    signs = [math.copysign(1, row[0]) for row in found if row[0] is not None]
    assert signs == [math.copysign(1, row[0]) for row in kept if row[0] is not None]
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(kept)
    assert stored.text == buffer.getvalue()
    texts = [row[3] for row in kept if row[3] is not None]
    assert [row[3] for row in stored.cells() if row[3]] == [*map(csv_text, texts)]
    assert stored.safe == all(csv_text(one) == one for one in texts)
