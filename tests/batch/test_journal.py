"""The journal: what a stopped run leaves, and what may not go on from it."""

import os
from contextlib import ExitStack, closing
from dataclasses import replace
from functools import cache

import pandas as pd
import pytest

from covoxel import MeasureOptions
from covoxel.batch.journal import Journal
from covoxel.batch.recipe import ImagesSection, OutputSection, Recipe, Step
from covoxel.batch.row_files import StoredRows
from covoxel.core.files import lock_file

RECIPE = Recipe(steps=(Step(name="m", analysis="measure", options=MeasureOptions()),))
VALUES = [[1, 0.1 + 0.2, "=x, y", True], [None, -1e-300, 'µ"', False]]


@cache
def rows():
    return StoredRows.of_table(pd.DataFrame(VALUES, columns=[*"abcd"]).astype({"a": "Int64"}))


@pytest.fixture
def opened(tmp_path):
    """Open journals, which are closed in the end."""
    with ExitStack() as stack:
        yield lambda recipe=RECIPE, **how: stack.enter_context(
            closing(Journal(tmp_path, recipe, **how))
        )


def test_rows_are_exact(opened, entry):
    journal = opened()
    journal.append(entry("b", tables={"m": rows()}))
    journal.append(entry("a", tables={"m": rows(), "n": rows()}))
    read = list(journal.rows(["a", "b"]))
    assert [one[:2] for one in read] == [("a", "m"), ("a", "n"), ("b", "m")]
    assert all([*one[2].values()] == VALUES for one in read)
    assert read[0][2].cells()[0] == ["1", "0.30000000000000004", "'=x, y", "True"]
    assert journal.entries["a"].columns == dict.fromkeys("mn", ("a", "b", "c", "d"))


@pytest.mark.parametrize("cut", [1, 10, 100])
def test_a_torn_line_is_cut_off(opened, entry, cut):
    journal = opened()
    journal.append(entry("a"))
    journal.append(entry("b", tables={"m": rows()}))
    journal.close()
    os.truncate(journal.path, journal.path.stat().st_size - cut)
    again = opened(resume=True)
    assert list(again.entries) == ["a"]
    again.append(entry("c"))
    again.close()
    assert list(opened(resume=True).entries) == ["a", "c"]


def test_a_damaged_line_is_left_out(opened, entry):
    journal = opened()
    for name in "ab":
        journal.append(entry(name))
    journal.close()
    content = journal.path.read_bytes()
    journal.path.write_bytes(content.replace(b'"image":"a"', b'"image"!"a"'))
    assert list(opened(resume=True).entries) == ["b"]


def test_a_folder_in_use_is_refused(opened):
    first = opened()
    for how in ({}, {"resume": True}, {"overwrite": True}):
        with pytest.raises(OSError, match="in use by another run"):
            opened(**how)
    first.close()
    opened(resume=True)


def test_results_are_not_replaced_unasked(opened, tmp_path, entry):
    first = opened()
    (tmp_path / "m.csv").touch()
    first.write({"outputs": ["m.csv"]})
    first.append(entry("a"))
    first.close()
    with pytest.raises(FileExistsError, match="holds results already"):
        opened()
    again = opened(overwrite=True)
    assert not again.entries
    assert not (tmp_path / "m.csv").exists()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            replace(RECIPE, images=ImagesSection(exclude=("x*",))),
            r'images.exclude: \[\] → \["x\*"\]',
        ),
        (
            Recipe(steps=(replace(RECIPE.steps[0], options=MeasureOptions(threshold1="li")),)),
            'm.threshold1: nothing → "li"',
        ),
        (Recipe(), r'analyses: \["m"\] → \[\]'),
    ],
)
def test_another_recipe_is_refused_by_name(opened, entry, changed, message):
    with closing(opened()) as first:
        first.append(entry("a"))
    with pytest.raises(ValueError, match=message):
        opened(changed, resume=True)


def test_other_output_goes_on(opened, entry):
    with closing(opened()) as first:
        first.append(entry("a"))
    assert opened(replace(RECIPE, output=OutputSection(parquet=True)), resume=True).entries


def test_a_run_that_ended_before_its_first_image_left_no_results(opened, entry):
    with closing(opened()) as first:
        first.write({"outputs": ["m.csv"]})
    with closing(opened(Recipe())) as again:
        assert not again.outputs
        again.append(entry("a"))
    assert list(opened(Recipe(), resume=True).entries) == ["a"]


def test_another_version_is_refused_by_name(opened, entry, monkeypatch):
    with closing(opened()) as first:
        first.append(entry("a"))
    monkeypatch.setattr("covoxel.batch.journal.VERSION", "9.9")
    with pytest.raises(ValueError, match=r"covoxel \S+, and this is 9.9"):
        opened(resume=True)


def test_what_does_not_fit_on_the_disk_leaves_no_part(opened, entry, monkeypatch):
    journal = opened()
    journal.append(entry("a"))
    whole = journal.path.read_bytes()

    class Full:
        """A disk with room for a part of a line."""

        def __init__(self, file):
            self.file, self.room = file, 7

        def write(self, data):
            if not self.room:
                raise OSError(28, os.strerror(28))
            written, self.room = self.file.write(data[: self.room]), 0
            return written

        def __getattr__(self, name):
            return getattr(self.file, name)

    monkeypatch.setattr(journal, "_file", Full(journal._file))
    with pytest.raises(OSError, match=r"journal.jsonl could not be written: No space left"):
        journal.append(entry("b"))
    assert journal.path.read_bytes() == whole
    assert list(journal.entries) == ["a"]


def test_a_lock_is_that_of_one_process(tmp_path):
    with (tmp_path / "x").open("a") as one, (tmp_path / "x").open("a") as other:
        assert lock_file(one.fileno(), wait=True)
        assert not lock_file(other.fileno(), wait=False)
