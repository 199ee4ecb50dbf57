"""ND2: positions and time stamps. No program but NIS-Elements writes the format."""

from pathlib import Path
from types import SimpleNamespace as Some
from typing import ClassVar

import nd2
import numpy as np
import pytest

from covoxel import read_image
from covoxel.io import image_info

FRAMES = np.random.default_rng(5).integers(0, 99, (12, 2, 5, 6)).astype(np.uint16)


class Fake:
    """A file with time points, positions and planes, that was stopped in its last one."""

    sizes: ClassVar = {"T": 2, "P": 2, "Z": 3, "C": 2, "Y": 5, "X": 6}
    dtype = np.dtype(np.uint16)
    attributes = Some(sequenceCount=11)
    period = 0.0
    calibrated = (True, True, False)

    def __init__(self, path: Path) -> None:
        self.loop_indices = [dict(zip("TPZ", at, strict=True)) for at in np.ndindex(2, 2, 3)]
        points = [Some(name="B2"), Some(name=None)]
        self.experiment = [
            Some(type="TimeLoop", parameters=Some(periodMs=self.period)),
            Some(type="XYPosLoop", parameters=Some(points=points)),
        ]
        volume = Some(axesCalibration=(0.2, 0.2, 1.0), axesCalibrated=self.calibrated)
        colors = (Some(r=255, g=0, b=16), Some(r=0, g=255, b=0))
        self.metadata = Some(
            channels=[
                Some(volume=volume, channel=Some(name=name, color=color))
                for name, color in zip("ab", colors, strict=True)
            ]
        )

    def __enter__(self):
        return self

    def __exit__(self, *args):
        pass

    def frame_metadata(self, number):
        t, p, _ = np.unravel_index(number, (2, 2, 3))
        place = Some(x=float(p), y=2.0, z=3.0)
        time = Some(relativeTimeMs=100 + 2500.0 * t)
        return Some(channels=[Some(position=Some(stagePositionUm=place), time=time)])

    def read_frame(self, number):
        return FRAMES[number]


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.setattr(nd2, "ND2File", Fake)
    path = tmp_path / "image.nd2"
    path.write_bytes(b"\xda\xce\xbe\n" + bytes(99))
    return path


def test_positions_are_series(path):
    info = image_info(path)
    assert [one.name for one in info.series] == ["B2", "position 2"]
    assert [dict(one.position) for one in info.series] == [
        {"Z": 3, "Y": 2, "X": 0}, {"Z": 3, "Y": 2, "X": 1},
    ]  # fmt: skip
    for c, channel in enumerate(read_image(path, series="B2")):
        assert (channel.axes, channel.name) == ("TZYX", "ab"[c])
        assert channel.color == ("#ff0010", "#00ff00")[c]
        expected = FRAMES.reshape(2, 2, 3, 2, 5, 6)[:, 0, :, c]
        np.testing.assert_array_equal(np.asarray(channel.data), expected)
        np.testing.assert_array_equal(channel.data[1, 2, :, 3], expected[1, 2, :, 3])


def test_the_time_point_that_was_stopped_is_left_out(path):
    channel = read_image(path, series=1)[0]
    assert channel.axes == "ZYX"
    assert channel.notes[1].startswith("planes are missing (the acquisition was stopped)")


def test_steps_that_were_not_set(path, monkeypatch):
    info = image_info(path).series[0]
    assert info.spacing is None  # Z is not calibrated
    assert "no voxel size along Z" in info.notes[-1]
    assert info.time_step == 2.5  # by the time stamps, as the period is 0
    monkeypatch.setattr(Fake, "period", 2000.0)
    monkeypatch.setattr(Fake, "calibrated", (True, True, True))
    info = image_info(path).series[0]
    assert (info.spacing, info.time_step) == ((1, 0.2, 0.2), 2)
