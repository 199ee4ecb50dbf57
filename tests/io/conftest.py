"""Small TIFFs to read."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

Write = Callable[..., tuple[Path, np.ndarray]]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write random pixels of a shape to a file: its path and the pixels."""

    def write(name: str, shape: tuple[int, ...], dtype: Any = "u2", **options: Any):
        rng = np.random.default_rng(len(name) + sum(shape))
        data = rng.integers(0, 200, shape).astype(dtype)
        if "planarconfig" not in options and "photometric" not in options:
            options["photometric"] = "minisblack"
        tifffile.imwrite(tmp_path / name, data, **options)
        return tmp_path / name, data

    return write
