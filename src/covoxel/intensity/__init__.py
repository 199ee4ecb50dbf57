"""How bright, not where: the joint histogram of two channels, and what is read from it."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
