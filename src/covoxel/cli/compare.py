"""covoxel compare: how alike two images are; or searches in an image or in a folder instead."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from covoxel.analysis.analysis import Analysis
from covoxel.analysis.compare.analysis import COMPARE
from covoxel.analysis.opening import READING, open_channels
from covoxel.analysis.options import option
from covoxel.analysis.registry import ANALYSES, analysis
from covoxel.cli.command import command_of, run_files
from covoxel.cli.files import FileOptions, names, split_flags
from covoxel.cli.flags import flag
from covoxel.cli.printing import echo, shown_progress
from covoxel.core.text import counted
from covoxel.image.channel import Channel

#: The analyses that this command runs instead of a comparison.
_SEARCHES = [one for one in map(analysis, ANALYSES) if one.mode_of == COMPARE.name]
#: Flags that go with any of them.
_ALL, _READING = ("json", "memory_budget"), ("channels", *READING)
#: Flags for what to do instead of a comparison.
Modes: Any = dataclasses.make_dataclass(
    "Modes",
    [
        (
            "duplicates",
            bool,
            option(
                False,
                "Duplicates",
                "find near-duplicates among the files of a folder, given as the image, by hashes",
            ),
        ),
        *((one.name, bool if one.accepts.single else Path | None, one.mode) for one in _SEARCHES),
        (
            "threshold",
            float,
            option(0.8, "Threshold", "smallest correlation of what --repeats and --find report"),
        ),
    ],
    frozen=True,
    kw_only=True,
)


def _run(
    compare: Analysis[Any, Any, Any], images: Sequence[Path | None], given: dict[str, Any]
) -> None:
    """Compare images, or search instead."""
    modes, others = split_flags(Modes, given)
    taken: dict[str, Sequence[str]] = {"duplicates": _ALL}
    for one in _SEARCHES:
        taken[one.name] = (*_ALL, *_READING, *one.accepts.names(), "threshold")
    asked = [name for name in taken if getattr(modes, name)]
    if len(asked) > 1:
        msg = "of --duplicates, --repeats and --find only one can be given"
        raise ValueError(msg)
    if not asked:
        if "threshold" in given:
            msg = "--threshold goes with --repeats and --find"
            raise ValueError(msg)
        run_files(compare, images, others, _open)
        return
    (mode,) = asked
    image, image2 = images
    named = {"IMAGE2": image2, **given}
    refused = [
        n for n, value in named.items() if value is not None and n not in (mode, *taken[mode])
    ]
    if refused:
        name = refused[0] if refused[0].isupper() else flag(refused[0])
        msg = f"{name} does not go with {flag(mode)}"
        raise ValueError(msg)
    assert image is not None
    others = {name: value for name, value in others.items() if value is not None}
    if mode == "duplicates":
        _print_duplicates(image, FileOptions(**others))
        return

    def opened(files: FileOptions, _: Sequence[Path | None]) -> tuple[list[Channel], Any]:
        small = None if modes.find is None else open_channels([modes.find], least=1, most=1)[0]
        return files.open(image, any_number=True), small

    run_files(analysis(mode), [image], others | {"threshold": modes.threshold}, opened)


compare_command = command_of(COMPARE, _run, Modes)


def _open(
    files: FileOptions, images: Sequence[Path | None]
) -> tuple[list[Channel], list[Channel] | None]:
    """Return channels of which every pair is compared, or two lists compared one by one."""
    from covoxel.io import read_image
    from covoxel.io.read import chosen_channels

    paths = [path for path in images if path is not None]
    if len(paths) < 2:
        return files.open(*paths), None
    one, other = (read_image(path, **files.reading) for path in paths)
    if files.channels is None and not files.all_pairs:
        if len(one) != len(other):
            msg = (
                f"{paths[0]} has {len(one)} channels but {paths[1]} has {len(other)}; "
                "choose two by --channels, or --all-pairs"
            )
            raise ValueError(msg)
        return one, other
    chosen = chosen_channels([*one, *other], names(files.channels))
    if len(set(map(id, chosen))) < max(2, len(chosen)) or (len(chosen) > 2 and not files.all_pairs):
        msg = f"--channels is {files.channels}; two different channels are needed"
        raise ValueError(msg)
    return chosen, None


def _print_duplicates(folder: Path, files: FileOptions) -> None:
    """Print the near-duplicates of a folder."""
    from covoxel.analysis.search.duplicates import folder_duplicates

    with files.within_memory(), shown_progress("hashing") as progress:
        found = folder_duplicates(folder, progress=progress)
    for reason in found.unreadable:
        echo(f"left out: {reason}", err=True)
    for row in found.table.to_dict("records"):
        line = f"{row['image1']} and {row['image2']} differ in {row['distance']} of 64 bits"
        echo(json.dumps(row) if files.json else line)
    if not files.json:
        pairs, images = counted(len(found.table), "near-duplicate"), counted(found.images, "image")
        echo(f"{pairs} among {images}")
