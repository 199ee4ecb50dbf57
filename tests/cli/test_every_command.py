"""Every command: its flags are the options of its analysis, its files those of the result."""

import dataclasses
import json
from itertools import combinations

import pytest

from covoxel import read_image
from covoxel.analysis.analysis import Analysis
from covoxel.analysis.registry import analysis
from covoxel.io.write import write_channels
from covoxel.registration import Registration

#: By command, flags and what an analysis is asked for by them.
FLAGS = {
    "measure": [
        ("", {}),
        ("--threshold otsu", {"threshold1": "otsu", "threshold2": "otsu"}),
        ("--threshold1 otsu --threshold2 40", {"threshold1": "otsu", "threshold2": "40"}),
        ("--threshold li --threshold2 top:9", {"threshold1": "li", "threshold2": "top:9"}),
        ("--threshold-scope region", {"threshold_scope": "region"}),
        ("--background rolling:4", {"background1": "rolling:4", "background2": "rolling:4"}),
        ("--background2 mode --like coloc2", {"background2": "mode", "like": "coloc2"}),
        ("--measures icq,pearson,overlap", {"measures": ("icq", "pearson", "overlap")}),
        ("--measures all", {"measures": ("all",)}),
        ("--memory-budget 65536", {"memory_budget": 65536}),
        ("--t 1 --z 2", {"t": 1, "z": 2}),
        ("--per-plane --pool-time", {"per_plane": True, "pool_time": True}),
        ("--spacing 2,0.5,0.5", {"spacing": (2, 0.5, 0.5)}),
    ],
    "distance": [
        ("--max-distance=1 --model gaussian", {"max_distance": 1, "model": "gaussian"}),
        ("--fit-range 0.1,1.4 --no-intervals", {"fit_range": (0.1, 1.4), "intervals": False}),
        ("--psf1=0.1 --psf2 0.1,0.1,0.1", {"psf1": 0.1, "psf2": (0.1, 0.1, 0.1)}),
        ("--components=2 --per-plane", {"components": 2, "per_plane": True}),
        ("--like ccc-2.3", {"like": "ccc-2.3"}),
    ],
    "ccf": [
        ("--max-shift 5,8 --extreme dip", {"max_shift": (5, 8), "extreme": "dip"}),
        ("--direction 1,0.5", {"direction": (1, 0.5)}),
    ],
    "delay": [
        ("--time-step 0.5 --max-delay 4", {"time_step": 0.5, "max_delay": 4.0}),
        ("--no-detrend", {"detrend": False}),
    ],
    "compare": [
        ("--measures mse,ssim --bits 12", {"measures": ("mse", "ssim"), "bits": 12}),
        ("--data-range 500.5 --fit register", {"data_range": 500.5, "fit": "register"}),
        ("--per-plane --t 1", {"per_plane": True, "t": 1}),
    ],
    "field": [
        ("--tile 48 --overlap 0.25", {"tile": 48, "overlap": 0.25}),
        ("--tile 48,32 --max-shift 6", {"tile": (48, 32), "max_shift": 6}),
        ("--transform similarity", {"transform": "similarity"}),
    ],
    "register": [
        ("--max-shift 1,8,6 --each plane", {"max_shift": (1, 8, 6), "each": "plane"}),
        ("--max-shift 8 --no-subpixel", {"max_shift": 8, "subpixel": False}),
        ("--method dft --drift", {"method": "dft", "drift": True}),
        ("--transform=similarity --t 1 --z 2", {"transform": "similarity", "t": 1, "z": 2}),
    ],
    "map": [
        ("--kind correlation --radius 0.3,0.2 --unit um", {"radius": (0.3, 0.2), "unit": "um"}),
        ("--kind manders1 --radius 2 --threshold2 li", {"kind": "manders1", "threshold2": "li"}),
        ("--radius 2 --register --weights gaussian", {"register": True, "weights": "gaussian"}),
    ],
    "objects": [
        ("--find1 spots --find2 spots", {"find1": "spots", "find2": "spots"}),
        ("--threshold1 140 --min-size 3", {"threshold1": "140", "min_size": 3}),
        ("--max-distance 1.5 --like jacop", {"max_distance": 1.5, "like": "jacop"}),
    ],
}
CASES = [(command, *case) for command, cases in FLAGS.items() for case in cases]


class Asked(Exception):
    """Raised in place of a run, with what was asked for."""


@pytest.mark.parametrize(("command", "flags", "expected"), CASES)
def test_flags_are_the_options(run, image, tmp_path, monkeypatch, command, flags, expected):
    def asked(_, *images, **given):
        raise Asked(images, given)

    monkeypatch.setattr(Analysis, "run", asked)
    more = ["--out", tmp_path / "map.tif"] if command == "map" else []
    with pytest.raises(Asked) as found:
        run(command, image(axes="TZYX"), *flags.split(), *more)
    images, given = found.value.args
    options = given["options"]
    known = {one.name for one in dataclasses.fields(options)} - given.keys()
    changes = {name: value for name, value in expected.items() if name in known}
    base = {"radius": 2} if "--radius 2" in flags else {}
    assert options == analysis(command).options(**base | changes)
    rest = {name: value for name, value in expected.items() if name not in known}
    if "spacing" in rest:
        assert {channel.spacing for channel in images[0]} == {rest.pop("spacing")}
    assert {name: given[name] for name in rest} == rest


#: Flags of each command with a folder of results, and the options that they are.
CALLS = {
    "measure": (["--threshold=otsu"], {"threshold1": "otsu", "threshold2": "otsu"}),
    "register": (["--max-shift=5"], {"max_shift": 5}),
    "field": (["--tile=12"], {"tile": 12}),
    "distance": (["--max-distance=0.5"], {"max_distance": 0.5}),
    "ccf": (["--max-shift=5"], {"max_shift": 5}),
    "delay": ([], {}),
    "objects": (["--min-size=3"], {"min_size": 3}),
    "compare": (["--measures=mse,ssim"], {"measures": "mse,ssim"}),
}
EACH = pytest.mark.parametrize("command", CALLS)


@pytest.fixture
def given(image):
    """Return a function that writes an image for a command."""
    return lambda command, **more: image(axes="TYX" if command == "delay" else "YX", **more)


@pytest.mark.slow
@EACH
def test_files_are_those_of_the_result(run, given, tmp_path, command):
    flags, options = CALLS[command]
    file, out, declared = given(command), tmp_path / "deep" / "out", analysis(command)
    call = [command, file, *flags, "--out", out, "--parquet"]
    called = run(*call)
    assert called.code == 0, called
    result = declared.run(read_image(file), **options)
    others = declared.folder_files(result.channels, result.options)
    names = [f"{one.name}.{end}" for one in declared.tables for end in ("csv", "json", "parquet")]
    assert {path.name for path in out.iterdir()} == {*names, *others}
    assert all(name in called.out for name in names)
    for one in declared.tables:
        assert (out / f"{one.name}.csv").read_text() == result.tables[one.name].to_csv(index=False)
        record = json.loads((out / f"{one.name}.json").read_text())
        assert {*record["columns"]} == {*result.tables[one.name]}
        assert [channel["file"] for channel in record["channels"]] == [file.name] * 2
    before = {path: path.read_bytes() for path in out.iterdir()}
    again = run(*call)
    assert again.code == 1
    assert "already" in again.line
    assert run(*call, "--overwrite").code == 0
    assert {path: path.read_bytes() for path in out.iterdir()} == before


@pytest.mark.slow
@EACH
def test_two_files_and_pairs_of_channels(run, given, tmp_path, command):
    flags = [*CALLS[command][0], "--json"]
    three = given(command, channels=3)
    files = [
        write_channels(tmp_path / f"{i}.tif", [channel])
        for i, channel in enumerate(read_image(three)[:2])
    ]
    rows = run(command, *files, *flags).rows
    assert {row["file"] for row in rows} == {"0.tif + 1.tif"}
    names = [f"stain {i}" for i in (1, 2, 3)]
    chosen = {"--channels=2,1": [("stain 2", "stain 1")]}
    if analysis(command).accepts.several:
        chosen["--all-pairs"] = [*combinations(names, 2)]
    for flag, pairs in chosen.items():
        rows = run(command, three, *flags, flag).rows
        assert [*dict.fromkeys((row["channel1"], row["channel2"]) for row in rows)] == pairs


@pytest.mark.slow
@pytest.mark.parametrize("command", ["measure", "distance", "ccf", "delay"])
def test_channel_2_is_registered_first(run, given, tmp_path, command, plain):
    flags, options = CALLS[command]
    file, out = given(command), tmp_path / "out"
    saved = Registration.from_shift((1, -2), (24, 20)).save(tmp_path / "saved.json")
    found = run(command, file, *flags, "--registration", saved, "--out", out, "--json").rows
    result = analysis(command).run(read_image(file), registration=saved, **options)
    assert found == plain(result.table)
    assert found != run(command, file, *flags, "--json").rows
    assert (found[0]["shift_y"], found[0]["shift_x"]) == (1, -2)
    record = json.loads((out / f"{command}.json").read_text())
    assert record["inputs"]["registration"]["file"] == saved.name
    recorded = Registration.from_dict(record["options"]["registration"])
    assert recorded.as_dict() == Registration.load(saved).as_dict()
