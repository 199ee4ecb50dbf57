"""The lines that repeat a run from files: for the Python console, and for the shell."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

from covoxel.analysis.delay_options import DelayOptions
from covoxel.analysis.distance_options import DistanceOptions
from covoxel.analysis.map_options import MapOptions
from covoxel.analysis.measure.options import MeasureOptions
from covoxel.analysis.register_options import RegisterOptions
from covoxel.io import read_image

#: What the channels are called in Python.
_VARIABLES = ("first", "second")
_ONLY_PYTHON = "only the Python line can repeat this"


@dataclass(frozen=True, kw_only=True)
class File:
    """Where a channel is read from.

    Attributes
    ----------
    path : str
    series : int
        Index of the image in the file.
    channel : int
        Number of the channel, from 1.
    axes : str or None
        Meaning of the file's axes, where the file does not tell.
    spacing : tuple of float or None
        Voxel size in µm, where it is not the file's.
    """

    path: str
    series: int = 0
    channel: int = 1
    axes: str | None = None
    spacing: tuple[float, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class Run:
    """What was measured, or registered.

    Attributes
    ----------
    names : tuple of str
        The layers of the channels, two or one.
    files : tuple of (File or None)
        Where their pixels lie; None for pixels that exist only in the viewer.
    region : {"labels", "mask", "shapes"} or None
        What kind of region was given; None for the whole image.
    region_name : str
        The layer of the region.
    region_path : str or None
        The label image or mask that holds the region; shapes have none until they are saved
        as labels.
    t, z : int or None
        Time point and plane, as `covoxel.measure` takes them.
    options : MeasureOptions, RegisterOptions, DistanceOptions, DelayOptions or MapOptions
    remarks : tuple of str
        In what the files say other than the layers did.
    """

    names: tuple[str, ...]
    files: tuple[File | None, ...]
    region: Literal["labels", "mask", "shapes"] | None = None
    region_name: str = ""
    region_path: str | None = None
    t: int | None = None
    z: int | None = None
    options: MeasureOptions | RegisterOptions | DistanceOptions | DelayOptions | MapOptions = field(
        default_factory=MeasureOptions
    )
    remarks: tuple[str, ...] = ()


def missing(run: Run) -> list[str]:
    """Return a sentence for each thing that keeps the lines from repeating the run exactly."""
    sentences = [
        f"The pixels of layer {name!r} are in no file; save them as a TIFF and open that."
        for name, file in zip(run.names, run.files, strict=True)
        if file is None
    ]
    if run.region is not None and run.region_path is None:
        sentences.append(f"Region {run.region_name!r} exists only in the viewer; save it first.")
    return [*sentences, *run.remarks]


def as_python(run: Run) -> str:
    """Return Python statements that make the table of a run.

    What is in no file is taken from ``viewer``, as napari's console has it, and a comment
    says so.

    Examples
    --------
    >>> cells = File(path="cells.tif"), File(path="cells.tif", channel=2)
    >>> print(as_python(Run(names=("a", "b"), files=cells, options=MeasureOptions(like="jacop"))))
    import covoxel
    first, second = covoxel.read_image('cells.tif', channels=[1, 2])
    result = covoxel.measure(first, second, like='jacop')
    """
    given = [f"{name}={value!r}" for name, value in changes(run)]
    lines = [*(f"# {sentence}" for sentence in missing(run)), "import covoxel"]
    if run.region is not None:
        given.insert(0, f"{'labels' if run.region_path else run.region}={_region(run)}")
    lines += opened(run)
    return "\n".join([*lines, f"result = covoxel.measure({', '.join(['first, second', *given])})"])


def python_calls(
    run: Run,
    calls: Iterable[tuple[str, str, Iterable[tuple[str, Any]]]],
    region: str = "mask",
) -> str:
    """Return Python statements that call functions on the channels of a run, in its region.

    Where the region exists only in the viewer as shapes, comments alone say so.

    Parameters
    ----------
    run : Run
    calls : iterable of (str, str, arguments)
        The name of the result, the function, and its arguments with their values.
    region : {"mask", "labels"}
        The argument that takes the region.
    """
    comments = [f"# {sentence}" for sentence in missing(run)]
    given = []
    if run.region_path is not None or run.region == "labels":
        given = [f"{region}={_region(run)}"]
    elif run.region == "shapes":
        return "\n".join(comments)
    lines = [*comments, "import covoxel", *opened(run)]
    for result, function, arguments in calls:
        told = [f"{name}={value!r}" for name, value in arguments]
        channels = _VARIABLES[: len(run.files)]
        lines.append(f"{result} = covoxel.{function}({', '.join([*channels, *given, *told])})")
    return "\n".join(lines)


def changes(run: Run) -> Iterator[tuple[str, Any]]:
    """Yield the arguments that are not as they are by default."""
    for name in ("t", "z"):
        if getattr(run, name) is not None:
            yield name, getattr(run, name)
    for one in fields(run.options):
        value = getattr(run.options, one.name)
        if value != one.default:
            yield one.name, value


def opened(run: Run) -> list[str]:
    """Return the statements that open the channels."""
    first, *others = run.files
    second = others[0] if others else None
    if first is not None and second == replace(first, channel=second.channel if second else 0):
        numbers = f"[{first.channel}, {second.channel}]"
        return [f"first, second = {_reading(first, numbers)}"]
    return [
        f"{variable} = viewer.layers[{name!r}]"
        if file is None
        else f"({variable},) = {_reading(file, f'[{file.channel}]')}"
        for variable, name, file in zip(_VARIABLES, run.names, run.files, strict=False)
    ]


def _reading(file: File, channels: str) -> str:
    given = [repr(file.path), f"series={file.series}"] if file.series else [repr(file.path)]
    given.append(f"channels={channels}")
    given += [
        f"{name}={getattr(file, name)!r}"
        for name in ("axes", "spacing")
        if getattr(file, name) is not None
    ]
    return f"covoxel.read_image({', '.join(given)})"


def _region(run: Run) -> str:
    if run.region_path is not None:
        return f"covoxel.read_image({run.region_path!r})[0].data"
    layer = f"viewer.layers[{run.region_name!r}]"
    if run.region == "shapes":
        return f"covoxel.image.polygons({layer}, viewer.layers[{run.names[0]!r}])"
    return f"{layer}.data"


def as_command(run: Run) -> str:
    """Return the command that prints the table of a run.

    Where no command can, comments say what it lacks.

    Examples
    --------
    >>> cells = File(path="my cells.tif"), File(path="my cells.tif", channel=3)
    >>> as_command(Run(names=("a", "b"), files=cells, z=4))
    "covoxel measure 'my cells.tif' --channels 1,3 --z 4"
    """
    region = "mask" if run.region == "mask" else "labels"
    return no_command(run) or shlex.join(command_words(run, "measure", changes(run), region))


def no_command(run: Run) -> str:
    """Return as comments why no command can repeat a run, nothing where one can."""
    lacking = missing(replace(run, remarks=())) or _not_for_a_command(run)
    return "\n".join(f"# {sentence}" for sentence in lacking)


def command_words(
    run: Run, command: str, arguments: Iterable[tuple[str, Any]], region: str = "mask"
) -> list[str]:
    """Return the words of a command on the channels of a run, in its region."""
    words = ["covoxel", command, *_image_words(run)]
    if run.region is not None:
        words += [f"--{region}", str(run.region_path)]
    for name, value in arguments:
        words += _flag_words(name, value)
    return words


def _not_for_a_command(run: Run) -> list[str]:
    """Return why a command cannot tell where the channels lie."""
    if len(run.files) == 1:
        return []
    first, second = run.files
    assert first is not None
    assert second is not None
    if first.series != second.series:
        return [f"The channels are in different series; {_ONLY_PYTHON}."]
    several = first.path != second.path
    if first.spacing != second.spacing or first.axes != second.axes or (several and first.axes):
        return [f"What is told of each file differs; {_ONLY_PYTHON}."]
    try:
        if several:
            read_image([first.path, second.path], series=first.series)
    except ValueError as error:
        return [f"{error}; {_ONLY_PYTHON}."]
    return []


def _image_words(run: Run) -> list[str]:
    """Return the words for the files and which channels of them.

    The channels of a second file are counted on.
    """
    first, *others = run.files
    assert first is not None
    paths, numbers = [first.path], [first.channel]
    for second in others:
        assert second is not None
        numbers.append(second.channel)
        if second.path != first.path:
            paths.append(second.path)
            numbers[-1] += len(read_image(first.path, series=first.series))
    words = [*paths, "--channels", ",".join(map(str, numbers))]
    if first.series:
        words += ["--series", str(first.series)]
    if first.axes is not None:
        words += ["--axes", first.axes]
    if first.spacing is not None:
        words += ["--spacing", ",".join(map(repr, first.spacing))]
    return words


def _flag_words(name: str, value: Any) -> list[str]:
    """Return the words for an option that is not as it is by default."""
    if name == "per_z":
        return ["--per", "z"]
    flag = f"--{name.replace('_', '-')}"
    if value is True:
        return [flag]
    return [flag, ",".join(map(str, value)) if isinstance(value, tuple) else str(value)]
