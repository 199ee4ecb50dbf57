"""What a batch would do, before it does anything."""

import pytest

from covoxel.batch import dry_run, overview, recipe_from
from covoxel.io.samples import sample_path

CELLS = sample_path("two_channel_cells.ome.tif")


def test_an_overview_shows_fields_and_what_is_missing(tmp_path):
    for name in ("ctrl_1_c1", "ctrl_1_c2", "ctrl_2_c1", "drug_1_c1", "drug_1_c2", "drug_1_cells"):
        (tmp_path / f"{name}.tif").touch()
    given = {
        "recipe": 1,
        "images": {"pattern": "{drug}_{day:d}_c{channel}.tif"},
        "regions": {"labels": "{drug}_{day}_cells.tif"},
        "groups": {"compare": "drug", "unit": "day"},
        "measure": {"threshold1": "control:{day}_neg.tif"},
    }
    seen = overview(recipe_from(given, tmp_path))
    text = "\n".join(seen.lines())
    for line in (
        "3 images of 5 files in",
        "  drug: ctrl (2), drug (1)",
        "  channels, a file each: 1, 2",
        "  labels: of 1 of 3 images",
        "2 of 3 images will fail:",
        "  ctrl_2_c1.tif: channel 2 is missing; labels is missing: ctrl_2_cells.tif",
        "threshold1 of measure has no file",
        "groups: drug by the means of each day: ctrl 2, drug 1",
        "fewer than 3 of day in a condition",
    ):
        assert line in text
    assert list(seen.table) == ["image", "drug", "day", "files", "labels", "missing"]
    assert "estimated" not in text


@pytest.mark.slow
def test_the_time_is_that_of_an_image_by_workers(tmp_path):
    for name in "abcd":
        (tmp_path / f"{name}.ome.tif").write_bytes(CELLS.read_bytes())
    given = {"recipe": 1, "images": {"files": ["*.tif"]}, "measure": {"measures": ["pearson"]}}
    seen = dry_run(recipe_from(given, tmp_path), workers=2)
    assert seen.total_seconds == 2 * seen.seconds > 0
    assert "2 workers" in "\n".join(seen.lines())


def test_an_image_that_fails_is_a_note(tmp_path):
    (tmp_path / "a.tif").touch()
    seen = dry_run(recipe_from({"recipe": 1, "images": {"files": ["*.tif"]}, "map": {}}, tmp_path))
    assert "a.tif was tried and failed" in seen.notes[0]
