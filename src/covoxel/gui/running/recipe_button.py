"""The button that saves the options of a widget as part of a recipe, and loads them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from qtpy.QtWidgets import QFileDialog, QMenu, QPushButton, QWidget

_TIP = "Keep these options in a recipe, which analyses whole experiments, or take them from one"
_FILES = "Recipes (*.toml)"


class RecipeButton(QPushButton):
    """A menu with two entries: save to a recipe, and load from one.

    `save`, `load`: take the path of a recipe, and return what was done.
    `report`: takes what was done, or why nothing could be.
    """

    def __init__(
        self,
        save: Callable[[Path], str],
        load: Callable[[Path], str],
        report: Callable[[str], object],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._report = report
        self.setText("Recipe")
        self.setToolTip(_TIP)
        menu = QMenu(self)
        menu.addAction("Save as recipe…", lambda: self.act(save, self._ask_to_save()))
        menu.addAction("Load from recipe…", lambda: self.act(load, self._ask_to_load()))
        self.setMenu(menu)

    def act(self, action: Callable[[Path], str], path: str) -> None:
        """Save or load, unless no file was chosen."""
        if not path:
            return
        try:
            self._report(action(Path(path)))
        except (ValueError, TypeError, OSError) as error:
            self._report(str(error))

    def _ask_to_save(self) -> str:
        keep = QFileDialog.Option.DontConfirmOverwrite  # other sections stay as they are
        path, _ = QFileDialog.getSaveFileName(
            self, "Save as recipe", "recipe.toml", _FILES, options=keep
        )
        return path if not path or Path(path).suffix else f"{path}.toml"

    def _ask_to_load(self) -> str:
        path, _ = QFileDialog.getOpenFileName(self, "Load from recipe", "", _FILES)
        return path
