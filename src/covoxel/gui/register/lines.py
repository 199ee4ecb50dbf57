"""The lines that repeat a run of the Register widget from files: for Python, and for the shell."""

from __future__ import annotations

import shlex
from dataclasses import replace

from covoxel.gui.running.lines import (
    RepeatableRun,
    as_command,
    as_python,
    command_words,
    missing,
    no_command,
    opened,
)

#: What a command writes a moved image to.
_OUT = "registered.ome.tif"


def register_python(run: RepeatableRun, calibration: str | None = None) -> str:
    """Return Python statements that register as a run did, or apply the file of its calibration.

    Examples
    --------
    >>> from covoxel import RegisterOptions
    >>> from covoxel.gui.running.lines import File
    >>> cells = File(path="cells.tif"), File(path="cells.tif", channel=2)
    >>> options = RegisterOptions(max_shift=10)
    >>> run = RepeatableRun(names=("a", "b"), files=cells, options=options)
    >>> print(register_python(run))
    import covoxel
    first, second = covoxel.read_image('cells.tif', channels=[1, 2])
    result = covoxel.register_channels(first, second, max_shift=10)
    """
    if calibration is None:
        return as_python(_first_of_drift(run), "mask")
    run = _one_if_same(run)
    lines = [*(f"# {sentence}" for sentence in missing(run)), "import covoxel", *opened(run)]
    names = {"first": "moved1", "second": "moved2"} if _is_drift(run) else {"second": "moved"}
    for image, moved in list(names.items())[: len(run.files)]:
        load = f"covoxel.analysis.Registrations.load({calibration!r})"
        lines.append(f"{moved} = {load}.apply({image})")
    return "\n".join(lines)


def register_command(run: RepeatableRun, calibration: str | None = None) -> str:
    """Return the command that registers as a run did, or applies the file of its calibration.

    Where no command can, comments say what it lacks.

    Examples
    --------
    >>> from covoxel import RegisterOptions
    >>> from covoxel.gui.running.lines import File
    >>> cells = File(path="my cells.tif"), File(path="my cells.tif", channel=3)
    >>> options = RegisterOptions(max_shift=(2, 9, 9))
    >>> run = RepeatableRun(names=("a", "b"), files=cells, options=options)
    >>> register_command(run)
    "covoxel register 'my cells.tif' --channels 1,3 --max-shift 2,9,9"
    >>> register_command(run, "beads.json")
    "covoxel register --apply beads.json 'my cells.tif' --channels 1,3 --out registered.ome.tif"
    >>> from covoxel.analysis.field.options import FieldOptions
    >>> register_command(replace(run, options=FieldOptions(tile=(8, 32, 32))))
    "covoxel field 'my cells.tif' --channels 1,3 --tile 8,32,32"
    >>> register_command(replace(run, options=RegisterOptions(drift=True)))
    "covoxel register 'my cells.tif' --channels 1 --drift"
    """
    if calibration is None:
        return as_command(_first_of_drift(run), "mask")
    run = _one_if_same(replace(run, region=None))
    lacking = no_command(run)
    if lacking:
        return lacking
    program, command, *image = command_words(run, "register", ())
    return shlex.join([program, command, "--apply", calibration, *image, "--out", _OUT])


def _is_drift(run: RepeatableRun) -> bool:
    return bool(getattr(run.options, "drift", False))


def _first_of_drift(run: RepeatableRun) -> RepeatableRun:
    """Return a run with the first channel alone where only its drift was looked for."""
    return replace(run, names=run.names[:1], files=run.files[:1]) if _is_drift(run) else run


def _one_if_same(run: RepeatableRun) -> RepeatableRun:
    """Return a run with the first channel alone where both are the same layer."""
    return _first_of_drift(run) if len({*run.names}) == 1 else run
