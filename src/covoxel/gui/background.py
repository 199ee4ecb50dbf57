"""What presenters ask of jobs."""

from __future__ import annotations

from typing import Any, Protocol


class Background(Protocol):
    """Runs work off the main thread, see `covoxel.gui.job.Jobs`."""

    def run(self, work: Any) -> None:
        """Start; what runs is let go."""

    def follow(self, work: Any) -> None:
        """Start when what runs has ended; of several the last."""

    def cancel(self) -> None:
        """Let go of what runs, and of what follows."""
