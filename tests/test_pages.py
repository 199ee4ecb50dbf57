"""Every block of Python and shell in README and the pages runs, and prints what stands below it."""

import json
import os
import re
import runpy
import shlex
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from napari.components import ViewerModel
from sybil import Document, Example, Region, Sybil
from sybil.evaluators.python import PythonEvaluator
from sybil.parsers.markdown import SkipParser
from sybil.parsers.markdown.lexers import RawFencedCodeBlockLexer

from covoxel import read_image
from covoxel.cli import main

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DOCUMENTS = [
    page
    for page in sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
    if "```" in page.read_text(encoding="utf-8")
]
#: The script installs Covoxel first; what it then calls is run here.
SCRIPTS = {"sh scripts/demo.sh": "covoxel demo --out covoxel-results --overwrite"}
#: Scripts and programs that are tested where they belong.
ELSEWHERE = (
    *("sh scripts/test", "sh scripts/docs", ".venv/bin/", "git clone", "cd ", "covoxel open"),
    *("python3 -m venv ", ". covoxel-env/"),
)
FENCE = re.compile(r"(?P<language>\w*)[^\n]*\n")


class Blocks:
    """Runs the blocks of a page one after the other, and keeps what each printed."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.lexer = RawFencedCodeBlockLexer(FENCE)
        self.python = PythonEvaluator()
        self.capsys = capsys
        self.printed: list[str] | None = None

    def __call__(self, document: Document) -> Iterator[Region]:
        for region in self.lexer(document):
            region.parsed, region.evaluator = region.lexemes["source"], self.evaluate
            yield region

    def evaluate(self, example: Example) -> None:
        language = example.region.lexemes["language"]
        if language == "python":
            self.python(example)
        elif language == "sh":
            for line in example.parsed.replace("\\\n", " ").splitlines():
                shell(line)
        elif not language:
            self.compare(example.parsed)
        printed, complaint = self.capsys.readouterr()
        if language in ("python", "sh"):
            self.printed = squeezed(printed + complaint)

    def compare(self, shown: str) -> None:
        assert self.printed is not None, "nothing was run before this block"
        left = iter(self.printed)
        for line in squeezed(shown):
            found = line == "…" or any(one.startswith(line) for one in left)
            assert found, f"{line!r} is not printed here: {self.printed}"


def squeezed(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def shell(line: str) -> None:
    """Run a line as a shell would, without starting a process."""
    name, *arguments = shlex.split(SCRIPTS.get(line, line), comments=True) or [""]
    if not name or line.startswith(ELSEWHERE):
        return
    if name == "covoxel":
        end = arguments.index(">") if ">" in arguments else None
        with pytest.raises(SystemExit) as ended:
            main(arguments[:end])
        assert not ended.value.code, line
    elif name == "python":
        runpy.run_path(arguments[0])
    else:
        assert "install" in arguments, line
        extras = re.findall(r"\[([\w,]+)\]", line)
        known = PROJECT["optional-dependencies"]
        assert {one for extra in extras for one in extra.split(",")} <= set(known), line


@pytest.fixture
def viewer() -> ViewerModel:
    """Make a viewer without a window, which shows the sample as it is opened."""
    viewer = ViewerModel()
    for channel in read_image("sample_data/two_channel_cells.ome.tif"):
        viewer.add_image(channel.read(), name=channel.name, scale=channel.spacing)
    return viewer


@pytest.fixture
def checkout(tmp_path, monkeypatch) -> Path:
    """Make a folder with what the blocks use of a checkout, and work in it."""
    for name in ("sample_data", "examples"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    return tmp_path


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda page: os.fspath(page.relative_to(ROOT)))
def test_blocks_run_and_print_what_is_shown(page, checkout, viewer, capsys):
    document = Sybil([Blocks(capsys), SkipParser()]).parse(page)
    document.namespace["viewer"] = viewer
    for example in document.examples():
        try:
            example.evaluate()
        except BaseException as error:
            error.add_note(f"in the block at {page}:{example.line}")
            raise


@pytest.mark.parametrize("name", sorted(path.name for path in (ROOT / "examples").glob("*.py")))
def test_examples_run(name, checkout):
    runpy.run_path(f"examples/{name}")


def test_the_notebook_prints_what_it_holds(checkout, capsys):
    notebook = json.loads(Path("examples/first_steps.ipynb").read_text(encoding="utf-8"))
    namespace: dict[str, object] = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), namespace)
            assert capsys.readouterr().out == "".join(cell["outputs"][0]["text"])


def test_pictures_can_be_drawn_again():
    pictures = runpy.run_path(str(ROOT / "scripts" / "pictures.py"))
    scene, draw = pictures["SCENES"]["overlap"]
    assert len(pictures["drawn"](scene(), draw).axes) == 4
    assert all((pictures["FOLDER"] / f"{name}.webp").is_file() for name in pictures["SCENES"])
    assert runpy.run_path(str(ROOT / "scripts" / "screenshots.py"))["FOLDER"] == pictures["FOLDER"]
