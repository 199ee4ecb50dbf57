"""What a result was made from: all that repeats it, and nothing that differs from run to run."""

import hashlib
import json

import numpy as np
import pytest

import covoxel
from covoxel import Channel, measure, read_image
from covoxel.analysis.measure.schema import ALL_COLUMNS
from covoxel.analysis.provenance import provenance
from covoxel.io.write import write_channels


@pytest.fixture
def opened(pair, tmp_path):
    channels = [
        Channel(image, "ZYX", spacing=(0.3, 0.1, 0.1), name=name)
        for image, name in zip(pair(3, 20, 16), ("actin", "dapi"), strict=True)
    ]
    return read_image(write_channels(tmp_path / "image.ome.tif", channels))


def digest(path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_record(opened, tmp_path):
    control = tmp_path / "control.ome.tif"
    control.write_bytes((tmp_path / "image.ome.tif").read_bytes())
    mask = write_channels(tmp_path / "mask.tif", [Channel(np.ones((20, 16), np.uint8), "YX")])
    table = measure(
        *opened, mask=read_image(mask)[0].data, threshold2=f"control:{control}@95"
    ).table
    record = provenance(table, opened, {"mask": mask}, ALL_COLUMNS)
    assert record["covoxel"] == covoxel.__version__
    assert "seed" not in record["options"]
    assert record["options"]["threshold2"] == "control:control.ome.tif@95"
    assert record["options"]["conventions"]["regression"] == "orthogonal"
    assert record["rows"] == 1
    assert list(record["columns"]) == list(table.columns)
    assert record["columns"]["threshold1"]["unit"] == "intensity"
    assert "doi" in record["columns"]["pearson"]["reference"]
    assert [channel["name"] for channel in record["channels"]] == ["actin", "dapi"]
    assert [channel["channel"] for channel in record["channels"]] == [1, 2]
    for channel in record["channels"]:
        assert channel["file"] == "image.ome.tif"
        assert channel["sha256"] == digest(tmp_path / "image.ome.tif")
        assert channel["shape"] == [3, 20, 16]
        assert channel["data_type"] == "uint16"
        assert channel["spacing_um"] == pytest.approx([0.3, 0.1, 0.1])
    assert record["inputs"] == {
        "threshold2": {"file": "control.ome.tif", "sha256": digest(control)},
        "mask": {"file": "mask.tif", "sha256": digest(mask)},
    }


def test_settings_stand_in_the_table(opened):
    table = measure(*opened, measures="pearson").table
    assert table["settings"].tolist() != measure(*opened, measures="icq").table["settings"].tolist()
    assert table["version"].tolist() == [covoxel.__version__]
    assert table["file"].tolist() == ["image.ome.tif"]
    assert table.attrs["covoxel"]["options"]["measures"] == ["pearson"]


def test_files_of_a_result_are_hashed_once(opened, tmp_path, monkeypatch):
    found, hashed = covoxel.measure_ccf(*opened, max_shift=2), []

    def counted(path):
        hashed.append(path)
        return "0"

    monkeypatch.setattr("covoxel.analysis.provenance.sha256", counted)
    found.save(tmp_path / "out")
    assert hashed == [str(tmp_path / "image.ome.tif")]
    for name in found.tables:
        record = json.loads((tmp_path / "out" / f"{name}.json").read_bytes())
        assert [channel["sha256"] for channel in record["channels"]] == ["0", "0"]
    assert len(found.tables) > 1


def test_arrays_have_no_file(pair):
    images = [Channel(image, "YX") for image in pair(20, 16)]
    table = measure(*images).table
    record = provenance(table, images, None, ALL_COLUMNS)
    assert table["file"].tolist() == [""]
    assert all("file" not in channel for channel in record["channels"])
    json.dumps(record, allow_nan=False)
