"""covoxel objects: the numbers of `measure_objects`, and its files."""

import json

import numpy as np
import pandas as pd
import pytest

from covoxel import simulate_pair
from covoxel.image.channel import Channel
from covoxel.io.write import write_channels

pytestmark = pytest.mark.slow

CELLS = np.repeat(np.repeat([[1, 2], [3, 0]], 64, axis=0), 64, axis=1).astype(np.uint16)


@pytest.fixture
def image(tmp_path):
    pair = simulate_pair(n_spots1=20, n_spots2=25, n_shared=12, shape=(128, 128), rng=2)
    write_channels(tmp_path / "cells.tif", [Channel(CELLS, "YX")])
    return write_channels(tmp_path / "spots.ome.tif", [pair.channel1, pair.channel2])


def test_files_of_objects_are_taken_again(run, image, tmp_path):
    cells, out = tmp_path / "cells.tif", tmp_path / "out"
    made = {name: tmp_path / f"{name}.tif" for name in ("objects1", "objects2", "overlaps")}
    flags = [word for name, path in made.items() for word in (f"--save-{name}", path)]
    flags += ["--save-cells", tmp_path / "kinds.tif", "--figure", tmp_path / "distances.png"]
    called = run("objects", image, "--labels", cells, "--out", out, *flags)
    assert called.code == 0, called.err
    assert all(path.exists() for path in (*made.values(), tmp_path / "distances.png"))
    table = pd.read_csv(out / "objects.csv")
    assert {*table["cell"].dropna()} <= {1, 2, 3}
    assert len(pd.read_csv(out / "object_cells.csv")) == 3
    given = [word for i in (1, 2) for word in (f"--objects{i}", made[f"objects{i}"])]
    again = run("objects", image, "--labels", cells, "--out", tmp_path / "again", *given)
    assert again.code == 0, again.err
    own = pd.read_csv(tmp_path / "again" / "objects.csv")
    pd.testing.assert_frame_equal(own.drop(columns="settings"), table.drop(columns="settings"))
    record = json.loads((tmp_path / "again" / "objects.json").read_text(encoding="utf-8"))
    assert "objects1" in record["inputs"]


def test_a_table_of_points(run, image, tmp_path):
    pd.DataFrame({"x_um": [1.0, 4], "y_um": [2.0, 7]}).to_csv(tmp_path / "p.csv", index=False)
    called = run("objects", image, "--objects1", tmp_path / "p.csv", "--json")
    assert called.code == 0, called.err
    first = json.loads(called.out.splitlines()[0])
    assert (first["center_y_um"], first["center_x_um"]) == (2, 1)


def test_what_cannot_be_done_is_one_line(run, image, tmp_path):
    (tmp_path / "p.csv").write_text("a,b\n1,2\n")
    for flags, text in (
        (["--objects1", tmp_path / "p.csv"], "objects1 has the columns a, b"),
        (["--objects1", tmp_path / "none.csv"], "does not exist"),
        (["--find1", "spots", "--save-objects1", tmp_path / "x.tif"], "its objects are points"),
        (["--save-cells", tmp_path / "x.tif"], "there are no cells"),
        (["--threshold1", "costes"], "threshold1 is 'costes'"),
    ):
        called = run("objects", image, *flags)
        assert called.code in (1, 2)
        assert text in called.err
        assert len(called.err.strip().splitlines()) == 1
