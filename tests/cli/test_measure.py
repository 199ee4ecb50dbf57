"""covoxel measure: the same numbers as `covoxel.measure`, as a table, as JSON and in files."""

import hashlib
import math
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import tifffile

from covoxel import Channel, measure, read_image, simulate_pair
from covoxel.analysis.measure.analysis import MEASURE
from covoxel.analysis.measure.schema import chosen_measures
from covoxel.cli.tables import print_table
from covoxel.io.write import write_channels


@pytest.mark.slow
@pytest.mark.parametrize("chosen", ["1,3", "3, 1", "stain 1,stain 3", "3,stain 1"])
def test_channels(run, image, chosen, plain):
    file = image(channels=3)
    (row,) = run("measure", file, "--channels", chosen, "--json").rows
    opened = read_image(file)
    by_name = {f"stain {i}": channel for i, channel in enumerate(opened, 1)}
    names = [f"stain {part.strip().removeprefix('stain ')}" for part in chosen.split(",")]
    assert [row["channel1"], row["channel2"]] == names
    assert [row] == plain(measure([by_name[name] for name in names]).table)


@pytest.mark.slow
def test_axes_of_a_plain_file(run, tmp_path):
    data = np.random.default_rng(0).poisson(9, (2, 3, 16, 12)).astype(np.uint16)
    tifffile.imwrite(tmp_path / "plain.tif", data, photometric="minisblack")
    found = run("measure", tmp_path / "plain.tif", "--axes", "CTYX", "--json").rows
    assert [row["t"] for row in found] == [0, 1, 2]
    expected = measure(*(Channel(channel, "TYX") for channel in data)).table
    assert [row["pearson"] for row in found] == expected["pearson"].tolist()


def test_series(run, tmp_path):
    rng = np.random.default_rng(0)
    with tifffile.TiffWriter(tmp_path / "two.ome.tif", ome=True) as file:
        for size in (16, 20):
            file.write(rng.poisson(9, (2, size, 12)).astype("u2"), metadata={"axes": "CYX"})
    (row,) = run("measure", tmp_path / "two.ome.tif", "--series", "1", "--json").rows
    assert (row["series"], row["pixels"]) == (1, 240)


@pytest.mark.slow
def test_a_run_of_pages_is_split_by_sizes(run, tmp_path):
    pixels = np.random.default_rng(0).integers(0, 99, (8, 16, 16)).astype("u2")
    tifffile.imwrite(tmp_path / "run.tif", pixels, metadata=None, photometric="minisblack")
    how = ("--axes", "TCYX", "--sizes", "C=2", "--t", "3", "--json")
    (row,) = run("measure", tmp_path / "run.tif", *how).rows
    expected = np.corrcoef(pixels[6].ravel(), pixels[7].ravel())[0, 1]
    assert row["pearson"] == pytest.approx(expected)


@pytest.mark.slow
def test_the_image_of_a_set_stands_in_title_and_notes(run, cases):
    path = cases / "two_positions" / "a_MMStack_Pos1.ome.tif"
    assert f"{path.name} (image 2 of 2: Pos1): DAPI and GFP" in run("measure", path).out
    (row,) = run("measure", path, "--json").rows
    assert row["series"] == 1
    assert "file: image 2 of 2: Pos1" in row["notes"]
    assert "series 1 (image 2 of 2: Pos1, opened by default)" in run("info", path).out


@pytest.mark.slow
def test_undefined_is_null_with_a_reason(run, tmp_path):
    flat = Channel(np.full((8, 8), 5, np.uint8), "YX", name="flat")
    file = write_channels(tmp_path / "flat.tif", [flat, flat])
    (row,) = run("measure", file, "--json").rows
    assert row["pearson"] is None
    assert "pearson: both channels are constant" in row["notes"]


def test_json_is_ascii_that_any_terminal_takes(run, tmp_path):
    names = ("α-Tubulin", "µ")
    images = [Channel(np.eye(9, dtype=np.uint8) * i, "YX", name=n) for i, n in enumerate(names, 3)]
    file = write_channels(tmp_path / "greek.ome.tif", images)
    called = run("measure", file, "--json")
    assert called.out.isascii()
    assert called.rows[0]["channel1"] == names[0]


@pytest.mark.slow
@pytest.mark.parametrize("width", [80, 100, 160])
def test_table_of_rows_fits_the_terminal(run, image, labels, monkeypatch, width):
    file = image(axes="TYX")
    monkeypatch.setenv("COLUMNS", str(width))
    called = run("measure", file, "--labels", labels, "--threshold", "otsu")
    assert called.code == 0
    lines = called.out.splitlines()
    assert all(len(line) <= width for line in lines)
    header = lines[1].split()
    assert header[:4] == ["t", "label", "pixels", "pearson"]
    assert "…" not in called.out
    cells = re.findall(r"\S+(?: \(\S+\))?", lines[2])
    first = dict(zip(header, cells, strict=True))
    regions = read_image(labels)[0].data
    table = measure(read_image(file), labels=regions, threshold1="otsu", threshold2="otsu").table
    assert (first["t"], first["label"]) == ("0", "3")
    for name in header[3:]:
        value, _, chance = first[name].partition(" (")
        assert float(value) == pytest.approx(table.loc[0, name], rel=1e-4, abs=6e-4)
        assert bool(chance) == (f"{name}_chance" in table)
        if chance:
            by_chance = float(chance.removesuffix(")"))
            assert by_chance == pytest.approx(table.loc[0, f"{name}_chance"], abs=6e-3)
    assert "in parentheses: expected by chance" in " ".join(called.out.split())
    assert "all columns: --json, or the files of --out" in " ".join(called.out.split())


@pytest.mark.slow
def test_long_names_fold(run, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    rng = np.random.default_rng(0)
    names = ("Alexa Fluor 488 of the nuclear envelope", "a [bold]second[/bold] one", "c")
    images = [Channel(rng.poisson(9, (9, 9)).astype("u1"), "YX", name=name) for name in names]
    called = run("measure", write_channels(tmp_path / "x.ome.tif", images), "--all-pairs")
    assert called.code == 0
    assert all(len(line) <= 80 for line in called.out.splitlines())
    assert "[bold]second[/bold]" in called.out
    assert "pearson" in called.out


@pytest.mark.slow
@pytest.mark.parametrize("width", [20, 80])
def test_a_title_may_be_wider_than_its_table(run, image, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    called = run("measure", image(axes="TYX"), "--measures", "pearson", "--threshold", "none")
    title, _, table = called.out.partition("\nt  pearson\n")
    assert table.split()[:2] == ["0", f"{float(table.split()[1]):.3f}"]
    assert title.split() == ["image.ome.tif:", "stain", "1", "and", "stain", "2"]
    assert (len(title.splitlines()) == 1) == (width == 80)


@pytest.mark.slow
def test_remarks_are_gathered(run, image, labels):
    called = run("measure", image(), "--labels", labels, "--threshold1", "none", "--threshold2=9")
    text = " ".join(called.out.split())
    assert "in all 2 rows: no threshold for channel 1" in text
    assert text.count("no threshold for channel 1") == 1
    assert "tiny_region in all 2 rows: such as" in text or "tiny_region in all 2 rows" in text


@pytest.fixture
def opposed(tmp_path):
    """Channels that exclude each other in the first of two labels: Costes fails there."""
    dim, first = np.random.default_rng(0).poisson(40, (2, 20, 20)).astype(np.uint16)
    first[::3] += 60
    second = np.where(np.arange(20) < 10, 200 - first, np.where(first > 80, first, dim))
    images = [Channel(image, "YX", name=name) for name, image in (("a", first), ("b", second))]
    labels = np.where(np.arange(20) < 10, 1, 2) * np.ones((20, 1), np.uint8)
    return (
        write_channels(tmp_path / "pair.tif", images),
        write_channels(tmp_path / "labels.tif", [Channel(labels.astype(np.uint8), "YX")]),
    )


@pytest.mark.slow
def test_a_threshold_that_failed_is_told_at_the_number(run, opposed, monkeypatch):
    monkeypatch.setenv("COLUMNS", "250")
    flags = ["--threshold", "costes", "--measures", "manders"]
    lines = run("measure", opposed[0], "--labels", opposed[1], *flags).out.splitlines()
    header, first, second = (re.split(r"  +", line.strip()) for line in lines[1:4])
    cells, others = (dict(zip(header, line, strict=True)) for line in (first, second))
    for name in ("tm1", "tm2", "tm1_own", "tm2_own"):
        assert cells[name] == "no threshold"
        assert float(others[name].split()[0]) > 0
    assert cells["threshold1"] == "costes failed"
    said = "threshold1, threshold2 in 1 of 2 rows: Costes failed: the regression line does not rise"
    assert said in lines
    assert "tm1 in 1 of 2 rows: no threshold for channel 2" in lines


def test_a_failed_threshold_of_a_single_row_is_told_at_the_number(run, opposed, monkeypatch):
    monkeypatch.setenv("COLUMNS", "250")
    falling = read_image(opposed[0])
    falling[1] = falling[1].with_data(300 - falling[0].read())
    path = write_channels(opposed[0].with_name("falling.tif"), falling)
    lines = run("measure", path, "--threshold", "costes", "--measures", "tm1").out.splitlines()
    (line,) = [line for line in lines if line.startswith("threshold1 ")]
    said = "costes, of the image: Costes failed: the regression line does not rise"
    assert line.split(maxsplit=1)[1].startswith("–")
    assert said in line


def test_a_row_may_say_several_things_of_one_column(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "80")
    notes = [[("shift", "small"), ("shift", "unsure")], [], [("shift", "small")]]
    rows = [{"channel1": "a", "channel2": "b", "file": "", "t": t} for t in range(3)]
    prepared = SimpleNamespace(measures=chosen_measures(["pearson"]))
    result = SimpleNamespace(table=pd.DataFrame(rows), remarks={"notes": notes}, prepared=prepared)
    print_table(result, MEASURE)
    assert capsys.readouterr().out.splitlines()[-3:] == [
        "shift in 2 of 3 rows: small",
        "shift in 1 of 3 rows: unsure",
        "intervals and p-values: --measures default,significance",
    ]


@pytest.mark.slow
def test_long_names_leave_room_for_numbers(run, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    rng = np.random.default_rng(0)
    names = ("Alexa Fluor 488 of the nuclear envelope, second staining", "b", "c")
    images = [Channel(rng.poisson(9, (9, 9)).astype("u1"), "YX", name=name) for name in names]
    path = write_channels(tmp_path / "x.ome.tif", images)
    header = run("compare", path, "--all-pairs").out.splitlines()[1].split()
    assert header[:4] == ["channel1", "channel2", "mse", "psnr"]


@pytest.mark.slow
def test_no_matrix_of_several_rows(run, image):
    called = run("measure", image(channels=3, axes="TYX"), "--all-pairs", "--measures", "pearson")
    assert called.code == 0
    assert "\npearson" not in called.out


def contents(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


@pytest.mark.slow
def test_without_thresholds_there_is_no_mask(run, image, tmp_path):
    called = run("measure", image(), "--measures", "pearson,m1", "--out", tmp_path / "out")
    assert called.code == 0
    assert set(contents(tmp_path / "out")) == {"measure.csv", "measure.json", "measure_figure.png"}


@pytest.mark.slow
@pytest.mark.parametrize("flags", [["--t", "1"], ["--z", "2"], ["--pool-time"], ["--per-plane"]])
def test_files_of_a_part(run, image, tmp_path, flags):
    file = image(axes="TZYX")
    called = run("measure", file, "--threshold", "40", *flags, "--out", tmp_path / "out", "--json")
    assert called.code == 0, called.err
    above = tifffile.imread(tmp_path / "out" / "measure_mask.ome.tif") > 0
    first, second = (np.asarray(channel.data) for channel in read_image(file))
    expected = (first > 40) & (second > 40)
    part = np.zeros_like(expected)
    part[1 if "--t" in flags else slice(None), 2 if "--z" in flags else slice(None)] = True
    assert np.array_equal(above, expected & part)


@pytest.mark.slow
def test_float_images_of_any_size_get_a_figure(run, tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    images = [Channel(rng.gamma(2, 50, (64, 64)).astype("f4"), "YX", name=n) for n in "ab"]
    images[1].data[3, 3] = np.nan
    file = write_channels(tmp_path / "float.ome.tif", images)
    monkeypatch.setattr("covoxel.analysis.measure.pictures._BUDGET", 1 << 10)
    called = run("measure", file, "--measures", "pearson,m1", "--out", tmp_path / "out", "--json")
    (row,) = called.rows
    assert row["dropped"] == 1
    assert math.isfinite(row["pearson"])
    assert (tmp_path / "out" / "measure_figure.png").stat().st_size > 10_000


@pytest.mark.slow
def test_intervals_and_p_values_are_printed(run, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    pair = simulate_pair(n_cells=2, shape=(160, 160), n_spots1=80, n_shared=40, rng=3)
    path = write_channels(tmp_path / "x.ome.tif", [pair.channel1, pair.channel2])
    labels = tmp_path / "labels.tif"
    tifffile.imwrite(labels, pair.labels.astype("u1"))
    measures = ("--measures", "pearson,tm1,significance")
    lines = run("measure", path, "--labels", labels, *measures).out.splitlines()
    assert lines[1].split()[:4] == ["label", "pixels", "pearson", "pearson_p_fine"]
    assert re.search(r" 0\.\d{3} 0\.\d\d to 0\.\d\d +<0\.001 ", lines[2])
    assert any("bounds of the 95 % interval" in line for line in lines)
    assert "significance in all 2 rows: associated" in lines
