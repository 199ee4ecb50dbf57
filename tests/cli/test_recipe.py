"""covoxel recipe: written, checked and shown."""

import json

import pytest

from covoxel.io.samples import sample_path


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return a folder with an image and its labels, inside the working folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "images").mkdir()
    for name in ("two_channel_cells.ome.tif", "two_channel_cells_labels.tif"):
        (tmp_path / "images" / name).write_bytes(sample_path(name).read_bytes())
    return tmp_path / "images"


@pytest.mark.slow
def test_a_recipe_is_written_checked_and_shown(run, folder):
    made = run("recipe", "init", "images", "--out", "mine.toml")
    assert made.code == 0, made.err
    assert "1 image of 1 file in images" in made.out
    assert "written: mine.toml" in made.out
    checked = run("recipe", "check", "mine.toml")
    assert "two_channel_cells_labels.tif" in checked.out
    assert "has no faults" in checked.out
    shown = run("recipe", "show", "mine.toml")
    assert 'labels = "{folder}/{stem}_labels.tif"' in shown.out
    refused = run("recipe", "init", "images", "--out", "mine.toml")
    assert refused.code == 1
    assert "holds mine.toml already" in refused.line
    assert run("recipe", "init", "images", "--out", "mine.toml", "--overwrite").code == 0


def test_every_fault_is_a_line(run, folder):
    (folder / "wrong.toml").write_text("recipe = 1\n[imges]\n[measure]\nlike = 'x'\n")
    refused = run("recipe", "check", folder / "wrong.toml")
    assert refused.code == 2
    first, second, third = refused.err.splitlines()
    assert "wrong.toml:2: [imges] is not a section; did you mean images?" in first
    assert "wrong.toml:2: files, pattern or table is needed" in second
    assert "wrong.toml:4: [measure] like is 'x'; allowed are" in third


def test_the_schema_is_json(run):
    assert json.loads(run("recipe", "schema").out)["title"] == "Recipe of Covoxel"


def test_a_recipe_without_images_is_refused(run, folder):
    (folder / "r.toml").write_text("recipe = 1\n[images]\nfiles = ['*.czi']\n[measure]\n")
    refused = run("recipe", "check", folder / "r.toml")
    assert refused.code == 2
    assert "none matches" in refused.line
