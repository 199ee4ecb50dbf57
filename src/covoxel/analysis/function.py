"""The public function of an analysis: its signature and docstring, from the declaration."""

from __future__ import annotations

import dataclasses
import inspect
import textwrap
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from covoxel.analysis.accepts import INPUTS
from covoxel.analysis.options import refuse_unknown

if TYPE_CHECKING:
    from covoxel.analysis.analysis import Analysis
    from covoxel.analysis.result import Result

_WIDTH, _INDENT = 100, " " * 4
_KEYWORD = inspect.Parameter.KEYWORD_ONLY
_POSITIONAL = inspect.Parameter.POSITIONAL_OR_KEYWORD
_EMPTY = inspect.Parameter.empty
_Result = TypeVar("_Result", bound="Result")

_RUN = {
    "options": ("{options}, optional", "All options together; those given by name override it."),
    "progress": ("callable, optional", "Called with (done, total); it may raise `Cancelled`."),
}
_RAISES = """\
Raises
------
ValueError, TypeError
    If an option or an input is not as above, or nothing can be analysed that way; the message
    names it."""


def function_of(analysis: Analysis[Any, Any, _Result]) -> Callable[..., _Result]:
    """Return the public function of an analysis.

    Its parameters are the inputs that the analysis accepts and its options, by name. It belongs to
    the module of the analysis, so that it can be pickled.
    """
    signature = _signature(analysis)

    def function(*images: Any, **given: Any) -> Any:
        refuse_unknown(given, analysis.options, analysis.function, signature.parameters)
        return analysis.run(**signature.bind(*images, **given).arguments)

    made: Any = function
    made.__name__ = made.__qualname__ = analysis.function
    made.__module__ = type(analysis).__module__
    made.__doc__, made.__signature__ = docstring(analysis), signature
    made.__annotations__ = {"return": analysis.result}
    return function


def _signature(analysis: Analysis[Any, Any, Any]) -> inspect.Signature:
    accepts = analysis.accepts
    second = None if accepts.several else _EMPTY
    parameters = [
        inspect.Parameter("image1", _POSITIONAL),
        *([] if accepts.single else [inspect.Parameter("image2", _POSITIONAL, default=second)]),
        *(
            inspect.Parameter(name, _KEYWORD, default=accepts.default(name))
            for name in accepts.names()
        ),
        *(
            inspect.Parameter(field.name, _KEYWORD, default=field.default, annotation=field.type)
            for field in dataclasses.fields(analysis.options)
        ),
        inspect.Parameter("options", _KEYWORD, default=None),
        inspect.Parameter("progress", _KEYWORD, default=None),
    ]
    return inspect.Signature(parameters, return_annotation=analysis.result)


def docstring(analysis: Analysis[Any, Any, Any]) -> str:
    """Return the docstring of the function of an analysis, in numpydoc's format.

    The text of the analysis' own class stands around the parameters and the options.
    """
    own = inspect.getdoc(type(analysis)) or ""
    before, mark, after = own.partition("\nReturns\n-------\n")
    accepts = analysis.accepts
    inputs = {name: INPUTS[name] for name in accepts.names()}
    images = ("array-like, Channel or napari layer", accepts.images_text())
    run = {
        name: (kind.format(options=analysis.options.__name__), text)
        for name, (kind, text) in _RUN.items()
    }
    lines = [before.rstrip(), "", "Parameters", "----------"]
    names = "image1" if accepts.single else "image1, image2"
    for name, (kind, text, *_) in {names: images, **inputs, **run}.items():
        lines += _entry(name, kind, text)
    lines += ["", "Options", "-------", *_options(analysis.options)]
    lines += [mark.rstrip("\n")] if mark else []
    returns, example, examples = after.partition("\nExamples\n--------\n")
    lines += [returns.rstrip(), "", _RAISES, example + examples]
    return "\n".join(lines).rstrip() + "\n"


def _options(options: type[Any]) -> Iterator[str]:
    for field in dataclasses.fields(options):
        text = field.metadata["help"]
        if "choices" in field.metadata:
            text += f": {', '.join(field.metadata['choices'])}"
        if field.metadata.get("unit"):
            text += f" ({field.metadata['unit']})"
        kind = f"{field.type}, default {field.default!r}"
        yield from _entry(field.name, kind, f"{text[0].upper()}{text[1:]}.")


def _entry(name: str, kind: str, text: str) -> list[str]:
    return [
        f"{name} : {kind}",
        *textwrap.wrap(text, _WIDTH - 4, initial_indent=_INDENT, subsequent_indent=_INDENT),
    ]
