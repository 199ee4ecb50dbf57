"""covoxel measure: image files in, a table out."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from covoxel.analysis.options import MeasureOptions, resolve
from covoxel.channel import Channel
from covoxel.cli.flags import with_flags

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from covoxel._types import Progress


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
    threshold: str | None = typer.Option(
        None, "--threshold", help="Threshold of both channels; see --threshold-1."
    ),
    background: str | None = typer.Option(
        None, "--background", help="Background of both channels; see --background-1."
    ),
    per: str | None = typer.Option(None, "--per", help="z: a row for each plane."),
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
        channels=None if channels is None else [part.strip() for part in channels.split(",")],
        all_pairs=all_pairs,
        mask=mask,
        labels=labels,
        t=t,
        z=z,
        series=series,
        axes=axes,
        spacing=_numbers("--spacing", spacing),
        out=out,
        parquet=parquet,
        overwrite=overwrite,
        as_json=as_json,
        options=MeasureOptions(per_z=per == "z", **changes),
    )


def _numbers(name: str, text: str | None) -> tuple[float, ...] | None:
    if text is None:
        return None
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        msg = f"{name} is {text!r}; numbers with commas are needed, such as 0.5,0.1,0.1"
        raise ValueError(msg) from None


def measure_files(
    images: Sequence[Path],
    *,
    channels: Sequence[str] | None = None,
    all_pairs: bool = False,
    mask: Path | None = None,
    labels: Path | None = None,
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
    from covoxel.analysis.inputs import checked_channels
    from covoxel.analysis.measure import measure
    from covoxel.cli.outputs import Outputs
    from covoxel.cli.show import print_matrix, print_table
    from covoxel.io import ImageError, read_image

    opened = read_image(
        images if len(images) > 1 else images[0],
        series=series,
        channels=channels,
        axes=axes,
        spacing=spacing,
    )
    _enough(opened, images[0], channels, all_pairs=all_pairs)
    chosen = checked_channels(opened, None, None)
    inputs = {name: path for name, path in (("mask", mask), ("labels", labels)) if path is not None}
    regions = {name: _region(path) for name, path in inputs.items()}
    options = options or MeasureOptions()
    outputs = None
    if out is not None:
        masks = any(spec.kind != "none" for spec in resolve(options).threshold)
        outputs = Outputs(out, chosen, masks=masks, overwrite=overwrite, parquet=parquet)
    with _progress() as progress:
        table = measure(chosen, t=t, z=z, options=options, progress=progress, **regions)
    if table.empty:
        raise ImageError(inputs["labels"], "holds no label where it was to be measured")
    if as_json:
        for record in _records(table):
            typer.echo(json.dumps(record, allow_nan=False))
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


def _region(path: Path) -> Any:
    """Return the pixels of a mask or label image."""
    from covoxel.io import read_image

    channels = read_image(path)
    if len(channels) > 1:
        msg = f"{path} has {len(channels)} channels; a mask or label image has one"
        raise ValueError(msg)
    return channels[0].data


def _enough(
    opened: list[Channel], image: Path, wanted: Sequence[str] | None, *, all_pairs: bool
) -> None:
    """Refuse fewer than two channels, more than are meant, and one that is meant twice."""
    if wanted is not None and len(set(map(id, opened))) < max(2, len(opened)):
        msg = f"--channels is {','.join(wanted)}; two different channels are needed"
        raise ValueError(msg)
    listed = ", ".join(f"{i} {channel.name}" for i, channel in enumerate(opened, 1))
    if len(opened) < 2:
        msg = f"{image} has one channel ({listed}); two are needed: name a second file"
        raise ValueError(msg)
    if len(opened) > 2 and not all_pairs:
        msg = f"{image} has channels {listed}; choose two by --channels, or --all-pairs"
        raise ValueError(msg)


def _records(table: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Yield rows as JSON-able objects; what is undefined is null."""
    defined = table.notna().to_numpy()
    for values, known in zip(table.itertuples(index=False), defined, strict=True):
        yield {
            str(name): _plain(value) if there else None
            for name, value, there in zip(table.columns, values, known, strict=True)
        }


def _plain(value: Any) -> Any:
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and not math.isfinite(value) else value


@contextmanager
def _progress() -> Iterator[Progress | None]:
    """Show a bar on a terminal, on stderr."""
    from rich.console import Console
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    with Bar(console=console, transient=True) as bar:
        task = bar.add_task("measuring", total=None)

        def report(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield report
