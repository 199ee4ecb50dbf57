"""A set of names, ticked in a menu."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from magicgui.widgets.bases import ValuedContainerWidget
from qtpy.QtGui import QAction
from qtpy.QtWidgets import QMenu, QPushButton, QSizePolicy


class NamesField(ValuedContainerWidget[tuple[str, ...]]):
    """Names to tick.

    Parameters
    ----------
    names : sequence of str
        That are offered; others that are set are offered from then on.
    usual : sequence of str
        Those that stand for ``("default",)``.
    """

    def __init__(
        self,
        value: Sequence[str] = ("default",),
        *,
        names: Sequence[str],
        usual: Sequence[str],
        **kwargs: Any,
    ) -> None:
        super().__init__(layout="horizontal", labels=False, **kwargs)
        self.margins = (0, 0, 0, 0)
        self._usual = tuple(usual)
        self.button = QPushButton()
        self.button.setStyleSheet("text-align: left; padding-left: 8px")
        self.button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.button.setMenu(QMenu(self.button))
        self.native.layout().addWidget(self.button)
        self._actions: dict[str, QAction] = {}
        for name in names:
            self._offer(name)
        self.value = tuple(value)

    def get_value(self) -> tuple[str, ...]:
        """Return the ticked names, in the order in which they are offered."""
        ticked = tuple(name for name, action in self._actions.items() if action.isChecked())
        return ("default",) if set(ticked) == set(self._usual) else ticked

    def set_value(self, value: Sequence[str]) -> None:
        """Tick names; ``default`` ticks the usual ones, ``all`` all that are offered."""
        wanted = {value} if isinstance(value, str) else set(value)
        if "default" in wanted:
            wanted = wanted - {"default"} | set(self._usual)
        if "all" in wanted:
            wanted = wanted - {"all"} | set(self._actions)
        for name in sorted(wanted - set(self._actions)):
            self._offer(name)
        changed = False
        for name, action in self._actions.items():
            changed |= action.isChecked() != (name in wanted)
            action.blockSignals(True)
            action.setChecked(name in wanted)
            action.blockSignals(False)
        self._say()
        if changed:
            self.changed.emit(self.value)

    def _offer(self, name: str) -> None:
        menu = self.button.menu()
        assert menu is not None
        action = self._actions[name] = QAction(name, menu, checkable=True)
        action.toggled.connect(self._on_toggled)
        menu.addAction(action)

    def _on_toggled(self) -> None:
        self._say()
        self.changed.emit(self.value)

    def _say(self) -> None:
        names = [name for name, action in self._actions.items() if action.isChecked()]
        self.button.setText(", ".join(names[:3]) + (" …" if len(names) > 3 else "") or "none")
        self.button.setToolTip(", ".join(names))
