"""How alike two images are: differences, distributions, structure, hashes and key points."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
