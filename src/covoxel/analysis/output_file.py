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
    """A file besides the tables."""

    #: The flag of the command, without dashes.
    name: str
    help: str
    #: Writes it, of the result, the path and ``overwrite``.
    write: Callable[..., object]
    #: Allowed endings of its name; any where there are none.
    endings: Sequence[str] = ()
    #: Whether it is of a single pair of channels.
    one_pair: bool = True
    #: Inputs without which it cannot be written, by name.
    inputs: Mapping[str, Any] = field(default_factory=dict)
    #: Whether a command needs it.
    required: bool = False
    #: Whether `write` takes ``inputs`` and ``asked`` too, as `Result.save` does, and writes the
    #: provenance beside it as JSON.
    provenance: bool = False
