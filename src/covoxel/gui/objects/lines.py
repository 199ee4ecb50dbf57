"""Lines that repeat a comparison of objects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from covoxel.gui.running.lines import RepeatableRun, as_command, changes, python_calls

if TYPE_CHECKING:
    from covoxel.gui.objects.run import ObjectsRun


@dataclass(frozen=True, slots=True)
class _Expression:
    """An argument that is no literal."""

    text: str

    def __repr__(self) -> str:
        return self.text


def objects_python(run: RepeatableRun, last: ObjectsRun) -> str:
    """Return the statements that repeat a run; objects in no file are taken from the viewer."""
    return python_calls(run, [("result", [*_objects(last), *changes(run)])])


def _objects(last: ObjectsRun) -> Iterator[tuple[str, Any]]:
    for number, given in enumerate(last.given, start=1):
        if given.name:
            layer = _Expression(f"viewer.layers[{given.name!r}]")
            yield f"objects{number}", given.path or layer


def objects_command(run: RepeatableRun, last: ObjectsRun) -> str:
    """Return the command that repeats a run, or comments that say why there is none."""
    unsaved = [given.name for given in last.given if given.name and not given.path]
    if unsaved:
        return "\n".join(
            f"# Objects {name!r} exist only in the viewer; save them first." for name in unsaved
        )
    words = [
        word
        for number, given in enumerate(last.given, start=1)
        if given.path
        for word in (f"--objects{number}", given.path)
    ]
    return as_command(run, None, *words)
