"""Options: what is not understood is refused, in one sentence that names it."""

import re

import pytest

from covoxel import MeasureOptions, measure
from covoxel.analysis.measure.options import resolve


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"threshold1": ["otsu"]}, "threshold1"),
        ({"background1": None}, "background1"),
        ({"pool_time": "yes"}, "pool_time"),
        ({"per_plane": 1}, "per_plane"),
        ({"memory_budget": "1GB"}, "memory_budget"),
        ({"measures": 3}, "measures"),
    ],
    ids=str,
)
def test_wrong_kind(changes, named):
    with pytest.raises(TypeError, match=named):
        MeasureOptions(**changes)


def test_explicit_wins_over_the_program():
    settings = resolve(MeasureOptions(like="cellprofiler", threshold2="otsu"))
    assert [str(spec) for spec in settings.threshold] == ["max:15", "otsu"]
    assert settings.threshold_scope == "region"
    settings = resolve(MeasureOptions(like="cellprofiler", threshold_scope="image"))
    assert settings.threshold_scope == "image"


@pytest.mark.parametrize(
    ("changes", "methods"),
    [
        ({"measures": "pearson,m1,moc,intensity"}, ["none", "none"]),
        ({"measures": "pearson", "threshold2": "otsu"}, ["none", "otsu"]),
        ({"measures": "pearson,tm1"}, ["otsu", "otsu"]),
        ({"measures": "pearson,tm1", "like": "coloc2"}, ["costes", "costes"]),
        ({"measures": "moc", "like": "cellprofiler"}, ["max:15", "max:15"]),
        ({"measures": "costes"}, ["none", "none"]),
        ({}, ["otsu", "otsu"]),
    ],
)
def test_thresholds_are_looked_for_where_they_are_needed(changes, methods):
    assert [str(spec) for spec in resolve(MeasureOptions(**changes)).threshold] == methods


def test_numbers_may_be_written_as_text():
    written = resolve(MeasureOptions(threshold1="120", background1="7.5"))
    given = resolve(MeasureOptions(threshold1=120, background1=7.5))
    assert written.record == given.record
    assert written.record["threshold1"] == "manual:120"


def test_digest_tells_settings_apart():
    digests = {
        resolve(MeasureOptions(**changes)).digest()
        for changes in (
            *({}, {"like": "jacop"}, {"threshold1": 1}, {"threshold1": 2}, {"background2": 1}),
            *({"measures": "pearson"}, {"per_plane": True}, {"pool_time": True}),
            {"threshold_scope": "region"},
        )
    }
    assert len(digests) == 9
    assert all(re.fullmatch("[0-9a-f]{12}", digest) for digest in digests)
    assert resolve(MeasureOptions()).digest() == resolve(MeasureOptions()).digest()


def test_changes_are_options(pair):
    images = pair(16, 16)
    options = MeasureOptions(like="jacop", measures="pearson")
    assert measure(*images, options=options).table.equals(
        measure(*images, like="jacop", measures="pearson").table
    )
    changed = measure(*images, options=options, like="coloc2").table
    assert changed["like"].tolist() == ["coloc2"]
    assert options.like == "jacop"
