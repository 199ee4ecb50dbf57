"""From options to rows: regions × channel pairs × time, with columns, units and reasons."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
