"""Files that an analysis writes besides its tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


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
