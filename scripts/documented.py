"""Shows the site what exists only when it runs: lazily loaded names, docstrings of analyses."""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import Any

import griffe

import covoxel


class PublicNames(griffe.Extension):
    """Reads public names and the docstrings of the analyses' functions from the running package."""

    def on_module(self, *, mod: griffe.Module, **_: Any) -> None:
        """Export the names that a namespace loads on first use."""
        if "_lazy" in mod.members:
            mod.exports = list(import_module(mod.path).__all__)

    def on_class(self, *, cls: griffe.Class, **_: Any) -> None:
        """Set the docstring of a class to which a decorator adds its fields."""
        if any(str(one.value) == "_documented" for one in cls.decorators):
            text = inspect.getdoc(getattr(import_module(cls.module.path), cls.name)) or ""
            cls.docstring = griffe.Docstring(text, parent=cls, parser="numpy")

    def on_function(self, *, func: griffe.Function, **_: Any) -> None:
        """Set the docstring of a function that the stub alone declares."""
        if func.parent.path == "covoxel.analysis.public" and not func.name.startswith("_"):
            text = getattr(covoxel, func.name).__doc__
            # numpydoc's own name for a second list of parameters, which the parser knows
            text = text.replace("\nOptions\n-------\n", "\nOther Parameters\n----------------\n")
            func.docstring = griffe.Docstring(text, parent=func, parser="numpy")
