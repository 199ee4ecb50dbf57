"""covoxel compare: how alike two images are, and what else is asked of likeness."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from covoxel.analysis.compare_options import CompareOptions
from covoxel.cli.asked import Asked
from covoxel.cli.compare_modes import Modes, run_mode
from covoxel.cli.files import FileOptions, apart
from covoxel.cli.flags import with_flags
from covoxel.cli.opening import names
from covoxel.cli.outputs import check_endings
from covoxel.cli.run import Extra, Part, run

if TYPE_CHECKING:
    from covoxel.image.channel import Channel


@with_flags(FileOptions, without=["labels", "registration", "figure"])
@with_flags(Modes)
@with_flags(CompareOptions)
def compare_command(
    image: Path = typer.Argument(..., help="An image file; with --duplicates a folder."),
    image2: Path | None = typer.Argument(
        None, help="A second one; each channel is compared with that of the same number."
    ),
    *,
    ssim_map: Path | None = typer.Option(
        None, "--ssim-map", help="File for SSIM at each pixel, NAME.tif."
    ),
    difference: Path | None = typer.Option(
        None, "--difference", help="File for image 1 less image 2, NAME.tif."
    ),
    **given: Any,
) -> None:
    """Compare two images: differences, structure, histograms, information, hashes."""
    from covoxel.analysis.compare_schema import COMPARE_COLUMNS
    from covoxel.analysis.comparing import compare_channels
    from covoxel.cli.show_compare import LAYOUT
    from covoxel.io.write import write_channels

    maps = {"ssim_map": ssim_map, "difference": difference}
    files, others = apart(FileOptions, given)
    modes, own = apart(Modes, others)
    if mode := modes.chosen():
        besides = {"IMAGE2": image2, **maps}
        given |= {name: path for name, path in besides.items() if path is not None}
        run_mode(mode, image, modes, files, given)
        return
    if "threshold" in given:
        msg = "--threshold goes with --repeats and --find"
        raise ValueError(msg)
    options = CompareOptions(**own)
    if ssim_map is not None and "ssim" not in options.measures:
        msg = "--ssim-map needs ssim among the measures"
        raise ValueError(msg)
    check_endings(maps, ".tif")
    first, second = _open(image, image2, files)

    def write(kind: str, result: Any, path: Path) -> None:
        write_channels(path, result.maps(kind), overwrite=files.overwrite)

    keep_maps = any(path is not None for path in maps.values())
    arguments = {**files.arguments(), "keep_maps": keep_maps, "options": options}
    run(
        "comparing",
        partial(compare_channels, first, second, **arguments),
        LAYOUT.show,
        channels=[*first, *(second or [])],
        files=files,
        asked=Asked("compare", [image, image2], given),
        parts=[Part("compare", COMPARE_COLUMNS)],
        extras=[Extra(path, partial(write, kind)) for kind, path in maps.items()],
    )


def _open(
    image: Path, image2: Path | None, files: FileOptions
) -> tuple[list[Channel], list[Channel] | None]:
    """Return channels of which every pair is compared, or two lists compared one by one."""
    from covoxel.io import read_image
    from covoxel.io.read import chosen_channels

    if image2 is None:
        return files.open(image), None
    one, other = (read_image(path, **files.reading) for path in (image, image2))
    if files.channels is None and not files.all_pairs:
        if len(one) != len(other):
            msg = (
                f"{image} has {len(one)} channels but {image2} has {len(other)}; "
                "choose two by --channels, or --all-pairs"
            )
            raise ValueError(msg)
        return one, other
    chosen = chosen_channels([*one, *other], names(files.channels))
    if len(set(map(id, chosen))) < max(2, len(chosen)) or (len(chosen) > 2 and not files.all_pairs):
        msg = f"--channels is {files.channels}; two different channels are needed"
        raise ValueError(msg)
    return chosen, None
