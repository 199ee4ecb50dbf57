"""Channel pairs with a known truth: to learn with, and to test every measure against."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOME = {
    "SAMPLES": "samples",
    "SimulateOptions": "options",
    "SimulatedPair": "pair",
    "simulate_pair": "pair",
}

__all__ = list(_HOME)


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"covoxel.simulate.{_HOME[name]}"), name)
    msg = f"module 'covoxel.simulate' has no attribute {name!r}"
    raise AttributeError(msg)
