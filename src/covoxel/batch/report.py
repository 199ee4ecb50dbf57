"""The report of a whole experiment, from the folder of its results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from covoxel.analysis.registry import ANALYSES, analysis
from covoxel.analysis.reporting.checklist import checklist_section
from covoxel.analysis.reporting.groups import group_blocks, group_methods
from covoxel.analysis.reporting.methods import (
    changed_text,
    methods_text,
    option_rows,
    versions_text,
)
from covoxel.analysis.reporting.sections import (
    Images,
    Reported,
    grid_of,
    report_blocks,
    result_blocks,
)
from covoxel.analysis.saved import (
    NO_INPUTS,
    SavedResult,
    groups_page,
    read_results,
    read_table,
    remarks_of,
)
from covoxel.batch.recipe import SECTIONS, Step
from covoxel.batch.results_folder import COMPARED, FAILURES, FILES, PROVENANCE, RECIPE
from covoxel.core.files import read_record
from covoxel.core.text import counted
from covoxel.report.page import (
    Copied,
    Fold,
    Grid,
    Head,
    PageBlock,
    Picture,
    Preformatted,
    Section,
    Text,
)

#: Sections of a recipe that belong to the methods.
_SECTIONS = ("channels", "regions", "registration", "bleed")
#: Figures of single images that a page shows of each analysis, and files that it lists.
_MOST_FIGURES, _MOST_FILES = 6, 500


def experiment_blocks(path: Path) -> tuple[str, list[PageBlock]]:
    """Return title and blocks of a page on what was written to a folder, or on one table of it.

    Raises
    ------
    ValueError
        If there is no result, or a record is damaged.
    FileNotFoundError
        If there is no such file or folder.
    """
    if all((path / name).is_file() for name in (FILES, PROVENANCE)):
        return batch_blocks(path)
    if (path / "groups.json").is_file():
        return groups_page(path)
    return report_blocks(read_results(path))


def batch_blocks(folder: Path) -> tuple[str, list[PageBlock]]:
    """Return title and blocks of a page on the results of a batch.

    Raises
    ------
    ValueError
        If the provenance is damaged.
    """
    record = read_record(folder / PROVENANCE, _checked)
    recipe = record["recipe"]
    steps = [
        Step(name=one["name"], analysis=one["analysis"], options=_options(one))
        for one in recipe["analyses"]
    ]
    reports = [_reported(folder, record, step) for step in steps]
    title = ", ".join(one.declared.title for one in steps)
    blocks: list[PageBlock] = [
        Section("Images", [*_images(folder)]),
        *_groups(folder),
        *(Section(one.result.analysis.title, [*result_blocks(one)]) for one in reports),
        Section("Methods", [Copied([*_methods(recipe, reports)])]),
        checklist_section([one.record for one in reports]),
        Section("Origin", [*_origin(folder, record)]),
    ]
    return f"{title}: {counted(record['images'], 'image')}", blocks


def _checked(record: Any) -> dict[str, Any]:
    """Return the provenance of a batch, or raise."""
    try:
        analyses = [one["analysis"] for one in record["recipe"]["analyses"]]
        known = isinstance(record["inputs"], dict) and {*analyses} <= {*ANALYSES}
    except (TypeError, KeyError):
        known = False
    if not known:
        msg = "is not a record of a batch"
        raise ValueError(msg)
    found: dict[str, Any] = record
    return found


def _options(step: Mapping[str, Any]) -> Any:
    return analysis(step["analysis"]).options(**step["options"])


def _reported(folder: Path, record: Mapping[str, Any], step: Step) -> Reported:
    """Return the tables of an analysis as one result."""
    declared = step.declared
    tables = {
        one.name: read_table(path, one.columns)
        for one in declared.tables
        if (path := folder / f"{step.table(one.name)}.csv").is_file()
    }
    main = tables[declared.main.name]
    names = dict.fromkeys(
        str(name)
        for one in ("channel", "channel1", "channel2")
        if one in main
        for name in main[one].unique()
    )
    references = {one.name: one.reference for one in declared.main.columns if one.name in main}
    regions = record["recipe"]["regions"]
    own = {
        **{name: record[name] for name in ("covoxel", "python", "packages")},
        "images": main["image"].nunique(),
        "options": _settled(step, main),
        "channels": [{"name": name} for name in names],
        "inputs": {},
        "regions": [name for name in ("labels", "mask") if regions[name] is not None],
        "columns": {name: {"reference": source} for name, source in references.items()},
    }
    result = SavedResult(declared, tables, (), remarks_of(main), NO_INPUTS, None, own)
    figures = sorted((folder / "figures").rglob(f"{step.name}*_figure.png"))
    drawn = [_picture(folder, path) for path in figures[:_MOST_FIGURES]]
    return Reported(result, own, Images(), drawn, drawable=False)


def _settled(step: Step, main: Any) -> dict[str, Any]:
    """Return the settings; of what the options leave open, what the rows say was chosen."""
    settings = step.declared.settings(step.options)
    for name, value in step.options.as_dict().items():
        if value is None and name in main and isinstance(settings.get(name), str):
            chosen = main[name].unique()
            if all(isinstance(one, str) for one in chosen):
                settings[name] = " or ".join(chosen)
    return settings


def _picture(folder: Path, path: Path) -> Picture:
    name = path.relative_to(folder).as_posix()
    return Picture(name, f"Figure {name}, written with the tables", path.read_bytes())


def _images(folder: Path) -> Iterator[PageBlock]:
    """Yield how many images were analysed, and those that failed, with the reasons."""
    files, failures = (read_table(folder / name) for name in (FILES, FAILURES))
    done = len(files) - len(failures)
    yield Text(f"{done} of {counted(len(files), 'image')} were analysed.", stands_out=True)
    if len(failures):
        shown = failures.drop(columns=["status", "sha256"], errors="ignore")
        yield grid_of(shown, {}, "Images that failed, and why")


def _groups(folder: Path) -> Iterator[PageBlock]:
    """Yield a section on groups, where some were compared."""
    path = folder / COMPARED
    groups = read_table(path) if path.is_file() else None
    if groups is not None and len(groups):
        pictures = [_picture(folder, one) for one in sorted(folder.glob("groups*.png"))]
        yield Section("Groups", [*group_blocks(groups, pictures)])


def _methods(recipe: Mapping[str, Any], reports: Sequence[Reported]) -> Iterator[str]:
    for name in _SECTIONS:
        options, usual = SECTIONS[name], SECTIONS[name]().as_dict()
        if changed := changed_text(option_rows(options, recipe[name], usual)):
            yield f"{name.capitalize()}: {changed}."
    for one in reports:
        yield from methods_text(one.result.analysis, one.record, one.verdict).split("\n\n")
    groups = recipe["groups"]
    if groups["compare"]:
        yield group_methods(groups, groups["compare"], groups["unit"])


def _origin(folder: Path, record: Mapping[str, Any]) -> Iterator[PageBlock]:
    """Yield programs, the recipe, and the files that were read."""
    yield Text(versions_text(record))
    if (folder / RECIPE).is_file():
        yield Fold("The recipe", [Preformatted((folder / RECIPE).read_text(encoding="utf-8"))])
    rows = [[name, content or "not known"] for name, content in record["inputs"].items()]
    caption = "Files that were read"
    caption += f"; the first {_MOST_FILES} of {len(rows)}" if len(rows) > _MOST_FILES else ""
    grid = Grid(caption, [Head("file"), Head("SHA-256")], rows[:_MOST_FILES])
    yield Fold(f"{len(rows)} files that were read", [grid])
