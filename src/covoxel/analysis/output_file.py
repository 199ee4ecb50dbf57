"""Files that an analysis writes besides its tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from covoxel.image.channel import Channel


class Writer(Protocol):
    """What writes a file of a result."""

    def __call__(self, result: Any, path: Path, *, overwrite: bool) -> object:
        """Write the file."""


def image_writer(images: Callable[[Any], list[Channel]], *, ome: bool = False) -> Writer:
    """Return what writes images of a result, as an OME-TIFF whatever the name if `ome`."""

    def write(result: Any, path: Path, *, overwrite: bool) -> None:
        from covoxel.io.write import write_channels

        write_channels(path, images(result), overwrite=overwrite, ome=ome)

    return write


@dataclass(frozen=True, slots=True)
class OutputFile:
    """A file besides the tables.

    Attributes
    ----------
    name : str
        The flag of the command, without dashes.
    help : str
    write : callable
        Writes it, of the result, the path and ``overwrite``.
    endings : sequence of str
        Allowed endings of its name; any where there are none.
    one_pair : bool
        Whether it is of a single pair of channels.
    inputs : mapping
        Inputs without which it cannot be written, by name.
    required : bool
        Whether a command needs it.
    provenance : bool
        Whether `write` takes ``inputs`` and ``asked`` too, as `Result.save` does, and writes the
        provenance beside it as JSON.
    """

    name: str
    help: str
    write: Callable[..., object]
    endings: Sequence[str] = ()
    one_pair: bool = True
    inputs: Mapping[str, Any] = field(default_factory=dict)
    required: bool = False
    provenance: bool = False
