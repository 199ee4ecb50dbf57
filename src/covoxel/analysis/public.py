"""The public functions of the analyses, by name; public.pyi has their signatures."""

from __future__ import annotations

import sys
from typing import Any

from covoxel.analysis.registry import ANALYSES, analysis


def __getattr__(name: str) -> Any:
    for one in ANALYSES:
        declared = analysis(one)
        if declared.function == name:
            return getattr(sys.modules[type(declared).__module__], name)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
