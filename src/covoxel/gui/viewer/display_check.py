"""Whether a window with OpenGL can be opened; a program of its own, which Qt may end."""

from __future__ import annotations

import sys


def main() -> None:
    """Print what the display offers, or end with what is missing."""
    from qtpy import API_NAME, QtCore
    from qtpy.QtGui import QOffscreenSurface, QOpenGLContext
    from qtpy.QtWidgets import QApplication

    app = QApplication([])
    context, surface = QOpenGLContext(), QOffscreenSurface()
    surface.create()
    if not context.create() or not context.makeCurrent(surface):
        sys.exit("Qt opens the display, but there is no OpenGL")
    found = context.format()
    version = f"{found.majorVersion()}.{found.minorVersion()}"
    where = f"on {app.platformName()}, OpenGL {version}"
    sys.stdout.write(f"{API_NAME} {QtCore.__version__} {where}\n")


if __name__ == "__main__":
    main()
