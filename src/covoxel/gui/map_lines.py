"""The lines that repeat a map from files: for the console, and for the shell."""

from __future__ import annotations

import shlex
from dataclasses import replace

from covoxel.analysis.map_options import MapOptions
from covoxel.gui.lines import (
    Run,
    changes,
    flag_words,
    image_words,
    missing,
    not_for_a_command,
    opened,
)


def map_python(run: Run, beyond: bool = False) -> str:
    """Return Python statements that map as a run did.

    Parameters
    ----------
    run : Run
    beyond : bool
        Whether what lies beyond chance was looked for, too.

    Examples
    --------
    >>> from covoxel import MapOptions
    >>> from covoxel.gui.lines import File
    >>> cells = File(path="cells.tif"), File(path="cells.tif", channel=2)
    >>> run = Run(names=("a", "b"), files=cells, options=MapOptions(radius=5.0))
    >>> print(map_python(run))
    import covoxel
    first, second = covoxel.read_image('cells.tif', channels=[1, 2])
    result = covoxel.map_channels(first, second, radius=5.0)
    """
    lines = [*(f"# {sentence}" for sentence in missing(run)), "import covoxel"]
    given = []
    if run.region_path is not None:
        given.append(f"mask=covoxel.read_image({run.region_path!r})[0].data")
    elif run.region == "labels":
        given.append(f"mask=viewer.layers[{run.region_name!r}].data")
    elif run.region == "shapes":
        return "\n".join(lines[:-1])
    lines += opened(run)
    for result, options in _maps(run, beyond):
        told = [f"{name}={value!r}" for name, value in changes(options)]
        call = f"covoxel.map_channels({', '.join(['first, second', *given, *told])})"
        lines.append(f"{result} = {call}")
    return "\n".join(lines)


def map_command(run: Run, beyond: bool = False) -> str:
    """Return the command that writes the map of a run, or both.

    Where no command can, comments say what it lacks.

    Examples
    --------
    >>> from covoxel import MapOptions
    >>> from covoxel.gui.lines import File
    >>> cells = File(path="my cells.tif"), File(path="my cells.tif", channel=3)
    >>> map_command(Run(names=("a", "b"), files=cells, options=MapOptions(radius=5.0, unit="um")))
    "covoxel map 'my cells.tif' --channels 1,3 --radius 5.0 --unit um --out correlation.tif"
    """
    lacking = missing(replace(run, remarks=())) or not_for_a_command(run)
    if lacking:
        return "\n".join(f"# {sentence}" for sentence in lacking)
    lines = []
    for _, options in _maps(run, beyond):
        words = ["covoxel", "map", *image_words(run)]
        if run.region is not None:
            words += ["--mask", str(run.region_path)]
        for name, value in changes(options):
            words += flag_words(name, value)
        assert isinstance(options.options, MapOptions)
        lines.append(shlex.join([*words, "--out", f"{options.options.kind}.tif"]))
    return "\n".join(lines)


def _maps(run: Run, beyond: bool) -> list[tuple[str, Run]]:
    """Return the maps of a run, by the names of their results."""
    if not beyond:
        return [("result", run)]
    assert isinstance(run.options, MapOptions)
    far = replace(run.options, kind="beyond")
    return [("result", run), ("beyond", replace(run, options=far))]
