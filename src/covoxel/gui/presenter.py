"""What a `PairWidget` asks of its presenter."""

from __future__ import annotations

from typing import Any, Protocol

from covoxel.gui.choice import Choice


class Presenter(Protocol):
    """What is asked of a presenter, whatever it presents."""

    last: Any
    running: Choice | None

    def chosen(self) -> None:
        """Look at what is chosen now."""

    def run(self) -> None:
        """Start what the button says."""

    def done(self, run: Any) -> None:
        """Take up a result."""
