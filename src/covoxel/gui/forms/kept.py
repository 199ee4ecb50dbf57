"""Values of forms, kept for a viewer while their widgets are closed."""

from __future__ import annotations

import weakref
from typing import Any

_KEPT: weakref.WeakKeyDictionary[Any, dict[str, dict[str, Any]]] = weakref.WeakKeyDictionary()


def kept(viewer: Any, form: Any) -> dict[str, Any]:
    """Return what is kept of forms of a class in a viewer, to be read and updated."""
    return _KEPT.setdefault(viewer, {}).setdefault(type(form).__name__, {})
