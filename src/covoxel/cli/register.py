"""covoxel register, and its --apply: a saved registration moves channel 2 of an image."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from covoxel.analysis.analysis import Analysis
from covoxel.analysis.memory_needs import refuse_memory
from covoxel.analysis.opening import READING
from covoxel.analysis.options import option
from covoxel.analysis.register.analysis import REGISTER
from covoxel.cli.command import Call, command_of, run_files
from covoxel.cli.files import FileOptions, check_endings, refuse_unwritable, split_flags
from covoxel.cli.flags import flag
from covoxel.cli.printing import echo
from covoxel.core.files import distinct_names, write_record

#: Of a frame that is resampled and written, in a plane and in a stack.
_BYTES_PER_PIXEL = {2: 36, 3: 52}
#: The note on pixels that a spline of some degree makes.
OVERSHOOT = (
    "note: interpolated with a spline of degree {}, which beside sharp edges goes beyond the range "
    "of the neighbouring pixels; --order 1 stays within it"
)
_APPLYING = ("channels", *READING, "out", "overwrite", "memory_budget")


@dataclass(frozen=True, kw_only=True)
class ApplyFlags:
    """Flags by which a saved registration is applied."""

    apply: Path | None = option(
        None,
        "Apply",
        "a saved registration; moves channel 2 and writes the image --out, NAME.ome.tif or "
        "NAME.tif, with 0 where it has no pixels (covoxel measure --registration leaves them out)",
    )
    order: int | None = option(
        None,
        "Order",
        "degree of the interpolating spline of --apply, from 0 (nearest pixel) to 5 (default 3); "
        "0 and 1 stay within the range of the neighbouring pixels",
    )


def _run(
    register: Analysis[Any, Any, Any], images: Sequence[Path | None], given: dict[str, Any]
) -> None:
    """Register images, or apply a saved registration to them."""
    flags, others = split_flags(ApplyFlags, given)
    if flags.apply is None:
        if flags.order is not None:
            msg = "--order is for --apply; nothing is interpolated to find a registration"
            raise ValueError(msg)
        run_files(register, images, others)
        return
    others = {name: value for name, value in others.items() if value is not None}
    _refuse_registering(others)
    _apply_file(flags, flags.apply, images, others)


register_command = command_of(REGISTER, _run, ApplyFlags)


def _refuse_registering(given: Iterable[str]) -> None:
    """Refuse options that are for finding a registration, not for applying one."""
    others = [name for name in given if name not in _APPLYING]
    if others:
        msg = f"--apply moves an image as registered before; {flag(others[0])} is for registering"
        raise ValueError(msg)


def _apply_file(
    flags: ApplyFlags,
    calibration: Path,
    images: Sequence[Path | None],
    given: Mapping[str, Any],
) -> None:
    """Write an image with channel 2 registered to channel 1, or all time points to the first.

    Its provenance is written beside it.
    """
    from covoxel.analysis.provenance import image_provenance
    from covoxel.analysis.registrations import Registrations
    from covoxel.io.formats import IMAGE_ENDINGS, stem
    from covoxel.io.write import write_channels

    files = FileOptions(**given)
    if files.out is None:
        msg = "--apply needs --out, the image to write, NAME.ome.tif or NAME.tif"
        raise ValueError(msg)
    check_endings({"out": files.out}, *IMAGE_ENDINGS)
    registrations = Registrations.load(calibration)
    channels = files.open(*images, any_number=registrations.drift, one_size=False)
    kinds = dict.fromkeys(str(channel.dtype) for channel in channels)
    if len(kinds) > 1:
        msg = f"the channels are of {' and '.join(kinds)}; one image file holds one data type"
        raise ValueError(msg)
    read = files.read(channels, calibration, *images)
    beside = files.out.with_name(f"{stem(files.out.name)}.json")
    refuse_unwritable([files.out, beside], inputs=read, overwrite=files.overwrite)
    still = 0 if registrations.drift else 1
    order: Any = 3 if flags.order is None else flags.order
    moved = [registrations.apply(channel, order=order) for channel in channels[still:]]
    with files.within_memory():
        shape = channels[-1].spatial_shape[-registrations.ndim :]
        refuse_memory("resampling", shape, _BYTES_PER_PIXEL[max(2, len(shape))])
    if registrations.warning:
        echo(f"warning: {registrations.warning}", err=True)
    if order > 1 and registrations.interpolates:
        echo(OVERSHOOT.format(order), err=True)
    call = Call("register", images, {**vars(flags), **given})
    asked, inputs = call.record(distinct_names(read)), {"registration": calibration}
    record = image_provenance(channels, inputs, {"order": order}, asked)
    path = write_channels(files.out, [*channels[:still], *moved], overwrite=files.overwrite)
    write_record(beside, record, overwrite=files.overwrite)
    echo(path)
