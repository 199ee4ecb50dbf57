"""Notes of rows: (column, text) pairs until a table has them as text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import overload

import numpy as np

from covoxel.analysis.schema import CHANCE
from covoxel.core.remarks import Remark
from covoxel.core.types import AnyArray, IntArray, Note
from covoxel.image.channel import Channel

_TITLE = re.compile(r"image \d+ of \d+")


def file_notes(channels: Iterable[Channel]) -> list[Note]:
    """Return the notes of channels, each once.

    Examples
    --------
    >>> import numpy as np
    >>> red = Channel(np.ones((2, 2)), "YX", notes=("image 2 of 2: Pos1",))
    >>> file_notes([red, red])
    [('file', 'image 2 of 2: Pos1')]
    """
    notes = dict.fromkeys(note for channel in channels for note in channel.notes)
    return [("file", note) for note in notes]


def image_title(notes: Iterable[Note]) -> str:
    """Return which image of a file a row is of, from its notes; empty where the file has one.

    Examples
    --------
    >>> image_title([("file", "image 2 of 2: Pos1"), ("tm1", "no thresholds")])
    'image 2 of 2: Pos1'
    """
    column, text = next(iter(notes), ("", ""))
    return text if column == "file" and _TITLE.match(text) else ""


def notes_text(notes: Iterable[Note]) -> str:
    """Return notes as a table has them, ``column: text; …``.

    Examples
    --------
    >>> notes_text([("tm1", "no threshold; see threshold2"), ("tm2", "no thresholds")])
    'tm1: no threshold, see threshold2; tm2: no thresholds'
    """
    return "; ".join([_note_text(note) for note in notes])


class RowNotes(Sequence[list[Note]]):
    """The notes of many rows, which are made into pairs and text where they are read.

    Examples
    --------
    >>> notes = RowNotes(2, [Remark("tm1", "no thresholds", np.array([True, False]))])
    >>> list(notes), notes.texts().tolist()
    ([[('tm1', 'no thresholds')], []], ['tm1: no thresholds', ''])
    """

    def __init__(self, n_rows: int, remarks: Iterable[Remark] = ()) -> None:
        self.parts: list[tuple[slice, list[Remark]]] = []
        self._order = np.arange(n_rows)
        self.add(slice(0, n_rows), remarks)

    def add(self, rows: slice, remarks: Iterable[Remark]) -> None:
        """Add remarks on some rows in a row, which have none so far."""
        if held := [*remarks]:
            self.parts.append((rows, held))

    @staticmethod
    def joined(tables: Sequence[RowNotes], order: IntArray) -> RowNotes:
        """Return the notes of the rows of several tables, taken together, in an order."""
        notes, start = RowNotes(0), 0
        for table in tables:
            for rows, remarks in table.parts:
                notes.add(slice(start + rows.start, start + rows.stop), remarks)
            start += len(table)
        notes._order = order
        return notes

    def __len__(self) -> int:
        return self._order.size

    @overload
    def __getitem__(self, row: int) -> list[Note]: ...
    @overload
    def __getitem__(self, row: slice) -> list[list[Note]]: ...
    def __getitem__(self, row: int | slice) -> list[Note] | list[list[Note]]:
        if isinstance(row, slice):
            return [self[one] for one in range(len(self))[row]]
        place = int(self._order[row])
        for rows, remarks in self.parts:
            if rows.start <= place < rows.stop:
                at = place - rows.start
                return [(one.code, one.at(at)) for one in remarks if one.where[at]]
        return []

    def texts(self) -> AnyArray:
        """Return the notes of all rows as a table has them."""
        texts = np.full(self._order.size, "", object)
        for rows, remarks in self.parts:
            texts[rows] = _texts(rows.stop - rows.start, remarks)
        found: AnyArray = texts[self._order]
        return found


def _texts(n_rows: int, remarks: Sequence[Remark]) -> AnyArray:
    """Return the notes of rows as text; those with the same remarks are written together."""
    texts = np.full(n_rows, "", object)
    for rows, held in _alike(n_rows, remarks):
        text = notes_text((one.code, one.text) for one in held)
        columns = [column for one in held for column in one.columns(rows)]
        if columns:
            texts[rows] = [text % numbers for numbers in zip(*columns, strict=True)]
        else:
            texts[rows] = text % ()
    return texts


def _alike(n_rows: int, remarks: Sequence[Remark]) -> Iterator[tuple[IntArray, Sequence[Remark]]]:
    """Yield rows to which the same remarks apply, with these."""
    if n_rows == 1:
        yield np.zeros(1, np.int64), [one for one in remarks if one.where[0]]
    if n_rows < 2 or not remarks:
        return
    held = np.stack([one.where for one in remarks])
    bits = np.packbits(held, axis=0)
    words = np.zeros((n_rows, -(-len(bits) // 8) * 8), np.uint8)
    words[:, : len(bits)] = bits.T
    keys = words.view(np.uint64)
    keys = keys[:, 0] if keys.shape[1] == 1 else keys
    _, group = np.unique(keys, axis=0, return_inverse=True)
    order = np.argsort(group, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(group[order])) + 1):
        yield rows, [remarks[k] for k in np.flatnonzero(held[:, rows[0]]).tolist()]


def _note_text(note: Note) -> str:
    column, text = note
    return f"{column}: {text.replace('; ', ', ')}"


def gathered_notes(remarks: Sequence[Sequence[Note]]) -> list[tuple[list[str], list[str]]]:
    """Return codes with their texts row by row; codes with the same texts are joined.

    What a row has of a code besides its first remark is listed by itself. Values by chance are left
    out where other columns have the same texts.

    Examples
    --------
    >>> both, one = [("tm1", "no threshold"), ("tm2", "no threshold")], [("tm1", "no threshold")]
    >>> gathered_notes([both, one])
    [(['tm1'], ['no threshold', 'no threshold']), (['tm2'], ['no threshold'])]
    """
    found: dict[tuple[str, int], list[str]] = {}
    for pairs in remarks:
        before: Counter[str] = Counter()
        for code, text in pairs:
            found.setdefault((code, before[code]), []).append(text.replace("; ", ", "))
            before[code] += 1
    joined: dict[tuple[str, ...], list[str]] = {}
    for (code, _), reasons in found.items():
        joined.setdefault(tuple(reasons), []).append(code)
    return [
        ([code for code in codes if not code.endswith(CHANCE)] or codes, list(reasons))
        for reasons, codes in joined.items()
    ]
