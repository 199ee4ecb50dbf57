"""What a result was made from: versions, settings, channels, files and their hashes."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from covoxel.analysis.schema import Column
from covoxel.core.files import distinct_names
from covoxel.core.version import VERSION
from covoxel.image.channel import Channel, files_of
from covoxel.io.address import is_address

if TYPE_CHECKING:
    import pandas as pd

#: Returns the hash of a file or folder.
Hasher = Callable[[str | Path], str]
_PACKAGES = ("numpy", "scipy", "scikit-image", "pandas", "tifffile")


def provenance(
    table: pd.DataFrame,
    channels: Sequence[Channel],
    inputs: Mapping[str, str | Path] | None,
    columns: Iterable[Column],
    asked: Mapping[str, Any] | None = None,
    hashed: Hasher | None = None,
) -> dict[str, Any]:
    """Return the record that is written beside a table.

    Without time stamps and absolute paths: the same inputs give the same bytes. Files of one
    name are distinguished by their folders. `hashed` may keep the hashes of files that several
    tables were made from.
    """
    record = table.attrs["covoxel"]
    known = {column.name: column for column in columns}
    asked = {**record.get("asked", {}), **(asked or {})}
    out = image_provenance(channels, inputs, record["options"], asked, hashed)
    return out | {
        "covoxel": record["version"],
        "inputs": record["inputs"] | out["inputs"],
        "rows": len(table),
        "columns": {
            name: {
                key: value
                for key in ("unit", "meaning", "reference")
                if (value := getattr(known[name], key))
            }
            for name in map(str, table.columns)
        },
    }


def image_provenance(
    channels: Sequence[Channel],
    inputs: Mapping[str, str | Path] | None,
    options: Mapping[str, Any],
    asked: Mapping[str, Any],
    hashed: Hasher | None = None,
) -> dict[str, Any]:
    """Return the record that is written beside an image that was made from channels.

    Parameters are those of `provenance`, and the options that the image was made with.
    """
    given = {role: str(path) for role, path in (inputs or {}).items()}
    names = distinct_names([*files_of(channels), *given.values()])
    hashed = hashed or sha256
    hashes = {path: None if is_address(path) else hashed(path) for path in names}
    return {
        **versions(),
        "asked": dict(asked),
        "options": dict(options),
        "channels": [_channel(channel, names, hashes) for channel in channels],
        "inputs": {
            role: {"file": names[path], "sha256": hashes[path]} for role, path in given.items()
        },
    }


def versions() -> dict[str, Any]:
    """Return the versions of Covoxel, of Python and of the packages that compute."""
    return {
        "covoxel": VERSION,
        "python": platform.python_version(),
        "packages": {name: version(name) for name in _PACKAGES},
    }


def _channel(
    channel: Channel, names: Mapping[str, str], hashes: Mapping[str, str | None]
) -> dict[str, Any]:
    out: dict[str, Any] = {
        "name": channel.name,
        "axes": channel.axes,
        "shape": list(channel.shape),
        "data_type": str(channel.dtype),
        "spacing_um": None if channel.spacing is None else list(channel.spacing),
        "time_step_s": channel.time_step,
    }
    if channel.source is not None:
        files = [{"file": names[path], "sha256": hashes[path]} for path in files_of([channel])]
        out |= files[0] if len(files) == 1 else {"files": files}
        out |= {"series": channel.source.series, "channel": channel.source.channel}
        out |= {"level": channel.source.level} if channel.source.level else {}
    return out


def files_in(path: Path) -> list[Path]:
    """Return the files of an image that is a folder, in one order; or the image itself.

    Label images in a store do not count: they are written beside the image.
    """
    if not path.is_dir():
        return [path]
    inside = (one for one in path.rglob("*") if one.relative_to(path).parts[0] != "labels")
    return sorted(one for one in inside if one.is_file())


def sha256(path: str | Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal; of a folder, that of its names and files."""
    path = Path(path)
    if path.is_dir():
        parts = (f"{one.relative_to(path).as_posix()} {sha256(one)}\n" for one in files_in(path))
        return hashlib.sha256("".join(parts).encode("utf-8", "surrogateescape")).hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
