"""The flags that commands share: the same names, kinds and words, after those of the command."""

import dataclasses
import re

import pytest

from covoxel.cli.files import FileOptions

COMMANDS = ("measure", "compare", "map", "field", "register", "distance", "ccf", "delay", "objects")
SHARED = [field.name.replace("_", "-") for field in dataclasses.fields(FileOptions)]
#: What the folder of --out, or the image, is for is said by each command, and what --memory-budget
#: does by `measure`, which adapts to it.
SPECIAL = ("out", "memory-budget")
#: Further images that one command takes.
FURTHER = {"replicate1", "replicate2", "objects1", "objects2"}
#: Flags that a command has among its own.
ELSEWHERE = (("map", "out"), ("measure", "memory-budget"))
EACH = pytest.mark.parametrize("command", COMMANDS)


def help_of(run, command) -> dict[str, tuple[str, str]]:
    """The kind and the words of each flag in the help of a command, in order."""
    lines = run(command, "--help").out.splitlines()
    row = re.compile(r"│[ *]* --(\S+)(?: +--\S+)?(?: +(<\w+>|[A-Z]{3,}))? +(.*?) *│$")
    found = [row.match(line) for line in lines]
    return {one[1]: ((one[2] or "").strip("<>").lower(), one[3]) for one in found if one}


@pytest.fixture
def wide(monkeypatch, run):
    """Each flag on a line."""
    monkeypatch.setenv("COLUMNS", "250")
    return run


@pytest.mark.slow
def test_words_and_kinds_are_the_same(wide):
    every = help_of(wide, "distance")
    assert set(SHARED) - FURTHER < set(every)
    assert every["mask"] == ("path", "Mask image; pixels that are not 0 are inside.")
    assert every["series"][0] in ("str", "text")  # typer 0.26 changed the word
    assert every["series"][1].startswith("The image in the file, by index from 0 or by name")
    for command in COMMANDS:
        ours = help_of(wide, command)
        same = [name for name in ours if name in SHARED and name not in FURTHER | set(SPECIAL)]
        assert {"channels", "axes", "spacing", "mask", "overwrite", "json"} < set(same)
        assert {name: ours[name] for name in same} == {name: every[name] for name in same}
        assert ours["out"][0] == "path"


@pytest.mark.slow
@EACH
def test_flags_of_the_command_come_first(wide, command):
    *flags, last = help_of(wide, command)
    assert last == "help"
    shared = [name for name in SHARED if name in flags and (command, name) not in ELSEWHERE]
    assert flags[-len(shared) :] == shared


@pytest.mark.slow
@EACH
def test_defaults_have_one_notation(wide, command):
    assert "[default: " not in wide(command, "--help").out


@pytest.mark.slow
@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "map"])
def test_parquet_needs_a_folder(run, image, command):
    called = run(command, image(), "--parquet")
    assert called.code == 2
    assert "--parquet needs --out, the folder to write to" in called.line


FILES = [
    ("measure", "--out"),
    ("compare", "--difference"),
    ("compare", "--ssim-map"),
    ("field", "--magnitude"),
    ("field", "--save"),
    ("register", "--save"),
    ("map", "--out"),
    ("distance", "--contributions"),
    ("ccf", "--figure"),
]


def named(command, flag) -> str:
    endings = {"--figure": "x.png", "--save": "x.json"}
    return "x" if command == "measure" else endings.get(flag, "x.tif")


@pytest.mark.slow
@pytest.mark.parametrize(("command", "flag"), FILES)
def test_read_only_folders_are_refused_before_anything_is_computed(
    run, image, tmp_path, monkeypatch, command, flag
):
    monkeypatch.setattr("covoxel.cli.files.os.access", lambda path, _: path != tmp_path)
    called = run(command, image(), flag, tmp_path / named(command, flag))
    assert called.code == 1
    assert f"cannot be written: {tmp_path} is read-only" in called.line


@pytest.mark.slow
@pytest.mark.parametrize(("command", "flag"), FILES[1:])
def test_folders_that_lack_are_refused(run, image, tmp_path, command, flag):
    called = run(command, image(), flag, tmp_path / "gone" / named(command, flag))
    assert called.code == 1
    assert f"there is no folder {tmp_path / 'gone'}" in called.line
