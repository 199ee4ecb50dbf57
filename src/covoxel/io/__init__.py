"""Files to channels, and results to files."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOME = {
    "ImageError": "errors",
    "ImageInfo": "info",
    "image_info": "read",
    "read_image": "read",
    "write_results": "results",
}

__all__ = list(_HOME)


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"covoxel.io.{_HOME[name]}"), name)
    msg = f"module 'covoxel.io' has no attribute {name!r}"
    raise AttributeError(msg)
