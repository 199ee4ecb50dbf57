"""Starting Covoxel against starting the two libraries that it stands on."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from functools import partial

from benchmarks._harness import Comparison, Within, compare


def run() -> Iterator[Comparison]:
    peer = partial(_start, "import numpy, scipy")
    yield compare(
        "import covoxel", partial(_start, "import covoxel"), peer, goal=Within(0.5), within=None
    )


def _start(statement: str) -> None:
    subprocess.run([sys.executable, "-c", statement], check=True)
