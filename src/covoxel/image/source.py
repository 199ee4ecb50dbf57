"""Source: the file and the place in it that a channel came from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """Where a channel came from.

    Attributes
    ----------
    path : str
        The file.
    series : int
        Index of the image series in the file.
    channel : int
        1-based index of the channel in the series.
    files : tuple of str
        Every file that its pixels lie in; none stands for `path` alone.
    level : int
        Level of the pyramid in the file; 0 is the full size.
    """

    path: str
    series: int = 0
    channel: int = 1
    files: tuple[str, ...] = ()
    level: int = 0
