"""What the tests of likeness share."""

import numpy as np
import pytest


@pytest.fixture
def images() -> tuple[np.ndarray, np.ndarray]:
    """Two related images of 12 bits in 16."""
    rng = np.random.default_rng(3)
    light = rng.gamma(2.0, 300.0, (40, 36))
    return tuple(np.minimum(rng.poisson(light + 100), 4095).astype(np.uint16) for _ in range(2))
