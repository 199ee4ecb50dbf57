"""An output never replaces an input or another output, and is written whatever stdout does."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from covoxel import read_image
from covoxel.io.write import write_channels

PROGRAM = [sys.executable, "-c", "from covoxel.cli import main; main()"]


@pytest.fixture
def saved(run, image, tmp_path) -> Path:
    """Write a saved registration."""
    path = tmp_path / "saved.json"
    assert run("register", image(), "--save", path).code == 0
    return path


def refused(called, path: Path, before: bytes, said: str) -> None:
    assert called.code == 2
    assert str(path) in called.line
    assert said in called.line
    assert path.read_bytes() == before


INPUT, TWICE = "is an input", "is named for two outputs"


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        ["register", "IMAGE", "--save", "IMAGE"],
        ["register", "IMAGE", "--apply", "saved.json", "--out", "IMAGE"],
        ["field", "IMAGE", "--magnitude", "IMAGE"],
        ["field", "IMAGE", "--save", "IMAGE"],
        ["map", "IMAGE", "--radius", "3", "--out", "IMAGE"],
        ["compare", "IMAGE", "--ssim-map", "IMAGE"],
        ["compare", "IMAGE", "other.tif", "--difference", "IMAGE"],
        ["compare", "other.tif", "IMAGE", "--channels", "1,2", "--difference", "IMAGE"],
        ["distance", "IMAGE", "--contributions", "IMAGE"],
        ["distance", "other.tif", "--mask", "IMAGE", "--contributions", "IMAGE"],
    ],
    ids=" ".join,
)
def test_an_input_is_not_replaced(run, image, saved, tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    given, other = image("image.ome.tif"), image("other.tif")
    assert other
    if "--mask" in command:
        write_channels(given, read_image(other)[:1], overwrite=True)
    arguments = [str(given) if argument == "IMAGE" else argument for argument in command]
    before = given.read_bytes()
    refused(run(*arguments, "--overwrite"), given, before, INPUT)


@pytest.mark.parametrize("link", ["symlink_to", "hardlink_to"])
def test_links_to_an_input_are_not_replaced(run, image, tmp_path, link):
    target = tmp_path / "link.json"
    given = image()
    getattr(target, link)(given)
    called = run("register", given, "--save", target, "--overwrite")
    refused(called, target, given.read_bytes(), INPUT)


@pytest.mark.slow
def test_files_of_a_folder_are_compared_with_inputs(run, image, saved, tmp_path):
    out = tmp_path / "o"
    out.mkdir()
    registration = saved.rename(out / "ccf.json")
    called = run("ccf", image(), "--registration", registration, "--out", out, "--overwrite")
    refused(called, registration, registration.read_bytes(), INPUT)
    control = image("control.ome.tif").rename(out / "measure_mask.ome.tif")
    called = run(
        *("measure", image(), "--threshold", f"control:{control}", "--out", out, "--overwrite")
    )
    refused(called, control, control.read_bytes(), INPUT)


@pytest.mark.slow
def test_outputs_are_compared_with_each_other(run, image, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("link").symlink_to(tmp_path)
    for ssim, difference in (("d.tif", "d.tif"), ("d.tif", "./link/d.tif")):
        called = run("compare", image(), "--ssim-map", ssim, "--difference", difference)
        assert called.code == 2
        assert TWICE in called.line
    assert not Path("d.tif").exists()
    called = run("field", image(), "--save", "o/field.json", "--out", "o")
    assert called.code == 2
    assert TWICE in called.line
    assert not Path("o").exists()


def test_channels_are_not_written_over_their_own_file(image):
    path = image()
    before = path.read_bytes()
    with pytest.raises(ValueError, match=INPUT):
        write_channels(path, read_image(path), overwrite=True)
    assert path.read_bytes() == before


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="other systems have no such device")
def test_devices_are_not_replaced(run, image, tmp_path):
    pipe = tmp_path / "pipe.json"
    os.mkfifo(pipe)
    called = run("register", image(), "--save", pipe, "--overwrite")
    assert called.code == 1
    assert "is a device or a pipe" in called.line
    assert pipe.is_fifo()


def test_simulating_is_refused_first(run, tmp_path, monkeypatch):
    monkeypatch.setattr("covoxel.simulate.simulate_pair", pytest.fail)
    (tmp_path / "a_labels.tif").write_text("kept")
    called = run("simulate", tmp_path / "a.tif", "--n-cells", "3")
    assert called.code == 1
    assert "a_labels.tif" in called.line


COMMANDS = {
    "measure": ["measure.csv", "measure.json", "measure_figure.png", "measure_mask.ome.tif"],
    "ccf": ["ccf.csv", "ccf.json", "ccf_curve.csv", "ccf_curve.json"],
}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such device")
@pytest.mark.parametrize(("command", "device"), [("measure", "closed"), ("ccf", "/dev/full")])
def test_files_are_written_whatever_becomes_of_stdout(image, tmp_path, command, device):
    call = [*PROGRAM, command, image(), "--out", tmp_path / "o"]
    if device == "closed":
        reading, writing = os.pipe()
        os.close(reading)
    else:
        writing = os.open(device, os.O_WRONLY)
    found = subprocess.run(call, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert found.returncode == 1
    said = b"" if device == "closed" else b"covoxel: No space left on device\n"
    assert found.stderr == said
    assert sorted(path.name for path in (tmp_path / "o").iterdir()) == COMMANDS[command]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process at once")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_leaves_no_drafts(image, tmp_path, name):
    """A run that is ended while it spills cells and writes leaves neither folder nor draft."""
    slow = (
        "import time\n"
        "from covoxel.core import files\n"
        "from covoxel.intensity.spill import Spill\n"
        "import covoxel.analysis.measure.rows as m\n"
        "def rows(*a):\n"
        "    spill = Spill()\n"
        "    assert spill.folder.is_dir()\n"
        f"    with files.whole_file({str(tmp_path / 'a.txt')!r}) as draft:\n"
        "        draft.write_text('half')\n"
        "        print('measuring', flush=True)\n"
        "        time.sleep(60)\n"
        "m.frame_rows = rows\n"
        "from covoxel.cli import main; main()"
    )
    call = [sys.executable, "-c", slow, "measure", image(), "--out", tmp_path / "o"]
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    environment = {**os.environ, "TMPDIR": str(scratch)}
    with subprocess.Popen(
        call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "measuring\n"
        assert list(scratch.iterdir())
        process.send_signal(getattr(signal, name))
        _, said = process.communicate(timeout=20)
    assert said == "covoxel: stopped\n"
    assert process.returncode == 128 + getattr(signal, name)
    assert not list(scratch.iterdir())
    assert not [path for path in tmp_path.iterdir() if path.suffix == ".txt"]
