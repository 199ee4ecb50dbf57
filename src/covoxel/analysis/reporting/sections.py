"""The sections of a report on one result, and those that results share."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from covoxel.analysis.notes import gathered_notes
from covoxel.analysis.provenance import provenance
from covoxel.analysis.reporting.checklist import checklist_section
from covoxel.analysis.reporting.methods import file_rows, methods_text, setting_rows, versions_text
from covoxel.analysis.reporting.verdict import channels_text, interval_and_chance, verdict
from covoxel.analysis.schema import CHANCE, HIGH, LOW, Column, cell, cells, unit_of
from covoxel.core.types import Note
from covoxel.image.channel import Channel, frame_slices
from covoxel.quality.caution import Caution, affected_by, fix_of
from covoxel.report.page import (
    Copied,
    Fold,
    Grid,
    Head,
    PageBlock,
    Picture,
    Section,
    Text,
    render,
    write_page,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


#: Rows of a table that a page holds; the files have all of them.
_MOST_ROWS = 200
#: Larger frames are not checked for a report, and more figures are not drawn.
_MOST_PIXELS, _MOST_FIGURES = 1 << 27, 6
#: Columns of the first table, besides those that identify rows.
_MOST_COLUMNS = 8
#: Columns that identify rows.
_KEYS = (
    "file",
    "series",
    "channel",
    "channel1",
    "channel2",
    "t",
    "z",
    "label",
    "component",
    "axis",
)
#: The heads of a list of values.
_VALUE, _ABOUT = ("value", "95 % interval", "by chance"), ("unit", "meaning")
#: What readers of a table of results do not look for.
_UNREAD = ("version", "settings", "notes", "warnings")


@dataclass(frozen=True, slots=True, eq=False)
class Images:
    """Channels that can be shown, what is outlined in them, or why there are none."""

    channels: Sequence[Channel] = ()
    outlined: Any = None
    reason: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Reported:
    """A result with its provenance, its images, and pictures that were drawn of it before.

    It is `drawable` where all is known that its figures show.
    """

    result: Any
    record: Mapping[str, Any]
    images: Images
    drawn: Sequence[Picture] = ()
    drawable: bool = True

    @property
    def verdict(self) -> str:
        """One sentence on it."""
        return verdict(self.result.analysis, self.result.table)


def report_blocks(reports: Sequence[Reported]) -> tuple[str, list[PageBlock]]:
    """Return title and blocks of a page on results: one section each where there are several."""
    parts = [(one.result.analysis.title, list(result_blocks(one))) for one in reports]
    title = ", ".join(dict.fromkeys(title for title, _ in parts))
    subjects = {channels_text(one.result.table) for one in reports}
    subject = f": {subjects.pop()}" if len(subjects) == 1 else ""
    several = len(parts) > 1
    blocks = [Section(title, own) for title, own in parts] if several else parts[0][1]
    return f"{title}{subject}", [*blocks, *shared_blocks(reports)]


def result_blocks(reported: Reported) -> Iterator[PageBlock]:
    """Yield what is specific to one result."""
    result, record = reported.result, reported.record
    yield Text(reported.verdict, stands_out=True)
    if pictures := [*pictures_of(reported)]:
        yield Section("Pictures", pictures)
    yield Section("Results", [*_tables(result)])
    yield Section("Cautions", [*_cautions(reported)])
    yield Section("Settings", [_settings(result.analysis, record)])


def shared_blocks(reports: Sequence[Reported]) -> list[PageBlock]:
    """Return methods, checklist, programs and files of all results."""
    records = [one.record for one in reports]
    methods = [
        paragraph
        for one in reports
        for paragraph in methods_text(one.result.analysis, one.record, one.verdict).split("\n\n")
    ]
    files = dict.fromkeys(row for record in records for row in file_rows(record))
    origin: list[PageBlock] = [Text(versions_text(records[0]))]
    if files:
        heads = [Head("file"), Head("holds"), Head("SHA-256")]
        origin.append(Grid("Files that were read", heads, [[*row] for row in files]))
    else:
        origin.append(Text("The images were in memory, so no file is named."))
    return [
        Section("Methods", [Copied(methods)]),
        checklist_section(records),
        Section("Origin", origin),
    ]


def pictures_of(reported: Reported) -> Iterator[PageBlock]:
    """Yield the channels, unless the analysis shows them in its own figures, and these."""
    result, images = reported.result, reported.images
    own = [*reported.drawn]
    if not own and reported.drawable and len(result.table):
        figures = islice(result.analysis.figures(result), _MOST_FIGURES)
        own = [_drawn(figure, title) for title, figure in figures]
    shown = bool(own) and result.analysis.draws == "channels"
    if images.reason and not shown:
        yield Text(f"Images are not shown: {images.reason}.")
    if images.channels and not shown:
        from covoxel.report.channels import channels_figure

        first = result.table.iloc[0] if len(result.table) else {}
        t, z = (_index(first.get(name)) for name in "tz")
        figure = channels_figure(images.channels, t=t or 0, z=z, outlined=images.outlined)
        title = f"Channels: {channels_text(result.table)}"
        yield _drawn(figure, title, "in greys, two of them also merged in magenta and green")
    yield from own[:_MOST_FIGURES]
    if len(own) == _MOST_FIGURES:
        yield Text(f"A page has at most {_MOST_FIGURES} figures of an analysis.")


def _index(value: Any) -> int | None:
    return None if value is None or str(value) in ("<NA>", "nan") else int(value)


def _drawn(figure: Figure, title: str, more: str = "drawn from the tables below") -> Picture:
    from covoxel.report.theme import png_of

    return Picture(title, f"{title}, {more}", png_of(figure))


def _tables(result: Any) -> Iterator[PageBlock]:
    """Yield the columns that matter, what they mean, and all columns on request."""
    analysis, table = result.analysis, result.table
    known = analysis.main.by_name
    keys, main = _chosen(analysis, table)
    if len(table) == 1:
        yield _single(table, [known[name] for name in main])
    else:
        names = [*(keys or _KEYS[:1]), *main[:_MOST_COLUMNS]]
        yield grid_of(table, known, "Main results", names)
        rows = [
            [one.name, one.unit, one.meaning] for one in analysis.main.columns if one.name in names
        ]
        heads = [Head("column"), Head("unit"), Head("meaning")]
        yield Fold("What these columns mean", [Grid("Columns", heads, rows)])
    grids: list[PageBlock] = []
    for one in analysis.tables:
        if one.name not in result.tables:
            continue
        full = result.tables[one.name]
        shown = full.drop(columns=[*_UNREAD], errors="ignore")
        grids.append(grid_of(shown, one.by_name, one.name))
    yield Fold("All columns of all tables", grids)


def _single(table: pd.DataFrame, columns: Sequence[Column]) -> Grid:
    """Return the only row of a table as a list, with intervals and what is expected by chance."""
    row, unit = table.iloc[0], unit_of(table)
    rows = [
        [
            one.name,
            cell(one, row[one.name]),
            *interval_and_chance(row, one),
            one.unit_in(unit),
            one.meaning,
        ]
        for one in columns
    ]
    heads = [Head("column"), *(Head(one, number=True) for one in _VALUE), *map(Head, _ABOUT)]
    kept = [i for i in range(len(heads)) if i not in (2, 3) or any(one[i] for one in rows)]
    return Grid("Main results", [heads[i] for i in kept], [[one[i] for i in kept] for one in rows])


def _chosen(analysis: Any, table: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Return the columns that identify rows, and those that a terminal shows first."""
    shown = analysis.printed
    known = {one.name for one in analysis.main.columns}
    of_image = [str(name) for name in table if name not in known]
    varying = [name for name in _KEYS if name in table and table[name].nunique(dropna=False) > 1]
    keys = [*of_image, *(name for name in varying if not of_image or name != "file")]
    wanted = shown.first or shown.wide or shown.results or [c.name for c in analysis.main.columns]
    main = [name for name in dict.fromkeys([*shown.headline, *wanted]) if name in table]
    main = [name for name in main if name in shown.headline or table[name].notna().any()]
    beside = {name + end for name in main for end in (LOW, HIGH, CHANCE)}
    main = [name for name in main if name not in {*beside, *_KEYS, *_UNREAD, "unit"}]
    return keys, main


def grid_of(
    table: pd.DataFrame, known: Mapping[str, Any], caption: str, names: Sequence[str] = ()
) -> Grid:
    """Return a table as a page has it, or the columns named with what belongs to their cells."""
    few = table.head(_MOST_ROWS)
    columns = [known.get(name, Column(name, "", "")) for name in names or map(str, few)]
    if names:
        texts = [cells(few, one, intervals=True) for one in columns]
        if any(one.name + LOW in table for one in columns):
            caption += "; 95 % intervals from one bound to the other"
        if any(one.name + CHANCE in table for one in columns):
            caption += "; in parentheses the value by chance"
    else:
        texts = [[cell(one, value) for value in few[one.name]] for one in columns]
    if len(table) > _MOST_ROWS:
        caption += f"; the first {_MOST_ROWS} of {len(table)} rows"
    unit = unit_of(table)
    heads = [Head(one.name, one.unit_in(unit), _is_number(few, one)) for one in columns]
    return Grid(caption, heads, [[*row] for row in zip(*texts, strict=True)])


def _is_number(table: pd.DataFrame, column: Any) -> bool:
    return table[column.name].dtype.kind in "iuf" and column.name not in ("label", "series")


def _cautions(reported: Reported) -> Iterator[PageBlock]:
    """Yield warnings with what they affect and how to fix them, then why cells are empty."""
    remarks = reported.result.remarks
    warnings = remarks["warnings"] if "warnings" in remarks else _checked(reported.images)
    if warnings is None:
        yield Text("The images were not checked.")
    elif not any(warnings):
        yield Text("No check of the images found anything.")
    else:
        rows = [
            [*remark, _affects(codes), fix_of(codes[0])] for codes, remark in _remarks(warnings)
        ]
        heads = [Head(name) for name in ("caution", "rows", "found", "affects", "what to do")]
        yield Grid("What the images show", heads, rows)
    rows = [remark for _, remark in _remarks(remarks.get("notes", ()))]
    if rows:
        yield Grid("Remarks on columns", [Head("columns"), Head("rows"), Head("remark")], rows)


def _checked(images: Images) -> list[list[Note]] | None:
    """Return what the first frame of two channels shows; None where they cannot be checked."""
    from covoxel.analysis.channels import frame_pairs
    from covoxel.quality.pair import check_pair

    channels = images.channels
    if len(channels) != 2 or channels[0].shape != channels[1].shape:
        return None
    if math.prod(channels[0].spatial_shape) > _MOST_PIXELS:
        return None
    (pair, *_) = frame_pairs(channels, t=None, z=None, per_plane=False)
    found = check_pair(*pair.images())
    return [[(one.code, one.message) for one in found if isinstance(one, Caution)]]


def _remarks(remarks: Sequence[Sequence[Note]]) -> Iterator[tuple[list[str], list[str]]]:
    """Yield the codes of remarks of several rows, and what a table shows of them."""
    for codes, texts in gathered_notes(remarks):
        where = "all" if len(texts) == len(remarks) else f"{len(texts)} of {len(remarks)}"
        example = texts[0] if len({*texts}) == 1 else f"such as: {texts[0]}"
        yield codes, [", ".join(codes), where, example]


def _affects(codes: Sequence[str]) -> str:
    return ", ".join(sorted(set().union(*map(affected_by, codes))))


def _settings(analysis: Any, record: Mapping[str, Any]) -> Grid:
    rows = [
        [label, value, "yes" if usual else "no", meaning]
        for label, value, meaning, usual in setting_rows(analysis, record)
    ]
    caption = "Settings"
    if command := record.get("asked", {}).get("command"):
        caption += f" of: {command}"
    return Grid(caption, [Head(name) for name in ("setting", "value", "default", "meaning")], rows)


def write_report(
    result: Any,
    path: str | Path,
    *,
    overwrite: bool,
    inputs: Mapping[str, str | Path] | None,
    asked: Mapping[str, Any] | None,
) -> Path:
    """Write a page on a result as `Result.report` does."""
    analysis, given = result.analysis, result.inputs
    record = provenance(result.table, result.channels, inputs, analysis.main.columns, asked)
    regions = getattr(given, "region_names", [])
    reported = Reported(result, record | {"regions": regions}, _images(result))
    title, blocks = report_blocks([reported])
    return write_page(path, render(title, blocks), overwrite=overwrite)


def _images(result: Any) -> Images:
    """Return the channels, with the regions of the first time point."""
    given = result.inputs
    if not getattr(given, "region_names", ()):
        return Images(result.channels)
    grid, t = result.channels[0], given.t or 0
    (region, *_) = given.regions.passes(grid, [t])
    return Images(result.channels, region.raw(t, frame_slices(grid.spatial_shape)))
