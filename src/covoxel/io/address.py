"""Addresses of images on the web, where a path may be."""

from __future__ import annotations

import os
import re
from pathlib import Path

#: A scheme has two letters or more, a drive one; of its slashes a path keeps one.
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/+")


class Address(type(Path())):  # type: ignore[misc]  # a path of this system
    """A path that is written as an address, such as ``https://host/image.zarr``."""

    def __str__(self) -> str:
        text = str(super().__str__()).replace("\\", "/")
        return _SCHEME.sub(r"\1://", text, count=1)


def is_address(path: str | os.PathLike[str]) -> bool:
    """Whether a path is an address; one that was handled as a path has lost a slash."""
    return _SCHEME.match(os.fspath(path)) is not None


def as_path(path: str | os.PathLike[str]) -> Path:
    """Return a path, or an address where it starts with a scheme.

    Examples
    --------
    >>> str(as_path("https://host/image.zarr") / "0"), type(as_path("image.zarr")) is Address
    ('https://host/image.zarr/0', False)
    """
    return Address(path) if is_address(path) else Path(path)
