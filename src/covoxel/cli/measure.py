"""covoxel measure: image files in, a table out."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from covoxel.analysis.measure.options import MeasureOptions, resolve
from covoxel.cli.asked import Asked
from covoxel.cli.files import FileOptions, apart
from covoxel.cli.flags import with_flags
from covoxel.cli.run import Part, run

if TYPE_CHECKING:
    import pandas as pd


#: Measuring adapts to its budget, where other commands refuse what needs more.
_BUDGET = "{help}; {default} unless given".format(
    help=MeasureOptions.__dataclass_fields__["memory_budget"].metadata["help"],
    default=MeasureOptions().memory_budget,
)


@with_flags(
    FileOptions,
    without=["figure"],
    words={"out": "folder for tables, masks, figures and provenance", "memory_budget": _BUDGET},
)
@with_flags(MeasureOptions, without=["per_z", "memory_budget"])
def measure_command(
    image: Path = typer.Argument(..., help="An image file."),
    image2: Path | None = typer.Argument(None, help="A second one, where a file is a channel."),
    *,
    threshold: str | None = typer.Option(
        None, "--threshold", help="Threshold of both channels; see --threshold-1."
    ),
    background: str | None = typer.Option(
        None, "--background", help="Background of both channels; see --background-1."
    ),
    seed: str | None = typer.Option(None, "--seed", hidden=True),
    **given: Any,
) -> None:
    """Measure how two channels of an image are together; print a table."""
    if seed is not None:
        msg = "--seed is no longer an option: measure draws nothing at random"
        raise ValueError(msg)
    budget = {name: given[name] for name in given if name == "memory_budget"}
    files, own = apart(FileOptions, {k: v for k, v in given.items() if k not in budget})
    own |= budget
    for name, both in (("threshold", threshold), ("background", background)):
        for i in (1, 2):
            if both is not None:
                own.setdefault(f"{name}_{i}", both)
    given |= {"threshold": threshold, "background": background}
    asked = Asked("measure", [image, image2], given)
    measure_files(asked, files, MeasureOptions(**own))


def measure_files(asked: Asked, files: FileOptions, options: MeasureOptions) -> list[Path]:
    """Measure files, print the table, and write what `files` asks for; return the files."""
    from covoxel.analysis.measure.measure import measure
    from covoxel.analysis.measure.schema import ALL_COLUMNS
    from covoxel.cli.measure_extras import measure_extras
    from covoxel.cli.show import print_matrix, print_table

    chosen, arguments = files.open(*asked.images), files.arguments()

    def show(table: pd.DataFrame) -> None:
        print_table(table)
        if files.all_pairs:
            print_matrix(table)

    masks = any(spec.kind != "none" for spec in resolve(options).threshold)
    columns = ALL_COLUMNS
    return run(
        "measuring",
        partial(measure, chosen, **arguments, options=options),
        show,
        channels=chosen,
        files=files,
        asked=asked,
        inputs=resolve(options).controls().values(),
        parts=[Part("measure", columns, lambda table: table)],
        extras=measure_extras(files, chosen, arguments, masks=masks),
    )
