"""Write what must be static and follows from the declared analyses.

python scripts/derived.py

analysis/public.pyi gets the signatures of the public functions, __init__.pyi their names and those
of the options, napari.yaml the widgets of analyses that have none of their own and the endings of
all formats, docs/recipe.schema.json and docs/recipes.md the sections of recipes, and the pages of
measures and analyses their columns.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from covoxel.analysis.accepts import INPUTS
from covoxel.analysis.analysis import Analysis
from covoxel.analysis.option_kinds import kinds_of
from covoxel.analysis.pages import page
from covoxel.analysis.registry import ANALYSES, analysis
from covoxel.analysis.schema import IDENTITY, Column
from covoxel.batch import recipe_schema
from covoxel.batch.checking import needed
from covoxel.batch.recipe import SECTIONS
from covoxel.batch.writing import toml
from covoxel.io.formats import SUFFIXES

PACKAGE = Path(__file__).parents[1] / "src" / "covoxel"
DOCS = PACKAGE.parents[1] / "docs"
RECIPES, SCHEMA = DOCS / "recipes.md", DOCS / "recipe.schema.json"
STUB, NAMES = PACKAGE / "analysis" / "public.pyi", PACKAGE / "__init__.pyi"
MANIFEST = PACKAGE / "napari.yaml"
#: Types of inputs, by what docstrings call them; others may be anything.
_TYPES = {
    "bool": "bool",
    "int": "int",
    "str": "str",
    "sequence of float": "Sequence[float]",
}


def stub() -> str:
    """Return the text of public.pyi."""
    declared = sorted((analysis(name) for name in ANALYSES), key=lambda one: one.function)
    imports: dict[str, set[str]] = {"covoxel.core.types": {"Progress"}}
    for one in declared:
        for kind in (one.options, one.result):
            imports.setdefault(kind.__module__, set()).add(kind.__name__)
    return "\n".join(
        [
            "# Written by scripts/derived.py from the declared analyses.",
            "from collections.abc import Sequence",
            "from typing import Any",
            "",
            *(_import(module, imports[module]) for module in sorted(imports)),
            "",
            *(_function(one) for one in declared),
            "",
        ]
    )


def _import(module: str, names: set[str]) -> str:
    return f"from {module} import {', '.join(sorted(names))}"


def _function(declared: Analysis[Any, Any, Any]) -> str:
    second = "image2: Any = None" if declared.accepts.several else "image2: Any"
    images = ["image1: Any"] if declared.accepts.single else ["image1: Any", second]
    parameters = [*images, "*", *_inputs(declared), *_options(declared)]
    parameters += [f"options: {declared.options.__name__} | None = None"]
    parameters += ["progress: Progress | None = None"]
    listed = "".join(f"    {one},\n" for one in parameters)
    return f"def {declared.function}(\n{listed}) -> {declared.result.__name__}: ..."


def _inputs(declared: Analysis[Any, Any, Any]) -> Iterator[str]:
    for name in declared.accepts.names():
        kind, _, optional = INPUTS[name].kind.partition(", ")
        found = _TYPES.get(kind, "Any")
        if optional and found != "Any":
            found += " | None"
        yield f"{name}: {found} = {declared.accepts.default(name)!r}"


def _options(declared: Analysis[Any, Any, Any]) -> Iterator[str]:
    for field in dataclasses.fields(declared.options):
        # lists become tuples, and names may be given as one text
        kind = re.sub(r"tuple\[(\w+)[^]]*\]", r"Sequence[\1]", str(field.type))
        default = repr(field.default).replace("'", '"')
        yield f"{field.name}: {kind} = {default}"


def names(text: str) -> str:
    """Return the text of __init__.pyi with the functions and options of the analyses."""
    declared = [analysis(name) for name in ANALYSES]
    functions = "".join(f"    {f} as {f},\n" for f in sorted(one.function for one in declared))
    imports = {".analysis.public": f"(\n{functions})"}
    for module in {one.options.__module__ for one in declared}:
        found = sorted(o.options.__name__ for o in declared if o.options.__module__ == module)
        imports[module.removeprefix("covoxel")] = ", ".join(f"{name} as {name}" for name in found)
    written = re.compile(
        r"from \.analysis\.(public import \(.*?\)|[\w.]+ import \w+Options as [^\n]*)\n", re.S
    )
    first = written.search(text)
    assert first is not None
    lines = [f"from {module} import {imports[module]}\n" for module in sorted(imports)]
    rest = written.sub("", text)
    return rest[: first.start()] + "".join(lines) + rest[first.start() :]


def manifest(text: str) -> str:
    """Return the text of napari.yaml with the widgets of analyses that have none of their own."""
    own = [one for one in map(analysis, ANALYSES) if not one.widget]
    blocks = {
        "commands": "".join(
            f"    - id: covoxel.{one.name}\n      title: {one.summary.rstrip('.')}\n"
            f"      python_name: covoxel.gui.analysis_widget:{one.name}\n"
            for one in own
        ),
        "widgets": "".join(
            f"    - command: covoxel.{one.name}\n      display_name: {one.title}\n" for one in own
        ),
        "menu": "".join(f"      - command: covoxel.{one.name}\n" for one in own),
    }
    for name, block in blocks.items():
        marked = re.compile(rf"( *# derived {name}\n).*?( *# end of derived {name}\n)", re.S)
        text = marked.sub(rf"\1{block}\2", text)
    patterns = ", ".join(f'"*{suffix}"' for suffix in SUFFIXES)
    return re.sub(r"(filename_patterns: )\[[^]]*\]", rf"\1[{patterns}]", text)


def options(text: str) -> str:
    """Return the text of docs/recipes.md with a table of the options of each section."""
    tables = "".join(_section(name, kind) for name, kind in SECTIONS.items())
    marked = re.compile(r"(<!-- derived options -->\n).*(<!-- end of derived options -->)", re.S)
    return marked.sub(lambda found: f"{found[1]}{tables}\n{found[2]}", text)


def _section(name: str, kind: type[Any]) -> str:
    kinds = kinds_of(kind)
    rows = []
    for one in dataclasses.fields(kind):
        choices = f": {', '.join(one.metadata['choices'])}" if "choices" in one.metadata else ""
        unit = f" ({one.metadata['unit']})" if "unit" in one.metadata else ""
        default = "" if one.default is None else f"`{toml(one.default)}`"
        text = one.metadata["help"].replace("*", r"\*")
        cells = (f"`{one.name}`", needed(kinds[one.name]), default, text)
        rows.append(f"| {' | '.join(cells)}{choices}{unit} |\n")
    head = "| option | is | default | meaning |\n|---|---|---|---|\n"
    return (
        f"\n### [{name}]\n\n{(kind.__doc__ or '').partition(chr(10))[0]}\n\n{head}{''.join(rows)}"
    )


def page_of(path: Path) -> str:
    """Return the name of a page by its file."""
    return path.relative_to(DOCS).with_suffix("").as_posix().removesuffix("/index")


def columns(text: str, name: str) -> str:
    """Return the text of a page with tables of the columns that it explains."""
    tables = "".join(
        _columns(table.name, [one for one in table.columns if page(each.name, one.name) == name])
        for each in map(analysis, ANALYSES)
        for table in each.tables
    )
    marked = re.compile(r"(<!-- derived columns -->\n).*(<!-- end of derived columns -->)", re.S)
    return marked.sub(lambda found: f"{found[1]}{tables}\n{found[2]}", text)


def _columns(table: str, columns: list[Column]) -> str:
    shared = {*IDENTITY, *(one for one in columns if one.name in ("version", "settings", "notes"))}
    rows = [_column(one) for one in columns if table == "measure" or one not in shared]
    head = f"\nTable `{table}`:\n\n| column | unit | meaning | source |\n|---|---|---|---|\n"
    return head + "".join(rows) if rows else ""


def _column(column: Column) -> str:
    text, _, doi = column.reference.partition(", doi:")
    address = doi.replace("(", "%28").replace(")", "%29")
    source = f"[{text}](https://doi.org/{address})" if doi else text
    meaning = column.meaning.replace("|", r"\|")
    return f"| `{column.name}` | {column.unit} | {meaning} | {source} |\n"


def schema() -> str:
    """Return the text of recipe.schema.json."""
    return json.dumps(recipe_schema(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SCHEMA.write_text(schema(), encoding="utf-8")
    STUB.write_text(stub(), encoding="utf-8")
    for path, made in ((NAMES, names), (MANIFEST, manifest), (RECIPES, options)):
        path.write_text(made(path.read_text(encoding="utf-8")), encoding="utf-8")
    for path in DOCS.rglob("*.md"):
        text = path.read_text(encoding="utf-8")
        path.write_text(columns(text, page_of(path)), encoding="utf-8")
