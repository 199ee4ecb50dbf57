"""covoxel register --apply: a saved registration moves channel 2 of an image."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from covoxel.cli.files import FileOptions
from covoxel.cli.flags import flag
from covoxel.cli.outputs import check_endings, refuse_unwritable
from covoxel.cli.printing import echo

#: What is said of pixels that a spline of some degree makes.
OVERSHOOT = (
    "note: interpolated with a spline of degree {}, which beside sharp edges goes beyond the range "
    "of the neighbouring pixels; --order 1 stays within it"
)
_APPLYING = ("channels", "series", "axes", "sizes", "spacing", "out", "overwrite")


def refuse_registering(given: Iterable[str]) -> None:
    """Refuse options that are for finding a registration, not for applying one."""
    others = [name for name in given if name not in _APPLYING]
    if others:
        msg = f"--apply moves an image as registered before; {flag(others[0])} is for registering"
        raise ValueError(msg)


def apply_file(
    calibration: Path, images: Sequence[Path | None], files: FileOptions, order: int | None
) -> None:
    """Write an image with channel 2 registered to channel 1, or all time points to the first.

    `order` is the degree of the interpolating spline, by default 3.
    """
    from covoxel.analysis.registrations import Registrations
    from covoxel.io.write import write_channels

    if files.out is None:
        msg = "--apply needs --out, the image to write, NAME.ome.tif or NAME.tif"
        raise ValueError(msg)
    check_endings({"out": files.out}, ".ome.tif", ".tif")
    registrations = Registrations.load(calibration)
    channels = files.open(*images, any_number=registrations.drift, one_size=False)
    kinds = dict.fromkeys(str(channel.dtype) for channel in channels)
    if len(kinds) > 1:
        msg = f"the channels are of {' and '.join(kinds)}; one image file holds one data type"
        raise ValueError(msg)
    read = files.read(channels, calibration, *images)
    refuse_unwritable([files.out], inputs=read, overwrite=files.overwrite)
    still = 0 if registrations.drift else 1
    degree: Any = 3 if order is None else order
    moved = [registrations.apply(channel, order=degree) for channel in channels[still:]]
    if registrations.doubt:
        echo(f"warning: {registrations.doubt}", err=True)
    if degree > 1 and registrations.interpolates:
        echo(OVERSHOOT.format(degree), err=True)
    echo(write_channels(files.out, [*channels[:still], *moved], overwrite=files.overwrite))
