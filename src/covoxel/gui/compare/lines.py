"""The lines that repeat a comparison from files: for the Python console, and for the shell."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from covoxel.analysis.compare_options import CompareOptions
from covoxel.gui.lines import Run, changes, command_words, no_command, python_calls
from covoxel.similarity.measures import GROUPS


def compare_python(run: Run) -> str:
    """Return Python statements that compare two images as a run did.

    Examples
    --------
    >>> from covoxel.gui.lines import File
    >>> cells = File(path="a.tif"), File(path="b.tif")
    >>> print(compare_python(Run(names=("a", "b"), files=cells, options=CompareOptions(bits=12))))
    import covoxel
    (first,) = covoxel.read_image('a.tif', channels=[1])
    (second,) = covoxel.read_image('b.tif', channels=[1])
    result = covoxel.compare_channels(first, second, bits=12)
    """
    return python_calls(run, [("result", "compare_channels", _changes(run))])


def compare_command(run: Run) -> str:
    """Return the command that compares two images as a run did.

    Where no command can, comments say what it lacks.

    Examples
    --------
    >>> from covoxel.gui.lines import File
    >>> cells = File(path="my cells.tif"), File(path="my cells.tif", channel=3)
    >>> options = CompareOptions(measures="structure,mse")
    >>> compare_command(Run(names=("a", "b"), files=cells, options=options))
    "covoxel compare 'my cells.tif' --channels 1,3 --measures mse,structure"
    """
    lacking = no_command(_of_one_file(run))
    return lacking or shlex.join(command_words(run, "compare", _changes(run)))


def _of_one_file(run: Run) -> Run:
    """Return a run as if one file held both: this command opens each by itself."""
    first, second = run.files
    if first is None or second is None:
        return run
    return replace(run, files=(first, replace(second, path=first.path)))


def _changes(run: Run) -> Iterator[tuple[str, Any]]:
    """Yield the arguments that are not as they are by default; groups for their measures."""
    for name, value in changes(run):
        if name != "measures":
            yield name, value
        elif value != CompareOptions().measures:
            whole = {group: names for group, names in GROUPS.items() if {*names} <= {*value}}
            covered = {name for names in whole.values() for name in names}
            yield name, (*(name for name in value if name not in covered), *whole)
