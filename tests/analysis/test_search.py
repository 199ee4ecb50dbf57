"""Searches in single images: the places of `find_repeats` and `find_image`, in tables."""

import numpy as np
import pytest

from covoxel import Channel, search_image, search_repeats
from covoxel.core.memory import memory_limit
from covoxel.similarity import find_image, find_repeats


@pytest.fixture(scope="module")
def series():
    """Two time points of noise, in the second of which content is repeated."""
    image = np.random.default_rng(0).poisson(60, (2, 80, 90)).astype(np.uint16)
    image[1, 40:75, 50:85] = image[1, 3:38, 4:39]
    return Channel(image, "TYX", name="stain")


@pytest.mark.slow
def test_repeats_are_those_of_the_frames(series):
    found = search_repeats(series, threshold=0.7)
    assert found.table["t"].tolist() == [0, 1]
    assert found.table["repeats"].tolist() == [0, 1]
    expected = find_repeats(series.read(1), threshold=0.7)
    assert found.table["examined"].iat[1] == expected.examined
    (place,) = found.places.to_dict("records")
    assert (place["channel"], place["t"]) == ("stain", 1)
    for side, boxes in enumerate((expected.boxes1, expected.boxes2), start=1):
        assert [place[f"start{side}_{axis}"] for axis in "yx"] == boxes.start[0].tolist()
        assert [place[f"stop{side}_{axis}"] for axis in "yx"] == boxes.stop[0].tolist()
    assert place["correlation"] == expected.correlation[0]
    assert "start1_z" not in found.places
    assert found.settings == {"threshold": 0.7, "block": [16, 16], "max_blocks": 30_000}


def test_a_small_image_is_found_in_each_image(series):
    one = series.read(1)
    template = one[10:30, 10:30]
    other = Channel(np.roll(one[:60], 5, axis=0), "YX", name="moved")
    found = search_image([Channel(one, "YX", name="still"), other], template, threshold=0.9)
    assert found.table["places"].tolist() == [2, 1]
    expected = find_image(one, template, threshold=0.9)
    still = found.places[found.places["channel"] == "still"]
    assert still[["corner_y", "corner_x"]].to_numpy().tolist() == expected.corners.tolist()
    assert still["score"].tolist() == expected.scores.tolist()
    nothing = search_image(series, np.random.default_rng(1).random((9, 9)), t=0)
    assert nothing.places.empty
    assert nothing.table["notes"].tolist() == ["best: the small image was not found"]


def test_an_image_that_is_too_small_is_a_row_with_the_reason(series):
    one = series.read(1)
    template, small = one[10:30, 10:30], Channel(one[:8, :9], "YX", name="small")
    found = search_image([small, Channel(one, "YX", name="large")], template, threshold=0.9)
    assert found.table["places"].isna().tolist() == [True, False]
    reason = "template has shape (20, 20); it must fit into the image of (8, 9)"
    assert found.remarks["notes"] == ((("places", reason),), ())
    lines = [*found.analysis.lines(found)]
    assert lines[-1] == f"small, t 0: {reason}"
    assert len([*found.analysis.records(found)]) == len(found.places) == 2
    with pytest.raises(ValueError, match="it must fit"):
        search_image(small, template)


def test_what_is_needed_is_refused_before_it_is_allocated(series):
    with memory_limit(1_000_000, lambda _: None):
        with pytest.raises(MemoryError, match="repeats of 80 × 90 pixels needs about"):
            search_repeats(series)
        lost = series.read(0).astype(float)
        lost[0, 0] = np.nan
        with pytest.raises(MemoryError, match="find of 80 × 90 pixels needs about"):
            search_image(lost, lost[10:20, 10:20])
        assert len(search_image(series.read(0), series.read(0)[10:20, 10:20]).places) == 1


def test_errors_name_the_option(series):
    with pytest.raises(ValueError, match="threshold"):
        search_repeats(series, threshold=2)
    with pytest.raises(ValueError, match="template"):
        search_image(series, np.ones((200, 200)))
