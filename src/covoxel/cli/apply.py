"""covoxel register --apply: a saved registration moves channel 2 of an image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import typer

from covoxel.cli.opening import open_channels


def apply_file(
    calibration: Path,
    images: Sequence[Path],
    opening: Mapping[str, Any],
    out: Path | None,
    *,
    overwrite: bool,
) -> None:
    """Write an image whose channel 2 is laid on channel 1, or all time points on the first."""
    from covoxel.analysis.registrations import Registrations
    from covoxel.io.write import write_channels

    if out is None:
        msg = "--apply needs --out, the image to write, NAME.ome.tif or NAME.tif"
        raise ValueError(msg)
    if out.suffix != ".tif":
        msg = f"--out is {out.name!r}; with --apply a name ending in .tif or .ome.tif is needed"
        raise ValueError(msg)
    registrations = Registrations.load(calibration)
    least, most = (1, None) if registrations.drift else (2, 2)
    channels = open_channels(images, **opening, least=least, most=most)
    kinds = dict.fromkeys(str(channel.dtype) for channel in channels)
    if len(kinds) > 1:
        msg = f"the channels are of {' and '.join(kinds)}; one image file holds one data type"
        raise ValueError(msg)
    still = 0 if registrations.drift else 1
    moved = [registrations.apply(channel) for channel in channels[still:]]
    typer.echo(write_channels(out, [*channels[:still], *moved], overwrite=overwrite))
