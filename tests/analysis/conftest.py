"""What the tests of the analysis share."""

from typing import Any

import numpy as np
import pytest

from covoxel.analysis.measure.schema import MEASURES


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture
def pair():
    """Two images of counts that share part of their light; any shape, the same each time."""

    def make(*shape: int, dtype: Any = np.uint16, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.default_rng(seed)
        light = rng.gamma(1.0, 40.0, shape)
        both = (rng.poisson(10 + light * share + rng.gamma(1.0, 20.0, shape)) for share in (1, 0.5))
        first, second = (np.minimum(image, 250).astype(dtype) for image in both)
        return first, second

    return make


@pytest.fixture
def results():
    """Thresholds, measures and notes of a table: all that comes from the pixels."""

    def columns(table: Any) -> Any:
        names = ["pixels", "dropped", "threshold1", "threshold2", "background1", "background2"]
        return table[[*names, *(c.name for c in MEASURES if c.name in table), "notes"]]

    return columns
