"""One schema: every column has its place, meaning and unit, and what was promised is there."""

import dataclasses
import re
from pathlib import Path

import pytest

import covoxel
from covoxel import measure
from covoxel.analysis.measure.conventions import CONVENTIONS
from covoxel.analysis.measure.schema import GROUPS, MEASURES, chosen_measures, table_columns
from covoxel.analysis.registry import ANALYSES, analysis
from covoxel.quality.kinds import KINDS

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(12, 12), (3, 12, 12)])
@pytest.mark.parametrize(
    "measures", ["default", "all", "pearson", "icq,jaccard", "intensity", "significance"]
)
def test_table_follows_the_schema(pair, shape, measures):
    table = measure(*pair(*shape), measures=measures).table
    asked = chosen_measures(measures.split(","))
    other_size = "volume_um3" if len(shape) == 2 else "area_um2"
    expected = [c.name for c in table_columns(asked) if c.name != other_size]
    assert list(table.columns) == expected


def test_columns_are_described():
    columns = table_columns(MEASURES)
    assert len({column.name for column in columns}) == len(columns)
    for column in columns:
        assert column.meaning, column
        assert column.unit in ("", "px", "µm²", "µm³", "frame", "plane", "intensity", "bit")
        assert set(column.threshold) <= {"1", "2"}
    for column in MEASURES:
        assert column.needs in ("sums", "levels", "cells", "frame"), column
        assert column.group in GROUPS


@pytest.mark.parametrize(
    "name", ["pearson", "spearman", "kendall", "icq", "m1", "moc", "tos", "rwc2", "nmi", "slope"]
)
def test_measures_have_a_reference(name):
    (column,) = chosen_measures([name])
    assert "doi:10." in column.reference


def test_choosing_measures():
    everything = [column.name for column in chosen_measures(["all"])]
    assert everything == [c.name for c in MEASURES if c.group != "significance"]
    assert {c.group for c in chosen_measures(["significance"])} == {"significance"}
    assert {column.group for column in chosen_measures(["default"])} == {
        name for name, group in GROUPS.items() if group.default
    }
    assert [column.name for column in chosen_measures(["icq", "pearson"])] == ["pearson", "icq"]
    assert [c.name for c in chosen_measures(["overlap", "k1"])] == ["moc", "k1", "k2"]


def test_page_names_every_program():
    document = (DOCS / "coming-from" / "index.md").read_text(encoding="utf-8")
    header = next(line for line in document.splitlines() if line.startswith("| |"))
    assert header.replace("`", "").strip("| ").split(" | ") == list(CONVENTIONS)


def test_pages_name_columns_that_exist():
    pages = [*DOCS.glob("measures/*.md"), *DOCS.glob("coming-from/*.md"), DOCS / "conventions.md"]
    document = "`".join(without_blocks(page.read_text(encoding="utf-8")) for page in pages)
    quoted = {word for part in document.split("`")[1::2] for word in part.split()}
    named = {word for word in quoted if word.replace("_", "").isalnum() and "_" in word}
    assert named
    rooms = [covoxel, *(getattr(covoxel, name) for name in covoxel.__all__)]
    declared = [analysis(name) for name in ANALYSES]
    known = {
        *(column.name for one in declared for table in one.tables for column in table.columns),
        *(field.name for one in declared for field in dataclasses.fields(one.options)),
        *(table.name for one in declared for table in one.tables),
        *(name for room in rooms for name in getattr(room, "__all__", ())),
        *(code for kind in KINDS for code in kind.codes),
        *("phase_cross_correlation", "wasserstein_distance"),  # of scikit-image and SciPy
        *("HISTCMP_CHISQR", "HISTCMP_BHATTACHARYYA"),  # of OpenCV
    }
    assert named <= known


def without_blocks(text):
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
