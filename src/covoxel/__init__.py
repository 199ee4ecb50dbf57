"""Tells whether two fluorescence channels are together."""

import lazy_loader as _lazy

from covoxel.core.version import VERSION as _VERSION

__version__ = _VERSION
__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
