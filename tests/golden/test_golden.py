"""Every command gives the values that it gave when they were recorded."""

import csv
import hashlib
import io
import json
import math
import re
import shlex
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib.image
import numpy as np
import pytest
import tifffile
import typer

from covoxel.cli import main
from covoxel.cli.app import program

from .comparison import PASSING, differences, translated, values

HERE = Path(__file__).parent
OUTPUTS = HERE / "outputs"
NAMES = tomllib.loads((HERE / "names.toml").read_text("utf8"))
CASES = {
    f"{command}_{name}": lines
    for command, cases in tomllib.loads((HERE / "cases.toml").read_text("utf8")).items()
    for name, lines in cases.items()
}
COMMANDS = {
    "_".join(filter(None, (name, own))): command
    for name, group in typer.main.get_command(program()).commands.items()
    for own, command in getattr(group, "commands", {"": group}).items()
}
#: Share by which a number may be another one on another computer. Fits stop where they change
#: little, the search for a fraction of a pixel at 1e-6 of it, and maps are of single precision.
DIGITS, FITTED_DIGITS = 1e-9, {"ccf": 2e-5, "distance": 2e-5, "register": 1e-7, "images": 2e-5}
#: Rows of a longer table are recorded in regular steps.
MOST_ROWS = 10


def lasting(path: Path, digests: dict[str, str], *, described: bool) -> str:
    """Return the text of a file without what depends on the release and on how inputs are packed.

    Columns are described in many files, and so only kept where asked for.
    """
    text = path.read_text("utf8")
    for digest, name in digests.items():
        text = text.replace(digest, f"SHA-256 of {name}")
    if path.suffix == ".csv":
        head, *rows = csv.reader(io.StringIO(text))
        kept = [i for i, name in enumerate(head) if name not in PASSING]
        some = [head, *rows[:: 1 + len(rows) // MOST_ROWS]]
        written = io.StringIO()
        csv.writer(written, lineterminator="\n").writerows(
            [_short(row[i]) for i in kept] for row in some
        )
        return written.getvalue()
    record = {name: part for name, part in json.loads(text).items() if name not in PASSING}
    if not described:
        record.pop("columns", None)
    return _lines(record)


def _lines(record: dict[str, Any]) -> str:
    """Return JSON with a line for each key, which is short and shows what differs."""
    lines = [f"{json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in record.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _short(cell: str) -> str:
    """Return a number with the digits that are compared."""
    return f"{float(cell):.12g}" if re.fullmatch(r"-?\d+\.\d{9,}(e-?\d+)?", cell) else cell


def pictured(path: Path) -> dict[str, Any]:
    """Return what an image is recorded by: whole numbers exactly, others at some places."""
    if path.suffix == ".png":
        return {"shape": matplotlib.image.imread(path).shape}
    if path.suffix == ".svg":
        return {"texts": re.findall(r"<text[^>]*>([^<]+)", path.read_text("utf8"))}
    pixels = tifffile.imread(path)
    found = {"shape": pixels.shape, "data_type": str(pixels.dtype)}
    if pixels.dtype.kind in "ui":
        return found | {"sha256": hashlib.sha256(np.ascontiguousarray(pixels)).hexdigest()}
    some = pixels.ravel()[:: max(1, pixels.size // 61)].astype(float)
    return found | {
        "undefined": int(np.isnan(pixels).sum()),
        "mean": float(np.nanmean(pixels, dtype=float)),
        "some": [None if math.isnan(value) else value for value in some.tolist()],
    }


def _files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def outcome(case: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """Run a case and return the text of what it prints and writes, by name of file."""
    before, printed = _files(folder), ""
    for line in translated(CASES[case], "toml", NAMES).strip().splitlines():
        with pytest.raises(SystemExit) as stop:
            main(shlex.split(line))
        out, err = capsys.readouterr()
        assert not stop.value.code, err
        printed += "".join(f"{row.rstrip()}\n" for row in (out + err).splitlines())
    texts, images, after = {"printed.txt": printed}, {}, _files(folder)
    digests = {hashlib.sha256(path.read_bytes()).hexdigest(): path.name for path in after}
    for path in sorted(after - before):
        if path.suffix in (".csv", ".json"):
            described = case.endswith(("_plain", "_all"))
            texts[path.name] = lasting(path, digests, described=described)
        else:
            images[path.name] = pictured(path)
    return texts | ({"images.json": _lines(images)} if images else {})


@pytest.fixture
def check(request: pytest.FixtureRequest) -> Callable[[str, dict[str, str]], None]:
    """Return a function that compares texts with the recorded ones, or records them."""

    def against_recorded(case: str, new: dict[str, str]) -> None:
        folder = OUTPUTS / case
        if request.config.getoption("--record-golden", False):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            for name, text in new.items():
                (folder / name).write_text(text, "utf8", newline="\n")
            return
        recorded = {translated(path.name, "", NAMES): path for path in folder.iterdir()}
        assert sorted(recorded) == sorted(new)
        changed = []
        for name, text in new.items():
            kind = name.rpartition(".")[2]
            old = translated(recorded[name].read_text("utf8"), kind, NAMES)
            fitted = "images" if name == "images.json" else case.partition("_")[0]
            digits = FITTED_DIGITS.get(fitted, DIGITS)
            found = differences(values(old, kind), values(text, kind), digits)
            changed += [f"{case}/{name}, {each}" for each in found]
        assert not changed, "\n".join(changed[:40])

    return against_recorded


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_a_command_gives_what_it_gave(case, workplace, capsys, check):
    check(case, outcome(case, workplace, capsys))


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_has_the_options_that_it_had(command, check):
    shown = COMMANDS[command]
    lines = []
    for option in shown.params:
        names = " ".join([*option.opts, *option.secondary_opts])
        must = " (required)" if option.required else ""
        lines.append(f"{names}{must}: {option.help or ''}")
    check(f"help_{command}", {"printed.txt": "\n".join([shown.help or "", *sorted(lines), ""])})


def test_every_recorded_output_is_of_a_case():
    cases = {*CASES, *(f"help_{command}" for command in COMMANDS)}
    assert {path.name for path in OUTPUTS.iterdir()} == cases


def test_every_new_name_has_an_old_one_in_the_outputs():
    recorded = "".join(path.read_text("utf8") for path in OUTPUTS.rglob("*.*"))
    recorded += (HERE / "cases.toml").read_text("utf8")
    old = {name for names in NAMES.values() for name in names}
    assert not [name for name in old if name not in recorded]


def test_names_may_change_and_values_may_not():
    names = {"everywhere": {"threshold_1": "threshold1"}, "csv": {"r": "pearson"}}
    old = translated("threshold_1,r,notes\n3,0.5,threshold_1: r\n", "csv", names)
    for new in ("0.5", "0.5000000001"):
        text = f"pearson,threshold1,notes\n{new},3,threshold1: pearson\n"
        assert not differences(values(old, "csv"), values(text, "csv"))
    text = "threshold1,pearson,notes\n3,0.500001,threshold1: pearson\n"
    expected = "row 0, pearson: '0.5' became '0.500001'"
    assert differences(values(old, "csv"), values(text, "csv")) == [expected]
    assert translated("tm_threshold_1 --threshold_1-x", "csv", names).count("1") == 2
