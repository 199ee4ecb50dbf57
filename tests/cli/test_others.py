"""covoxel info, simulate, demo, open, and the program itself."""

import dataclasses
import hashlib
import json
import re
import subprocess
import sys

import numpy as np
import pytest
import tifffile

import covoxel
from covoxel import measure, read_image, simulate_pair
from covoxel.core import extras
from covoxel.io.samples import sample_path


def test_version(run):
    assert run("--version") == dataclasses.replace(
        run(), code=0, out=f"covoxel {covoxel.__version__}\n"
    )


@pytest.mark.slow
def test_help_lists_the_commands(run):
    called = run("--help")
    assert (called.code, called.err) == (0, "")
    for command in ("measure", "simulate", "info", "demo", "open"):
        assert f" {command} " in called.out
    assert run().code == 2


@pytest.mark.slow
def test_measuring_loads_nothing_that_it_does_not_use(image):
    code = "import sys; from covoxel.cli import main\ntry: main()\nfinally: print(*sys.modules)"
    call = [sys.executable, "-c", code, "measure", image()]
    subprocess.run(call, capture_output=True, check=True)  # may compile
    found = subprocess.run(call, capture_output=True, text=True, check=True)
    unused = {"scipy.linalg", "numba.np.arraymath"}
    unused |= {"matplotlib", "dask", "skimage", "scipy.ndimage", "scipy.stats", "scipy.signal"}
    unused |= {"covoxel.cli.compare", "covoxel.significance.area"}
    assert not unused & set(found.stdout.split())


def test_info_of_several_series(run, tmp_path):
    with tifffile.TiffWriter(tmp_path / "two.ome.tif", ome=True) as file:
        for size in (16, 20):
            file.write(np.zeros((2, size, 12), "u2"), metadata={"axes": "CYX"})
    called = run("info", tmp_path / "two.ome.tif")
    assert "series 0" in called.out
    assert "series 1" in called.out


@pytest.mark.slow
def test_simulate(run, tmp_path):
    flags = ["--shape", "4,48,40", "--n-frames", "2", "--rng", "5", "--bits", "12"]
    flags += ["--names", "Cargo,Coat", "--offset", "0,3,-2", "--shared-fraction", "0.25,0.75"]
    flags += ["--no-poisson", "--n-cells", "2", "--cell-radius", "1", "--gain", "1.5"]
    called = run("simulate", tmp_path / "new" / "pair.ome.tif", *flags)
    assert (called.code, called.err) == (0, "")
    names = ["pair.ome.tif", "pair_labels.tif", "pair.truth.json"]
    assert called.out.split() == [str(tmp_path / "new" / name) for name in names]
    pair = simulate_pair(
        shape=(4, 48, 40),
        n_frames=2,
        rng=5,
        bits=12,
        names=("Cargo", "Coat"),
        offset=(0, 3, -2),
        shared_fraction=(0.25, 0.75),
        poisson=False,
        n_cells=2,
        cell_radius=1.0,
        gain=1.5,
    )
    for found, made in zip(
        read_image(tmp_path / "new" / "pair.ome.tif"), (pair.channel1, pair.channel2), strict=True
    ):
        assert (found.name, found.axes, found.spacing) == (made.name, made.axes, made.spacing)
        assert np.array_equal(np.asarray(found.data), made.data)
    assert json.loads((tmp_path / "new" / "pair.truth.json").read_text()) == json.loads(
        json.dumps(pair.truth)
    )
    assert np.array_equal(tifffile.imread(tmp_path / "new" / "pair_labels.tif"), pair.labels)


def test_simulating_again(run, tmp_path):
    flags = ["--shape", "32,32", "--n-spots1", "5"]
    one, two = tmp_path / "a" / "pair.tif", tmp_path / "b" / "pair.tif"
    digests = []
    for path in (one, two):
        assert run("simulate", path, *flags).code == 0
        digests.append(hashlib.sha256(path.read_bytes()).hexdigest())
    assert digests[0] == digests[1]
    called = run("simulate", one, *flags)
    assert called.code == 1
    assert "pair.tif" in called.line
    assert run("simulate", one, *flags, "--overwrite", "--rng", "1").code == 0
    assert hashlib.sha256(one.read_bytes()).hexdigest() != digests[0]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--shape", "32"], "shape is (32,)"),
        (["--shape", "32,x"], "--shape is '32,x'; numbers with commas are needed"),
        (["--structure", "blobs"], "structure is 'blobs'; allowed are spots, textures"),
        (["--bits", "9"], "bits is 9; allowed are 8, 12, 16"),
        (["--gain", "0"], "gain is 0"),
        (["--rng", "-1"], "rng is -1"),
        (["--shared-fraction", "2"], "shared_fraction is 2"),
        (["--n-shared", "900"], "n_shared is 900; the channels have"),
        (["--psf1", "1,2,3"], "psf1 is (1, 2, 3)"),
        (["--names", "one"], "names are ('one',); two are needed"),
        (["--n-frames", "x"], "--n-frames is 'x'; an integer is needed"),
        (["--nonsense", "1"], "--nonsense"),
    ],
)
def test_wrong_simulations(run, tmp_path, flags, said):
    called = run("simulate", tmp_path / "x.ome.tif", *flags)
    assert called.code == 2
    assert said in called.line
    assert not list(tmp_path.iterdir())


def test_simulating_into_another_format(run, tmp_path):
    called = run("simulate", tmp_path / "x.png")
    assert called.code == 2
    assert "path is 'x.png'; a name ending in .tif or .ome.tif is needed" in called.line


@pytest.mark.slow
def test_demo(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    called = run("demo")
    assert (called.code, called.err) == (0, "")
    assert "Cargo and Endosomes" in called.out
    assert {path.name for path in (tmp_path / "covoxel-results").iterdir()} == {
        "measure.csv", "measure.json", "measure_mask.ome.tif", "measure_figure.png"
    }  # fmt: skip
    channels = read_image(sample_path("two_channel_cells.ome.tif"))
    labels = read_image(sample_path("two_channel_cells_labels.tif"))[0].data
    r = measure(channels, labels=labels, measures="pearson").table["pearson"]
    assert all(f"{value:.3f}" in called.out for value in r)
    again = run("demo")
    assert again.code == 1
    assert "covoxel-results holds measure.csv" in again.line
    assert run("demo", "--overwrite").code == 0


@pytest.fixture
def viewer(make_napari_viewer, monkeypatch):
    """The viewer that the program opens; it returns at once, as if its window was closed."""
    opened = make_napari_viewer()
    shown = []
    monkeypatch.setenv("DISPLAY", ":77")
    monkeypatch.setattr("napari.Viewer", lambda: opened)
    monkeypatch.setattr("napari.run", lambda: shown.append(len(opened.layers)))
    yield opened
    assert shown == [len(opened.layers)]


@pytest.mark.slow
def test_open(run, image, viewer):
    one, two = image(axes="ZYX"), image("other.ome.tif", channels=1, axes="ZYX")
    called = run("open", one, two)
    assert (called.code, called.out, called.err) == (0, "", "")
    assert [layer.name for layer in viewer.layers] == ["stain 1", "stain 2", "stain 1 [1]"]
    assert viewer.layers[0].scale.tolist() == pytest.approx([0.3, 0.1, 0.1])


@pytest.mark.slow
def test_open_the_demo(run, tmp_path, viewer):
    assert run("demo", "--out", tmp_path / "out", "--open").code == 0
    assert [layer.name for layer in viewer.layers] == ["Cargo", "Endosomes", "Cells", "Colocalized"]
    cells, mask = viewer.layers["Cells"], viewer.layers["Colocalized"]
    assert cells.scale.tolist() == mask.scale.tolist() == viewer.layers["Cargo"].scale.tolist()
    assert set(np.unique(cells.data)) == {0, 1, 2, 3, 4}
    assert mask.data.any()
    assert not mask.data[cells.data == 0].any()


@pytest.mark.slow
def test_without_napari(run, image, tmp_path, monkeypatch):
    monkeypatch.setattr(extras, "find_spec", lambda _: None)
    called = run("open", image())
    assert called.code == 1
    assert "the viewer needs napari: pip install 'covoxel[napari]'" in called.line
    called = run("demo", "--open", "--out", tmp_path / "out")
    assert called.code == 0
    assert called.err == "not opened: the viewer needs napari: pip install 'covoxel[napari]'\n"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have their own display")
@pytest.mark.parametrize("named", [None, ""])
def test_without_a_display(run, image, monkeypatch, named):
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("DISPLAY", raising=False)
    if named is not None:
        monkeypatch.setenv("DISPLAY", named)
    called = run("open", image())
    assert called.code == 1
    assert "the viewer needs a display" in called.line


@pytest.mark.slow
def test_ccf_prints_the_fractions_that_were_asked_for(run, image):
    names = ("iccs1", "iccs2", "ppi1", "ppi2")
    printed = run("ccf", image(), "--fractions").out
    assert all(f"{name} –" in printed for name in names)  # noise has no peak
    assert not any(name in run("ccf", image("other.tif")).out for name in names)


@pytest.mark.slow
def test_ccf_prints_intervals_beside_the_fractions(run, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    pair = simulate_pair(shape=(96, 96), n_spots1=60, n_spots2=60, n_shared=30, rng=1)
    for name in ("1", "2"):
        tifffile.imwrite(tmp_path / f"{name}.tif", getattr(pair, f"channel{name}").data)
    printed = run("ccf", tmp_path / "1.tif", tmp_path / "2.tif", "--fractions").out
    share = r"\d\.\d{3} \d\.\d\d to \d\.\d\d"
    assert re.search(rf"iccs1 {share}, iccs2 {share}, ppi1 {share}, ppi2 {share}", printed)
    assert "to: bounds of the 95 % interval" in " ".join(printed.split())
    assert "iccs1_low" not in printed
