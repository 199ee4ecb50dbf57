"""Whatever goes wrong is one line on stderr, and an exit status: 1 for a file, 2 for the call."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile

from covoxel import Channel
from covoxel.io.write import write_channels

PROGRAM = [sys.executable, "-c", "from covoxel.cli import main; main()"]


@pytest.fixture
def broken(tmp_path, image):
    """Files that cannot be measured, by what is wrong with them."""
    good = image().read_bytes()
    written = {
        "empty.tif": b"",
        "text.tif": b"This is not an image, only words.\n" * 9,
        "truncated.tif": good[: len(good) // 2],
        "header.tif": good[:6],
        "huge.tif": b"II*\x00\xff\xff\xff\xff" + good[8:],
    }
    for name, content in written.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "folder.tif").mkdir()
    tifffile.imwrite(tmp_path / "rgb.tif", np.zeros((8, 8, 3), "u1"), photometric="rgb")
    tifffile.imwrite(tmp_path / "complex.tif", np.zeros((2, 8, 8), "c8"))
    return tmp_path


BROKEN = [
    *("missing.tif", "folder.tif", "empty.tif", "text.tif", "truncated.tif", "header.tif"),
    *("huge.tif", "complex.tif"),
]
CASES = [(command, name) for command in ("info", "open") for name in BROKEN[:-1]]
CASES += [("measure", name) for name in BROKEN]  # complex numbers can be looked at


@pytest.mark.slow
@pytest.mark.parametrize(("command", "name"), CASES)
def test_files_that_cannot_be_read(run, broken, monkeypatch, command, name):
    monkeypatch.setenv("DISPLAY", ":77")
    called = run(command, broken / name)
    assert called.code == 1, called
    assert name in called.line
    assert "Error" not in called.line


@pytest.mark.slow
@pytest.mark.parametrize("flag", ["--mask", "--labels"])
@pytest.mark.parametrize("name", ["missing.tif", "text.tif", "truncated.tif"])
def test_regions_that_cannot_be_read(run, image, broken, flag, name):
    called = run("measure", image(), flag, broken / name)
    assert called.code == 1
    assert name in called.line


@pytest.mark.slow
def test_control_that_cannot_be_read(run, image, broken):
    called = run("measure", image(), "--threshold", f"control:{broken / 'text.tif'}")
    assert called.code == 1
    assert "text.tif" in called.line


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("missing.json", "missing.json: does not exist"),
        ("folder.tif", "folder.tif: is a folder; a file is needed"),
        ("text.tif", "text.tif: this is not a registration saved by Covoxel"),
        ("empty.tif", "empty.tif: this is not a registration saved by Covoxel"),
        ("header.tif", "header.tif: this is not a registration saved by Covoxel"),
    ],
)
@pytest.mark.parametrize("command", ["measure", "ccf"])
def test_registrations_that_cannot_be_read(run, image, broken, command, name, said):
    called = run(command, image(), "--registration", broken / name)
    assert called.code == (2 if "this is no" in said else 1)
    assert said in called.line


@pytest.mark.slow
@pytest.mark.parametrize("command", ["measure", "distance", "ccf", "delay"])
def test_labels_without_labels(run, image, tmp_path, command):
    empty = write_channels(tmp_path / "none.tif", [Channel(np.zeros((24, 20), np.uint8), "YX")])
    called = run(command, image(axes="TYX"), "--labels", empty)
    assert called.code == 1
    assert "none.tif: holds no label" in called.line


@pytest.mark.slow
def test_channels_must_be_chosen(run, image):
    called = run("measure", image(channels=3))
    assert called.code == 2
    assert "has channels 1 stain 1, 2 stain 2, 3 stain 3; choose two by --channels" in called.line
    called = run("measure", image(channels=1))
    assert called.code == 2
    assert "has one channel (1 stain 1); two are needed: name a second file" in called.line


def test_files_that_do_not_fit_each_other(run, image):
    called = run("measure", image("a.tif", channels=1), image("b.tif", axes="ZYX", channels=1))
    assert called.code == 1
    assert "b.tif: has the shape (4, 24, 20), but a.tif (24, 20)" in called.line


@pytest.mark.slow
@pytest.mark.parametrize("axes", ["QYX", "YX", "TZCYX"])
def test_axes_that_the_file_has_not(run, image, axes):
    called = run("measure", image(), "--axes", axes)
    assert called.code == 1
    assert "axes" in called.line


def test_a_picture_has_three_channels(run, broken):
    called = run("measure", broken / "rgb.tif")
    assert called.code == 2
    assert "has channels 1 red, 2 green, 3 blue; choose two by --channels" in called.line


@pytest.mark.slow
def test_regions_that_do_not_fit(run, image, mask, labels, tmp_path):
    small = write_channels(tmp_path / "small.tif", [Channel(np.ones((5, 5), np.uint8), "YX")])
    for flag in ("--mask", "--labels"):
        called = run("measure", image(), flag, small)
        assert called.code == 2
        assert f"{flag[2:]} has shape (5, 5); allowed for this image are (24, 20)" in called.line
    real = write_channels(tmp_path / "real.ome.tif", [Channel(np.full((24, 20), 1.5, "f4"), "YX")])
    called = run("measure", image(), "--labels", real)
    assert called.code == 2
    assert "labels holds 1.5; allowed are whole numbers from 0" in called.line
    called = run("measure", image(), "--labels", image("two.tif"))
    assert called.code == 2
    assert "has 2 channels; a mask or label image has one" in called.line


@pytest.mark.slow
@pytest.mark.parametrize("there", ["csv", "json", "mask.ome.tif", "figure.png", "parquet"])
def test_existing_files_are_not_replaced(run, image, tmp_path, monkeypatch, there):
    out = tmp_path / "out"
    out.mkdir()
    kept = out / (f"measure_{there}" if "." in there else f"measure.{there}")
    kept.write_text("kept")
    monkeypatch.setattr("covoxel.analysis.measure.rows.frame_rows", pytest.fail)
    called = run("measure", image(), "--out", out, "--parquet")
    assert called.code == 1
    assert kept.name in called.line
    assert [path.name for path in out.iterdir()] == [kept.name]
    assert kept.read_text() == "kept"


def test_out_is_a_file(run, image, tmp_path):
    (tmp_path / "out").write_text("kept")
    called = run("measure", image(), "--out", tmp_path / "out")
    assert called.code == 1
    assert "is a file; --out needs a folder" in called.line
    called = run("measure", image(), "--out", tmp_path / "out" / "deeper")
    assert called.code == 1
    assert "is a file; --out needs a folder" in called.line


@pytest.mark.slow
def test_full_disk(run, image, tmp_path, monkeypatch):
    def full(*_args, **_kwargs):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("pandas.DataFrame.to_csv", full)
    called = run("measure", image(), "--out", tmp_path / "out", "--json")
    assert called.code == 1
    assert '"pearson"' in called.out
    assert "No space left on device" in called.err
    assert called.err.count("\n") == 1
    assert not list((tmp_path / "out").iterdir())


def test_memory_runs_out(run, image, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise MemoryError

    monkeypatch.setattr("covoxel.analysis.measure.rows.frame_rows", refuse)
    called = run("measure", image())
    assert called.code == 1
    assert "memory ran out" in called.line


def test_interrupted(run, image, monkeypatch):
    def interrupt(*_args, **_kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("covoxel.analysis.measure.rows.frame_rows", interrupt)
    called = run("measure", image())
    assert called.code == 130
    assert called.line == "covoxel: stopped\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments", [["measure"], ["measur", "x"], ["--flag"], ["info"], ["open"], ["simulate"]]
)
def test_incomplete_calls(run, arguments):
    called = run(*arguments)
    assert called.code == 2
    assert called.line


@pytest.mark.slow
def test_broken_pipe(image, labels):
    """The reader may go after the first line; nothing is said of it."""
    command = [*PROGRAM, "measure", image(axes="TZYX"), "--labels", labels, "--per-plane", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        said = process.stderr.read()
    assert said == b""
    assert process.returncode == 1


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such device")
@pytest.mark.parametrize("command", ["measure", "info"])
def test_output_to_a_full_disk(image, monkeypatch, command):
    """Said once, whether Python held the output back or not."""
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    with Path("/dev/full").open("w") as full:
        found = subprocess.run(
            [*PROGRAM, command, image()], stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert found.stderr == b"covoxel: No space left on device\n"
    assert found.returncode == 1


@pytest.mark.slow
def test_control_c(tmp_path, image):
    """A process that is interrupted ends soon, with one line and without a file left."""
    image = image(axes="TZYX")
    slow = (
        "import covoxel.analysis.measure.rows as m, signal, time\n"
        # as a terminal does; a shell that starts jobs aside has them ignore it
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "m.frame_rows = lambda *a: print('measuring', flush=True) or time.sleep(60)\n"
        "from covoxel.cli import main; main()"
    )
    command = [sys.executable, "-c", slow, "measure", image, "--out", tmp_path / "out"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with process:
        assert process.stdout
        assert process.stdout.readline() == "measuring\n"
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
    assert said == "covoxel: stopped\n"
    assert process.returncode == 130
    assert not Path(tmp_path / "out").exists()


@pytest.mark.slow
def test_terminals_without_greek(image):
    found = subprocess.run(
        [*PROGRAM, "measure", image()],
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "ascii", "COLUMNS": "100"},
    )
    assert (found.returncode, found.stderr) == (0, b"")
    assert b"Spearman's ? within the region" in found.stdout
