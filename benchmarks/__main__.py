"""Run the benchmarks and print their ratios, peer / ours: ``python -m benchmarks [name …]``.

A benchmark is a module of this folder whose ``run()`` yields comparisons, or whose ``ROWS`` are
rows of the table of speeds, which has a column for each size of image. One that takes minutes has
``ON_REQUEST = True``, and runs only where it is named. ``--check`` fails where a goal is missed by
more than 20 %. ``--write`` measures every row of the table, and nothing else, and writes it to
``docs/speed.md``; peers that nothing else needs (OpenCV, OpenPIV, pystackreg) are left out, and
named, where they are not installed.
"""

from __future__ import annotations

import argparse
import os
import pkgutil
import platform
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

import benchmarks
from benchmarks._harness import ROUND_SECONDS, Comparison, Row, calibrate
from benchmarks._images import SIZES

#: How far a goal may be missed before ``--check`` fails.
SLACK = 1.2
PAGE = Path(__file__).parents[1] / "docs" / "speed.md"
_VERSIONS = ("numpy", "scipy", "scikit-image", "numba")


def main(arguments: Sequence[str]) -> int:
    """Run the benchmarks that are named, all quick ones without any.

    Returns 2 where one is unknown, 1 where ``--check`` finds a goal missed, else 0.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", help="modules of this folder")
    parser.add_argument("--check", action="store_true", help="fail where a goal is missed")
    parser.add_argument("--write", action="store_true", help=f"write all rows to docs/{PAGE.name}")
    options = parser.parse_args(arguments)
    found = [each.name for each in pkgutil.iter_modules(benchmarks.__path__)]
    known = {
        name: import_module(f"benchmarks.{name}") for name in found if not name.startswith("_")
    }
    quick = [name for name, module in known.items() if not hasattr(module, "ON_REQUEST")]
    unknown = sorted(set(options.names) - set(known))
    if options.write and options.names:
        parser.error("--write measures every row; name no benchmarks")
    if unknown:
        print(f"unknown {', '.join(unknown)}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    table = Table("benchmark", box=SIMPLE_HEAD)
    for title in ("ours", "peer", "ratio", "goal", ""):
        table.add_column(title, justify="right", no_wrap=True)
    console = Console(width=None if sys.stdout.isatty() else 140)
    calibration = f"{calibrate() * 1e3:.1f} ms"
    console.print(f"calibration loop: {calibration}")
    rows = [row for module in known.values() for row in getattr(module, "ROWS", ())]
    measured: list[Comparison] = []
    for name in options.names or (known if options.write else quick):
        for comparison in _comparisons(known[name], rows_alone=options.write):
            console.print(
                f"{name}: {comparison.name} {comparison.size} {comparison.ratio:.3g}×", style="dim"
            )
            table.add_row(*_cells(comparison))
            measured.append(comparison)
        table.add_section()
    console.print(table)
    if options.write:
        lacking = [row for row in rows if not row.possible]
        PAGE.write_text(_page(measured, lacking, calibration), encoding="utf-8")
    missed = [c for c in measured if c.goal is not None and not c.goal.reached(c, SLACK)]
    for comparison in missed if options.check else ():
        console.print(f"missed: {comparison.name} {comparison.size}", style="red")
    return int(options.check and bool(missed))


def _comparisons(module: Any, *, rows_alone: bool) -> Iterator[Comparison]:
    for row in getattr(module, "ROWS", ()):
        if row.possible:
            yield from row.compare()
        else:
            print(f"left out, as {row.needs} is not installed: {row.name}")
    if hasattr(module, "run") and not rows_alone:
        yield from module.run()


def _cells(comparison: Comparison) -> tuple[str, ...]:
    ours, peer = (_amount(taken, comparison.unit) for taken in (comparison.ours, comparison.peer))
    name = f"{comparison.name}, {comparison.size}" if comparison.size else comparison.name
    measured = name, ours, peer, f"{comparison.ratio:.3g}×"
    if comparison.goal is None:
        return *measured, "", ""
    reached = "[green]reached" if comparison.goal.reached(comparison) else "[red]missed"
    return *measured, str(comparison.goal), reached


def _amount(taken: Sequence[float], unit: str) -> str:
    middle = median(taken)
    return f"{middle * 1e3:.4g} ms" if unit == "s" else f"{middle:.4g} {unit}"


def _page(measured: Sequence[Comparison], lacking: Sequence[Row], calibration: str) -> str:
    """Return the table of speeds as Markdown, a row for each function."""
    rows: dict[str, dict[str, str]] = {}
    for each in measured:
        if each.size:
            goal = "" if each.goal is None else f" ({each.goal})"
            rows.setdefault(each.name, {})[each.size] = f"{each.ratio:.2g}{goal}"
    versions = ", ".join(f"{name} {version(name)}" for name in _VERSIONS)
    introduction = (
        "Time of the peer / time of Covoxel, in brackets the goal; above 1 Covoxel is faster. "
        f"Each is called for at least {ROUND_SECONDS * 1e3:g} ms a round, in turn in one process, "
        "and the median of the rounds' ratios is given. Written by `python -m benchmarks` "
        f"on {platform.machine()} with {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"{versions}. A loop of 10⁶ steps in Python took {calibration}."
    )
    lines = [
        "# Speed",
        "",
        introduction,
        "",
        f"| function : peer | {' | '.join(SIZES)} |",
        f"|---|{'---|' * len(SIZES)}",
        *(
            f"| {name} | {' | '.join(cells.get(size, '–') for size in SIZES)} |"
            for name, cells in rows.items()
        ),
    ]
    if lacking:
        names = "; ".join(row.name for row in lacking)
        lines += ["", f"Not measured, as the peer was not installed: {names}."]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
