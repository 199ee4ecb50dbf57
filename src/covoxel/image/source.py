"""Source: the file and the place in it that a channel came from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """Where a channel came from."""

    #: The file.
    path: str
    #: Index of the image series in the file.
    series: int = 0
    #: 1-based index of the channel in the series.
    channel: int = 1
    #: Every file that its pixels lie in; none stands for `path` alone.
    files: tuple[str, ...] = ()
    #: Level of the pyramid in the file; 0 is the full size.
    level: int = 0
