"""The call of a command, as the provenance records it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from covoxel.analysis.opening import READING
from covoxel.cli.flags import flag
from covoxel.core.text import plain

#: Flags that change no number: where to write, and how to print.
_OUTPUTS = ("out", "figure", "parquet", "overwrite", "json", "memory_budget")


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a command: the images and the flags, by the names of their options."""

    command: str
    images: Sequence[Path | None]
    given: Mapping[str, Any]

    def record(self, names: Mapping[str, str]) -> dict[str, Any]:
        """Return the call as one line, and what was chosen in the files.

        `names`: for the path of each file the name that it is recorded by. Absolute paths are
            replaced; relative ones stay as they were given.
        """
        chosen = ("t", "z", "per_plane", *READING, "channels")
        found = {name: self.given[name] for name in chosen if self.given.get(name) is not None}
        return {"command": self._line(names), **found}

    def _line(self, names: Mapping[str, str]) -> str:
        words = ["covoxel", self.command]
        words += [str(image) for image in self.images if image is not None]
        for name, value in self.given.items():
            if value is None or name in _OUTPUTS:
                continue
            if isinstance(value, bool):
                words.append(flag(name if value else f"no_{name}"))
            else:
                parts = value if isinstance(value, tuple | list) else [value]
                words += [flag(name), ",".join(map(str, parts))]
        absolute = [path for path in names if Path(path).is_absolute()]
        for path in sorted(absolute, key=len, reverse=True):
            words = [word.replace(path, names[path]) for word in words]
        return plain(shlex.join(words))
