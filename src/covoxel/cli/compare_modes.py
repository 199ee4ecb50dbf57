"""Near-duplicates of a folder, repeated content, and a small image in a large one."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from covoxel.analysis.analysis import Analysis
from covoxel.analysis.options import option
from covoxel.analysis.registry import analysis
from covoxel.cli.files import FileOptions
from covoxel.cli.flags import flag
from covoxel.cli.opening import open_channels, shown_progress
from covoxel.cli.printing import echo
from covoxel.core.text import counted

_SEARCHING = ("channels", "t", "series", "axes", "sizes", "spacing", "threshold", "json")
_MEMORY = ("memory_budget",)
#: Options that go with what is asked for instead of a comparison.
_TAKEN = {
    "duplicates": ("json", *_MEMORY),
    "repeats": (*_SEARCHING, *_MEMORY),
    "find": (*_SEARCHING, *_MEMORY),
}


@dataclass(frozen=True, kw_only=True)
class Modes:
    """What is asked for instead of a comparison."""

    duplicates: bool = option(
        False,
        "Duplicates",
        "find near-duplicates among the files of a folder, given as the image, by hashes",
    )
    repeats: bool = option(False, "Repeats", "find content that occurs twice within each channel")
    find: Path | None = option(
        None, "Find", "a small image, to be found in the channels of the first"
    )
    threshold: float = option(
        0.8, "Threshold", "least correlation of what --repeats and --find tell"
    )

    def chosen(self) -> str | None:
        """Return which one is asked for, None for a comparison.

        Raises
        ------
        ValueError
            If it is more than one.
        """
        asked = [name for name in _TAKEN if getattr(self, name)]
        if len(asked) > 1:
            msg = "of --duplicates, --repeats and --find only one can be given"
            raise ValueError(msg)
        return asked[0] if asked else None


def run_mode(
    mode: str, image: Path, modes: Modes, files: FileOptions, given: Iterable[str]
) -> None:
    """Print what is asked for; `given` are all options, of which others are refused."""
    others = [name for name in given if name not in (mode, *_TAKEN[mode])]
    if others:
        name = others[0] if others[0].isupper() else flag(others[0])
        msg = f"{name} does not go with {flag(mode)}"
        raise ValueError(msg)
    with files.within_memory():
        if mode == "duplicates":
            _print_duplicates(image, as_json=files.json)
        else:
            _search(analysis(mode), image, modes, files)


def _search(search: Analysis[Any, Any, Any], image: Path, modes: Modes, files: FileOptions) -> None:
    """Print what a search in the channels of an image finds."""
    images = files.open(image, any_number=True)
    small = None if modes.find is None else open_channels([modes.find], least=1, most=1)[0]
    options = search.options(threshold=modes.threshold)
    with shown_progress(search.progress_text) as progress:
        found = search.run(images, small, options=options, progress=progress, **files.arguments())
    lines = map(json.dumps, search.records(found)) if files.json else search.lines(found)
    for line in lines:
        echo(line)


def _print_duplicates(folder: Path, *, as_json: bool) -> None:
    """Print the near-duplicates of a folder."""
    from covoxel.analysis.search.duplicates import folder_duplicates

    with shown_progress("hashing") as progress:
        found = folder_duplicates(folder, progress=progress)
    for reason in found.unreadable:
        echo(f"left out: {reason}", err=True)
    for row in found.table.to_dict("records"):
        said = f"{row['image1']} and {row['image2']} differ in {row['distance']} of 64 bits"
        echo(json.dumps(row) if as_json else said)
    if not as_json:
        pairs, images = counted(len(found.table), "near-duplicate"), counted(found.images, "image")
        echo(f"{pairs} among {images}")
