"""Verifying results: equal to the byte, equal to 1e-9, or not, and why."""

import json

import pytest

from covoxel.batch import recipe_from, run_batch, verify_batch

pytestmark = pytest.mark.slow


@pytest.fixture
def out(experiment):
    made = experiment(6)
    recipe = recipe_from(
        {
            "recipe": 1,
            "images": {"folder": "plate", "pattern": "{condition}/{replicate:d}/{name}.tif"},
            "regions": {"labels": "{condition}/{replicate}/{name}.tif_cells.tif"},
            "measure": {"measures": ["pearson"]},
            "output": {"figures": "none"},
        },
        made.recipe.folder,
    )
    run_batch(recipe, made.folder("out"), workers=0)
    return made.folder("out")


def test_a_sample_is_the_same_to_the_byte(out):
    found = verify_batch(out, 3)
    assert found.images == ("control/1/i0.tif", "control/3/i4.tif", "drug/3/i5.tif")
    assert (found.rows, found.close, found.differences, found.notes) == (6, 0, (), ())


def test_the_last_digit_is_close_and_another_one_differs(out):
    table = out / "measure.csv"
    header, first, *rest = table.read_text("utf-8-sig").splitlines()
    place = header.split(",").index("pearson")
    values = first.split(",")
    values[place] = repr(float(values[place]) * (1 + 1e-12))
    table.write_text("\n".join([header, ",".join(values), *rest]) + "\n", "utf-8-sig")
    found = verify_batch(out)
    assert (found.rows, found.close, found.differences) == (12, 1, ())
    values[place] = "0.5"
    table.write_text("\n".join([header, ",".join(values), *rest]) + "\n", "utf-8-sig")
    (difference,) = verify_batch(out).differences
    assert difference.startswith("control/1/i0.tif: pearson in row 1 of measure is 0.5, now ")


def test_changed_files_and_other_versions_are_named(out):
    image = out.parent / "plate/control/1/i0.tif"
    image.write_bytes((out.parent / "plate/control/2/i2.tif").read_bytes())
    record = json.loads((out / "provenance.json").read_text())
    record["packages"]["numpy"] = "0.1"
    (out / "provenance.json").write_text(json.dumps(record))
    found = verify_batch(out)
    assert found.differences == ("control/1/i0.tif: control/1/i0.tif has changed since",)
    assert found.notes[0].startswith("made with numpy 0.1, repeated with ")
    with pytest.raises(FileNotFoundError, match="holds no results of a batch"):
        verify_batch(out.parent)
