"""The inputs of the Measure widget."""

from __future__ import annotations

from typing import Any

from covoxel.analysis.measure.conventions import CONVENTIONS
from covoxel.analysis.measure.options import MeasureOptions
from covoxel.analysis.measure.schema import chosen_measures
from covoxel.gui.forms.narrow import AUTO
from covoxel.gui.forms.pair_form import PairForm
from covoxel.gui.preferences import preferences

_ROWS = (
    *(("threshold1", "threshold2"), ("background1", "background2"), ("measures",)),
    *(("threshold_scope", "like"), ("bleed_1to2", "bleed_2to1"), ("per_plane", "pool_time")),
)


class MeasureForm(PairForm):
    """Layers, regions and options."""

    everything_first = True

    def __init__(self, viewer: Any) -> None:
        super().__init__(viewer)
        self.add_layers(scope="extent")
        self._options = self.add_options(MeasureOptions, _ROWS)
        self.add_replicates(self._options)
        self._take_preferences()
        fields = self._options.fields
        for i, j in ((1, 2), (2, 1)):
            other = fields[f"threshold{j}"]
            fields[f"threshold{i}"].changed.connect(lambda value, other=other: _pair(value, other))
        for name in ("like", "measures"):
            fields[name].changed.connect(self._follow)
        self._regions.changed.connect(self._follow)
        self.begin()

    def _take_preferences(self) -> None:
        """Start with the user's preferences."""
        wanted, usual = preferences(), CONVENTIONS["covoxel"].threshold
        threshold = None if wanted.threshold == usual else wanted.threshold
        pairs = {"threshold": threshold, "background": wanted.background}
        both = {f"{name}{i}": value for name, value in pairs.items() for i in (1, 2)}
        self._options.start_with({"measures": wanted.measures} | both)

    def _follow(self) -> None:
        super()._follow()
        fields = self._options.fields
        convention = CONVENTIONS[fields["like"].value]
        scope = convention.scope(regional=self._regions.value is not None)
        fields["threshold_scope"].set_placeholder(f"{AUTO}{scope}")
        for i in (1, 2):
            fields[f"threshold{i}"].set_placeholder(f"{AUTO}{self._usual_threshold()}")

    def _usual_threshold(self) -> str:
        fields = self._options.fields
        measures = fields["measures"].value
        columns = chosen_measures(measures) if measures else ()
        return CONVENTIONS[fields["like"].value].usual_threshold(columns)

    def subtract_mode(self) -> None:
        """Subtract the most frequent intensity of each channel."""
        for i in (1, 2):
            self._options.fields[f"background{i}"].value = "mode"

    def use_otsu(self, channel: int) -> None:
        """Choose Otsu's threshold for a channel, or for both in place of Costes' pair.

        Where there are regions it is that of each of them.
        """
        if self._regions.value is not None:
            self._options.fields["threshold_scope"].value = "region"
        own, other = (self._options.fields[f"threshold{i}"] for i in (channel, 3 - channel))
        costes = (other.value or self._usual_threshold()) == "costes"
        for field in (own, other) if costes else (own,):
            field.value = "otsu"

    def ask_for_control(self, channel: int) -> None:
        """Ask for the single-stain control of the bleed-through into a channel."""
        self._options.fields[f"bleed_{3 - channel}to{channel}"].choose_file()

    def show_threshold(self, channel: int, threshold: float) -> None:
        """Show a threshold that was dragged in the histogram."""
        self._options.fields[f"threshold{channel}"].value = f"manual:{threshold!r}"


def _pair(value: Any, other: Any) -> None:
    """Take Costes' method for both channels, since it finds both thresholds."""
    if value == "costes" != other.value:
        other.value = "costes"
