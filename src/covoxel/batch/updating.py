"""A section of a recipe's file set, while all else stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from covoxel.batch.reading import read_recipe, recipe_from
from covoxel.batch.writing import write_recipe
from covoxel.core.files import whole_file


def update_recipe(
    path: str | Path,
    section: str,
    values: Mapping[str, Any],
    others: Mapping[str, Mapping[str, Any]] | None = None,
) -> Path:
    """Set a section of a recipe; comments and other sections stay as they are.

    Parameters
    ----------
    path : str or Path
        The file. If it is not there yet, it is written with all defaults.
    section : str
        An analysis, of which the first is set where there are several, or another section.
    values : mapping
        All of its values; None are left out.
    others : mapping, optional
        The other sections of a new file.

    Raises
    ------
    RecipeError
        If the file, or what it would become, is no right recipe.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "recipe.toml")
    ...     for like in ("jacop", "coloc2"):
    ...         _ = update_recipe(path, "measure", {"like": like}, {"images": {"files": ["*.tif"]}})
    ...     read_recipe(path).steps[0].options.like
    'coloc2'
    """
    import tomlkit

    path = Path(path)
    given = {name: value for name, value in values.items() if value is not None}
    if not path.exists():
        recipe = recipe_from({"recipe": 1, **(others or {}), section: given}, path.parent)
        return write_recipe(recipe, path)
    read_recipe(path)
    document: Any = tomlkit.parse(path.read_text(encoding="utf-8-sig"))
    found = document.setdefault(section, tomlkit.table())
    table = found[0] if isinstance(found, list) else found
    for name in [one for one in table if one not in given and one != "name"]:
        del table[name]
    for name, value in given.items():
        table[name] = list(value) if isinstance(value, tuple) else value
    recipe_from(document.unwrap(), path.parent)
    with whole_file(path, overwrite=True) as draft:
        draft.write_text(tomlkit.dumps(document), encoding="utf-8", newline="\n")
    return path
