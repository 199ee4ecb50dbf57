"""What the tests of the command line share."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from covoxel import Channel
from covoxel.cli import main
from covoxel.io.write import write_channels


@dataclass(frozen=True)
class Run:
    """What a call of the program left: its exit status and what it said."""

    code: int
    out: str
    err: str

    @property
    def line(self) -> str:
        """The one line on stderr; nothing else may have been printed."""
        assert self.err.count("\n") == 1, self.err
        assert self.err.startswith("covoxel: ")
        assert "Traceback" not in self.err
        assert not self.out
        return self.err

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows that --json printed; nothing else may stand on stdout."""
        assert self.code == 0, self.err
        assert not self.err
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Run]:
    """Run the program in this process."""
    monkeypatch.setenv("COLUMNS", "100")

    def call(*arguments: object) -> Run:
        capsys.readouterr()
        with pytest.raises(SystemExit) as stop:
            main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return Run(int(stop.value.code or 0), out, err)

    return call


@pytest.fixture
def plain() -> Callable[[pd.DataFrame], list[dict[str, Any]]]:
    """Return a function that returns the rows of a table as JSON has them."""

    def rows_of(table: pd.DataFrame) -> list[dict[str, Any]]:
        finite = table.replace([np.inf, -np.inf], np.nan).astype(object)
        records = finite.where(finite.notna(), None).to_dict("records")
        return [
            {k: v.item() if hasattr(v, "item") else v for k, v in row.items()} for row in records
        ]

    return rows_of


@pytest.fixture
def image(tmp_path: Path) -> Callable[..., Path]:
    """Write an image of related channels, of any axes, the same each time."""

    def make(
        name: str = "image.ome.tif",
        axes: str = "YX",
        channels: int = 2,
        dtype: str = "u2",
        seed: int = 0,
    ) -> Path:
        shape = tuple({"T": 3, "Z": 4, "Y": 24, "X": 20}[axis] for axis in axes)
        rng = np.random.default_rng(seed)
        light = rng.gamma(1.0, 40.0, shape)
        written = [
            Channel(
                np.minimum(rng.poisson(20 + light / (i + 1)), 250).astype(dtype),
                axes,
                spacing=(0.3, 0.1, 0.1)[-len(axes.replace("T", "")) :],
                name=f"stain {i + 1}",
            )
            for i in range(channels)
        ]
        return write_channels(tmp_path / name, written, overwrite=True)

    return make


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    """Write labels of two cells."""
    found = np.zeros((24, 20), np.uint16)
    found[2:12, 2:18], found[13:22, 4:16] = 3, 700
    return write_channels(tmp_path / "labels.tif", [Channel(found, "YX")])


@pytest.fixture
def mask(tmp_path: Path) -> Path:
    """Write a mask."""
    found = np.zeros((24, 20), np.uint8)
    found[3:20, 3:17] = 255
    return write_channels(tmp_path / "mask.tif", [Channel(found, "YX")])
