"""The inputs of the Groups widget."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from magicgui.widgets import ComboBox, PushButton

from covoxel.analysis.groups import GroupOptions
from covoxel.gui.forms.layer_fields import LayerField
from covoxel.gui.forms.narrow import narrow
from covoxel.gui.forms.options_form import FieldRows, OptionsForm
from covoxel.gui.groups.tables import columns_of, has_table, usual

if TYPE_CHECKING:
    import pandas as pd

_ROWS = (("paired",), ("test", "scale"), ("correction", "control"), ("confidence",))
_ROLES = ("value", "group", "replicate")
_TIPS = (
    "What is compared, such as pearson",
    "Names the condition",
    "Names the independent repeat of the experiment: the day, the animal; never the cell",
)


class GroupsForm(FieldRows):
    """The table, its columns, and the options."""

    def __init__(self, layers: Any) -> None:
        super().__init__()
        self.table = LayerField(layers, has_table, nothing="none", name="layer")
        self.open = PushButton(text="Open CSV…")
        self.add_row("table", self.table, self.open)
        for role, tip in zip(_ROLES, _TIPS, strict=True):
            field = ComboBox(choices=(), name=role, tooltip=tip, nullable=True)
            narrow(field, "replicate")
            self.add_row(role, field)
        self.options_form = OptionsForm(GroupOptions, _ROWS)
        self.append(self.options_form)

    def columns(self) -> dict[str, str | None]:
        """Return the chosen columns, by their role."""
        return {role: self.fields[role].value for role in _ROLES}

    def offer(self, table: pd.DataFrame | None) -> None:
        """Offer the columns of a table; those chosen before are kept where it has them."""
        offered = {} if table is None else columns_of(table)
        taken: list[str | None] = []
        for role in _ROLES:
            field, columns = self.fields[role], offered.get(role, [])
            chosen, wanted = field.value, None
            left = [name for name in columns if name not in taken]
            if table is not None:
                wanted = chosen if chosen in left else usual(table, left, role)
            with field.changed.blocked():
                field.choices = ()
                field.choices = columns
                field.value = wanted
            taken.append(wanted)
