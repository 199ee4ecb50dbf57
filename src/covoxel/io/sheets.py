"""Tables that users bring: what separates the cells of a text file, and how it is encoded."""

from __future__ import annotations

import codecs
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from covoxel.io.errors import ImageError
from covoxel.io.formats import ZIP

if TYPE_CHECKING:
    import pandas as pd

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
#: How an Excel workbook, and one of before 2007, begins.
_WORKBOOKS = (ZIP, b"\xd0\xcf\x11\xe0")
_MARKS = ",;\t"


def sheet_text(path: Path) -> tuple[str, str]:
    """Return the text of a table, in UTF-8, UTF-16 or Windows' code page, and what separates cells.

    Raises
    ------
    ImageError
        If the file cannot be read, or holds no text.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise ImageError(path, "does not exist") from None
    except OSError as error:
        raise ImageError(path, f"cannot be read: {error.strerror}") from error
    if data.startswith(_WORKBOOKS):
        raise ImageError(path, "is an Excel workbook or an archive; save the sheet as CSV")
    encoding = "utf-16" if data.startswith(_UTF_16) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    if "\0" in text:
        raise ImageError(path, "is not a table: it does not hold text")
    header = text.partition("\n")[0]
    return text, max(_MARKS, key=header.count)


def read_sheet(path: str | Path) -> pd.DataFrame:
    """Return a table with a header, such as Excel and other programs write it.

    Cells are separated by commas, semicolons, tabs or, without any of these, spaces; besides
    commas, decimals may have a comma.

    Raises
    ------
    ImageError
        If the file is not a table.
    """
    import pandas as pd

    path = Path(path)
    text, mark = sheet_text(path)
    spaced = mark not in text.partition("\n")[0]
    separator = r"\s+" if spaced else mark
    try:
        table: pd.DataFrame = pd.read_csv(io.StringIO(text), sep=separator, **exact_floats())
    except ValueError as error:  # pandas' own errors are ValueErrors
        raise ImageError(path, f"is not a table: {error}") from error
    return table if mark == "," else table.apply(_with_decimal_points)


def exact_floats() -> dict[str, Any]:
    """Return what `pandas.read_csv` needs to read floats to the last digit."""
    import pandas as pd

    # pandas does so unasked from version 3 on
    recent = int(pd.__version__.partition(".")[0]) >= 3
    return {} if recent else {"float_precision": "round_trip"}


def _with_decimal_points(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return the numbers of a column whose decimals have a comma; other columns as they are."""
    import pandas as pd

    if pd.api.types.is_numeric_dtype(column):
        return column
    numbers = pd.to_numeric(column.astype(str).str.replace(",", ".", n=1), errors="coerce")
    return numbers if (numbers.notna() == column.notna()).all() else column
