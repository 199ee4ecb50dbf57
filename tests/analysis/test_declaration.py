"""What derives from the declaration of an analysis, and what every run of one does."""

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


def test_an_option_has_words_and_takes_its_choices(declared):
    given = {"radius": 3} if declared.name == "map" else {}
    for field in dataclasses.fields(declared.options):
        assert field.metadata["label"]
        assert field.metadata["help"]
        for choice in field.metadata.get("choices", ()):
            declared.options(**given | {field.name: choice})


def test_a_real_number_is_refused_beyond_its_bounds(declared):
    for field in dataclasses.fields(declared.options):
        bounds = field.metadata.get("low"), field.metadata.get("high")
        if None in bounds or not isinstance(field.default, float):
            continue
        low, high = bounds
        for beyond in (low - 0.1, high + 0.1, np.nan):
            with pytest.raises(ValueError, match=f"{field.name} is .* from {low:g} to {high:g}"):
                declared.options(**{field.name: beyond})
        declared.options(**{field.name: (low + high) / 2})


def test_an_option_that_is_no_number_is_refused_by_name(declared):
    for field in dataclasses.fields(declared.options):
        if "float" in field.type and "str" not in field.type:
            for value in ("near", [1, "near"]):
                with pytest.raises((TypeError, ValueError), match=f"^{field.name} is "):
                    declared.options(**{field.name: value})


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
    return lambda **more: function(declared)(*images, **GIVEN.get(declared.name, {}) | more)


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
def test_a_result_with_rows_has_a_figure(declared, ran):
    if declared.name in ("find", "repeats"):  # lists of places
        with pytest.raises(ValueError, match=f"{declared.name}: there is nothing to draw"):
            ran().figure()
        return
    assert ran().figure().axes
    if declared.accepts.labels and declared.name != "objects":  # has a row for each frame
        empty = ran(labels=np.zeros_like(LABELS))
        assert len(empty.table) == 0
        with pytest.raises(ValueError, match="there is nothing to draw"):
            empty.figure()


@pytest.mark.slow
def test_progress_never_runs_back_and_stops_a_run(declared, ran):
    seen = []
    _ = ran(progress=lambda *step: seen.append(step)).table
    assert seen == sorted(seen)
    assert len({total for _, total in seen}) == 1
    assert seen[-1][0] == seen[-1][1]

    def stop(*_):
        raise Cancelled

    with pytest.raises(Cancelled):
        _ = ran(progress=stop).table


@pytest.mark.slow
@pytest.mark.parametrize(
    "declared", ["measure", "register", "distance", "ccf", "delay", "compare"], indirect=True
)
def test_a_constant_channel_is_a_reason(declared, pair):
    first, _ = pair(*((12,) * (declared.name == "delay")), 48, 48)
    table = function(declared)(first, np.full_like(first, 7), **GIVEN.get(declared.name, {})).table
    assert len(table)
    assert table["notes"].str.contains("constant").all()


#: Requests that are refused, and how; others are in the tests of the command line.
WRONG = {
    "register": [
        ({"max_shift": (200, 2)}, "max_shift is .*; allowed in an image of shape"),
        ({"method": "phase", "transform": "affine"}, "finds translations only"),
        ({"method": "phase", "mask": np.ones((48, 48))}, "'phase', which does not support masks"),
        ({"drift": "yes"}, "drift is 'yes'; True or False"),
    ],
    "field": [
        ({"tile": 0}, "tile is 0; it must be at least 1"),
        ({"tile": 32.5}, "tile is 32.5; an integer"),
        ({"tile": (8, 8, 8)}, r"tile is \(8, 8, 8\); one whole number"),
        ({"max_shift": 500}, "max_shift is 500; allowed"),
        ({"mask": np.zeros((48, 48))}, "mask is empty"),
    ],
    "distance": [
        ({"max_distance": 40}, "max_distance is 40; .*two thirds"),
        ({"psf1": "a"}, "psf1 is 'a'"),
        ({"psf2": (1, 2, 3)}, "psf2 is"),
        ({"fit_range": (1, 40), "labels": None, "psf1": 1, "psf2": 1}, "fit_range is"),
        ({"mask": np.zeros((48, 48)), "labels": None}, "mask is empty"),
        ({"intervals": 1}, "intervals is 1"),
        ({"like": "foo"}, "like is 'foo'; allowed are ccc-2.2, ccc-2.3"),
        ({"like": "ccc-2.2"}, "'ccc-2.2', which does not support max_distance"),
        ({"like": "ccc-2.2", "max_distance": None, "model": "shell"}, "does not support model"),
        ({"shapes": [[(0, 0), (0, 9), (9, 9)]]}, "both labels and shapes"),
    ],
    "ccf": [
        ({"max_shift": (3, 80)}, r"max_shift is \(3, 80\)"),
        ({"max_shift": 0}, "max_shift is 0; it must be at least 1"),
        ({"direction": (1, 0, 0)}, "a direction has one number for each axis"),
        ({"background2": "rolling:50"}, "background2 is 'rolling:50'; allowed are none"),
    ],
    "delay": [
        ({"max_delay": -1}, "max_delay is -1; allowed are numbers from"),
        ({"max_delay": 1000}, "max_delay is 1000"),
        ({"detrend": 1}, "detrend is 1; True or False"),
    ],
    "map": [
        ({"kind": "nmdp"}, "radius is 3, but kind 'nmdp' has no window"),
        ({"max_shift": 4}, "max_shift is 4, but register is off"),
    ],
    "compare": [
        ({"bits": "12"}, "bits is '12'; an integer"),
        ({"fit": "no"}, "fit is 'no'; allowed are"),
    ],
}
MASKED = ("measure", "register", "field", "distance", "ccf", "delay", "compare")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("declared", "more", "said"),
    [
        *((name, *case) for name, cases in WRONG.items() for case in cases),
        *((name, {"mask": np.ones((3, 3))}, r"mask has shape \(3, 3\)") for name in MASKED),
    ],
    indirect=["declared"],
)
def test_wrong_requests_are_refused(ran, more, said):
    with pytest.raises((ValueError, TypeError), match=said):
        ran(**more)


@pytest.mark.parametrize("name", [name for name in ANALYSES if analysis(name).accepts.several])
def test_an_image_alone_is_refused(name):
    with pytest.raises(ValueError, match="image2 is missing"):
        function(analysis(name))(np.eye(48))
