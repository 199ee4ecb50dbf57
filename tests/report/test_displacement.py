"""Figures of association profiles, van Steensel's curves and delays."""

import numpy as np
import pytest

from covoxel import measure_ccf, measure_delay, measure_distance, simulate_pair
from covoxel.report import save_figure
from covoxel.report.curves import association_line
from covoxel.report.grid import MOST_PANELS


@pytest.fixture(scope="module")
def series():
    simulated = simulate_pair(
        shape=(96, 96), n_spots1=40, association_distance=0.5, n_frames=3, rng=1
    )
    return simulated.channel1, simulated.channel2


@pytest.fixture(scope="module")
def distances(series):
    return measure_distance(*series, max_distance=1.2)


@pytest.fixture(scope="module")
def delays():
    rng = np.random.default_rng(0)
    light = rng.gamma(2, 20, (16, 42)).T
    labels = np.repeat(np.arange(1, 17)[:, None], 4, axis=1)
    images = [np.repeat(part[:, :, None], 4, axis=2) for part in (light[2:], light[:-2])]
    return measure_delay(*images, axes="TYX", labels=labels, time_step=2.0)


def legend(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


@pytest.mark.slow
def test_a_panel_a_frame_with_one_legend(distances):
    figure = distances.figure()
    titles = [axes.get_title() for axes in figure.axes]
    assert [title.splitlines()[0] for title in titles] == [f"time point {t}" for t in range(3)]
    assert titles[0].endswith(association_line(distances.found[0]))
    assert set(legend(figure)) == {
        "profile, 95 %",
        "fit",
        "baseline",
        "distance, 95 %",
        "null displacements, 95 %",
    }
    assert figure.get_supxlabel() == "distance (µm)"
    assert figure.get_supylabel() == "correlation"


@pytest.mark.slow
def test_the_fit_and_the_distance_are_drawn_where_they_are(distances):
    found = distances.found[1]
    lines = {line.get_label(): line for line in distances.figure().axes[1].lines}
    np.testing.assert_array_equal(lines["fit"].get_ydata(), found.profile.fit)
    assert lines["distance, 95 %"].get_xdata()[0] == found.distance


def test_the_result_in_a_line(distances):
    found = distances.found[0]
    text = association_line(found)
    value, interval, unit = text.split()
    low, high = map(float, interval.strip("()").split("–"))
    assert float(value) == pytest.approx(found.distance, abs=0.01)
    assert (low, high) == pytest.approx((found.distance_low, found.distance_high), abs=0.01)
    assert unit == "µm"
    assert association_line(None) == "not measured"


@pytest.mark.slow
def test_many_rows_are_lines_of_one_picture(series):
    labels = np.zeros((96, 96), np.uint8)
    labels[:46, :46], labels[:46, 50:], labels[50:, :46], labels[50:, 50:90] = 1, 2, 3, 4
    labels[92:, 92:] = 5
    result = measure_distance(*series, labels=labels, max_distance=1.0, intervals=False)
    assert len(result.table) > MOST_PANELS
    figure = result.figure()
    picture = figure.axes[0].images[0].get_array()
    assert picture.shape == (15, 11)
    assert picture.mask[4].all()
    assert not picture.mask[:4].any()
    names = [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
    assert names[:2] == ["time point 0, label 1", "time point 0, label 3"]


@pytest.mark.slow
def test_curves_of_each_axis(series):
    figure = measure_ccf(*series, t=0, direction=(1, 1)).figure()
    assert legend(figure) == ["x", "y", "radial", "along 1,1"]
    assert figure.get_supxlabel() == "displacement of channel 2 (µm)"
    pixels = measure_ccf(series[0].read(0), series[1].read(0))
    assert pixels.figure().get_supxlabel() == "displacement of channel 2 (px)"


@pytest.mark.slow
def test_many_curves_are_pictures_of_each_axis(series):
    labels = np.repeat(np.arange(1, 7), 16)[:, None] * np.ones((1, 96), int)
    figure = measure_ccf(*series, labels=labels, max_shift=6).figure()
    pictures = [axes for axes in figure.axes if axes.images]
    assert [axes.get_title() for axes in pictures] == ["x", "y", "radial"]
    assert {axes.images[0].get_array().shape[0] for axes in pictures} == {18}


@pytest.mark.slow
def test_delays(delays):
    figure = delays.figure()
    assert len(delays.table) > MOST_PANELS
    assert figure.axes[0].images[0].get_array().shape == (16, delays.found[0].lags.size)
    assert figure.get_supxlabel() == "delay of channel 2 (s)"
    marked = figure.axes[0].lines[-1].get_xdata()
    np.testing.assert_array_equal(marked, delays.table["delay"])


@pytest.mark.slow
def test_what_has_no_delay_says_why(series):
    figure = measure_delay(*series).figure()
    assert [text.get_text() for text in figure.axes[0].texts] == ["fewer than 10 frames"]


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_the_same_figure_gives_the_same_bytes(distances, delays, tmp_path, suffix):
    written = []
    for number in range(2):
        for result in (distances, delays):
            path = tmp_path / f"{result.analysis.name}{number}.{suffix}"
            save_figure(result.figure(), path)
            written.append(path.read_bytes())
    assert written[:2] == written[2:]
