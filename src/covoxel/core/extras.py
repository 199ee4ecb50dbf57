"""Libraries of extras: the line that installs one, and the refusal where it is missing."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec


def pip_line(extra: str) -> str:
    """Return the line that installs an extra.

    Examples
    --------
    >>> pip_line("zarr")
    "pip install 'covoxel[zarr]'"
    """
    return f"pip install 'covoxel[{extra}]'"


def no_display() -> bool:
    """Return whether no screen is named on which a window could open."""
    named = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    return sys.platform == "linux" and not named


def why_missing(what: str, module: str, extra: str) -> str:
    """Return that a module is missing, with the line that installs it; empty where it is there."""
    return "" if find_spec(module) else f"{what} needs {module}: {pip_line(extra)}"


def require(what: str, module: str, extra: str) -> None:
    """Raise ImportError, with the line that installs it, if a module is missing."""
    if reason := why_missing(what, module, extra):
        raise ImportError(reason)
