"""Objects: what lies where in each channel, for those who count instead of correlate."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
