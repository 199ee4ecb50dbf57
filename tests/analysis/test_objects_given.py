"""measure_objects: objects that are given, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from covoxel import Channel, measure_objects
from covoxel.analysis.objects.inputs import given_objects

from .objects_scene import CELLS, FIRST, LIGHT, SECOND, image, of_channel


@pytest.mark.slow
@pytest.mark.parametrize("objects", [np.zeros((12, 16), int), np.zeros((0, 2))])
def test_no_objects_are_a_reason(objects):
    channels = [image(one) for one in LIGHT]
    result = measure_objects(*channels, objects1=FIRST, objects2=objects, labels=CELLS)
    assert len(result.objects) == 3
    assert "center_distance: there is no object in channel 2" in result.objects["notes"].iloc[0]
    row = result.table.iloc[0]
    assert row["objects2"] == 0
    assert np.isnan(row["center_distance1"])
    assert "overlap2: there is no object in channel 2" in row["notes"]
    assert result.layers()
    both = measure_objects(*channels, objects1=objects, objects2=objects)
    assert len(both.objects) == len(both.pairs) == 0
    both.layers()
    both.figure()


def test_a_channel_without_threshold_is_a_reason():
    result = measure_objects(np.full((9, 9), 3), LIGHT[0][:9, :9], threshold2=50)
    assert "objects1: otsu finds no threshold" in result.table["notes"].iloc[0]
    assert result.table["objects1"].iloc[0] == 0
    assert (result.objects["channel"] == 2).all()
    assert len(result.objects)


@pytest.mark.slow
def test_objects_as_labels_in_the_images():
    result = measure_objects(FIRST, SECOND, find1="labels", find2="labels")
    same = measure_objects(*LIGHT, objects1=FIRST, objects2=SECOND)
    shared = ["object", "pixels", "edge_distance", "matched"]
    pd.testing.assert_frame_equal(result.objects[shared], same.objects[shared])
    assert result.objects["mean1"].isna().all()
    assert "mean1: the image is one of labels" in result.objects["notes"].iloc[0]


@pytest.mark.parametrize(("unit", "factor"), [("micron", 0.5), ("pixel", 1)])
def test_points_as_trackmate_writes_them(tmp_path, unit, factor):
    """Names, full names, short names and units are a row each."""
    lines = [
        "LABEL,ID,TRACK_ID,POSITION_X,POSITION_Y,POSITION_Z,FRAME",
        "Label,Spot ID,Track ID,X,Y,Z,Frame",
        "Label,Spot ID,Track ID,X,Y,Z,Frame",
        f",,,({unit}),({unit}),({unit}),",
        f"ID1,1,0,{3 * factor},{8 * factor},0,0",
        f"ID2,2,,{10 * factor},{2 * factor},0,0",
    ]
    path = tmp_path / "spots.csv"
    path.write_text("\n".join(lines))
    channel = Channel(LIGHT[0], axes="YX", spacing=(0.5, 0.5))
    found = given_objects("objects1", path, channel, channel)
    assert found.places.tolist() == [[8, 3], [2, 10]]


def test_a_place_that_is_not_a_number_is_refused_by_its_column():
    channel = Channel(LIGHT[0], axes="YX")
    for places in ([1, np.nan], ["1", "far"]):
        table = pd.DataFrame({"y": places, "x": [1, 2]})
        with pytest.raises(ValueError, match=r"objects1 has '(nan|far)' in the column y; "):
            given_objects("objects1", table, channel, channel)


@pytest.mark.slow
def test_points_of_every_kind(tmp_path):
    places = np.array([[2.5, 3.0], [8, 10], [40, 2]])
    micrometres = pd.DataFrame(places * [0.5, 0.2], columns=["y_um", "x_um"])
    micrometres.to_csv(tmp_path / "points.csv", index=False)
    pixels = pd.DataFrame(places, columns=["axis-0", "axis-1"]).rename_axis("index").reset_index()
    nanometres = pd.DataFrame(places[:, ::-1] * [200, 500], columns=["x [nm]", "y [nm]"])
    channels = [image(one) for one in LIGHT]
    tables = [
        measure_objects(*channels, objects1=one, objects2=SECOND).objects
        for one in (places, micrometres, tmp_path / "points.csv", pixels, nanometres)
    ]
    for table in tables[1:]:
        pd.testing.assert_frame_equal(table, tables[0])
    points = of_channel(tables[0], 1)
    assert points["edge_distance"].tolist()[:1] == [0.0]
    assert points["pixels"].tolist() == [1, 1, 0]
    assert points["overlap"].isna().tolist() == [False, False, True]
    assert "size: a point has no extent" in points["notes"][1]
    assert "center: it has no pixel inside the mask" in points["notes"][3]
    others = of_channel(tables[0], 2)
    assert others["overlap"].isna().all()
    assert "overlap: objects of channel 1 are points" in others["notes"][5]


def test_what_does_not_fit_is_refused():
    channels = [image(one) for one in LIGHT]
    refused = (
        ({"objects1": np.ones((5, 6))}, r"objects1 has shape \(5, 6\)"),
        ({"objects2": np.full((12, 16), 0.5)}, r"objects2 holds 0\.5"),
        ({"objects1": np.ones((4, 3))}, r"objects1 has shape \(4, 3\)"),
        ({"objects1": pd.DataFrame({"a": [1.0]})}, "has the columns a; one of y_um"),
        ({"max_distance": -1}, "max_distance is -1"),
        ({"threshold1": "costes"}, "threshold1 is 'costes'"),
        ({"find2": "magic"}, "find2 is 'magic'"),
        ({"min_size": 0}, "min_size is 0"),
    )
    for given, text in refused:
        with pytest.raises(ValueError, match=text):
            measure_objects(*channels, **given)
    with pytest.raises(ValueError, match="the voxel size is unknown; give spacing"):
        measure_objects(*LIGHT, objects1=pd.DataFrame({"x_um": [1.0], "y_um": [1.0]}))
    with pytest.raises(ValueError, match="there are 3 channels"):
        measure_objects([*channels, channels[0]], objects1=FIRST)
    square = [[0, 0], [0, 9], [9, 9], [9, 0]]
    with pytest.raises(ValueError, match="shapes overlap"):
        measure_objects(*channels, shapes=[square, square])
