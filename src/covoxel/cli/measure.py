"""covoxel measure: image files in, a table out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from covoxel.analysis.options import MeasureOptions, resolve
from covoxel.cli.flags import with_flags
from covoxel.cli.opening import names, numbers, open_channels, open_region, shown_progress


@with_flags(MeasureOptions, without=("per_z",))
def measure_command(
    image: Path = typer.Argument(..., help="An image file."),
    image2: Path | None = typer.Argument(None, help="A second one, where a file is a channel."),
    *,
    channels: str | None = typer.Option(
        None, "--channels", help="Which two, by number from 1 or by name, such as 1,3."
    ),
    all_pairs: bool = typer.Option(False, "--all-pairs", help="Measure every pair of channels."),
    mask: Path | None = typer.Option(None, "--mask", help="An image; where it is not 0."),
    labels: Path | None = typer.Option(None, "--labels", help="A label image; a row a label."),
    registration: Path | None = typer.Option(
        None, "--registration", help="A saved registration; lays channel 2 on channel 1 first."
    ),
    threshold: str | None = typer.Option(
        None, "--threshold", help="Threshold of both channels; see --threshold-1."
    ),
    background: str | None = typer.Option(
        None, "--background", help="Background of both channels; see --background-1."
    ),
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
    out: Path | None = typer.Option(
        None, "--out", help="Folder for table, mask, figure and provenance."
    ),
    parquet: bool = typer.Option(False, "--parquet", help="Write the table as Parquet too."),
    overwrite: bool = typer.Option(False, "--overwrite", help="Replace files that exist."),
    as_json: bool = typer.Option(False, "--json", help="Print a JSON object a row, nothing else."),
    **changes: Any,
) -> None:
    """Measure how two channels of an image are together; print a table."""
    for name, both in (("threshold", threshold), ("background", background)):
        for i in (1, 2):
            if both is not None:
                changes.setdefault(f"{name}_{i}", both)
    if per not in (None, "z"):
        msg = f"--per is {per!r}; allowed is z"
        raise ValueError(msg)
    measure_files(
        [image] if image2 is None else [image, image2],
        channels=names(channels),
        all_pairs=all_pairs,
        mask=mask,
        labels=labels,
        registration=registration,
        t=t,
        z=z,
        series=series,
        axes=axes,
        spacing=numbers("--spacing", spacing),
        out=out,
        parquet=parquet,
        overwrite=overwrite,
        as_json=as_json,
        options=MeasureOptions(per_z=per == "z", **changes),
    )


def measure_files(
    images: Sequence[Path],
    *,
    channels: Sequence[str] | None = None,
    all_pairs: bool = False,
    mask: Path | None = None,
    labels: Path | None = None,
    registration: Path | None = None,
    t: int | None = None,
    z: int | None = None,
    series: int = 0,
    axes: str | None = None,
    spacing: tuple[float, ...] | None = None,
    out: Path | None = None,
    parquet: bool = False,
    overwrite: bool = False,
    as_json: bool = False,
    options: MeasureOptions | None = None,
) -> list[Path]:
    """Measure files, print the table, and write what `out` asks for; return the files."""
    from covoxel.analysis.measure import measure
    from covoxel.cli.outputs import Outputs
    from covoxel.cli.show import print_json, print_matrix, print_table
    from covoxel.io import ImageError

    chosen = open_channels(
        images,
        channels=channels,
        series=series,
        axes=axes,
        spacing=spacing,
        most=None if all_pairs else 2,
    )
    inputs = {name: path for name, path in (("mask", mask), ("labels", labels)) if path is not None}
    regions = {name: open_region(path) for name, path in inputs.items()}
    if registration is not None:
        inputs["registration"] = registration
    options = options or MeasureOptions()
    outputs = None
    if out is not None:
        masks = any(spec.kind != "none" for spec in resolve(options).threshold)
        outputs = Outputs(out, chosen, masks=masks, overwrite=overwrite, parquet=parquet)
    with shown_progress("measuring") as progress:
        table = measure(
            chosen,
            t=t,
            z=z,
            registration=registration,
            options=options,
            progress=progress,
            **regions,
        )
    if table.empty:
        raise ImageError(inputs["labels"], "holds no label where it was to be measured")
    if as_json:
        print_json(table)
    else:
        print_table(table)
        if all_pairs:
            print_matrix(table)
    if outputs is None:
        return []
    written = outputs.write(table, regions, inputs, t=t, z=z)
    if not as_json:
        typer.echo(f"written to {out}: " + ", ".join(path.name for path in written))
    return written
