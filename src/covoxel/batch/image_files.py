"""The files of one image of an experiment, and what is known of it."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from covoxel.analysis.options import digest


@dataclass(frozen=True, kw_only=True)
class ImageFiles:
    """One image of an experiment.

    Attributes
    ----------
    name : str
        Identifies the image: the path of its first file relative to the folder of the images, with
        the series where a file has several. Tables are sorted by it.
    fields : mapping
        What its path or a table says of it, such as condition and replicate: columns of all tables.
    files : tuple of Path
        One, or one for each channel, time point and plane; the last vary fastest.
    stack : mapping
        Number of files along T and Z, where each has one time point or plane.
    channel_names : tuple of str
        Names of the channels, where there is a file for each.
    series : int or str or None
        Which image of the file.
    labels, mask, registration : tuple of Path
        Files of that kind that belong to it: one, or one for each time point and plane;
        `registration` is a saved one or an image of beads, or one for each channel.
    missing : tuple of str
        What should be there and is not; such an image fails.
    """

    name: str
    files: tuple[Path, ...]
    fields: Mapping[str, str | int] = field(default_factory=dict)
    channel_names: tuple[str, ...] = ()
    stack: Mapping[str, int] = field(default_factory=dict)
    series: int | str | None = None
    labels: tuple[Path, ...] = ()
    mask: tuple[Path, ...] = ()
    registration: tuple[Path, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def paths(self) -> tuple[Path, ...]:
        """All files that belong to it."""
        return (*self.files, *self.labels, *self.mask, *self.registration)

    def key(self, root: Path) -> str:
        """Return what identifies all that is known of it, wherever the folder `root` lies."""
        return digest(
            {one.name: _portable(getattr(self, one.name), root) for one in dataclasses.fields(self)}
        )


def relative_path(path: str | Path, root: Path) -> str:
    """Return a path relative to a folder, with slashes; as it is if there is no such path."""
    text, folder = str(path), f"{root}{os.sep}"
    if text.startswith(folder) and ".." not in text:  # an eighth of the time
        return text[len(folder) :].replace(os.sep, "/")
    try:
        return Path(os.path.relpath(path, root)).as_posix()
    except ValueError:  # on another drive
        return Path(path).absolute().as_posix()


def _portable(value: Any, root: Path) -> Any:
    if isinstance(value, Path):
        return relative_path(value, root)
    if isinstance(value, tuple):
        return [_portable(one, root) for one in value]
    return dict(value) if isinstance(value, Mapping) else value
