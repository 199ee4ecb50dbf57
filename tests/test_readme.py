"""The blocks of README and of the page on commands run, and print what they say that they print."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from napari.components import ViewerModel

from covoxel import read_image
from covoxel.cli import main

ROOT = Path(__file__).parents[1]
PAGES = {
    name: (ROOT / name).read_text(encoding="utf-8")
    for name in ("README.md", "docs/command-line.md")
}
#: The scripts install Covoxel first; what they then call is run here.
SCRIPTS = {"sh scripts/demo.sh": "covoxel demo --out covoxel-results --overwrite"}
#: What is tested by being here, or in test_packaging.py.
ELSEWHERE = ("sh scripts/test.sh", "pip install")


@pytest.fixture
def program(capsys, monkeypatch, tmp_path) -> Callable[[str], str]:
    """Return a function that runs a command line beside the samples, and gives what it printed."""
    shutil.copytree(ROOT / "sample_data", tmp_path / "sample_data")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")

    def run(line: str) -> str:
        name, *arguments = SCRIPTS.get(line, line).split()
        assert name == "covoxel", line
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        printed, complaint = capsys.readouterr()
        assert not ended.value.code, complaint
        return printed

    return run


def blocks_of(page: str) -> list[tuple[str, str]]:
    """Return the language and the text of each block."""
    return re.findall(r"^```(\w*)\n(.*?)^```$", PAGES[page], re.MULTILINE | re.DOTALL)


def squeezed(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_shell_blocks_run_and_print_what_is_shown(program, page):
    printed: list[str] = []
    shown = 0
    for language, block in blocks_of(page):
        if language == "sh":
            lines = [line.split("  #")[0].strip() for line in block.splitlines()]
            run = [line for line in lines if line and not line.startswith(ELSEWHERE)]
            printed = squeezed("\n".join(map(program, run)))
        elif not language:
            for line in squeezed(block):
                assert any(one.startswith(line) for one in printed), f"{line!r} of {printed}"
                shown += 1
    assert shown > 3


@pytest.mark.slow
def test_python_blocks_run(program):
    (block,) = (block for language, block in blocks_of("README.md") if language == "python")
    viewer = ViewerModel()
    for channel in read_image("sample_data/two_channel_cells.ome.tif"):
        viewer.add_image(np.asarray(channel.read()), name=channel.name)
    names = {"viewer": viewer}
    exec(block, names)
    assert len(names["result"].table) == 1
