"""covoxel register: the numbers of `register_channels`; saved, applied, and measured with."""

import hashlib
import json

import numpy as np
import pytest
import tifffile

from covoxel import read_image, register_channels, simulate_pair
from covoxel.io.write import write_channels
from covoxel.registration import Registration

pytestmark = pytest.mark.slow


def written(path, axes="YX", **more):
    shape = tuple({"Z": 6, "Y": 64, "X": 72}[axis] for axis in axes.replace("T", ""))
    offset = (0, 4, -3)[-len(shape) :]
    simulated = simulate_pair(
        shape=shape,
        offset=offset,
        n_frames=2 if "T" in axes else None,
        shared_fraction=0.9,
        names=("DNA", "Golgi"),
        **more,
    )
    return write_channels(path, [simulated.channel1, simulated.channel2], overwrite=True)


@pytest.fixture
def beads(tmp_path):
    return written(tmp_path / "beads.ome.tif")


@pytest.fixture
def stacks(tmp_path):
    return written(tmp_path / "stacks.ome.tif", "TZYX")


@pytest.fixture
def calibration(run, beads, tmp_path):
    path = tmp_path / "calibration.json"
    assert run("register", beads, "--max-shift", 8, "--save", path).code == 0
    return path


@pytest.mark.parametrize("axes", ["YX", "TYX", "ZYX", "TZYX"])
@pytest.mark.parametrize("name", ["moved.ome.tif", "moved.tif"])
def test_applied(run, calibration, tmp_path, axes, name):
    image, out = written(tmp_path / "image.ome.tif", axes, rng=4), tmp_path / name
    called = run("register", "--apply", calibration, image, "--out", out)
    assert (called.code, called.out) == (0, f"{out}\n"), called.err
    before, after = read_image(image), read_image(out)
    assert [c.axes for c in after] == [axes] * 2
    assert after[0].spacing == pytest.approx(before[0].spacing)
    assert [c.dtype for c in after] == [c.dtype for c in before]
    assert [c.name for c in after] == ["DNA", "Golgi"]
    assert [c.color for c in after] == [c.color for c in before]
    assert after[0].time_step == before[0].time_step
    np.testing.assert_array_equal(after[0].data[:], before[0].data[:])
    registration = Registration.load(calibration)
    np.testing.assert_array_equal(
        after[1].data[:], registration.apply(np.asarray(before[1].data[:]))
    )
    assert run("register", "--apply", calibration, image, "--out", out).code == 1
    once = out.read_bytes()
    assert run("register", "--apply", calibration, image, "--out", out, "--overwrite").code == 0
    assert out.read_bytes() == once


def test_an_applied_registration_leaves_its_provenance(run, calibration, beads, tmp_path):
    out = tmp_path / "moved.ome.tif"
    flags = ["--apply", calibration, "--out", out, "--order", "1", "--channels", "2,1"]
    assert run("register", beads, *flags).code == 0
    record = json.loads((tmp_path / "moved.json").read_text())
    asked = "covoxel register beads.ome.tif --apply calibration.json --order 1 --channels 2,1"
    assert record["asked"] == {"command": asked, "channels": "2,1"}
    assert record["options"] == {"order": 1}
    assert record["inputs"]["registration"] == {
        "file": "calibration.json",
        "sha256": hashlib.sha256(calibration.read_bytes()).hexdigest(),
    }
    assert [channel["channel"] for channel in record["channels"]] == [2, 1]
    out.unlink()
    assert "moved.json already" in run("register", beads, *flags).line
    assert not out.exists()


def test_applying_is_refused_where_memory_is_short(run, calibration, beads, tmp_path):
    out = tmp_path / "moved.tif"
    big = Registration.from_shift((0.5, 0.5), (1200, 1300)).save(tmp_path / "big.json")
    image = np.zeros((2, 1200, 1300), np.uint8)
    path = tmp_path / "big.tif"
    tifffile.imwrite(path, image, imagej=True, metadata={"axes": "CYX"})
    called = run("register", path, "--apply", big, "--out", out, "--memory-budget", 50_000_000)
    assert called.code == 1
    assert "resampling of 1200 × 1300 pixels needs about 56.2 MB" in called.line
    assert not out.exists()


def test_each_plane_and_time_point_is_applied(run, stacks, tmp_path):
    saved, out = tmp_path / "planes.json", tmp_path / "moved.ome.tif"
    flags = ["--max-shift=8", "--each=plane", "--no-subpixel"]
    assert run("register", stacks, *flags, "--save", saved).code == 0
    assert run("register", "--apply", saved, stacks, "--out", out).code == 0
    data = [np.asarray(channel.data[:]) for channel in (read_image(stacks)[1], read_image(out)[1])]
    np.testing.assert_array_equal(data[1][:, :, :-4, 3:], data[0][:, :, 4:, :-3])


def test_drift_moves_all_channels(run, tmp_path):
    still = simulate_pair(shape=(64, 72), rng=3).channel1
    data = np.stack([np.roll(still.read(), (i, -i), axis=(0, 1)) for i in range(3)])
    channels = [
        type(still)(data + extra, "TYX", still.spacing, name=f"c{extra}") for extra in (0, 1)
    ]
    image = write_channels(tmp_path / "series.ome.tif", channels)
    saved, out = tmp_path / "drift.json", tmp_path / "still.ome.tif"
    flags = ["--drift", "--max-shift=5", "--no-subpixel"]
    assert run("register", image, *flags, "--save", saved).code == 0
    assert run("register", "--apply", saved, image, "--out", out).code == 0
    for channel in read_image(out):
        for t in range(3):
            np.testing.assert_array_equal(
                channel.read(t)[: 64 - t, t:], channel.read(0)[: 64 - t, t:]
            )
    called = run("measure", image, "--registration", saved)
    assert called.code == 2
    assert "registration is the drift of one channel" in called.line


def test_what_cannot_be_registered(run, tmp_path, image):
    flat = read_image(image())
    constant = [type(c)(np.full((24, 20), 9, np.uint8), "YX", name=c.name) for c in flat]
    path, saved = write_channels(tmp_path / "flat.ome.tif", constant), tmp_path / "none.json"
    (row,) = run("register", path, "--json").rows
    assert row["shift_y"] is None
    assert "shift: image1 is constant" in row["notes"]
    called = run("register", path, "--json", "--save", saved)
    assert called.code == 1
    assert "flat.ome.tif: cannot be registered: shift: image1 is constant" in called.err
    assert not saved.exists()


def test_files_that_are_wrong(run, image, beads, calibration, tmp_path):
    def line(*arguments, code):
        called = run("register", *arguments)
        assert called.code == code, called
        return called.line

    out = tmp_path / "out.tif"
    assert "holds calibration.json already" in line(beads, "--save", calibration, code=1)
    assert "missing.json" in line("--apply", "missing.json", beads, "--out", out, code=1)
    broken = tmp_path / "broken.json"
    broken.write_text("{}")
    assert "not a registration" in line("--apply", broken, beads, "--out", out, code=2)
    three = image("three.ome.tif", channels=3)
    assert "choose two by --channels" in line(three, code=2)
    saving = line(three, "--all-pairs", "--save", tmp_path / "new.json", code=2)
    assert "--save is for one pair of channels" in saving
    assert "one channel" in line("--apply", calibration, image(channels=1), "--out", out, code=2)
    small = image("small.ome.tif", channels=1), image("float.tif", channels=1, dtype="f4")
    said = line("--apply", calibration, *small, "--out", out, code=2)
    assert "the channels are of uint16 and float32" in said
    assert not out.exists()


def saved_tiffs(tmp_path, **images):
    paths = {name: tmp_path / f"{name}.tif" for name in images}
    for name, image in images.items():
        tifffile.imwrite(paths[name], image)
    return paths


def test_what_is_not_registrable_is_neither_saved_nor_applied(run, tmp_path):
    pair = simulate_pair(shape=(128, 128), shared_fraction=0, rng=4)
    one, two = saved_tiffs(tmp_path, one=pair.channel1.read(), two=pair.channel2.read()).values()
    called = run("register", one, two, "--save", tmp_path / "none.json")
    assert called.code != 0
    assert "not registrable" in called.err
    assert not (tmp_path / "none.json").exists()
    record = register_channels(*read_image([one, two])).registrations().save(tmp_path / "no.json")
    called = run("register", one, two, "--apply", record, "--out", tmp_path / "moved.tif")
    assert called.code != 0
    assert "no shift to apply: not registrable" in called.err
    assert not (tmp_path / "moved.tif").exists()


def test_the_order_of_the_spline(run, tmp_path):
    image = np.where(np.indices((48, 48)).sum(axis=0) // 8 % 2, 60000, 0).astype(np.uint16)
    one, two = saved_tiffs(tmp_path, one=image, two=image).values()
    half = Registration.from_shift((0.5, 0.25), image.shape).save(tmp_path / "half.json")
    for order, highest, said in (("3", 65535, "--order 1 stays within"), ("1", 60000, "")):
        out = tmp_path / f"order{order}.tif"
        called = run("register", one, two, "--apply", half, "--order", order, "--out", out)
        assert called.code == 0
        moved = tifffile.imread(out)[1]
        assert 60000 <= moved.max() <= highest
        assert (moved.max() > 60000) == bool(said)
        assert said in called.err
        assert bool(said) == ("note:" in called.err)
    wrong = ("--apply", half, "--order", "9", "--out", tmp_path / "wrong.tif")
    assert "order is 9" in run("register", one, two, *wrong).err
    assert "--order is for --apply" in run("register", one, two, "--order", "1").err


def test_a_crop_of_a_field(run, tmp_path):
    pair = simulate_pair(shape=(128, 128), structure="textures", grain=0.2, rng=2)
    field = pair.channel1.read()
    paths = saved_tiffs(tmp_path, field=field, crop=field[20:90, 30:110]).values()
    assert run("register", *paths, "--save", tmp_path / "place.json").code == 0
    placed = ("--apply", tmp_path / "place.json", "--out", tmp_path / "both.tif")
    assert run("register", *paths, *placed).code == 0
    both = tifffile.imread(tmp_path / "both.tif")
    assert both.shape == (2, 128, 128)
    inner = (1, slice(22, 88), slice(32, 108))
    assert np.abs(both[inner].astype(int) - field[inner[1:]]).max() <= 1


def test_the_least_overlap(run, tmp_path):
    texture = simulate_pair(shape=(100, 260), structure="textures", grain=0.2, rng=2).channel1
    image = texture.read()
    one, two = saved_tiffs(tmp_path, one=image[:, :120], two=image[:, 90:210]).values()
    called = run("register", one, two, "--json")
    assert json.loads(called.out)["registrable"] is False
    assert "25 % overlap, outside min_overlap" in json.loads(called.out)["notes"]
    called = run("register", one, two, "--min-overlap", "0.2", "--json")
    assert json.loads(called.out)["shift_x"] == pytest.approx(90, abs=0.05)
