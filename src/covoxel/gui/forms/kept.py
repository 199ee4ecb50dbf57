"""What forms were set to, kept for as long as their viewer is."""

from __future__ import annotations

import weakref
from typing import Any

#: By viewer and form, the values of its fields.
_KEPT: weakref.WeakKeyDictionary[Any, dict[str, dict[str, Any]]] = weakref.WeakKeyDictionary()


def keep(viewer: Any, form: str, values: dict[str, Any]) -> None:
    """Keep the values of a form."""
    _KEPT.setdefault(viewer, {})[form] = values


def kept(viewer: Any, form: str) -> dict[str, Any]:
    """Return the values that a form had last in a viewer; empty if it had none."""
    return _KEPT.get(viewer, {}).get(form, {})
