"""Figures as files: the same bytes, whole or not at all, and no pyplot."""

import os
import subprocess
import sys

import pytest
from matplotlib.figure import Figure

from covoxel.core.files import whole_file
from covoxel.report import save_figure

#: Old releases of matplotlib call what new releases of pyparsing deprecate.
LIBRARIES = ("-W", "ignore::DeprecationWarning")
SCRIPT = """
import sys, hashlib, numpy as np, covoxel
assert "matplotlib" not in sys.modules
import covoxel.report as report
from covoxel.image.channel import Channel
from covoxel.intensity.histogram import joint_histogram
images = [Channel(np.arange(600).reshape(20, 30) % n, "YX") for n in (17, 19)]
mask = np.arange(600).reshape(20, 30) % 30 > 12
figure = report.pair_figure(*images, joint_histogram(*images), outlined=mask, threshold1=5)
for suffix in ("png", "svg", "pdf"):
    report.save_figure(figure, sys.argv[1] + "/figure." + suffix)
assert not {"matplotlib.pyplot", "qtpy", "PyQt6", "napari"} & set(sys.modules)
"""


@pytest.mark.slow
def test_the_same_figure_gives_the_same_bytes_whatever_the_users_style(tmp_path):
    folders = []
    for seed, style in (("1", ""), ("2", "font.size: 20\nfigure.dpi: 50\nsvg.fonttype: path\n")):
        folder = tmp_path / seed
        folder.mkdir()
        (folder / "matplotlibrc").write_text(style)
        environment = os.environ | {"PYTHONHASHSEED": seed, "MATPLOTLIBRC": str(folder)}
        run = [sys.executable, "-W", "error", *LIBRARIES, "-c", SCRIPT, str(folder)]
        subprocess.run(run, check=True, env=environment)
        folders.append(folder)
    for suffix in ("png", "svg", "pdf"):
        one, other = ((folder / f"figure.{suffix}").read_bytes() for folder in folders)
        assert one == other
        assert b"Date" not in one


def test_text_stays_text(tmp_path):
    figure = Figure()
    figure.text(0.5, 0.5, "µm here")
    save_figure(figure, tmp_path / "a.svg")
    assert "µm here" in (tmp_path / "a.svg").read_text("utf-8")


def test_existing_files_are_kept_unless_asked(tmp_path):
    path = tmp_path / "a.png"
    path.write_text("mine")
    with pytest.raises(FileExistsError, match=r"holds a\.png already"):
        save_figure(Figure(), path)
    assert path.read_text() == "mine"
    save_figure(Figure(), path, overwrite=True)
    assert path.read_bytes().startswith(b"\x89PNG")


def test_unknown_formats_and_folders_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"suffix of path is '\.gif'; allowed are \.png"):
        save_figure(Figure(), tmp_path / "a.gif")
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        save_figure(Figure(), tmp_path / "none" / "a.png")


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("old")

    def fail():
        with whole_file(path, overwrite=True) as draft:
            assert draft.parent == tmp_path
            assert draft.suffix == ".csv"
            draft.write_text("half")
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        fail()
    assert [file.name for file in tmp_path.iterdir()] == ["table.csv"]
    assert path.read_text() == "old"
    with whole_file(path, overwrite=True) as draft:
        draft.write_text("new")
    assert [file.name for file in tmp_path.iterdir()] == ["table.csv"]
    assert path.read_text() == "new"


def test_a_file_that_appears_meanwhile_is_kept(tmp_path):
    path = tmp_path / "a.csv"

    def write():
        with whole_file(path) as draft:
            draft.write_text("ours")
            path.write_text("theirs")

    with pytest.raises(FileExistsError):
        write()
    assert path.read_text() == "theirs"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(FileExistsError, match="is a folder"), whole_file(tmp_path, overwrite=True):
        pass
