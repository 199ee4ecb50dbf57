"""Error messages: refusals name layers, faults are reported with their traceback."""

from __future__ import annotations

import opcode
import re
from collections.abc import Callable, Sequence
from typing import Any

_RAISE = opcode.opmap["RAISE_VARARGS"]
#: Errors of these are no checks of Covoxel.
_LIBRARIES = {"numpy", "scipy", "skimage", "numba", "pandas", "dask", "matplotlib", "napari"}


def is_refusal(error: BaseException) -> bool:
    """Whether an error refuses a request, and is no fault of the program.

    Refusals are ValueError or TypeError from a raise statement; the same types from a library, or
    from an expression that failed, are faults. Unreadable files and full memory are no faults.
    """
    if isinstance(error, OSError | MemoryError):
        return True
    if not isinstance(error, ValueError | TypeError):
        return False
    tb = error.__traceback__
    if tb is None:
        return True
    while tb.tb_next is not None:
        tb = tb.tb_next
    frame = tb.tb_frame
    package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
    return package not in _LIBRARIES and frame.f_code.co_code[tb.tb_lasti] == _RAISE


def unless_refused(request: Callable[[], tuple[Any, ...]]) -> tuple[Any, ...]:
    """Return what a form asks for; options that are refused are like no others."""
    try:
        return request()
    except (ValueError, TypeError):
        return (None,)


def guarded(slot: Callable[..., Any], failed: Callable[[Exception], None]) -> Callable[..., None]:
    """Return a slot whose errors are passed to `failed`, which shows them."""

    def call(*args: Any) -> None:
        try:
            slot(*args)
        except Exception as error:  # noqa: BLE001  # shown to the user, whatever it is
            failed(error)

    return call


def error_message(error: BaseException, layers: Sequence[Any] = (), region: Any = None) -> str:
    """Return the message of an error; a fault is reported to napari, with its traceback.

    `layers`: ``image1``, ``image2`` and so on in the message.
    `region`: ``labels``, ``mask`` or ``shapes`` in the message.
    """
    if is_refusal(error):
        return with_layer_names(str(error) or type(error).__name__, layers, region)
    return report_fault(error)


def report_fault(error: BaseException) -> str:
    """Report a fault to napari, which offers its traceback, and return its message."""
    from napari.utils.notifications import ErrorNotification, notification_manager

    notification = ErrorNotification(error)
    notification.message = f"Error in Covoxel: {type(error).__name__}: {error}"
    notification_manager.dispatch(notification)
    return str(notification.message)


def with_layer_names(sentence: str, layers: Sequence[Any], region: Any = None) -> str:
    """Return a refusal of the core that names layers instead of arguments.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> layers = [SimpleNamespace(name=name) for name in ("actin", "dapi")]
    >>> with_layer_names("image1 has shape (8, 9), but image2 (8, 10)", layers)
    "layer 'actin' has shape (8, 9), but layer 'dapi' (8, 10)"
    >>> with_layer_names("labels has shape (3, 4); allowed is (8, 9)", layers, layers[1])
    "layer 'dapi' has shape (3, 4); allowed is (8, 9)"
    """
    named = {f"image{i}": layer for i, layer in enumerate(layers, start=1)}
    named |= {"labels": region, "mask": region}
    names = {word: repr(layer.name) for word, layer in named.items() if layer is not None}
    if not names:
        return sentence
    words = "|".join(names)
    anywhere = "|".join(word for word in names if word not in ("labels", "mask")) or words
    both = re.compile(rf"layers of ({words}) and ({words})\b")
    one = re.compile(rf"^({words})(?= (?:has|holds|is)\b)|\b({anywhere})\b(?!=)")
    drawn = re.compile(r"^(shape \d+)(?= has)")
    sentence = both.sub(lambda found: f"layers {names[found[1]]} and {names[found[2]]}", sentence)
    if region is not None:
        sentence = drawn.sub(lambda found: f"{found[1]} of layer {region.name!r}", sentence)
    return one.sub(lambda found: f"layer {names[found[0]]}", sentence)
