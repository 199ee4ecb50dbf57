"""Time ours against a peer so that a drifting machine does not decide."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Protocol


class Goal(Protocol):
    """What a comparison should reach; ``str`` says it in the table."""

    def reached(self, comparison: Comparison) -> bool: ...


@dataclass(frozen=True, slots=True)
class Faster:
    """Ours takes at most 1/`times` of the peer's time."""

    times: float

    def reached(self, comparison: Comparison) -> bool:
        return comparison.ratio >= self.times

    def __str__(self) -> str:
        return f"≥ {self.times:g}×"


@dataclass(frozen=True, slots=True)
class Within:
    """Ours takes at most `seconds` more than the peer."""

    seconds: float

    def reached(self, comparison: Comparison) -> bool:
        return comparison.excess <= self.seconds

    def __str__(self) -> str:
        return f"≤ peer + {self.seconds:g} s"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Seconds of each round, ours and the peer's taken in turn."""

    name: str
    ours: tuple[float, ...]
    peer: tuple[float, ...]
    goal: Goal

    @property
    def ratio(self) -> float:
        """Median over the rounds of peer / ours."""
        return median(p / o for o, p in zip(self.ours, self.peer, strict=True))

    @property
    def excess(self) -> float:
        """Median over the rounds of ours - peer, in seconds."""
        return median(o - p for o, p in zip(self.ours, self.peer, strict=True))


def compare(
    name: str,
    ours: Callable[[], object],
    peer: Callable[[], object],
    *,
    goal: Goal,
    rounds: int = 7,
) -> Comparison:
    """Run A B A B … after one untimed run of each, and keep every round."""
    ours()
    peer()
    times = [(_seconds(ours), _seconds(peer)) for _ in range(rounds)]
    return Comparison(name, *zip(*times, strict=True), goal)


def _seconds(call: Callable[[], object]) -> float:
    gc.collect()
    start = perf_counter()
    call()
    return perf_counter() - start
