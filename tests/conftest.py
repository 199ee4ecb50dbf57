"""What every test shares."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

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


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Nothing may be skipped where CI is set, wherever the skip came from."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if skipped and os.environ.get("CI"):
        reporter.write_line(f"\n{len(skipped)} skipped, and nothing may be skipped in CI", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
