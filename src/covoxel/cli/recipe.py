"""covoxel recipe: a recipe written, checked and shown."""

from __future__ import annotations

import json
from pathlib import Path

import typer

from covoxel.cli.printing import echo

recipe = typer.Typer(invoke_without_command=True)
_FILE = typer.Argument(..., help="A recipe, as covoxel recipe init writes it.")


@recipe.callback()
def root(context: typer.Context) -> None:
    """Write and check the recipe of an experiment."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(2)


@recipe.command("init")
def init(
    folder: Path = typer.Argument(..., help="The folder of the images."),
    *,
    out: Path = typer.Option(Path("recipe.toml"), "--out", help="The recipe to write."),
    overwrite: bool = typer.Option(False, "--overwrite", help="Replace an existing file."),
) -> None:
    """Write a first recipe for a folder of images, with comments on what was found."""
    from covoxel.batch import draft_recipe, overview, write_recipe
    from covoxel.core.files import refuse_existing

    refuse_existing([out], overwrite=overwrite)
    draft = draft_recipe(folder, out.parent)
    write_recipe(draft.recipe, out, overwrite=overwrite, remarks=draft.remarks)
    if draft.found is not None:
        for line in overview(draft.recipe, draft.found).lines():
            echo(line)
    for section, remark in draft.remarks.items():
        for line in remark.splitlines():
            echo(f"[{section}] {line}" if section else line)
    echo(f"written: {out}")


@recipe.command("check")
def check(file: Path = _FILE) -> None:
    """Print the faults of a recipe, or what it finds."""
    from covoxel.batch import overview, read_recipe

    for line in overview(read_recipe(file)).lines():
        echo(line)
    echo(f"{file} has no faults")


@recipe.command("show")
def show(file: Path = _FILE) -> None:
    """Print a recipe with all of its defaults, and what each option means."""
    from covoxel.batch import read_recipe
    from covoxel.batch.writing import recipe_text

    for line in recipe_text(read_recipe(file)).splitlines():
        echo(line)


@recipe.command("schema")
def schema() -> None:
    """Print the JSON schema of recipes, by which editors complete and check them."""
    from covoxel.batch import recipe_schema

    for line in json.dumps(recipe_schema(), indent=1, ensure_ascii=False).splitlines():
        echo(line)
