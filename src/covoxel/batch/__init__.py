"""Whole experiments: a recipe, the images that it finds, and their analysis on many processes."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
