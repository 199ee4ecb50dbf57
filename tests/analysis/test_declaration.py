"""What derives from the declaration of an analysis, and what every run of one does."""

from __future__ import annotations

import dataclasses
import inspect
import json
import pickle

import numpy as np
import pytest

from covoxel.analysis.accepts import INPUTS
from covoxel.analysis.notes import notes_text
from covoxel.analysis.provenance import provenance
from covoxel.analysis.registry import ANALYSES, analysis
from covoxel.core.types import Cancelled


@pytest.fixture(params=sorted(ANALYSES))
def declared(request):
    return analysis(request.param)


def function(declared):
    module = inspect.getmodule(type(declared))
    return getattr(module, declared.function)


def test_a_function_has_the_inputs_and_options_of_its_analysis(declared):
    names = set(inspect.signature(function(declared)).parameters)
    options = {field.name for field in dataclasses.fields(declared.options)}
    assert options | set(declared.accepts.names()) <= names
    assert names <= options | set(INPUTS) | {"image1", "image2", "options", "progress"}


def test_a_function_can_be_pickled(declared):
    one = function(declared)
    assert pickle.loads(pickle.dumps(one)) is one


def test_a_docstring_has_every_input_and_option(declared):
    text = function(declared).__doc__
    for name in (
        *declared.accepts.names(),
        *(f.name for f in dataclasses.fields(declared.options)),
    ):
        assert f"\n{name} : " in text
    for section in ("Parameters", "Options", "Returns", "Raises", "Examples"):
        assert f"\n{section}\n{'-' * len(section)}\n" in text


def test_an_unknown_option_is_refused_by_name(declared):
    with pytest.raises(ValueError, match=f"'colour' is not an option of {declared.function}"):
        function(declared)(None, None, colour=1)


LABELS = np.zeros((48, 48), int)
LABELS[:20], LABELS[28:] = 4, 2
#: What is given besides the images, by analysis.
GIVEN = {
    "register": {"max_shift": 5},
    "field": {"tile": 16},
    "distance": {"max_distance": 9, "intervals": False, "labels": LABELS},
    "ccf": {"max_shift": 5, "labels": LABELS},
    "delay": {"axes": "TYX", "labels": LABELS},
    "objects": {"labels": LABELS, "like": "cellprofiler", "cross_k": 9},
    "map": {"radius": 3, "labels": LABELS},
    "compare": {"measures": "all"},
}


@pytest.fixture
def ran(declared, pair):
    """Return a function that runs an analysis on small images."""
    images = list(pair(*((12,) * (declared.name == "delay")), 48, 48))
    if declared.name == "find":
        images[1] = images[0][8:24, 8:24]
    images = images[:1] if declared.accepts.single and declared.name != "find" else images
    return lambda **more: function(declared)(*images, **GIVEN.get(declared.name, {}), **more)


@pytest.mark.slow
def test_tables_follow_their_schemas_and_record_what_they_are_made_from(declared, ran):
    result = ran()
    assert {*result.tables} == {table.name for table in declared.tables}
    for schema in declared.tables:
        table, names = result.tables[schema.name], [one.name for one in schema.columns]
        assert list(table) == [name for name in names if name in table]
        assert len({*names}) == len(names)
        record = json.loads(json.dumps(provenance(table, result.channels, {}, schema.columns)))
        assert list(record["columns"]) == list(table)
        assert all(one["meaning"] for one in record["columns"].values())
        assert record["options"] == json.loads(json.dumps(result.settings))
        assert record["rows"] == len(table)
    for name, rows in result.remarks.items():
        assert [notes_text(row) for row in rows] == list(result.table[name])
    assert result.table["settings"].nunique() == 1


@pytest.mark.slow
def test_progress_never_runs_back_and_stops_a_run(declared, ran):
    seen = []
    _ = ran(progress=lambda *step: seen.append(step)).table
    assert seen == sorted(seen)
    assert seen[-1][0] == seen[-1][1]

    def stop(*_):
        raise Cancelled

    with pytest.raises(Cancelled):
        _ = ran(progress=stop).table
