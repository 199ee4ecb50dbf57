"""Rows as text: what csv.writer writes of them, and what they were."""

import csv
import io
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st

from covoxel.batch.float_text import joined_floats
from covoxel.batch.row_files import StoredRows, csv_text
from covoxel.core.text import plain

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(plain)
REALS = st.floats(allow_nan=False) | st.none()
#: Values of each column, and the type of the column where there are any.
COLUMNS = {
    "real": (REALS, float),
    "text": (TEXT | st.sampled_from(["=1+1", 'a, "b"', "-5", "  @x"]) | st.none(), object),
    "few": (st.integers(-(2**63), 2**63 - 1) | st.none(), "Int64"),
    "whole": (st.integers(), object),
    "flag": (st.booleans() | st.none(), object),
    "one": (REALS, float),
    "other": (REALS, float),
}


@pytest.mark.slow
@given(st.lists(st.tuples(*(values for values, _ in COLUMNS.values())).map(list)))
def test_rows_are_read_as_they_were(values):
    table = pd.DataFrame(values, columns=[*COLUMNS], dtype=object)
    stored = StoredRows.of_table(table.astype({one: kind for one, (_, kind) in COLUMNS.items()}))
    kept = [[plain(one) if isinstance(one, str) else one for one in row] for row in values]
    found = list(stored.values())
    assert found == kept
    signs = [math.copysign(1, row[0]) for row in found if row[0] is not None]
    assert signs == [math.copysign(1, row[0]) for row in kept if row[0] is not None]
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(kept)
    assert stored.text == buffer.getvalue()
    texts = [row[1] for row in kept if row[1] is not None]
    assert [row[1] for row in stored.cells() if row[1]] == [*map(csv_text, texts)]
    assert stored.safe == all(csv_text(one) == one for one in texts)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["any", "decimals", "ties", "powers", "limits"])
def test_floats_are_written_as_by_repr(kind):
    rng, powers = np.random.default_rng(0), 2.0 ** np.arange(-20, 60)
    values = {
        "any": rng.random((40, 500)) * np.geomspace(1e-6, 1e18, 40)[:, None],
        "decimals": rng.integers(0, 10 ** np.arange(1, 18), (500, 17)).T
        / 10.0 ** np.arange(17)[:, None],
        "ties": np.arange(2**50, 2**50 + 500) + np.arange(4)[:, None] / 4,
        "powers": np.stack([powers, np.nextafter(powers, 0), np.nextafter(powers, np.inf)]),
        "limits": np.array([[0.0, 1e-4, 1e16, np.inf]]),
    }[kind]
    for signed in (values, -values):
        text = joined_floats(signed, "," * (signed.shape[1] - 1) + "\n")
        assert text == "".join(f"{','.join(map(repr, one))}\n" for one in signed.tolist())
