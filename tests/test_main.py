"""``python -m covoxel`` is the program."""

import subprocess
import sys

import pytest

import covoxel


@pytest.mark.slow
def test_module_runs_the_program():
    run = [sys.executable, "-m", "covoxel", "--version"]
    printed = subprocess.run(run, capture_output=True, text=True, check=True).stdout
    assert printed == f"covoxel {covoxel.__version__}\n"
