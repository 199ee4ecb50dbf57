"""What other programs printed, found again under `like`, as docs/reference-numbers.md says."""

import importlib
from pathlib import Path

import numpy as np
import pytest
import tifffile

from covoxel import measure

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reference-numbers.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("program", ["Coloc 2", "JACoP", "BIOP JACoP", "EzColocalization", "CCC"])
def test_every_number_is_found_again(program, reference, monkeypatch):
    monkeypatch.syspath_prepend(ROOT)
    printed = importlib.import_module("benchmarks._printed")
    values = list(printed.values_of(program))
    assert [value for value in values if not (value.same or value.reason)] == []
    assert [value for value in values if value.same and value.reason] == []
    assert f" | {len(printed.runs_of(program))} | {len(values)} | " in PAGE


@pytest.fixture(scope="session")
def load(reference: Path):
    def one(name: str) -> np.ndarray:
        return np.squeeze(tifffile.imread(reference / "images" / name))

    return one


def test_cellprofiler_by_its_definitions(load):
    first, second = load("colocsample1b-green.tif"), load("colocsample1b-red.tif")
    mask = load("colocsample1b-mask.tif") > 0
    row = measure(first, second, mask=mask, like="cellprofiler", measures="all").table.iloc[0]
    assert (row["tm1_own"], row["tm2_own"]) == pytest.approx((0.820, 0.901), abs=5e-4)
    a, b = first[mask].astype(float), second[mask].astype(float)
    both = (a > 0.15 * a.max()) & (b > 0.15 * b.max())
    moc = (a[both] * b[both]).sum() / np.sqrt((a[both] ** 2).sum() * (b[both] ** 2).sum())
    assert row["moc"] == pytest.approx(moc, rel=1e-12)
    assert row["k1"] == pytest.approx((a[both] * b[both]).sum() / (a[both] ** 2).sum(), rel=1e-12)
    assert row["slope"] == pytest.approx(np.polyfit(a, b, 1)[0], rel=1e-9)
