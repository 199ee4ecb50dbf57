"""The command of an analysis: its flags, what it prints and what it writes, as declared."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import typer

from covoxel.analysis.analysis import Analysis, OutputFile
from covoxel.analysis.result import Result
from covoxel.cli.asked import Asked
from covoxel.cli.files import FileOptions
from covoxel.cli.flags import flag, with_flags
from covoxel.cli.outputs import check_endings
from covoxel.cli.run import Extra, figure, run
from covoxel.cli.show import layout_of, print_matrix
from covoxel.image.channel import Channel

#: Runs an analysis on files, with the flags that were given.
Runner = Callable[[Analysis[Any, Any, Any], Sequence[Path | None], dict[str, Any]], None]
#: Returns image1 and image2, lists of channels, from files.
Opener = Callable[[FileOptions, Sequence[Path | None]], tuple[list[Channel], list[Channel] | None]]
#: Flags of inputs, by the name of the input that an analysis accepts.
_FLAGS = {
    "several": "all_pairs",
    "mask": "mask",
    "labels": "labels",
    "registration": "registration",
    "per_plane": "per_plane",
    "t": "t",
    "z": "z",
}
#: What a second file is, and where channels of both are taken one by one.
_SECOND = {
    False: "A second one, where a file is a channel.",
    True: "A second one; each channel is compared with that of the same number.",
}
_KEYWORD = inspect.Parameter.KEYWORD_ONLY


def command_of(
    analysis: Analysis[Any, Any, Any],
    runner: Runner | None = None,
    more: type[Any] | None = None,
) -> Callable[..., None]:
    """Return the command of an analysis, for typer.

    `run_files` runs it unless a `runner` is given, which may have `more` flags, the fields of a
    dataclass.
    """
    options = {one.name for one in dataclasses.fields(analysis.options)}
    absent = [name for one, name in _FLAGS.items() if not getattr(analysis.accepts, one)]
    absent = [*(name for name in absent if name not in options), *(options - {"per_plane"})]
    if not analysis.has_figure:
        absent.append("figure")
    if any(one.name == "out" for one in analysis.files):
        absent += ["out", "parquet"]

    def command(
        image: Path = typer.Argument(..., help="An image file."),
        image2: Path | None = typer.Argument(None, help=_SECOND[analysis.accepts.one_by_one]),
        **given: Any,
    ) -> None:
        (runner or run_files)(analysis, [image, image2], given)

    signature = inspect.signature(command, eval_str=True)
    image, image2, given = signature.parameters.values()
    outputs = [_parameter(one) for one in analysis.files]
    command.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[image, image2, *outputs, given]
    )
    command.__doc__ = analysis.summary
    command.__name__ = analysis.name
    extended = command if more is None else with_flags(more)(command)
    with_options = with_flags(analysis.options, without=["per_plane"])(extended)
    words = {"out": analysis.folder_text}
    return with_flags(FileOptions, without=absent, words=words)(with_options)


def _parameter(output: OutputFile) -> inspect.Parameter:
    option = typer.Option(... if output.required else None, flag(output.name), help=output.help)
    kind = Path if output.required else Path | None
    return inspect.Parameter(output.name, _KEYWORD, default=option, annotation=kind)


def run_files(
    analysis: Analysis[Any, Any, Any],
    images: Sequence[Path | None],
    given: dict[str, Any],
    opened: Opener | None = None,
) -> list[Path]:
    """Run an analysis on files as flags ask for it; print its table and write its files.

    Parameters
    ----------
    analysis : Analysis
    images : sequence of Path or None
    given : dict
        The flags that were given, by the names of their options.
    opened : callable, optional
        Opens the files; all of their channels are image1 unless given.

    Returns
    -------
    list of Path
        The files that were written.
    """
    outputs = {one.name: given.pop(one.name, None) for one in analysis.files}
    asked = Asked(analysis.name, images, given)
    known = {one.name for one in dataclasses.fields(analysis.options)} - {"per_plane"}
    options = analysis.options(**{name: given[name] for name in given if name in known})
    files = FileOptions(**{name: given[name] for name in given if name not in known})
    wanted = [one for one in analysis.files if outputs[one.name] is not None]
    for one in wanted:
        analysis.check_file(one.name, options)
        _check_output(one, outputs[one.name], all_pairs=files.all_pairs)
    inputs = {name: value for one in wanted for name, value in one.inputs.items()}
    if opened is None:
        alone, one_size = analysis.one_channel(options), analysis.accepts.one_size
        image1, image2 = files.open(*images, any_number=alone, one_size=one_size), None
    else:
        image1, image2 = opened(files, images)
    channels = [*image1, *(image2 or [])]
    extras = [
        Extra(outputs[one.name], partial(_write, analysis, one.name, files))
        for one in analysis.files
    ]
    if files.out is not None:
        for name, write in analysis.folder_files(channels, options).items():
            extras.append(Extra(files.out / name, partial(write, overwrite=files.overwrite)))

    def show(result: Any) -> None:
        layout_of(analysis).show(result)
        if files.all_pairs and analysis.shows_matrix:
            print_matrix(result.table)

    return run(
        analysis.progress_text,
        partial(analysis.run, image1, image2, **files.arguments(), **inputs, options=options),
        show,
        channels=channels,
        files=files,
        asked=asked,
        inputs=analysis.files_read(options),
        tables=analysis.tables,
        extras=[*([figure(files, _figure)] if analysis.has_figure else []), *extras],
    )


def _check_output(output: OutputFile, path: Path, *, all_pairs: bool) -> None:
    if output.one_pair and all_pairs:
        msg = f"{flag(output.name)} is for one pair of channels; choose two by --channels"
        raise ValueError(msg)
    if output.endings:
        check_endings({output.name: path}, *output.endings)


def _figure(result: Result) -> Any:
    return result.figure()


def _write(
    analysis: Analysis[Any, Any, Any], name: str, files: FileOptions, result: Result, path: Path
) -> None:
    analysis.write(name, result, path, overwrite=files.overwrite)
