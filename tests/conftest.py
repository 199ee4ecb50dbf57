"""What every test shares."""

import gc
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from scipy.ndimage import gaussian_filter

settings.register_profile("suite", max_examples=24, deadline=None)
settings.load_profile("suite")

SHARED = Path(__file__).parents[2] / "shared"


def _shared(name: str, what: str) -> Path:
    """Return a folder that lies beside a checkout, not in it."""
    if not (SHARED / name).is_dir():
        outcome = pytest.fail if os.environ.get("CI") else pytest.skip
        outcome(f"{what} are not here: ../shared/{name}")
    return SHARED / name


@pytest.fixture(scope="session")
def reference() -> Path:
    """Folder of reference images and numbers."""
    return _shared("reference", "the reference data")


@pytest.fixture(scope="session")
def cases() -> Path:
    """Folder of small files that once were read wrongly."""
    return _shared("cases", "the cases") / "files"


@pytest.fixture(scope="session")
def spots() -> Callable:
    """Render Gaussian spots at positions between pixels, as a sum without resampling.

    `sigma` is one width, or one for each axis.
    """

    def render(shape, positions, heights, sigma):
        *deep, y, x = (
            np.exp(-((np.arange(n)[:, None] - at) ** 2) / (2 * width**2))
            for n, at, width in zip(
                shape, positions.T, np.broadcast_to(sigma, len(shape)), strict=True
            )
        )
        planes = [z * heights for z in deep[0]] if deep else [heights]
        rows = np.concatenate([y * each for each in planes])
        return (rows @ x.T).reshape(shape)

    return render


@pytest.fixture
def blob() -> Callable:
    """Make an irregular mask that holds about half of the pixels."""

    def make(shape, seed=0, size=6):
        return gaussian_filter(np.random.default_rng(seed).normal(size=shape), size) > 0

    return make


def pytest_collection_finish() -> None:
    """Spare each of the many collections of garbage the modules and tests, which stay anyway."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Nothing may be skipped where CI is set, wherever the skip came from."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if skipped and os.environ.get("CI"):
        reporter.write_line(f"\n{len(skipped)} skipped, and nothing may be skipped in CI", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
