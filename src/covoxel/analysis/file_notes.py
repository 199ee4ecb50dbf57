"""What is known of the files that rows come from, in the column ``notes``."""

from __future__ import annotations

from collections.abc import Iterable

from covoxel.image.channel import Channel


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
