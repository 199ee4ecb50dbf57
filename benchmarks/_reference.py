"""Numbers of other programs beside ours: ``python -m benchmarks._reference``.

Reads ../shared/reference, and writes docs/reference-numbers.md. Half a minute.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks._printed import LEFT_OUT, PROGRAMS, Value, runs_of, values_of

PAGE = Path(__file__).parents[1] / "docs" / "reference-numbers.md"
INTRODUCTION = """# Numbers of other programs

Five programs were run without a window on the same {pairs} pairs of images, simulated and real
ones. Every number that they printed is compared with what Covoxel gives for the same pair under
[`like`](coming-from/index.md). `python -m benchmarks._reference` writes this page, and a test
repeats the comparison.

A difference is relative to the printed number, or to 0.001 where that is smaller. What a program
prints as NaN is an empty cell here, and counts as equal.
"""
NOTES = {
    "JACoP": "The fit of its curve (CCF) is printed with five digits, and its offset c is near 0.",
    "EzColocalization": "TOS is printed with three decimals. *All*, *costes* and *ft* are all "
    "pixels, those above Costes' thresholds, and the brightest 10 % of each channel.",
    "CCC": "The last digits of a fit depend on the steps of the optimizer.",
}
MORE = """## Programs without a table

- CellProfiler's module was followed by its definitions. On one stack its `tm1_own` and `tm2_own`,
  0.820 and 0.901, are found again ([coming from CellProfiler](coming-from/cellprofiler.md)).
- The overlaps of objects of CellProfiler, as cp_measure computes them, and the objects of
  napari-colocalization were compared on the samples:
  [objects](objects.md#what-other-programs-count).
- Imaris is closed, and was not run.
"""


def size(value: Value) -> float:
    """Return how much a number differs, relative to itself."""
    return value.difference / max(abs(value.printed), 1e-3) if value.difference else 0.0


def bound(sizes: Sequence[float]) -> str:
    """Return a largest difference; below 1e-12 it is the order of the additions."""
    largest = max(sizes)
    return "0" if largest == 0 else "< 1e-12" if largest < 1e-12 else f"{largest:.0e}"


def section(program: str, values: Sequence[Value]) -> Iterator[str]:
    """Yield the lines of a program."""
    systems = dict.fromkeys(f"{run['system']}, {run['commit'][:8]}" for run in runs_of(program))
    yield from (f"## {program}", "", f"As run: {'; '.join(systems)}.", "")
    yield from ("| printed | Covoxel | values | largest difference |", "|---|---|---|---|")
    rows: dict[tuple[str, str], list[Value]] = {}
    for value in values:
        if not value.reason:
            rows.setdefault((value.name, value.column), []).append(value)
    for (name, column), found in rows.items():
        ours = f"`{column}`" if column.isidentifier() else column
        yield f"| {name} | {ours} | {len(found)} | {bound([size(each) for each in found])} |"
    yield ""
    if program in NOTES:
        yield f"- {NOTES[program]}"
    for each in values:
        if each.reason:
            numbers = f"is printed as {each.printed:.3g} and is {each.ours:.3g} here"
            yield f"- Differs: {each.name} {numbers}: {each.reason}."
    left: dict[str, str] = {}
    for run in runs_of(program):
        for name in run["result"].get("values", run["result"]):
            why = next((LEFT_OUT[start] for start in LEFT_OUT if name.startswith(start)), "")
            left |= {name.strip(): why} if why else {}
    for why in dict.fromkeys(left.values()):
        names = ", ".join(name for name in left if left[name] == why)
        yield f"- Not compared: {names}: {why}."
    yield ""


def page(found: dict[str, Sequence[Value]]) -> str:
    """Return the page."""
    runs = {program: runs_of(program) for program in found}
    pairs = {tuple(sorted(run["images"])) for each in runs.values() for run in each}
    lines = [INTRODUCTION.format(pairs=len(pairs))]
    lines += ["| program | runs | values | largest difference |", "|---|---|---|---|"]
    for program, values in found.items():
        sizes = [size(value) for value in values if not value.reason]
        lines.append(f"| {program} | {len(runs[program])} | {len(values)} | {bound(sizes)} |")
    lines.append("")
    for program, values in found.items():
        lines.extend(section(program, values))
    return "\n".join([*lines, MORE])


if __name__ == "__main__":
    PAGE.write_text(page({name: list(values_of(name)) for name in PROGRAMS}), encoding="utf-8")
