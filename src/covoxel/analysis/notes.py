"""What is known of the files that rows come from, in the column ``notes``."""

from __future__ import annotations

import re
from collections.abc import Iterable

from covoxel.image.channel import Channel

_TITLE = re.compile(r"file: (image \d+ of \d+[^;]*)")


def file_notes(channels: Iterable[Channel]) -> str:
    """Return the notes of channels as ``file: note; …``, each once.

    Examples
    --------
    >>> import numpy as np
    >>> red = Channel(np.ones((2, 2)), "YX", notes=("image 2 of 2: Pos1",))
    >>> file_notes([red, red])
    'file: image 2 of 2: Pos1'
    """
    notes = dict.fromkeys(note for channel in channels for note in channel.notes)
    return "; ".join(f"file: {note.replace('; ', ', ')}" for note in notes)


def with_file_notes(of_files: str, notes: str) -> str:
    """Return the notes of a row behind those of its files."""
    return "; ".join(filter(None, [of_files, notes]))


def image_title(notes: str) -> str:
    """Return which image of a file a row is of, from its notes; empty where the file has one.

    Examples
    --------
    >>> image_title("file: image 2 of 2: Pos1; tm1: no thresholds")
    'image 2 of 2: Pos1'
    """
    found = _TITLE.match(notes)
    return found[1] if found else ""
