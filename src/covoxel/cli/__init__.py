"""The command line."""

from covoxel.cli.app import main

__all__ = ["main"]
