"""What every test shares."""

from __future__ import annotations

import os

import pytest


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Nothing may be skipped where CI is set, wherever the skip came from."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if skipped and os.environ.get("CI"):
        reporter.write_line(f"\n{len(skipped)} skipped, and nothing may be skipped in CI", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
