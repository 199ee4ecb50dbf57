"""covoxel compare: how alike two images are, and what else is asked of likeness."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from covoxel.analysis.analysis import Analysis
from covoxel.analysis.compare.analysis import COMPARE
from covoxel.cli.command import command_of, run_files
from covoxel.cli.compare_modes import Modes, run_mode
from covoxel.cli.files import FileOptions, apart
from covoxel.cli.opening import names
from covoxel.image.channel import Channel


def _run(
    compare: Analysis[Any, Any, Any], images: Sequence[Path | None], given: dict[str, Any]
) -> None:
    """Compare images, or do what is asked for instead."""
    modes, others = apart(Modes, given)
    if mode := modes.chosen():
        folder, image2 = images
        besides = {"IMAGE2": image2, **given}
        asked = {name: value for name, value in besides.items() if value is not None}
        files, _ = apart(FileOptions, given)
        assert folder is not None
        run_mode(mode, folder, modes, files, asked)
        return
    if "threshold" in given:
        msg = "--threshold goes with --repeats and --find"
        raise ValueError(msg)
    run_files(compare, images, others, _open)


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
