"""The widgets that napari opens: the window responds while their modules are loaded."""

from __future__ import annotations

import threading
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QWidget

from covoxel.core.memory import gc_pause
from covoxel.gui.turns import give_turn

if TYPE_CHECKING:
    import napari

#: Longest time between turns of the window, in s.
_TURN = 0.005


@cache
def __getattr__(name: str) -> type[QWidget]:
    """Return a class that makes the widget of a folder."""
    if not (Path(__file__).parent / name / "widget.py").is_file():
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)

    class Widget(QWidget):
        def __new__(cls, viewer: napari.viewer.Viewer) -> QWidget:  # type: ignore[misc]
            widget: QWidget = _loaded(name)(viewer)
            give_turn()
            return widget

        def __init__(self, viewer: napari.viewer.Viewer) -> None:
            """Tell napari what is needed; never called, as another class is made."""

    return Widget


def _loaded(name: str) -> type[QWidget]:
    module = f"covoxel.gui.{name}.widget"
    thread = threading.Thread(target=_load, args=(module,))
    thread.start()
    while thread.is_alive():
        give_turn()
        thread.join(_TURN)
    found: type[QWidget] = getattr(import_module(module), f"{name.capitalize()}Widget")
    return found


def _load(module: str) -> None:
    with gc_pause(), suppress(ImportError):  # raised again where it is shown
        import_module(module)
        # for settings, napari reads the manifests of all plugins
        import_module("covoxel.gui.preferences").preferences()
