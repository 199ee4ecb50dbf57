"""covoxel batch: what it prints, and the codes with which it exits."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile

from covoxel.batch.journal import Journal

RECIPE = """
recipe = 1
[images]
folder = "plate"
pattern = "{condition}_{replicate:d}.tif"
[measure]
measures = ["pearson"]
[groups]
compare = "condition"
[output]
figures = "none"
"""


@pytest.fixture
def recipe(tmp_path) -> Path:
    """Write a recipe, and six images of two channels."""
    folder = tmp_path / "plate"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for condition in ("control", "drug"):
        for replicate in (1, 2, 3):
            pixels = rng.integers(0, 999, (2, 12, 12)).astype(np.uint16)
            path = folder / f"{condition}_{replicate}.tif"
            tifffile.imwrite(path, pixels, metadata={"axes": "CYX"}, imagej=True)
    path = tmp_path / "recipe.toml"
    path.write_text(RECIPE)
    return path


@pytest.mark.slow
def test_exit_codes_of_a_whole_experiment(run, recipe):
    out, serial = recipe.parent / "out", ("--workers", 0)
    first = run("batch", recipe, "--out", out, *serial, "--limit", 2)
    assert (first.code, first.out) == (0, f"2 images; tables in {out}\n")
    assert "is in use" not in run("batch", recipe, "--out", out, *serial).line  # holds results
    bad = recipe.parent / "plate" / "drug_2.tif"
    whole = bad.read_bytes()
    bad.write_bytes(b"no image")
    some = run("batch", recipe, "--out", out, *serial, "--resume")
    assert (some.code, some.out) == (3, f"6 images, 1 failed; tables in {out}\n")
    assert some.err.startswith("drug_2.tif: is not a TIFF")
    bad.write_bytes(whole)
    again = run("batch", recipe, "--out", out, *serial, "--resume", "--json")
    record = json.loads(again.out)
    assert again.code == 0
    assert (record["images"], record["failed"], record["failures"]) == (6, 0, [])
    assert run("verify", out).out == "6 rows of 6 images: the same to the byte\n"
    assert run("report", out).out == f"written: {out / 'report.html'}\n"
    assert "6 of 6 images were analysed" in (out / "report.html").read_text(encoding="utf-8")
    recipe.write_text(RECIPE.replace('"pearson"', '"icq"'))
    changed = run("batch", recipe, "--out", out, *serial, "--resume")
    assert changed.code == 2
    assert 'measure.measures: ["pearson"] → ["icq"]' in changed.line
    recipe.write_text(RECIPE.replace("pattern", "patern"))
    assert run("batch", recipe, "--out", out).code == 2
    assert run("batch", recipe.with_name("none.toml")).code == 1


def test_a_dry_run_writes_nothing(run, recipe):
    called = run("batch", recipe, "--dry-run", "--only", "control*", "--out", "elsewhere")
    assert called.code == 0
    assert called.out.startswith("3 images")
    assert "\nresults: elsewhere\n" in called.out
    assert not (recipe.parent / "results").exists()
    assert "matches none of 6 images" in run("batch", recipe, "--only", "x*").line


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process at once")
def test_a_stopped_batch_is_resumed(run, recipe):
    slow = (
        "import signal, time\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # shells may ignore it
        "from covoxel.batch.job import Job\n"
        "analysed = Job.run\n"
        "def run(job, image):\n"
        "    if image.name == 'drug_1.tif':\n"
        "        print('analysing', flush=True)\n"
        "        time.sleep(60)\n"
        "    return analysed(job, image)\n"
        "Job.run = run\n"
        "from covoxel.cli import main; main()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", slow, "batch", recipe, "--workers", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "analysing\n"
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert said.splitlines()[-2:] == [  # a slow machine prints how far it is
        f"covoxel: 3 of 6 images are done; covoxel batch {recipe} --resume goes on",
        "covoxel: stopped",
    ]
    assert run("batch", recipe, "--workers", 0, "--resume").code == 0


@pytest.mark.slow
def test_on_a_full_disk_it_says_how_to_go_on(run, recipe, monkeypatch):
    append, kept = Journal.append, []

    def append_some(journal, entry):
        if len(kept) == 2:
            raise OSError("journal.jsonl could not be written: No space left on device")
        kept.append(append(journal, entry))

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "append", append_some)
        called = run("batch", recipe, "--workers", 0)
    assert called.code == 1
    assert called.err.splitlines() == [
        f"covoxel: 2 of 6 images are done; covoxel batch {recipe} --resume goes on",
        "covoxel: journal.jsonl could not be written: No space left on device",
    ]
    assert run("batch", recipe, "--workers", 0, "--resume").code == 0


@pytest.mark.slow
def test_remarks_on_the_images_are_printed_first(run, recipe):
    recipe.write_text(RECIPE.replace("[measure]", 'table = "map.csv"\n[measure]'))
    rows = [f"{c},{n},x" for c in ("control", "drug", "other") for n in (1, 2, 3)]
    (recipe.parent / "map.csv").write_text("\n".join(["condition,replicate,batch", *rows]))
    note = "map.csv has 3 rows without an image, such as condition other, replicate 1"
    called = run("batch", recipe, "--workers", 0)
    assert (called.code, called.err) == (0, f"note: {note}\n")
    assert f"note: {note}" in run("batch", recipe, "--dry-run", "--limit", 1).out
    again = run("batch", recipe, "--workers", 0, "--overwrite", "--json")
    assert json.loads(again.out)["notes"] == [note]
