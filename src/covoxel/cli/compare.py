"""covoxel compare: how alike two images are, and what else is asked of likeness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from covoxel._files import refuse_existing
from covoxel.analysis.compare_options import CompareOptions
from covoxel.cli.compare_modes import print_duplicates, print_found, print_repeats
from covoxel.cli.flags import with_flags
from covoxel.cli.opening import names, numbers, open_channels, open_region, shown_progress

if TYPE_CHECKING:
    from covoxel.channel import Channel

_NAME = "compare"


@with_flags(CompareOptions)
def compare_command(
    image: Path = typer.Argument(..., help="An image file; with --duplicates a folder."),
    image2: Path | None = typer.Argument(
        None, help="A second one; each channel is compared with that of the same number."
    ),
    *,
    channels: str | None = typer.Option(
        None, "--channels", help="Which two, by number from 1 or by name, such as 1,3."
    ),
    all_pairs: bool = typer.Option(False, "--all-pairs", help="Compare every pair of channels."),
    mask: Path | None = typer.Option(None, "--mask", help="An image; where it is not 0."),
    per: str | None = typer.Option(None, "--per", help="A row for each plane: z."),
    t: int | None = typer.Option(None, "--t", help="One time point, from 0."),
    z: int | None = typer.Option(None, "--z", help="One plane, from 0."),
    series: int = typer.Option(0, "--series", help="Which image of the file, from 0."),
    axes: str | None = typer.Option(
        None, "--axes", help="The file's axes where it does not tell or lies, such as TCZYX."
    ),
    spacing: str | None = typer.Option(
        None, "--spacing", help="Voxel size z,y,x in µm; wins over the file's."
    ),
    ssim_map: Path | None = typer.Option(
        None, "--ssim-map", help="File for SSIM at each pixel, NAME.tif."
    ),
    difference: Path | None = typer.Option(
        None, "--difference", help="File for image 1 less image 2, NAME.tif."
    ),
    duplicates: bool = typer.Option(
        False, "--duplicates", help="Find near-duplicates among the files of a folder, by hashes."
    ),
    repeats: bool = typer.Option(
        False, "--repeats", help="Find content that occurs twice within each channel."
    ),
    find: Path | None = typer.Option(
        None, "--find", help="A small image, to be found in the channels of the first."
    ),
    threshold: float = typer.Option(
        0.8, "--threshold", help="Least correlation of what --repeats and --find tell."
    ),
    out: Path | None = typer.Option(None, "--out", help="Folder for table and provenance."),
    parquet: bool = typer.Option(False, "--parquet", help="Write the table as Parquet too."),
    overwrite: bool = typer.Option(False, "--overwrite", help="Replace files that exist."),
    as_json: bool = typer.Option(False, "--json", help="Print a JSON object a row, nothing else."),
    **changes: Any,
) -> None:
    """Compare two images: differences, structure, histograms, information, hashes."""
    opening: dict[str, Any] = {
        "channels": names(channels),
        "series": series,
        "axes": axes,
        "spacing": numbers("--spacing", spacing),
    }
    if duplicates or repeats or find is not None:
        others = {"IMAGE2": image2, "--mask": mask, "--per": per, "--z": z, "--out": out}
        others |= {"--ssim-map": ssim_map, "--difference": difference}
        others |= {f"--{name.replace('_', '-')}": value for name, value in changes.items()}
        _only(others, [duplicates, repeats, find is not None])
    if duplicates:
        print_duplicates(image, as_json=as_json)
    elif repeats:
        print_repeats(image, opening, t, threshold, as_json=as_json)
    elif find is not None:
        print_found(image, find, opening, t, threshold, as_json=as_json)
    else:
        if per not in (None, "z"):
            msg = f"--per is {per!r}; allowed is z"
            raise ValueError(msg)
        compare_files(
            [image] if image2 is None else [image, image2],
            opening,
            all_pairs=all_pairs,
            mask=mask,
            place={"t": t, "z": z, "per_z": per == "z"},
            maps={"ssim_map": ssim_map, "difference": difference},
            out=out,
            parquet=parquet,
            overwrite=overwrite,
            as_json=as_json,
            options=CompareOptions(**changes),
        )


def _only(others: Mapping[str, Any], modes: Sequence[bool]) -> None:
    """Refuse flags of comparing where something else is asked for, or more than one thing."""
    if sum(modes) > 1:
        msg = "of --duplicates, --repeats and --find only one can be given"
        raise ValueError(msg)
    given = [flag for flag, value in others.items() if value is not None]
    if given:
        msg = f"{given[0]} does not go with --duplicates, --repeats and --find"
        raise ValueError(msg)


def compare_files(
    images: Sequence[Path],
    opening: Mapping[str, Any],
    *,
    all_pairs: bool,
    mask: Path | None,
    place: Mapping[str, Any],
    maps: Mapping[str, Path | None],
    out: Path | None,
    parquet: bool,
    overwrite: bool,
    as_json: bool,
    options: CompareOptions,
) -> None:
    """Compare the channels of files, print the table, and write what is asked for."""
    from covoxel.analysis.compare_schema import COMPARE_COLUMNS
    from covoxel.analysis.comparing import compare_channels
    from covoxel.analysis.provenance import provenance
    from covoxel.cli.outputs import table_files
    from covoxel.cli.show import print_json, print_table
    from covoxel.cli.show_compare import LAYOUT
    from covoxel.io import write_results
    from covoxel.io.write import write_channels

    asked = {kind: path for kind, path in maps.items() if path is not None}
    if "ssim_map" in asked and "ssim" not in options.measures:
        msg = "--ssim-map needs ssim among the measures"
        raise ValueError(msg)
    files = [] if out is None else table_files(out, _NAME, parquet=parquet)
    refuse_existing([*files, *asked.values()], overwrite=overwrite)
    first, second = _open(images, opening, all_pairs=all_pairs)
    region = None if mask is None else open_region(mask)
    with shown_progress("comparing") as progress:
        result = compare_channels(
            first,
            second,
            mask=region,
            keep_maps=bool(asked),
            options=options,
            progress=progress,
            **place,
        )
    if as_json:
        print_json(result.table)
    else:
        print_table(result.table, LAYOUT)
    written: list[Path] = []
    if out is not None:
        inputs = {} if mask is None else {"mask": mask}
        channels = [*first, *(second or [])]
        record = provenance(result.table, channels, inputs, COMPARE_COLUMNS)
        written += write_results(
            result.table, out, name=_NAME, provenance=record, parquet=parquet, overwrite=overwrite
        )
    for kind, path in asked.items():
        written.append(write_channels(path, result.maps(kind), overwrite=overwrite))
    if written and not as_json:
        typer.echo("written: " + ", ".join(map(str, written)))


def _open(
    images: Sequence[Path], opening: Mapping[str, Any], *, all_pairs: bool
) -> tuple[list[Channel], list[Channel] | None]:
    """Return channels of which every pair is compared, or two lists compared one by one."""
    from covoxel.io import read_image
    from covoxel.io.read import chosen_channels

    if len(images) == 1:
        return open_channels(images, **opening, most=None if all_pairs else 2), None
    wanted = opening["channels"]
    reading = {name: value for name, value in opening.items() if name != "channels"}
    one, other = (read_image(path, **reading) for path in images)
    if wanted is None and not all_pairs:
        if len(one) != len(other):
            msg = (
                f"{images[0]} has {len(one)} channels but {images[1]} has {len(other)}; "
                "choose two by --channels, or --all-pairs"
            )
            raise ValueError(msg)
        return one, other
    chosen = chosen_channels([*one, *other], wanted)
    if len(set(map(id, chosen))) < max(2, len(chosen)) or (len(chosen) > 2 and not all_pairs):
        msg = f"--channels is {','.join(wanted or [])}; two different channels are needed"
        raise ValueError(msg)
    return chosen, None
