"""covoxel measure: the derived command, with flags that set both channels at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from covoxel.analysis.analysis import Analysis
from covoxel.analysis.measure.analysis import MEASURE
from covoxel.analysis.options import option
from covoxel.cli.command import command_of, run_files
from covoxel.cli.files import split_flags


@dataclass(frozen=True, kw_only=True)
class Both:
    """Flags that set an option of both channels."""

    threshold: str | None = option(None, "", "threshold of both channels; see --threshold1")
    background: str | None = option(None, "", "background of both channels; see --background1")
    seed: str | None = option(None, "", "no longer an option", hidden=True)


def _run(
    measure: Analysis[Any, Any, Any], images: Sequence[Path | None], given: dict[str, Any]
) -> None:
    """Measure files."""
    both, flags = split_flags(Both, given)
    if both.seed is not None:
        msg = "--seed is no longer an option: measure draws nothing at random"
        raise ValueError(msg)
    for name in ("threshold", "background"):
        for i in (1, 2):
            if getattr(both, name) is not None:
                flags.setdefault(f"{name}{i}", getattr(both, name))
    run_files(measure, images, flags)


measure_command = command_of(MEASURE, _run, Both)
