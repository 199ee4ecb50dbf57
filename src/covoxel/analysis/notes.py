"""Notes of rows: (column, text) pairs until a table has them as text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from covoxel.analysis.cells import CHANCE
from covoxel.core.types import Note
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


def notes_texts(rows: Iterable[Iterable[Note]]) -> list[str]:
    """Return the notes of many rows as a table has them.

    Examples
    --------
    >>> notes_texts([[("tm1", "no thresholds")], []])
    ['tm1: no thresholds', '']
    """
    written = _Written()
    return ["; ".join(map(written.__getitem__, notes)) for notes in rows]


class _Written(dict[Note, str]):
    """Notes as text, each written once."""

    def __missing__(self, note: Note) -> str:
        self[note] = text = _note_text(note)
        return text


def _note_text(note: Note) -> str:
    column, text = note
    return f"{column}: {text.replace('; ', ', ')}"


def gathered(remarks: Sequence[Sequence[Note]]) -> list[tuple[list[str], list[str]]]:
    """Return codes with their texts row by row; codes with the same texts are joined.

    What a row has of a code besides its first remark is listed by itself. Values by chance are left
    out where other columns have the same texts.

    Examples
    --------
    >>> gathered([[("tm1", "no threshold"), ("tm2", "no threshold")], [("tm1", "no threshold")]])
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
