"""Run the benchmarks and print their ratios, peer / ours: ``python -m benchmarks [name …]``.

A benchmark is a module of this folder whose ``run()`` yields comparisons. One that takes
minutes says ``ON_REQUEST = True``, and runs only where it is named.
"""

from __future__ import annotations

import pkgutil
import sys
from collections.abc import Sequence
from importlib import import_module
from statistics import median

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

import benchmarks
from benchmarks._harness import Comparison


def main(names: list[str]) -> int:
    """Run the benchmarks called `names`, all quick ones without any; 2 where one is unknown."""
    found = [each.name for each in pkgutil.iter_modules(benchmarks.__path__)]
    known = {
        name: import_module(f"benchmarks.{name}") for name in found if not name.startswith("_")
    }
    quick = [name for name, module in known.items() if not hasattr(module, "ON_REQUEST")]
    unknown = sorted(set(names) - set(known))
    if unknown:
        print(f"unknown {', '.join(unknown)}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    table = Table("benchmark", box=SIMPLE_HEAD)
    for title in ("ours", "peer", "ratio", "goal", ""):
        table.add_column(title, justify="right", no_wrap=True)
    console = Console(width=None if sys.stdout.isatty() else 140)
    for name in names or quick:
        for comparison in known[name].run():
            console.print(f"{name}: {comparison.name}", style="dim")
            table.add_row(*_cells(comparison))
        table.add_section()
    console.print(table)
    return 0


def _cells(comparison: Comparison) -> tuple[str, ...]:
    ours, peer = (_amount(taken, comparison.unit) for taken in (comparison.ours, comparison.peer))
    measured = comparison.name, ours, peer, f"{comparison.ratio:.3g}×"
    if comparison.goal is None:
        return *measured, "", ""
    reached = "[green]reached" if comparison.goal.reached(comparison) else "[red]missed"
    return *measured, str(comparison.goal), reached


def _amount(taken: Sequence[float], unit: str) -> str:
    middle = median(taken)
    return f"{middle * 1e3:.4g} ms" if unit == "s" else f"{middle:.4g} {unit}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
