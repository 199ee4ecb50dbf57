"""Run the benchmarks and print their ratios, peer / ours: ``python -m benchmarks [name …]``.

A benchmark is a module of this folder whose ``run()`` yields comparisons.
"""

from __future__ import annotations

import pkgutil
import sys
from importlib import import_module
from statistics import median

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

import benchmarks
from benchmarks._harness import Comparison


def main(names: list[str]) -> int:
    """Run the benchmarks called `names`, all without any; 2 where one is unknown."""
    known = [found.name for found in pkgutil.iter_modules(benchmarks.__path__)]
    known = [name for name in known if not name.startswith("_")]
    unknown = sorted(set(names) - set(known))
    if unknown:
        print(f"unknown {', '.join(unknown)}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    table = Table("benchmark", box=SIMPLE_HEAD)
    for title in ("ours", "peer", "ratio", "goal", ""):
        table.add_column(title, justify="right", no_wrap=True)
    console = Console()
    for name in names or known:
        for comparison in import_module(f"benchmarks.{name}").run():
            console.print(f"{name}: {comparison.name}", style="dim")
            table.add_row(*_cells(comparison))
        table.add_section()
    console.print(table)
    return 0


def _cells(comparison: Comparison) -> tuple[str, ...]:
    ours, peer = (f"{median(times) * 1e3:.4g} ms" for times in (comparison.ours, comparison.peer))
    reached = "[green]reached" if comparison.goal.reached(comparison) else "[red]missed"
    return comparison.name, ours, peer, f"{comparison.ratio:.3g}×", str(comparison.goal), reached


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
