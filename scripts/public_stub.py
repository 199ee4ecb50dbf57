"""Write src/covoxel/analysis/public.pyi, the signatures of the analyses' public functions.

python scripts/public_stub.py
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from covoxel.analysis.accepts import INPUTS
from covoxel.analysis.analysis import Analysis
from covoxel.analysis.registry import ANALYSES, analysis

STUB = Path(__file__).parents[1] / "src" / "covoxel" / "analysis" / "public.pyi"
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
        for needed in (one.options, one.result):
            imports.setdefault(needed.__module__, set()).add(needed.__name__)
    return "\n".join(
        [
            "# Written by scripts/public_stub.py from the declared analyses.",
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


if __name__ == "__main__":
    STUB.write_text(stub(), encoding="utf-8")
