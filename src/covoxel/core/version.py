"""The version of Covoxel, which every result names."""

from importlib.metadata import version

VERSION = version("covoxel")
