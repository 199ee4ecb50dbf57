"""Memory of masked registration at 32 × 512 × 512, each in a process of its own; Linux only.

scikit-image takes 14 GB there.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

from benchmarks._child import peak
from benchmarks._harness import Comparison, Faster
from benchmarks.correlogram import by_register, by_scikit_image, moved_pair

ON_REQUEST = True

_SHAPE = (32, 512, 512)


def run() -> Iterator[Comparison]:
    ours, peer = (_measured(who) for who in ("ours", "peer"))
    yield Comparison("peak memory, 32 × 512 × 512", [ours], [peer], Faster(10), unit="MB")


def _measured(who: str) -> float:
    command = [sys.executable, "-m", "benchmarks.correlogram_memory", who]
    printed = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(printed.stdout)


def _child(who: str) -> None:
    """Print by how much the peak of the memory rises above that with the images loaded."""
    pair = moved_pair(_SHAPE)
    small = moved_pair((8, 80, 80))
    by_register(*small, None) if who == "ours" else by_scikit_image(*small)
    before = peak()
    by_register(*pair, None) if who == "ours" else by_scikit_image(*pair)
    print(peak() - before)


if __name__ == "__main__":
    _child(sys.argv[1])
