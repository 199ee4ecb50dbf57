"""Tables and their provenance to files, each whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from covoxel.core.extras import require
from covoxel.core.files import refuse_existing, whole_file
from covoxel.core.text import plain

if TYPE_CHECKING:
    import pandas as pd


#: What a spreadsheet takes for the beginning of a formula, in full width too.
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def write_results(
    table: pd.DataFrame,
    folder: str | Path,
    *,
    name: str = "measure",
    provenance: Mapping[str, Any] | None = None,
    parquet: bool = False,
    overwrite: bool = False,
) -> list[Path]:
    """Write a table as CSV, with its provenance as JSON beside it.

    Each row is one line. Text that a spreadsheet would run as a formula has an apostrophe before
    it in the CSV.

    Parameters
    ----------
    table : pandas.DataFrame
        What `covoxel.measure` returned, say.
    folder : str or Path
        Where to; it is made if need be.
    name : str
        Name of the files, without suffix.
    provenance : mapping, optional
        What to write beside the table; by default the settings of the table.
    parquet : bool
        Whether to write Parquet too; needs ``pip install 'covoxel[parquet]'``.
    overwrite : bool
        Whether files of these names may be replaced.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    FileExistsError
        If a file exists and may not be replaced; then nothing is written.
    ImportError
        If `parquet` is set and pyarrow is missing.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from covoxel import measure
    >>> table = measure(np.arange(9).reshape(3, 3), np.ones((3, 3)), measures="pearson").table
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [path.name for path in write_results(table, folder)]
    ['measure.csv', 'measure.json']
    """
    folder = Path(folder)
    paths = result_files(folder, name, parquet=parquet)
    if parquet:
        require("Parquet", "pyarrow", "parquet")
    refuse_existing(paths, overwrite=overwrite)
    folder.mkdir(parents=True, exist_ok=True)
    record = table.attrs.get("covoxel", {}) if provenance is None else provenance
    table = _texts(table, plain)
    with whole_file(paths[0], overwrite=overwrite) as draft:
        _texts(table, inert).to_csv(draft, index=False, lineterminator="\n", encoding="utf-8")
    with whole_file(paths[1], overwrite=overwrite) as draft:
        text = json.dumps(record, indent=2, ensure_ascii=False)
        draft.write_text(text + "\n", encoding="utf-8", errors="replace", newline="\n")
    if parquet:
        with whole_file(paths[2], overwrite=overwrite) as draft:
            table.to_parquet(draft, index=False)
    return paths


def result_files(folder: str | Path, name: str, *, parquet: bool = False) -> list[Path]:
    """Return the files that `write_results` writes: CSV, JSON and Parquet."""
    suffixes = ["csv", "json", *(["parquet"] if parquet else [])]
    return [Path(folder) / f"{name}.{suffix}" for suffix in suffixes]


def _texts(table: pd.DataFrame, change: Callable[[str], str]) -> pd.DataFrame:
    """Return a table with all text changed; what is no text stays as it is."""

    def changed(value: object) -> object:
        return change(value) if isinstance(value, str) else value

    names = [name for name in table if table[name].dtype.kind not in "biuf"]
    return table.assign(**{str(name): table[name].map(changed) for name in names})


def inert(text: str) -> str:
    """Return text that no spreadsheet runs; numbers stay numbers."""
    if not text.lstrip().startswith(_FORMULA):
        return text
    try:
        float(text)
    except ValueError:
        return f"'{text}"
    return text


def as_before(text: str) -> str:
    """Return text as it was before it was made `inert`.

    Examples
    --------
    >>> as_before(inert("=1+1")), as_before("'prime'")
    ('=1+1', "'prime'")
    """
    marked = text.startswith("'") and text[1:].lstrip().startswith(_FORMULA)
    return text[1:] if marked else text
