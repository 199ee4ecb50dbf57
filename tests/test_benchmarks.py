"""Benchmarks, which no other test runs, import names that are there."""

import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted(
    path.stem for path in (ROOT / "benchmarks").glob("*.py") if not path.stem.startswith("__")
)


@pytest.mark.parametrize("name", MODULES)
def test_benchmark_imports(name, monkeypatch):
    monkeypatch.syspath_prepend(ROOT)
    importlib.import_module(f"benchmarks.{name}")
