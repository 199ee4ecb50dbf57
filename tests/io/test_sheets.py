"""Tables of users: separators, encodings and decimals of the programs that write them."""

import numpy as np
import pandas as pd
import pytest

from covoxel.io.errors import ImageError
from covoxel.io.sheets import read_sheet

TABLE = pd.DataFrame({"Drogue": ["contrôle", "µ"], "day": [1, 2], "r": [0.5, np.nan]})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize(
    ("separator", "decimal"), [(",", "."), (";", "."), (";", ","), ("\t", "."), ("\t", ",")]
)
def test_what_excel_writes(tmp_path, encoding, separator, decimal):
    path = tmp_path / "cells.csv"
    TABLE.to_csv(path, index=False, encoding=encoding, sep=separator, decimal=decimal)
    pd.testing.assert_frame_equal(read_sheet(path), TABLE, check_dtype=True)


def test_columns_may_be_separated_by_spaces(tmp_path):
    path = tmp_path / "points.txt"
    path.write_text("y  x\n1.5 2\n 3 4.25\n")
    assert read_sheet(path).to_dict("list") == {"y": [1.5, 3], "x": [2, 4.25]}


def test_words_with_commas_stay_words(tmp_path):
    path = tmp_path / "cells.csv"
    path.write_text("cell;drug\n1;a, b\n2;c\n")
    assert read_sheet(path)["drug"].tolist() == ["a, b", "c"]


def test_floats_are_read_to_the_last_digit(tmp_path):
    values = np.random.default_rng(0).random(1000)
    path = tmp_path / "cells.csv"
    pd.DataFrame({"r": values, "n": 1}).to_csv(path, index=False)
    assert (read_sheet(path)["r"] == values).all()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"PK\x03\x04rest", "is an Excel workbook or an archive; save the sheet as CSV"),
        (b"II*\x00\x08\x00\x00\x00", "is not a table: it does not hold text"),
        (b"", "is not a table: No columns to parse from file"),
        (b"a,b\n1,2\n1,2,3\n", "is not a table: Error tokenizing data.*line 3"),
    ],
)
def test_what_is_not_a_table_is_refused_by_name(tmp_path, data, reason):
    path = tmp_path / "cells.csv"
    path.write_bytes(data)
    with pytest.raises(ImageError, match=rf"cells\.csv: {reason}"):
        read_sheet(path)


def test_a_file_that_is_absent(tmp_path):
    with pytest.raises(ImageError, match=r"absent\.csv: does not exist"):
        read_sheet(tmp_path / "absent.csv")
