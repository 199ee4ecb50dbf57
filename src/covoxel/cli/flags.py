"""Flags made from the fields of an options dataclass: one place for names, help and defaults."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import typer

from covoxel.analysis.option_kinds import OptionKind, kinds_of

#: Numbers are read here, so that all of them are refused in the same words.
_NUMBERS: dict[type, str] = {int: "an integer", float: "a number"}


def flag(name: str) -> str:
    """Return an option's name as it is written on the command line."""
    return f"--{name.replace('_', '-')}"


def with_flags(
    options: type[Any],
    *,
    only: Sequence[str] | None = None,
    without: Sequence[str] = (),
    words: Mapping[str, str] | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command a flag for each field of a dataclass, in place of its ``**changes``.

    Numbers, paths and text keep their type, booleans become on/off flags, sequences are written
    with commas. A flag that is not given is not passed on: the dataclass has its default. Flags of
    some fields are made with `only` and `without`; `words` are helps in place of the fields' own.
    """

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(command, eval_str=True)
        own = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
        kinds = kinds_of(options)
        every = dataclasses.fields(options)
        fields = [f for f in every if f.name in (only or kinds) and f.name not in without]
        flags = [_flag(field, kinds[field.name], (words or {}).get(field.name)) for field in fields]

        def run(**values: Any) -> Any:
            texts = {field.name: values.pop(field.name) for field in fields}
            given = {
                name: _value(name, text, kinds[name])
                for name, text in texts.items()
                if text is not None
            }
            return command(**values, **given)

        made: Any = run
        made.__doc__, made.__name__ = command.__doc__, command.__name__
        made.__signature__ = signature.replace(parameters=[*own, *flags])
        made.__annotations__ = {p.name: p.annotation for p in (*own, *flags)}
        return run

    return decorate


def _flag(field: dataclasses.Field[Any], kind: OptionKind, words: str | None) -> inspect.Parameter:
    name, plain = flag(field.name), kind.plain or str
    option = typer.Option(
        None,
        f"{name}/--no-{name[2:]}" if plain is bool and field.default else name,
        help=_help(field, words or field.metadata["help"]),
        show_default=False,
        hidden=field.metadata.get("hidden", False),
        metavar=f"<{plain.__name__}>" if plain in _NUMBERS else None,
    )
    annotation = (str if plain in _NUMBERS else plain) | None
    return inspect.Parameter(
        field.name, inspect.Parameter.KEYWORD_ONLY, default=option, annotation=annotation
    )


def _help(field: dataclasses.Field[Any], text: str) -> str:
    """Return a sentence on a field: its help, what it may be, unit and default."""
    text = text[0].upper() + text[1:]
    if "choices" in field.metadata:
        text += f": {', '.join(field.metadata['choices'])}"
    unit, default = field.metadata.get("unit"), field.default
    more = [unit] if unit else []
    if default is not None and default is not False:
        more.append(f"default {_written(default)}")
    return f"{text} ({', '.join(more)})." if more else f"{text}."


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "on"
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _value(name: str, given: Any, kind: OptionKind) -> Any:
    """Turn text into what the field holds; text that is no number stays for its own check."""
    if not isinstance(given, str):
        return given
    if kind.plain in _NUMBERS:
        needed = _NUMBERS[kind.plain]
        try:
            return kind.plain(given)
        except ValueError:
            msg = f"{flag(name)} is {given!r}; {needed} is needed"
            raise ValueError(msg) from None
    if not kind.items:
        return int(given) if int in kind.single and _whole(given) else given
    parts = [part.strip() for part in given.split(",")]
    if str in kind.items:
        return tuple(parts)
    try:
        numbers = tuple(int(p) if _whole(p) else float(p) for p in parts)
    except ValueError:
        msg = f"{flag(name)} is {given!r}; numbers with commas are needed"
        raise ValueError(msg) from None
    return numbers[0] if len(numbers) == 1 and kind.single else numbers


def _whole(text: str) -> bool:
    return text.lstrip("+-").isdigit()
